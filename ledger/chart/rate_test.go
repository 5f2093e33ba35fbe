package chart_test

import (
	"math/big"
	"strconv"
	"testing"

	"github.com/vendswitch/vendswitch/ledger/chart"
	"pgregory.net/rapid"
)

func TestVATIsTakenOutOfTheAmountAndRoundedHalfUp(t *testing.T) {
	for _, tc := range []struct {
		amount int64
		rateBP int
		want   int64
	}{
		{11500, 1500, 1500},
		{500, 1500, 65},  // 65.22
		{80, 1500, 10},   // 10.43
		{345, 1500, 45},  // exact
		{11, 1500, 1},    // 1.43
		{12, 1500, 2},    // 1.57
		{3, 10000, 2},    // 1.5, a half
		{-3, 10000, -2},  // the mirror of it
		{-80, 1500, -10}, // a loss
		{1, 1500, 0},     // 0.13
		{0, 1500, 0},
		{100, 0, 0},
		{100, -1500, 0},
	} {
		if got := chart.VATWithin(tc.amount, tc.rateBP); got != tc.want {
			t.Errorf("VATWithin(%d, %d) = %d, want %d", tc.amount, tc.rateBP, got, tc.want)
		}
	}
}

func TestCommissionIsRoundedHalfUp(t *testing.T) {
	for _, tc := range []struct {
		amount int64
		rateBP int
		want   int64
	}{
		{10000, 150, 150},
		{1000, 500, 50},
		{50, 100, 1},   // 0.5, a half
		{49, 100, 0},   // 0.49
		{150, 100, 2},  // 1.5, a half
		{-50, 100, -1}, // the mirror of it
		{1, 10000, 1},
		{1000, 0, 0},
		{1000, -5, 0},
	} {
		if got := chart.Commission(tc.amount, tc.rateBP); got != tc.want {
			t.Errorf("Commission(%d, %d) = %d, want %d", tc.amount, tc.rateBP, got, tc.want)
		}
	}
}

// nearest is amount × num / den, halves away from zero, by another road:
// rationals and a decimal rendering.
func nearest(amount, num, den int64) int64 {
	exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(amount), big.NewInt(num)), big.NewInt(den))
	rounded, _ := strconv.ParseInt(exact.FloatString(0), 10, 64)
	return rounded
}

func TestRoundingIsExactForEveryAmount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64().Draw(t, "amount")
		rate := rapid.IntRange(1, 10000).Draw(t, "rate")
		if got, want := chart.VATWithin(amount, rate), nearest(amount, int64(rate), int64(10000+rate)); got != want {
			t.Errorf("VATWithin(%d, %d) = %d, want %d", amount, rate, got, want)
		}
		if got, want := chart.Commission(amount, rate), nearest(amount, int64(rate), 10000); got != want {
			t.Errorf("Commission(%d, %d) = %d, want %d", amount, rate, got, want)
		}
	})
}
