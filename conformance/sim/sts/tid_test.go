package sts_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
)

var johannesburg = time.FixedZone("SAST", 2*60*60)

func TestAnIdentifierCountsTheMinutesOfTheWallClockFromTheBaseDate(t *testing.T) {
	for _, tt := range []struct {
		base sts.Base
		at   time.Time
		want sts.TID
	}{
		{sts.Base1993, time.Date(1993, 1, 1, 0, 0, 59, 0, time.UTC), 0},
		{sts.Base1993, time.Date(1993, 1, 2, 0, 0, 0, 0, time.UTC), 1440},
		{sts.Base2014, time.Date(2014, 1, 1, 8, 0, 0, 0, johannesburg), 480},
		{sts.Base2035, time.Date(2036, 1, 1, 0, 0, 0, 0, johannesburg), 365 * 1440},
	} {
		got, err := tt.base.TID(tt.at)
		if err != nil || got != tt.want {
			t.Errorf("base %d, %s: %d, %v; want %d", tt.base, tt.at, got, err, tt.want)
		}
	}
}

func TestIdentifiersRollOverAtTheKnownMinute(t *testing.T) {
	for base, last := range map[sts.Base]string{
		sts.Base1993: "2024-11-24 20:15",
		sts.Base2014: "2045-11-24 20:15",
		sts.Base2035: "2066-11-24 20:15",
	} {
		got, err := base.Time(sts.MaxTID)
		if err != nil || got.Format("2006-01-02 15:04") != last {
			t.Errorf("base %d: the last minute is %s, %v; want %s", base, got, err, last)
		}
		if tid, err := base.TID(got); err != nil || tid != sts.MaxTID {
			t.Errorf("base %d: TID(%s) = %d, %v", base, got, tid, err)
		}
		if _, err := base.TID(got.Add(time.Minute)); !errors.Is(err, sts.ErrRollover) {
			t.Errorf("base %d: a minute later: %v, want ErrRollover", base, err)
		}
		if _, err := base.Time(sts.MaxTID + 1); !errors.Is(err, sts.ErrRollover) {
			t.Errorf("base %d: Time(MaxTID+1): %v, want ErrRollover", base, err)
		}
	}
}

func TestTimesBeforeTheBaseDateAndUnknownBaseDatesAreRefused(t *testing.T) {
	if _, err := sts.Base2014.TID(time.Date(2013, 12, 31, 23, 59, 59, 0, time.UTC)); !errors.Is(err, sts.ErrBeforeBase) {
		t.Errorf("2013 under base 2014: %v, want ErrBeforeBase", err)
	}
	if _, err := sts.Base(20).TID(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)); !errors.Is(err, sts.ErrBase) {
		t.Errorf("TID of base 2020: %v, want ErrBase", err)
	}
	if _, err := sts.Base(20).Time(1); !errors.Is(err, sts.ErrBase) {
		t.Errorf("Time of base 2020: %v, want ErrBase", err)
	}
}

func TestTwoTokensOfOneMinuteGetDifferentIdentifiers(t *testing.T) {
	sequence := sts.Sequence{Base: sts.Base2014}
	at := time.Date(2026, 1, 15, 10, 30, 0, 0, johannesburg)
	var got []sts.TID
	for _, now := range []time.Time{at, at, at.Add(-time.Hour), at.Add(time.Minute), at.Add(time.Hour)} {
		tid, err := sequence.Next(now)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, tid)
	}
	first, err := sts.Base2014.TID(at)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []sts.TID{first, first + 1, first + 2, first + 3, first + 60} {
		if got[i] != want {
			t.Errorf("token %d: identifier %d, want %d", i, got[i], want)
		}
	}
}

func TestOneMinutePastMidnightIsKeptForSpecialTokens(t *testing.T) {
	midnight := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		now  []time.Time
		want string // of the last
	}{
		{"a token at 00:00 stays", []time.Time{midnight}, "00:00"},
		{"a token at 00:01 moves to 00:02", []time.Time{midnight.Add(time.Minute)}, "00:02"},
		{"a token bumped from 00:00 lands on 00:02", []time.Time{midnight, midnight}, "00:02"},
	} {
		sequence := sts.Sequence{Base: sts.Base2014}
		var tid sts.TID
		for _, now := range tt.now {
			var err error
			if tid, err = sequence.Next(now); err != nil {
				t.Fatal(err)
			}
		}
		at, err := sts.Base2014.Time(tid)
		if err != nil || at.Format("15:04") != tt.want {
			t.Errorf("%s: got %s, %v; want %s", tt.name, at.Format("15:04"), err, tt.want)
		}
	}
}

func TestASequenceNeverPassesTheRolloverAndAFailureHandsOutNothing(t *testing.T) {
	sequence := sts.Sequence{Base: sts.Base1993}
	last, err := sts.Base1993.Time(sts.MaxTID)
	if err != nil {
		t.Fatal(err)
	}
	if tid, err := sequence.Next(last); err != nil || tid != sts.MaxTID {
		t.Fatalf("the last minute: %d, %v", tid, err)
	}
	for range 2 {
		if tid, err := sequence.Next(last); !errors.Is(err, sts.ErrRollover) {
			t.Errorf("after the last minute: %d, %v; want ErrRollover", tid, err)
		}
	}
}

func TestIdentifiersOfAMeterAlwaysRiseAndAreNeverSpecial(t *testing.T) {
	start := time.Date(2026, 3, 1, 23, 50, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		sequence := sts.Sequence{Base: sts.Base2014}
		previous := int64(-1)
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(-5, 20), 1, 60).Draw(t, "minutes") {
			tid, err := sequence.Next(start.Add(time.Duration(minutes) * time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if int64(tid) <= previous {
				t.Fatalf("identifier %d after %d", tid, previous)
			}
			if tid%1440 == 1 {
				t.Fatalf("identifier %d is 00:01", tid)
			}
			previous = int64(tid)
		}
	})
}
