package bank

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateShape is a date as banks print it: 2026-11-14, 2026/11/14, 14/11/26,
// 15/01/2025, 14Nov, 2Oct, 01May17, 29-Oct.
const dateShape = `[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}\b|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})\b|` +
	`[0-9]{1,2}[- ]?(?:jan|feb|mar|mrt|apr|may|mei|jun|jul|aug|sep|oct|okt|nov|dec|des)[a-z]{0,6}(?:-?[0-9]{4}|-?[0-9]{2}| [0-9]{4})?\b`

// timeShape is a time of day.
const timeShape = `[0-9]{1,2}[:hH][0-9]{2}(?::[0-9]{2})?\b`

var months = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "mrt": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8,
	"sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "des": 12,
}

var (
	yearFirst = regexp.MustCompile(`^([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})$`)
	dayFirst  = regexp.MustCompile(`^([0-9]{1,2})/([0-9]{1,2})/([0-9]{2,4})$`)
	dayMonth  = regexp.MustCompile(`(?i)^([0-9]{1,2})[- ]?([a-z]{3})[a-z]*[- ]?([0-9]{2,4})?$`)
)

// aheadOfClock is how much later than the clock of whoever received a message the
// minute in it may be.
const aheadOfClock = 5 * time.Minute

// dateOf reads a date. Where the text has no year it is the latest that is not after
// the time the message came; if that is not known, full is empty. ok is false for
// what is no day of the calendar.
func dateOf(text string, came time.Time, zone *time.Location) (day, full string, ok bool) {
	year, month, dayOf := 0, time.Month(0), 0
	if m := yearFirst.FindStringSubmatch(text); m != nil {
		year, month, dayOf = number(m[1]), time.Month(number(m[2])), number(m[3])
	} else if m := dayFirst.FindStringSubmatch(text); m != nil {
		dayOf, month, year = number(m[1]), time.Month(number(m[2])), century(m[3])
	} else if m := dayMonth.FindStringSubmatch(text); m != nil {
		dayOf, month, year = number(m[1]), months[strings.ToLower(m[2])], century(m[3])
	}
	if year == 0 && !came.IsZero() {
		year = latestYear(month, dayOf, came.In(zone).Add(aheadOfClock))
	}
	check := year
	if year == 0 {
		check = 2000 // which had a 29 February
	}
	d := time.Date(check, month, dayOf, 0, 0, 0, 0, time.UTC)
	if month < 1 || d.Month() != month || d.Day() != dayOf || d.Year() != check {
		return "", "", false
	}
	if year != 0 {
		full = d.Format(time.DateOnly)
	}
	return d.Format("01-02"), full, true
}

// leapCycle is the most years between two 29 Februaries.
const leapCycle = 8

func latestYear(month time.Month, day int, last time.Time) int {
	for year := last.Year(); year > last.Year()-leapCycle-1; year-- {
		d := time.Date(year, month, day, 0, 0, 0, 0, last.Location())
		if d.Month() == month && d.Day() == day && !d.After(last) {
			return year
		}
	}
	return 0
}

// century reads a year of two or four digits; none is 0.
func century(text string) int {
	year := number(text)
	if len(text) == 2 {
		year += 2000
	}
	return year
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// minuteOf makes HH:MM of a time of day. ok is false for what is none.
func minuteOf(text string) (minute string, ok bool) {
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ':' || r == 'h' || r == 'H' })
	if len(parts) < 2 {
		return "", false
	}
	hour, min := number(parts[0]), number(parts[1])
	if hour > 23 || min > 59 {
		return "", false
	}
	return time.Date(2000, 1, 1, hour, min, 0, 0, time.UTC).Format("15:04"), true
}
