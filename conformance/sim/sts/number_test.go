package sts_test

import (
	"errors"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
)

func TestMeterNumbersEndInTheirLuhnDigit(t *testing.T) {
	for _, number := range []string{"04113198545", "14308043075", "04040404040", "07215001236"} {
		if !sts.LuhnValid(number) {
			t.Errorf("%s was refused", number)
		}
		digit, ok := sts.LuhnDigit(number[:10])
		if !ok || digit != number[10] {
			t.Errorf("LuhnDigit(%s) = %q, %v; want %q", number[:10], digit, ok, number[10])
		}
	}
	for _, number := range []string{"04113198544", "14308043057", "", "0", "0411319854x", "٠٤"} {
		if sts.LuhnValid(number) {
			t.Errorf("%q was taken for valid", number)
		}
	}
	if _, ok := sts.LuhnDigit(""); ok {
		t.Error("no digits were given a check digit")
	}
}

func TestAPANIsTheIssuerTheMeterNumberAndALuhnDigit(t *testing.T) {
	for drn, want := range map[string]sts.PAN{
		"00000000000":   "600727000000000009",
		"0100000000008": "000001000000000082",
	} {
		got, err := sts.NewPAN(drn)
		if err != nil || got != want {
			t.Errorf("NewPAN(%s) = %s, %v; want %s", drn, got, err, want)
		}
		if _, err := sts.ParsePAN(string(want)); err != nil {
			t.Errorf("ParsePAN(%s): %v", want, err)
		}
	}
}

func TestNumbersThatNoMeterCanHaveGiveNoPAN(t *testing.T) {
	for drn, want := range map[string]error{
		"":             sts.ErrNumber,
		"041131985450": sts.ErrNumber,
		"0411319854x":  sts.ErrNumber,
		"04113198546":  sts.ErrCheckDigit,
	} {
		if _, err := sts.NewPAN(drn); !errors.Is(err, want) {
			t.Errorf("NewPAN(%q): %v, want %v", drn, err, want)
		}
	}
	for pan, want := range map[string]error{
		"60072700000000000":  sts.ErrNumber,
		"60072700000000000x": sts.ErrNumber,
		"600727000000000008": sts.ErrCheckDigit,
	} {
		if _, err := sts.ParsePAN(pan); !errors.Is(err, want) {
			t.Errorf("ParsePAN(%q): %v, want %v", pan, err, want)
		}
	}
}
