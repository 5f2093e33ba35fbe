package conformance

import "strings"

const (
	tokenDigits  = 20 // of a token; a longer number is masked too
	leastOfCard  = 15 // digits of a bank card's number
	mostOfCard   = 19
	leastCutOff  = 4 // digits at the end of a cut document that may begin a token
	maxSeparator = 3 // separators between two digits of one number
)

// separators may stand between the digits of a number that is grouped.
var separators = []string{" ", "\t", "\r", "\n", "-", "&nbsp;", "&#32;", "&#160;", "&#x20;", "&#xA0;", "\u00a0", "\u2007", "\u2009", "\u202f"}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// maskNumbers masks the digits of tokens and of bank cards, grouped or not.
func maskNumbers(text string) string {
	var b strings.Builder
	for {
		start := strings.IndexAny(text, "0123456789")
		if start < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:start])
		number, digits := numberAt(text[start:])
		text = text[start+len(number):]
		switch {
		case digits >= tokenDigits:
			b.WriteString(maskDigits(number))
		case digits >= leastOfCard:
			b.WriteString(maskCard(number))
		default:
			b.WriteString(number)
		}
	}
}

// numberAt is the number that a text begins with: digits, and separators between them.
func numberAt(text string) (number string, digits int) {
	end := 0
	for at := 0; at < len(text) && digit(text[at]); {
		digits++
		at++
		end = at
		for range maxSeparator {
			at += separatorAt(text[at:])
		}
	}
	return text[:end], digits
}

// separatorAt is how long the separator is that a text begins with; 0 if it does not.
func separatorAt(text string) int {
	if text == "" || digit(text[0]) {
		return 0
	}
	for _, s := range separators {
		if strings.HasPrefix(text, s) {
			return len(s)
		}
	}
	return 0
}

// maskCard masks what could be a bank card's number within a number, the longest
// first: issuers begin with 3 to 6, and the last digit is a check digit.
func maskCard(number string) string {
	for start := range number {
		if start > 0 && digit(number[start-1]) || number[start] < '3' || number[start] > '6' {
			continue
		}
		for end := len(number); end > start; end-- {
			part := number[start:end]
			digits := 0
			for i := range len(part) {
				if digit(part[i]) {
					digits++
				}
			}
			if digits < leastOfCard {
				break
			}
			if digits <= mostOfCard && digit(part[len(part)-1]) && luhn(part) {
				return number[:start] + maskDigits(part) + number[end:]
			}
		}
	}
	return number
}

// maskEnd masks a number that a cut text ends with: it may have been a token.
func maskEnd(text string) string {
	const longest = 200 // bytes of a number with its separators
	from := max(0, len(text)-longest)
	for at := from; at < len(text); at++ {
		if !digit(text[at]) || at > 0 && digit(text[at-1]) {
			continue
		}
		number, digits := numberAt(text[at:])
		if digits >= leastCutOff && strings.TrimSpace(text[at+len(number):]) == "" {
			return text[:at] + maskDigits(number) + text[at+len(number):]
		}
	}
	return text
}
