package bank

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Candidates are what could be merchants' keys in a reference.
type Candidates struct {
	Keys     []string // in capitals, without separators; each once
	Mistyped []string // that look like a key, but for their check digit
}

// movementWords are a bank's words about a movement after an amount: no payer's
// reference has them.
var movementWords = regexp.MustCompile(`(?i)[A-Z$]{1,3} ?-?[0-9][0-9 ,.]* (?:was |were )?(?:paid|deposited|cash dep|t/fer|withdrawn|received|credited)\b`)

// Candidates finds merchants' keys in a reference, by the shapes of the policy. A key
// is a word of its own. Nothing is guessed: what fails its check digit is no key. A
// reference that looks like a message of a bank was made to be taken for one, and has
// none.
func (r *Reader) Candidates(reference string) Candidates {
	var c Candidates
	if r.imitates(reference) {
		return c
	}
	for _, s := range r.shapes {
		for i := 0; i < len(reference); {
			length := 0
			if !wordBefore(reference, i) {
				length = s.at(reference, i)
			}
			if length == 0 {
				_, size := utf8.DecodeRuneInString(reference[i:])
				i += size
				continue
			}
			key := s.key(reference[i : i+length])
			i += length
			switch {
			case s.check == Luhn && !luhn(key):
				if !slices.Contains(c.Mistyped, key) {
					c.Mistyped = append(c.Mistyped, key)
				}
			case !slices.Contains(c.Keys, key):
				c.Keys = append(c.Keys, key)
			}
		}
	}
	return c
}

// imitates reports whether a reference looks like a message of a bank.
func (r *Reader) imitates(reference string) bool {
	for i := range reference {
		if !wordBefore(reference, i) {
			for _, b := range r.books {
				if b.starting(reference[i:]) {
					return true
				}
			}
		}
	}
	return movementWords.MatchString(reference)
}

// at returns the length of the key that begins at i and ends with a word, or 0.
func (s shape) at(text string, i int) int {
	found := s.re.FindStringIndex(text[i:])
	if found == nil || found[1] == 0 {
		return 0
	}
	if r, _ := utf8.DecodeRuneInString(text[i+found[1]:]); isWordRune(r) {
		return 0
	}
	return found[1]
}

// wordBefore reports whether what begins at i goes on a word.
func wordBefore(text string, i int) bool {
	r, size := utf8.DecodeLastRuneInString(text[:i])
	return size > 0 && isWordRune(r)
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// key is the key of what was found.
func (s shape) key(text string) string {
	key := strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-+", r) {
			return -1
		}
		return r
	}, text))
	if s.cell {
		key = "0" + key[len(key)-9:]
	}
	return key
}

// luhn reports whether the digits of a key end with the right check digit.
func luhn(key string) bool {
	sum, double, any := 0, false, false
	for i := len(key) - 1; i >= 0; i-- {
		d := int(key[i] - '0')
		if key[i] < '0' || key[i] > '9' {
			continue
		}
		if double {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
		double, any = !double, true
	}
	return any && sum%10 == 0
}
