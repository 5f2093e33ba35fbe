package stockmail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxAmount is the most that the ledger keeps as one amount, in cents.
const maxAmount = 1_000_000_000_000_000

// fullRate is all of an amount, in basis points.
const fullRate = 10_000

var (
	errAmount   = errors.New("not an amount such as 10 or 9.50")
	errTooLarge = errors.New("too large: the most is " + formatCents(maxAmount))
)

// cents reads an amount exactly, as in "10", "9.5" or "9.50". The error does not hold
// the text.
func cents[T ~string | ~[]byte](text T) (int64, error) {
	var amount int64
	after := -1 // digits behind the point
	for i := range len(text) {
		c := text[i]
		switch {
		case c == '.' && after < 0 && i > 0:
			after = 0
			continue
		case c < '0' || c > '9' || after == 2:
			return 0, errAmount
		}
		if after >= 0 {
			after++
		}
		if amount = amount*10 + int64(c-'0'); amount > maxAmount {
			return 0, errTooLarge
		}
	}
	if len(text) == 0 || after == 0 {
		return 0, errAmount
	}
	for ; after < 2; after++ {
		if after < 0 {
			after = 0
		}
		amount *= 10
	}
	if amount > maxAmount {
		return 0, errTooLarge
	}
	return amount, nil
}

// whole reads a count, or an amount that is written in cents.
func whole[T ~string | ~[]byte](text T) (int64, error) {
	var n int64
	for i := range len(text) {
		c := text[i]
		if c < '0' || c > '9' {
			return 0, errors.New("not a whole number")
		}
		if n = n*10 + int64(c-'0'); n > maxAmount {
			return 0, errors.New("too large")
		}
	}
	if len(text) == 0 {
		return 0, errors.New("not a whole number")
	}
	return n, nil
}

// formatCents writes cents with two decimals.
func formatCents(amount int64) string {
	return fmt.Sprintf("%d.%02d", amount/100, amount%100)
}

// decimal is a number of an agreement file: a whole one, or text in quotes. A float
// would not be exact.
type decimal string

// UnmarshalTOML takes "9.50" and 9.
func (d *decimal) UnmarshalTOML(value any) error {
	switch v := value.(type) {
	case string:
		*d = decimal(v)
	case int64:
		*d = decimal(strconv.FormatInt(v, 10))
	default:
		return errors.New(`a number with decimals is written in quotes, as in "9.50"`)
	}
	return nil
}

// rate reads percents, as in "15" or "3.45", as basis points.
func rate(text decimal) (int, error) {
	bp, err := cents(text)
	if err != nil || bp > fullRate {
		return 0, fmt.Errorf("%q is not a percentage such as 15 or 3.45", string(text))
	}
	return int(bp), nil
}

// formatRate writes basis points as percents.
func formatRate(bp int) decimal { return decimal(formatCents(int64(bp))) }

// costOf reads what a voucher costs: an amount, or a discount off its face value,
// as in "8%", which must come to a whole cent.
func costOf(text decimal, face int64) (int64, error) {
	percent, discounted := strings.CutSuffix(string(text), "%")
	if !discounted {
		cost, err := cents(text)
		if err != nil {
			return 0, fmt.Errorf("%q is %w, nor a discount such as 8%%", string(text), err)
		}
		if cost > face {
			return 0, fmt.Errorf("%s is more than the face value", text)
		}
		return cost, nil
	}
	bp, err := rate(decimal(strings.TrimRight(percent, " ")))
	if err != nil {
		return 0, err
	}
	if face > maxAmount/fullRate || face*int64(fullRate-bp)%fullRate != 0 {
		return 0, fmt.Errorf("%s off %s does not come to a whole cent; write the amount", text, formatCents(face))
	}
	return face * int64(fullRate-bp) / fullRate, nil
}
