package sts_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/sts/ststest"
)

func newMeter(t testing.TB, data sts.MeterData) *sts.Meter {
	t.Helper()
	meter, err := sts.NewMeter(data, derive(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return meter
}

func seal(t testing.TB, key sts.DecoderKey, message sts.Message) sts.Token {
	t.Helper()
	token, err := sts.Seal(key, message)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAMeterCountsEachCreditTokenOnce(t *testing.T) {
	data := publicMeter(sts.Base2014, 4)
	meter, key := newMeter(t, data), derive(t, data)
	first := seal(t, key, sts.Credit{TID: 1000, Amount: 257})
	second := seal(t, key, sts.Credit{TID: 1002, Amount: 43})
	for _, token := range []sts.Token{first, second} {
		if _, err := meter.Enter(token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := meter.Enter(first); !errors.Is(err, sts.ErrUsed) {
		t.Errorf("entered again: %v, want ErrUsed", err)
	}
	if got := meter.Credit(); got != 300 {
		t.Errorf("the display shows %d tenths, want 300", got)
	}
}

func TestAMeterTakesTokensOutOfOrderUntilTheyAreTooOld(t *testing.T) {
	data := publicMeter(sts.Base2014, 4)
	meter, key := newMeter(t, data), derive(t, data)
	enter := func(tid sts.TID) error {
		_, err := meter.Enter(seal(t, key, sts.Credit{TID: tid, Amount: 1}))
		return err
	}
	for tid := sts.TID(1000); tid < 1000+2*sts.RememberedTIDs; tid += 2 {
		if err := enter(tid); err != nil {
			t.Fatalf("identifier %d: %v", tid, err)
		}
	}
	for _, tt := range []struct {
		tid  sts.TID
		want error
	}{
		{1098, sts.ErrUsed},
		{999, sts.ErrOld},
		{1001, nil}, // between two that were used; the meter now forgets 1000
		{1000, sts.ErrOld},
		{1001, sts.ErrUsed},
		{1003, nil},
		{1002, sts.ErrUsed},
	} {
		if err := enter(tt.tid); !errors.Is(err, tt.want) {
			t.Errorf("identifier %d: %v, want %v", tt.tid, err, tt.want)
		}
	}
}

func TestATokenOfAnotherMeterIsRefused(t *testing.T) {
	data := publicMeter(sts.Base2014, 4)
	meter := newMeter(t, data)
	data.PAN = "000001000000000082"
	if _, err := meter.Enter(seal(t, derive(t, data), sts.Credit{TID: 1, Amount: 1})); !errors.Is(err, sts.ErrCRC) {
		t.Errorf("%v, want ErrCRC", err)
	}
	if meter.Credit() != 0 {
		t.Errorf("the display shows %d tenths", meter.Credit())
	}
}

func TestManagementTokensActOnTheMeter(t *testing.T) {
	data := publicMeter(sts.Base2014, 4)
	meter, key := newMeter(t, data), derive(t, data)
	meter.OpenCover()
	for _, message := range []sts.Message{
		sts.Credit{TID: 10, Amount: 100},
		sts.MaxPower{TID: 11, Limit: amountOf(t, 13800)},
		sts.ClearTamper{TID: 12},
		sts.ClearCredit{TID: 13, Register: sts.AllRegisters},
	} {
		if got, err := meter.Enter(seal(t, key, message)); err != nil || got != message {
			t.Fatalf("entered %+v: %+v, %v", message, got, err)
		}
	}
	if meter.Credit() != 0 || meter.PowerLimit() != 13800 || meter.Tampered() {
		t.Errorf("credit %d, limit %d W, tampered %v; want 0, 13800, false", meter.Credit(), meter.PowerLimit(), meter.Tampered())
	}
}

func TestAMeterWhoseKeyHasExpiredRefusesLaterTokens(t *testing.T) {
	data := publicMeter(sts.Base2014, 4)
	data.KeyExpiry = 0x5F
	meter, key := newMeter(t, data), derive(t, data)
	if _, err := meter.Enter(seal(t, key, sts.Credit{TID: 0x5FFFFF, Amount: 1})); err != nil {
		t.Errorf("in the last minute: %v", err)
	}
	if _, err := meter.Enter(seal(t, key, sts.Credit{TID: 0x600000, Amount: 1})); !errors.Is(err, sts.ErrKeyExpired) {
		t.Errorf("a minute later: %v, want ErrKeyExpired", err)
	}
}

func TestAMeterChangesItsKeyOnlyWhenAllFourTokensAreIn(t *testing.T) {
	from, to := publicMeter(sts.Base1993, 1), publicMeter(sts.Base2014, 2)
	to.SupplyGroup, to.TariffIndex, to.KeyExpiry = "654321", "07", 0xA5
	oldKey, newKey := derive(t, from), derive(t, to)
	tokens, err := sts.KeyChange(oldKey, newKey, to, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 0, 3, 1}} {
		meter := newMeter(t, from)
		late := sts.TID(0xA00000)
		if _, err := meter.Enter(seal(t, oldKey, sts.Credit{TID: late, Amount: 5})); err != nil {
			t.Fatal(err)
		}
		for n, i := range order {
			if meter.Data() != from {
				t.Fatalf("order %v: the key changed after %d tokens", order, n)
			}
			if _, err := meter.Enter(seal(t, newKey, sts.Credit{TID: 1, Amount: 7})); !errors.Is(err, sts.ErrCRC) {
				t.Fatalf("order %v: a token of the new key after %d tokens: %v, want ErrCRC", order, n, err)
			}
			if _, err := meter.Enter(tokens[i]); err != nil {
				t.Fatalf("order %v: token %d: %v", order, i, err)
			}
		}
		want := to
		want.Base = from.Base // the meter counts no calendar
		if meter.Data() != want {
			t.Errorf("order %v: the meter now holds %+v, want %+v", order, meter.Data(), want)
		}
		for _, tid := range []sts.TID{1, late} {
			if _, err := meter.Enter(seal(t, newKey, sts.Credit{TID: tid, Amount: 7})); err != nil {
				t.Errorf("order %v: identifier %d after the rollover: %v", order, tid, err)
			}
		}
		if meter.Credit() != 19 {
			t.Errorf("order %v: the display shows %d tenths, want 19", order, meter.Credit())
		}
	}
}

func TestTheNextKeyChangeNeedsAllFourTokensAgain(t *testing.T) {
	data := publicMeter(sts.Base2014, 1)
	meter := newMeter(t, data)
	for revision := 2; revision <= 3; revision++ {
		to := publicMeter(sts.Base2014, revision)
		tokens, err := sts.KeyChange(derive(t, data), derive(t, to), to, false)
		if err != nil {
			t.Fatal(err)
		}
		for i, token := range tokens {
			if got := meter.Data().KeyRevision; got != data.KeyRevision {
				t.Fatalf("after %d tokens of the change to revision %d the meter has revision %d", i, revision, got)
			}
			if _, err := meter.Enter(token); err != nil {
				t.Fatal(err)
			}
		}
		data = to
	}
	if got := meter.Data(); got != data {
		t.Errorf("the meter holds %+v, want %+v", got, data)
	}
}

func TestAKeyChangeWithinABaseDateKeepsTheUsedIdentifiers(t *testing.T) {
	from, to := publicMeter(sts.Base2014, 1), publicMeter(sts.Base2014, 2)
	meter, oldKey, newKey := newMeter(t, from), derive(t, from), derive(t, to)
	if _, err := meter.Enter(seal(t, oldKey, sts.Credit{TID: 9, Amount: 5})); err != nil {
		t.Fatal(err)
	}
	tokens, err := sts.KeyChange(oldKey, newKey, to, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, token := range tokens {
		if _, err := meter.Enter(token); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := meter.Enter(seal(t, newKey, sts.Credit{TID: 9, Amount: 5})); !errors.Is(err, sts.ErrUsed) {
		t.Errorf("%v, want ErrUsed", err)
	}
}

func TestKeyChangeTokensCarryTheKeyInItsFourPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var oldKey, newKey sts.DecoderKey
		copy(oldKey[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "old"))
		copy(newKey[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "new"))
		to := publicMeter(sts.Base2014, rapid.IntRange(1, 9).Draw(t, "krn"))
		to.SupplyGroup, to.TariffIndex, to.KeyExpiry = "654321", "42", rapid.Byte().Draw(t, "ken")

		tokens, err := sts.KeyChange(oldKey, newKey, to, true)
		if err != nil {
			t.Fatal(err)
		}
		part := func(i int) uint64 { return uint64(binary.BigEndian.Uint32(newKey[4*i:])) }
		const rollover, third, unique = 1 << 3, 1 << 2, 2
		for i, want := range []ststest.Plain{
			{SubClass: 3, Payload: (uint64(to.KeyExpiry>>4)<<8|uint64(to.KeyRevision)<<4|rollover|third|unique)<<32 | part(0)},
			{SubClass: 4, Payload: (uint64(to.KeyExpiry&15)<<8|42)<<32 | part(3)},
			{SubClass: 8, Payload: 3057<<32 | part(1)}, // 654321 = 159·4096 + 3057
			{SubClass: 9, Payload: 159<<32 | part(2)},
		} {
			plain, err := ststest.Read(oldKey[:], tokens[i].Digits())
			if err != nil {
				t.Fatal(err)
			}
			if plain.Class != 2 || plain.SubClass != want.SubClass || plain.Payload != want.Payload {
				t.Fatalf("token %d reads %+v, want subclass %d payload %x", i+1, plain, want.SubClass, want.Payload)
			}
		}
	})
}

func TestAMeterAcceptsEachIdentifierAtMostOnceInAnyOrder(t *testing.T) {
	data := publicMeter(sts.Base2014, 4)
	key := derive(t, data)
	rapid.Check(t, func(t *rapid.T) {
		meter, err := sts.NewMeter(data, key)
		if err != nil {
			t.Fatal(err)
		}
		accepted := map[sts.TID]bool{}
		for _, n := range rapid.SliceOfN(rapid.IntRange(0, 120), 1, 200).Draw(t, "identifiers") {
			tid := sts.TID(n)
			token, err := sts.Seal(key, sts.Credit{TID: tid, Amount: 1})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := meter.Enter(token); err == nil {
				if accepted[tid] {
					t.Fatalf("identifier %d was accepted twice", tid)
				}
				accepted[tid] = true
			}
		}
		if meter.Credit() != int64(len(accepted)) {
			t.Fatalf("the display shows %d, want %d", meter.Credit(), len(accepted))
		}
	})
}

func TestAMeterIsNotMadeFromInvalidData(t *testing.T) {
	if _, err := sts.NewMeter(sts.MeterData{}, sts.DecoderKey{}); !errors.Is(err, sts.ErrMeterData) {
		t.Errorf("%v, want ErrMeterData", err)
	}
	if _, err := sts.KeyChange(sts.DecoderKey{}, sts.DecoderKey{}, sts.MeterData{}, false); !errors.Is(err, sts.ErrMeterData) {
		t.Errorf("%v, want ErrMeterData", err)
	}
}

func ExampleSeal() {
	vending := sts.VendingKey{1, 2, 3} // obviously fake
	pan, err := sts.NewPAN("07215001236")
	if err != nil {
		panic(err)
	}
	key, err := vending.Derive(sts.MeterData{
		PAN: pan, SupplyGroup: "999901", TariffIndex: "01", KeyRevision: 1, KeyType: sts.KeyUnique, Base: sts.Base2014,
	})
	if err != nil {
		panic(err)
	}
	tid, err := sts.Base2014.TID(time.Date(2026, 1, 15, 10, 30, 0, 0, time.UTC))
	if err != nil {
		panic(err)
	}
	token, err := sts.Seal(key, sts.Credit{TID: tid, Amount: 257})
	if err != nil {
		panic(err)
	}
	message, err := sts.Open(key, token)
	if err != nil {
		panic(err)
	}
	fmt.Println(message.(sts.Credit).Amount.Steps(), "tenths of a kWh")
	// Output: 257 tenths of a kWh
}
