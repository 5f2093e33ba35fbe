package xmlvend

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Errors of [Decimal.Minor].
var (
	ErrNotDecimal = errors.New("not a decimal number")
	ErrTooPrecise = errors.New("more decimals than the currency has")
	ErrOutOfRange = errors.New("amount out of range")
)

// Decimal is an xs:decimal with the characters it had on the wire: an optional
// sign, digits, and at most one point. It is never a float.
type Decimal string

// DecimalFromMinor returns minor/10^exp with exactly exp decimals.
func DecimalFromMinor(minor int64, exp int) Decimal {
	sign := ""
	abs := uint64(minor)
	if minor < 0 {
		sign, abs = "-", -abs
	}
	digits := strconv.FormatUint(abs, 10)
	if exp <= 0 {
		return Decimal(sign + digits)
	}
	if len(digits) <= exp {
		digits = strings.Repeat("0", exp-len(digits)+1) + digits
	}
	point := len(digits) - exp
	return Decimal(sign + digits[:point] + "." + digits[point:])
}

// split returns the parts of a well-formed decimal.
func (d Decimal) split() (negative bool, whole, fraction string, ok bool) {
	s := string(d)
	if s != "" && (s[0] == '-' || s[0] == '+') {
		negative = s[0] == '-'
		s = s[1:]
	}
	whole, fraction, _ = strings.Cut(s, ".")
	ok = len(whole)+len(fraction) > 0 && allDigits(whole) && allDigits(fraction)
	return negative, whole, fraction, ok
}

// Valid reports that d is an xs:decimal.
func (d Decimal) Valid() bool {
	_, _, _, ok := d.split()
	return ok
}

// Minor returns d as an integer count of 10^-exp, exactly. It refuses a number
// written with more than exp decimals, zeros or not; [Decimal.Canonical] first
// forgives trailing zeros.
func (d Decimal) Minor(exp int) (int64, error) {
	negative, whole, fraction, ok := d.split()
	if !ok {
		return 0, fmt.Errorf("xmlvend: %q: %w", string(d), ErrNotDecimal)
	}
	if len(fraction) > exp {
		return 0, fmt.Errorf("xmlvend: %q: %w", string(d), ErrTooPrecise)
	}
	digits := strings.TrimLeft(whole+fraction+strings.Repeat("0", exp-len(fraction)), "0")
	if digits == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > math.MaxInt64 {
		return 0, fmt.Errorf("xmlvend: %q: %w", string(d), ErrOutOfRange)
	}
	if negative {
		return -int64(n), nil
	}
	return int64(n), nil
}

// Canonical returns the same number without sign of plus, leading zeros,
// trailing zeros of the fraction, or idle point; what is not a decimal it
// returns unchanged.
func (d Decimal) Canonical() Decimal {
	negative, whole, fraction, ok := d.split()
	if !ok {
		return d
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	if whole == "" {
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if negative && whole != "0" {
		whole = "-" + whole
	}
	return Decimal(whole)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// Currency is an amount of money on the wire.
type Currency struct {
	Value  Decimal // major units
	Symbol string  // ISO 4217 code, 1 to 3 characters; some servers send R
}

// NewCurrency returns an amount given in minor units; exp is the number of
// decimals of the currency (2 for ZAR).
func NewCurrency(minor int64, exp int, symbol string) Currency {
	return Currency{DecimalFromMinor(minor, exp), symbol}
}

// Minor returns the amount in minor units, exactly, or refuses it; see [Decimal.Minor].
func (c Currency) Minor(exp int) (int64, error) { return c.Value.Minor(exp) }

// IsZero reports that no amount was given. An amount of 0 was.
func (c Currency) IsZero() bool { return c == Currency{} }

// String returns symbol and value.
func (c Currency) String() string { return c.Symbol + " " + string(c.Value) }

// Units is a quantity of a resource.
type Units struct {
	Value  Decimal
	SIUnit string // 1 to 4 characters, kWh for electricity
}

// String returns value and unit.
func (u Units) String() string { return string(u.Value) + " " + u.SIUnit }

func (d *decoder) currency(n ref) Currency {
	return Currency{Value: d.decimal(n, d.must(n, "value")), Symbol: d.must(n, "symbol")}
}

// currencyOpt reads an optional amount.
func (d *decoder) currencyOpt(n ref) *Currency {
	if n == none {
		return nil
	}
	c := d.currency(n)
	return &c
}

func (e *encoder) currency(name string, c Currency) {
	e.start(name)
	e.attr("value", e.decimal(c.Value))
	e.attr("symbol", c.Symbol)
	e.end(name)
}

func (e *encoder) currencyOpt(name string, c *Currency) {
	if c != nil {
		e.currency(name, *c)
	}
}

func (d *decoder) units(n ref) Units {
	return Units{Value: d.decimal(n, d.must(n, "value")), SIUnit: d.must(n, "siUnit")}
}

func (e *encoder) units(name string, u Units) {
	e.start(name)
	e.attr("value", e.decimal(u.Value))
	e.attr("siUnit", u.SIUnit)
	e.end(name)
}
