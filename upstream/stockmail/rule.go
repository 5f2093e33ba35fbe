package stockmail

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxText is the longest PIN or serial.
const maxText = 40

// span is a range of lengths, both ends included.
type span struct{ least, most int }

// rule is what a PIN or a serial must be made of.
type rule struct {
	lengths    []span
	characters *alphabet
}

// alphabet is a named set of characters of one byte.
type alphabet struct {
	name string
	has  [256]bool
}

const (
	digits   = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters  = capitals + "abcdefghijklmnopqrstuvwxyz"
)

// alphabets are those that an agreement may name.
var alphabets = []*alphabet{
	makeAlphabet("digits", digits),
	makeAlphabet("hex", digits+"ABCDEFabcdef"),
	makeAlphabet("capitals and digits", capitals+digits),
	makeAlphabet("letters and digits", letters+digits),
	makeAlphabet("letters, digits and dashes", letters+digits+"-"),
}

// anyText is for files without an agreement: all but white space.
var anyText = func() *alphabet {
	a := &alphabet{name: "characters without a space"}
	for c := '!'; c <= 0xff; c++ {
		a.has[c] = c != 0x7f
	}
	return a
}()

func makeAlphabet(name, characters string) *alphabet {
	a := &alphabet{name: name}
	for _, c := range []byte(characters) {
		a.has[c] = true
	}
	return a
}

// findAlphabet finds a set of characters by its name.
func findAlphabet(name string) (*alphabet, error) {
	names := make([]string, len(alphabets))
	for i, a := range alphabets {
		if a.name == name {
			return a, nil
		}
		names[i] = strconv.Quote(a.name)
	}
	return nil, fmt.Errorf("there are no characters %q; there are %s", name, strings.Join(names, ", "))
}

// parseLengths reads lengths such as "14", "12,16" or "4-20".
func parseLengths(text string) ([]span, error) {
	var lengths []span
	for part := range strings.SplitSeq(text, ",") {
		from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			to = from
		}
		least, err := strconv.Atoi(from)
		most, err2 := strconv.Atoi(to)
		if err != nil || err2 != nil || least < 1 || most < least || most > maxText {
			return nil, fmt.Errorf("%q is not a length such as 14, 12,16 or 4-20, of at most %d", text, maxText)
		}
		lengths = append(lengths, span{least, most})
	}
	return lengths, nil
}

// formatLengths writes what parseLengths reads.
func formatLengths(lengths []span) string {
	parts := make([]string, len(lengths))
	for i, l := range lengths {
		parts[i] = strconv.Itoa(l.least)
		if l.most > l.least {
			parts[i] += "-" + strconv.Itoa(l.most)
		}
	}
	return strings.Join(parts, ",")
}

// breach says how a text breaks the rule, without it; empty if it does not.
func (r *rule) breach(text []byte) string {
	if !slices.ContainsFunc(r.lengths, func(l span) bool { return len(text) >= l.least && len(text) <= l.most }) {
		return fmt.Sprintf("has %s, not %s", plural(int64(len(text)), "character"), formatLengths(r.lengths))
	}
	for _, c := range text {
		if !r.characters.has[c] {
			return "is not all " + r.characters.name
		}
	}
	return ""
}
