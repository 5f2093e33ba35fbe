package sts

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrBase reports a base date other than 1993, 2014 and 2035.
	ErrBase = errors.New("sts: unknown base date")
	// ErrBeforeBase reports a time before the base date.
	ErrBeforeBase = errors.New("sts: time is before the base date")
	// ErrRollover reports a time whose token identifier needs more than 24 bits:
	// the meter must be moved to a later base date by a key change first.
	ErrRollover = errors.New("sts: token identifier has rolled over")
)

// Base is the date that token identifiers count from, at 00:00 of 1 January.
type Base uint8

// The three base dates. The value is the two-digit year that key derivation uses.
const (
	Base1993 Base = 93
	Base2014 Base = 14
	Base2035 Base = 35
)

// TID is a token identifier: minutes since the base date, 24 bits. It rolls
// over after 11650 days and 20 hours: 2024-11-24 20:16 for base 1993,
// 2045-11-24 for 2014, 2066-11-24 for 2035.
type TID uint32

// MaxTID is the last token identifier of a base date.
const MaxTID TID = 1<<24 - 1

const minutesPerDay = 24 * 60

// start returns the base date as a wall clock reading, labelled UTC.
func (b Base) start() (time.Time, error) {
	year := 0
	switch b {
	case Base1993:
		year = 1993
	case Base2014:
		year = 2014
	case Base2035:
		year = 2035
	default:
		return time.Time{}, fmt.Errorf("%w: %d", ErrBase, uint8(b))
	}
	return time.Date(year, time.January, 1, 0, 0, 0, 0, time.UTC), nil
}

// TID returns the identifier of the minute that t's wall clock shows, in t's own
// location: a utility passes its local time. It returns ErrBeforeBase,
// ErrRollover or ErrBase.
func (b Base) TID(t time.Time) (TID, error) {
	start, err := b.start()
	if err != nil {
		return 0, err
	}
	year, month, day := t.Date()
	wall := time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, time.UTC)
	minutes := (wall.Unix() - start.Unix()) / 60
	switch {
	case minutes < 0:
		return 0, ErrBeforeBase
	case minutes > int64(MaxTID):
		return 0, ErrRollover
	}
	return TID(minutes), nil
}

// Time returns the wall clock minute of tid, labelled UTC whatever the utility's
// zone is. It returns ErrBase, or ErrRollover for a tid of more than 24 bits.
func (b Base) Time(tid TID) (time.Time, error) {
	start, err := b.start()
	if err != nil {
		return time.Time{}, err
	}
	if tid > MaxTID {
		return time.Time{}, ErrRollover
	}
	return start.Add(time.Duration(tid) * time.Minute), nil
}

// special reports whether tid is 00:01 of a day, which is kept for tokens of
// special purposes.
func (t TID) special() bool { return t%minutesPerDay == 1 }

// Sequence hands out the token identifiers of one meter under one base date,
// each at most once and never a smaller after a greater. Its zero value plus a
// Base is ready. It is not safe for concurrent use.
type Sequence struct {
	Base Base

	next TID // the least identifier not yet handed out; may be MaxTID+1
}

// Next returns the identifier for a token made at now. If the minute is taken,
// because another token was made in it or because the clock went back, the
// following free one is returned. 00:01 is passed over. It returns the errors of
// [Base.TID]; a failed call hands out nothing.
func (s *Sequence) Next(now time.Time) (TID, error) {
	tid, err := s.Base.TID(now)
	if err != nil {
		return 0, err
	}
	tid = max(tid, s.next)
	if tid.special() {
		tid++
	}
	if tid > MaxTID {
		return 0, ErrRollover
	}
	s.next = tid + 1
	return tid, nil
}
