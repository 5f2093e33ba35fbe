package main

import (
	"fmt"
	"strconv"
	"strings"
)

// amount is money on the command line: "100", "100.5" or "100.50", kept in minor
// units of a currency with two decimals.
type amount int64

// largest is the most that the ledger keeps as one amount.
const largest = 1_000_000_000_000_000

// UnmarshalText reads an amount exactly or refuses it.
func (a *amount) UnmarshalText(text []byte) error {
	whole, cents, pointed := strings.Cut(string(text), ".")
	negative := strings.HasPrefix(whole, "-")
	whole = strings.TrimPrefix(whole, "-")
	if pointed && (len(cents) < 1 || len(cents) > 2) || !digits(whole) || pointed && !digits(cents) {
		return fmt.Errorf("%q is not an amount such as 100 or 99.50", text)
	}
	minor, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	if err != nil || minor > largest {
		return fmt.Errorf("%q is too large: the most is %s", text, formatMinor(largest))
	}
	if negative {
		minor = -minor
	}
	*a = amount(minor)
	return nil
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func (a amount) String() string { return formatMinor(int64(a)) }

// formatMinor writes minor units with two decimals.
func formatMinor(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}

// percent is a rate on the command line: "15" or "3.45", kept in basis points.
type percent int

// UnmarshalText reads a rate from 0 to 100 with at most two decimals.
func (p *percent) UnmarshalText(text []byte) error {
	var a amount
	if err := a.UnmarshalText(text); err != nil || a < 0 || a > 10000 {
		return fmt.Errorf("%q is not a percentage such as 15 or 3.45", text)
	}
	*p = percent(a)
	return nil
}

func (p percent) String() string { return formatMinor(int64(p)) + " %" }
