package stockmail

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// dateParts are what a date's notation is made of, the longer first.
var dateParts = []string{"yyyy", "yy", "mm", "dd"}

// notation is how dates are written, such as "dd/mm/yyyy", in parts: one of
// dateParts, or what stands between them.
type notation []string

// parseNotation reads a notation. It has one year, one month and at most one day: a
// date without a day is the last one of its month. Two digits of a year are of this
// century.
func parseNotation(text string) (notation, error) {
	var n notation
	for rest := text; rest != ""; {
		i := slices.IndexFunc(dateParts, func(p string) bool { return strings.HasPrefix(rest, p) })
		switch {
		case i >= 0:
			n = append(n, dateParts[i])
			rest = rest[len(dateParts[i]):]
		case strings.ContainsRune("/-. ", rune(rest[0])):
			n = append(n, rest[:1])
			rest = rest[1:]
		default:
			return nil, fmt.Errorf("%q is not a notation such as dd/mm/yyyy, yyyymmdd, yyyy-mm-dd, ddmmyy or mm/yyyy", text)
		}
	}
	if n.count("yyyy")+n.count("yy") != 1 || n.count("mm") != 1 || n.count("dd") > 1 {
		return nil, fmt.Errorf("%q does not have one year, one month and at most one day", text)
	}
	return n, nil
}

func (n notation) count(part string) int {
	count := 0
	for _, p := range n {
		if p == part {
			count++
		}
	}
	return count
}

func (n notation) String() string { return strings.Join(n, "") }

var errDate = errors.New("not a date")

// date reads a date, digit by digit: 1/2/2027 is not dd/mm/yyyy.
func (n notation) date(text []byte) (time.Time, error) {
	var year, month, day int
	for _, part := range n {
		if len(text) < len(part) {
			return time.Time{}, errDate
		}
		piece := text[:len(part)]
		text = text[len(part):]
		if !slices.Contains(dateParts, part) {
			if string(piece) != part {
				return time.Time{}, errDate
			}
			continue
		}
		number, err := whole(piece)
		if err != nil {
			return time.Time{}, errDate
		}
		switch part {
		case "yyyy":
			year = int(number)
		case "yy":
			year = 2000 + int(number)
		case "mm":
			month = int(number)
		case "dd":
			day = int(number)
		}
	}
	if len(text) > 0 || month < 1 || month > 12 {
		return time.Time{}, errDate
	}
	if n.count("dd") == 0 {
		return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC), nil
	}
	d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if d.Day() != day || int(d.Month()) != month {
		return time.Time{}, errDate // 31 April
	}
	return d, nil
}
