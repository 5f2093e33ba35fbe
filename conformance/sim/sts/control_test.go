package sts_test

import (
	"errors"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
)

// published are tokens of class 1 that are printed in the manuals of many meters.
var published = map[sts.Control]string{
	sts.TestBreaker:     "00000000000150997584",
	sts.TestDisplay:     "00000000000167774880",
	sts.ShowKeyRevision: "18446744073843772416",
	sts.TestAll:         "56493153725450313471",
}

func TestTestTokensAreThoseOfTheManuals(t *testing.T) {
	for control, want := range published {
		token, err := sts.Seal(sts.DecoderKey{}, sts.Test{Control: control})
		if err != nil {
			t.Fatal(err)
		}
		if token.Digits() != want {
			t.Errorf("control %#x: %s, want %s", uint64(control), token.Digits(), want)
		}
		read, err := sts.Open(sts.DecoderKey{1, 2, 3}, token)
		if err != nil || read != (sts.Test{Control: control}) {
			t.Errorf("control %#x is read as %+v, %v", uint64(control), read, err)
		}
	}
}

func TestATestOfNothingCannotBeMade(t *testing.T) {
	for _, control := range []sts.Control{0, sts.TestAll + 1} {
		if _, err := sts.Seal(sts.DecoderKey{}, sts.Test{Control: control}); !errors.Is(err, sts.ErrMessage) {
			t.Errorf("control %#x: %v, want ErrMessage", uint64(control), err)
		}
	}
}

func TestAMeterTakesTheSettingsOfItsEngineer(t *testing.T) {
	data := sts.MeterData{
		PAN: "600727010000010143", SupplyGroup: "999901", TariffIndex: "01", KeyRevision: 1,
		KeyType: sts.KeyUnique, KeyExpiry: 255, Base: sts.Base2014,
	}
	if pan, err := sts.NewPAN("01000001014"); err != nil {
		t.Fatal(err)
	} else {
		data.PAN = pan
	}
	key := sts.DecoderKey{1}
	meter, err := sts.NewMeter(data, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []sts.Message{
		sts.PhaseUnbalance{RND: 3, TID: 100, Limit: 2500}, sts.WaterFactor{RND: 4, TID: 101, Factor: 777}, sts.Test{Control: sts.TestDisplay},
	} {
		token, err := sts.Seal(key, message)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := meter.Enter(token); err != nil || read != message {
			t.Errorf("%+v was read as %+v, %v", message, read, err)
		}
		_, again := meter.Enter(token)
		if _, test := message.(sts.Test); test != (again == nil) {
			t.Errorf("%+v typed in again: %v", message, again)
		}
	}
	if meter.PhaseUnbalance() != 2500 || meter.WaterFactor() != 777 {
		t.Errorf("the meter holds %d W and %d", meter.PhaseUnbalance(), meter.WaterFactor())
	}
}
