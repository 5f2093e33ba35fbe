package sts_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
)

func TestAmountsStartANewExponentWhereTheMantissaEnds(t *testing.T) {
	for steps, want := range map[int64]sts.Amount{
		0:          0x0000,
		1:          0x0001,
		256:        0x0100,
		16383:      0x3FFF,
		16384:      0x4000,
		180224:     0x8000,
		1818624:    0xC000,
		18_201_624: 0xFFFF,
	} {
		got, err := sts.AmountOf(steps)
		if err != nil || got != want {
			t.Errorf("AmountOf(%d) = %#04x, %v; want %#04x", steps, got, err, want)
		}
		if got.Steps() != steps {
			t.Errorf("%#04x is worth %d steps, want %d", got, got.Steps(), steps)
		}
	}
}

func TestTheMantissaIsRoundedUpEvenIntoTheNextExponent(t *testing.T) {
	for steps, want := range map[int64]int64{
		16385:     16394,
		180223:    180224, // the last of exponent 1 would be 180214
		180225:    180324,
		1818601:   1818624,
		1818625:   1819624,
		18201_623: 18201_624,
	} {
		amount, err := sts.AmountOf(steps)
		if err != nil || amount.Steps() != want {
			t.Errorf("AmountOf(%d) is worth %d, %v; want %d", steps, amount.Steps(), err, want)
		}
	}
}

func TestAnAmountIsNeverShortAndNeverAUnitTooMuch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		steps := rapid.Int64Range(0, sts.MaxSteps).Draw(t, "steps")
		amount, err := sts.AmountOf(steps)
		if err != nil {
			t.Fatal(err)
		}
		if amount.Steps() < steps {
			t.Fatalf("%d steps were cut to %d", steps, amount.Steps())
		}
		if amount > 0 && (amount-1).Steps() >= steps {
			t.Fatalf("%d steps became %#04x though %#04x is enough", steps, amount, amount-1)
		}
	})
}

func TestWhatSixteenBitsCannotCarryIsRefused(t *testing.T) {
	for _, steps := range []int64{-1, sts.MaxSteps + 1, 1 << 62} {
		if _, err := sts.AmountOf(steps); !errors.Is(err, sts.ErrAmount) {
			t.Errorf("AmountOf(%d): %v, want ErrAmount", steps, err)
		}
	}
}
