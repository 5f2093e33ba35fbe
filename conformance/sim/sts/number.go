package sts

import (
	"errors"
	"fmt"
)

var (
	// ErrNumber reports a meter number that is not 11 or 13 digits, or a PAN
	// that is not 18.
	ErrNumber = errors.New("sts: not a meter number")
	// ErrCheckDigit reports a number whose last digit is not its Luhn digit.
	ErrCheckDigit = errors.New("sts: wrong check digit")
)

// The lengths of numbers, in digits, and the issuer numbers that lead a PAN.
const (
	shortDRN  = 11
	longDRN   = 13
	panDigits = 18

	issuerOfShort = "600727"
	issuerOfLong  = "0000"
)

// LuhnDigit returns the digit that makes digits followed by it pass the Luhn
// check (ISO/IEC 7812-1). It returns 0 and false unless digits is one or more
// ASCII digits.
func LuhnDigit(digits string) (digit byte, ok bool) {
	sum, ok := luhnSum(digits + "0")
	if !ok || digits == "" {
		return 0, false
	}
	return '0' + byte((10-sum%10)%10), true
}

// LuhnValid reports whether number is all ASCII digits, at least two, and its
// last is the Luhn digit of the others. Most 11-digit meter numbers obey it; whether all of a
// utility's meters do is that utility's rule.
func LuhnValid(number string) bool {
	sum, ok := luhnSum(number)
	return ok && len(number) > 1 && sum%10 == 0
}

// luhnSum adds the digits, every second from the right doubled and its own
// digits added.
func luhnSum(number string) (sum int, ok bool) {
	for i := range len(number) {
		c := number[len(number)-1-i]
		if c < '0' || c > '9' {
			return 0, false
		}
		digit := int(c - '0')
		if i%2 == 1 {
			digit *= 2
			if digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum, true
}

// PAN is a meter's primary account number: issuer, meter number, Luhn digit,
// 18 digits in all. Keys are derived from it.
type PAN string

// NewPAN builds the PAN of a meter from the number on its face (DRN): issuer
// 600727 and 11 digits, or issuer 0000 and 13 digits. It returns ErrNumber or
// ErrCheckDigit.
func NewPAN(drn string) (PAN, error) {
	var account string
	switch len(drn) {
	case shortDRN:
		account = issuerOfShort + drn
	case longDRN:
		account = issuerOfLong + drn
	default:
		return "", fmt.Errorf("%w: %d digits", ErrNumber, len(drn))
	}
	digit, ok := LuhnDigit(account)
	if !ok {
		return "", fmt.Errorf("%w: not all digits", ErrNumber)
	}
	if !LuhnValid(drn) {
		return "", ErrCheckDigit
	}
	return PAN(account + string(digit)), nil
}

// ParsePAN checks the 18 digits of a PAN. It returns ErrNumber or ErrCheckDigit.
func ParsePAN(pan string) (PAN, error) {
	if !isDigits(pan, panDigits) {
		return "", ErrNumber
	}
	if !LuhnValid(pan) {
		return "", ErrCheckDigit
	}
	return PAN(pan), nil
}
