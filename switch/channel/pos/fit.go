package pos

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// What suppliers and operators wrote is fitted to the schema here, so that an
// answer is valid whatever they wrote. Text for people is cut to its length;
// numbers are never cut, for half a number is a wrong one.

// Lengths of the XMLVend 2.1 base and revenue schemas and of our extension, in
// characters.
const (
	maxMsg          = 160
	maxOrganisation = 80
	maxAddress      = 80
	maxPersonName   = 40
	maxNumber       = 20 // AccountNo, LocRef
	maxReceiptNo    = 40
	maxSerial       = 40
	maxPIN          = 40
	minPIN          = 4
	maxProductName  = 80
	maxInstructions = 1000
)

// line is s on one line, without characters that XML has no place for, cut after
// n characters.
func line(s string, n int) string { return fit(s, n, false) }

// lines is s with its line breaks, otherwise as line does.
func lines(s string, n int) string { return fit(s, n, true) }

func fit(s string, n int, breaks bool) string {
	var b strings.Builder
	count, gap := 0, false
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
		switch {
		case r == '\n' && breaks:
			gap = false
		case unicode.IsSpace(r) || r == utf8.RuneError || !inXML(r):
			gap = count > 0
			continue
		}
		if gap {
			if count++; count > n {
				break
			}
			b.WriteByte(' ')
			gap = false
		}
		if count++; count > n {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}

// inXML reports that XML 1.0 has a place for r beside white space. Control
// characters that it merely tolerates are left out too.
func inXML(r rune) bool { return !unicode.IsControl(r) && r != 0xFFFE && r != 0xFFFF }

// solid is s without white space and without what XML has no place for.
func solid(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == utf8.RuneError || !inXML(r) {
			return -1
		}
		return r
	}, s)
}

// number is s without white space if that has from least to most characters,
// else empty.
func number(s string, least, most int) string {
	s = solid(s)
	if n := utf8.RuneCountInString(s); n < least || n > most {
		return ""
	}
	return s
}

// digits is s if it is n digits, else n zeros: the schema wants some, and zeros
// are nobody's.
func digits(s string, n int) string {
	if len(s) != n || strings.Trim(s, "0123456789") != "" {
		return strings.Repeat("0", n)
	}
	return s
}

// personName is s without digits of any script, which the schema forbids in a
// name. Validators differ in what they take for a digit (Ethiopic numbers), so all
// numbers go. A name is mandatory.
func personName(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsNumber(r) {
			return ' '
		}
		return r
	}, s)
	if s = line(s, maxPersonName); s == "" {
		return "-"
	}
	return s
}

// decimals is how many of them an amount has: the switch keeps hundredths of
// every currency.
const decimals = 2

// money writes an amount of minor units.
func money(minor int64, currency string) xmlvend.Currency {
	if currency = number(currency, 1, 3); currency == "" {
		currency = "XXX" // ISO 4217: no currency
	}
	return xmlvend.NewCurrency(minor, decimals, currency)
}

// optional writes an amount that may be missing.
func optional(minor *int64, currency string) *xmlvend.Currency {
	if minor == nil {
		return nil
	}
	amount := money(*minor, currency)
	return &amount
}

// device identifies a device by what the ledger knows, which is not the kind of
// its id. asker, if it is the same device, knows.
func device(id string, asker xmlvend.DeviceID) xmlvend.DeviceID {
	switch {
	case asker.ID == id:
		return asker
	case len(id) == 13 && strings.Trim(id, "0123456789") == "":
		return xmlvend.EAN(id)
	}
	return xmlvend.Generic(id)
}
