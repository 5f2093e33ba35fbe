package xmlvend_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestAWireAmountBecomesMinorUnitsExactlyOrNotAtAll(t *testing.T) {
	for _, c := range []struct {
		value xmlvend.Decimal
		exp   int
		want  int64
		err   error
	}{
		{"200.00", 2, 20000, nil},
		{"200.5", 2, 20050, nil},
		{"200", 2, 20000, nil},
		{"0200", 2, 20000, nil},
		{"+1", 2, 100, nil},
		{"-180.05", 2, -18005, nil},
		{".5", 2, 50, nil},
		{"5.", 2, 500, nil},
		{"-0", 2, 0, nil},
		{"1500", 0, 1500, nil},
		{"1.234", 3, 1234, nil},
		{"92233720368547758.07", 2, math.MaxInt64, nil},
		{"92233720368547758.08", 2, 0, xmlvend.ErrOutOfRange},
		{"1000000000000000000000000", 2, 0, xmlvend.ErrOutOfRange},
		{"10.005", 2, 0, xmlvend.ErrTooPrecise},
		{"10.000", 2, 0, xmlvend.ErrTooPrecise},
		{"1.0", 0, 0, xmlvend.ErrTooPrecise},
		{"", 2, 0, xmlvend.ErrNotDecimal},
		{"-", 2, 0, xmlvend.ErrNotDecimal},
		{".", 2, 0, xmlvend.ErrNotDecimal},
		{"2,00", 2, 0, xmlvend.ErrNotDecimal},
		{"1e3", 2, 0, xmlvend.ErrNotDecimal},
		{"1.2.3", 2, 0, xmlvend.ErrNotDecimal},
		{"--1", 2, 0, xmlvend.ErrNotDecimal},
		{" 1", 2, 0, xmlvend.ErrNotDecimal},
		{"R1", 2, 0, xmlvend.ErrNotDecimal},
		{"１", 2, 0, xmlvend.ErrNotDecimal},
	} {
		got, err := xmlvend.Currency{Value: c.value, Symbol: "ZAR"}.Minor(c.exp)
		if got != c.want || !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%q with %d decimals: got %d, %v; want %d, %v", c.value, c.exp, got, err, c.want, c.err)
		}
	}
}

func TestMinorUnitsSurviveTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Min(-math.MaxInt64).Draw(t, "minor")
		exp := rapid.IntRange(0, 4).Draw(t, "exp")
		c := xmlvend.NewCurrency(minor, exp, "ZAR")
		if back, err := c.Minor(exp); err != nil || back != minor {
			t.Fatalf("%d became %s became %d, %v", minor, c, back, err)
		}
		if canonical, err := c.Value.Canonical().Minor(exp); err != nil || canonical != minor {
			t.Fatalf("%s in canonical form is %s", c, c.Value.Canonical())
		}
	})
}

func TestMinorUnitsAreWrittenWithTheDecimalsOfTheCurrency(t *testing.T) {
	for _, c := range []struct {
		minor int64
		exp   int
		want  xmlvend.Decimal
	}{
		{0, 2, "0.00"}, {5, 2, "0.05"}, {-5, 2, "-0.05"}, {12345, 2, "123.45"}, {12345, 0, "12345"}, {7, 3, "0.007"},
		{math.MinInt64, 2, "-92233720368547758.08"},
	} {
		if got := xmlvend.DecimalFromMinor(c.minor, c.exp); got != c.want {
			t.Errorf("%d with %d decimals: got %s, want %s", c.minor, c.exp, got, c.want)
		}
	}
}

func TestTheCanonicalFormHasNoIdleCharacters(t *testing.T) {
	for in, want := range map[xmlvend.Decimal]xmlvend.Decimal{
		"200.00": "200", "+007.10": "7.1", "-0.0": "0", ".5": "0.5", "5.": "5", "0": "0", "100": "100", "abc": "abc",
	} {
		if got := in.Canonical(); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

func TestAnAmountOfZeroWasGiven(t *testing.T) {
	if (xmlvend.Currency{Value: "0", Symbol: "ZAR"}).IsZero() || !(xmlvend.Currency{}).IsZero() {
		t.Error("IsZero is wrong")
	}
	if got := zar("10.50").String() + ", " + kwh("64.7").String(); got != "ZAR 10.50, 64.7 kWh" {
		t.Errorf("printed as %s", got)
	}
}
