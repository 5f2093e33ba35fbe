package gateway

import (
	"errors"
	"fmt"
	"strings"
)

// DefaultCountry is the calling code of numbers that are written without one: South
// Africa's.
const DefaultCountry = "27"

// ErrNumber reports what is no telephone number.
var ErrNumber = errors.New("not a telephone number")

// The lengths of a number with its calling code: E.164 allows 15 digits, and no mobile
// number has fewer than 8. A South African one has 9 digits after its calling code.
const (
	minNumber     = 8
	maxNumber     = 15
	lengthInSouth = 11
)

// MSISDN returns a telephone number in the international form that gateways take:
// digits alone, calling code first. Spaces, hyphens, dots and brackets are left out. A
// number that begins with + or 00 has a calling code; one that begins with a single 0
// is of the country whose calling code is given ("": DefaultCountry); any other must
// begin with that calling code. So 082 123 4567 is 27821234567, as is +27 82 123 4567.
// All else is ErrNumber: a message sent to a guess reaches a stranger.
func MSISDN(number, country string) (string, error) {
	if country == "" {
		country = DefaultCountry
	}
	if err := CheckCountry(country); err != nil {
		return "", err
	}
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -.()\u00a0", r) {
			return -1
		}
		return r
	}, number)
	var whole string
	switch international, plus := strings.CutPrefix(digits, "+"); {
	case plus:
		whole = international
	case strings.HasPrefix(digits, "00"):
		whole = digits[2:]
	case strings.HasPrefix(digits, "0"):
		whole = country + digits[1:]
	case strings.HasPrefix(digits, country):
		whole = digits
	default:
		return "", fmt.Errorf("%w: it begins neither with 0, nor +, nor %s", ErrNumber, country)
	}
	if national, zero := strings.CutPrefix(whole, country+"0"); zero {
		whole = country + national // +27 (0)82 123 4567
	}
	switch {
	case !onlyDigits(whole):
		return "", fmt.Errorf("%w: it has something else than digits", ErrNumber)
	case len(whole) < minNumber || len(whole) > maxNumber || whole[0] == '0':
		return "", fmt.Errorf("%w: %d digits with the calling code, want %d to %d", ErrNumber, len(whole), minNumber, maxNumber)
	case strings.HasPrefix(whole, DefaultCountry) && len(whole) != lengthInSouth:
		return "", fmt.Errorf("%w: %d digits after %s, want %d", ErrNumber, len(whole)-2, DefaultCountry, lengthInSouth-2)
	}
	return whole, nil
}

// CheckCountry reports what is no calling code: one to three digits, no 0 in front.
func CheckCountry(code string) error {
	if code == "" || len(code) > 3 || code[0] == '0' || !onlyDigits(code) {
		return fmt.Errorf("country is %q: it must be a calling code, such as %s", code, DefaultCountry)
	}
	return nil
}

func onlyDigits(text string) bool {
	return strings.Trim(text, "0123456789") == ""
}
