package ststest_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/sts/ststest"
)

func TestTheSecondReaderReproducesThePublishedTokensByItself(t *testing.T) {
	vendingKey, err := hex.DecodeString("abababababababab949494949494949401234567")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ base, krn, key, token, minute string }{
		{"93", "1", "f94b6ed353c3bfdb113e2d3a7ea3c41d", "59386323472137426967", "2004-03-01 13:00"},
		{"14", "4", "daa892189d08e738dfded73924c87f32", "13444522537517076834", "2014-01-01 08:00"},
		{"35", "5", "", "11907826947753213480", "2035-01-01 08:00"},
	} {
		key := ststest.Key(vendingKey, ststest.Meter{
			PAN: "600727000000000009", SGC: "123457", TI: "01", KRN: tt.krn, KT: "2", Base: tt.base,
		})
		if got := fmt.Sprintf("%x", key); tt.key != "" && got != tt.key {
			t.Errorf("base %s: key %s, want %s", tt.base, got, tt.key)
		}
		plain, err := ststest.Read(key, tt.token)
		if err != nil {
			t.Fatalf("base %s: %v", tt.base, err)
		}
		if plain.Class != 0 || plain.SubClass != 0 || plain.RND != 5 || plain.Steps() != 1 {
			t.Errorf("base %s: read %+v, want electricity credit of 0.1 kWh with random number 5", tt.base, plain)
		}
		minute, err := plain.Minute(tt.base)
		if err != nil {
			t.Fatal(err)
		}
		if got := minute.Format("2006-01-02 15:04"); got != tt.minute {
			t.Errorf("base %s: minute %s, want %s", tt.base, got, tt.minute)
		}
	}
}

func TestTheSecondReaderRefusesWhatIsNotAToken(t *testing.T) {
	key := make([]byte, 16)
	for _, token := range []string{
		"", "1", "5938632347213742696", "593863234721374269670", "+9386323472137426967",
		"99999999999999999999", "59386323472137426967",
	} {
		if _, err := ststest.Read(key, token); !errors.Is(err, ststest.ErrToken) {
			t.Errorf("%q: error %v, want ErrToken", token, err)
		}
	}
}

func TestAnUnknownBaseDateIsAnError(t *testing.T) {
	if _, err := (ststest.Plain{}).Minute("20"); err == nil {
		t.Error("base date 20 was accepted")
	}
}
