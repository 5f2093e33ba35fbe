package sts_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/sts/ststest"
)

const publicVendingKey = "abababababababab949494949494949401234567"

// publicMeter is the meter of the published compliance tokens.
func publicMeter(base sts.Base, revision int) sts.MeterData {
	return sts.MeterData{
		PAN: "600727000000000009", SupplyGroup: "123457", TariffIndex: "01",
		KeyRevision: revision, KeyType: sts.KeyUnique, KeyExpiry: 255, Base: base,
	}
}

func vendingKey(t testing.TB) (key sts.VendingKey) {
	t.Helper()
	b, err := hex.DecodeString(publicVendingKey)
	if err != nil || copy(key[:], b) != len(key) {
		t.Fatalf("bad vending key: %v", err)
	}
	return key
}

func derive(t testing.TB, data sts.MeterData) sts.DecoderKey {
	t.Helper()
	key, err := vendingKey(t).Derive(data)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestThePublishedDecoderKeysAreDerived(t *testing.T) {
	for _, tt := range []struct {
		data sts.MeterData
		want string
	}{
		{publicMeter(sts.Base1993, 1), "f94b6ed353c3bfdb113e2d3a7ea3c41d"},
		{publicMeter(sts.Base2014, 4), "daa892189d08e738dfded73924c87f32"},
	} {
		key := derive(t, tt.data)
		if got := hex.EncodeToString(key[:]); got != tt.want {
			t.Errorf("base %d: %s, want %s", tt.data.Base, got, tt.want)
		}
	}
}

func TestNoKeyIsDerivedFromInvalidMeterData(t *testing.T) {
	for field, spoil := range map[string]func(*sts.MeterData){
		"PAN":          func(d *sts.MeterData) { d.PAN = "600727000000000008" },
		"base date":    func(d *sts.MeterData) { d.Base = 20 },
		"supply group": func(d *sts.MeterData) { d.SupplyGroup = "12345" },
		"tariff index": func(d *sts.MeterData) { d.TariffIndex = "1" },
		"key revision": func(d *sts.MeterData) { d.KeyRevision = 0 },
		"key type":     func(d *sts.MeterData) { d.KeyType = 4 },
	} {
		data := publicMeter(sts.Base2014, 4)
		spoil(&data)
		_, err := vendingKey(t).Derive(data)
		if !errors.Is(err, sts.ErrMeterData) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v, want ErrMeterData naming it", field, err)
		}
	}
}

func TestCreditTokensEqualThePublishedOnes(t *testing.T) {
	for _, tt := range []struct {
		base     sts.Base
		revision int
		at       string
		steps    int64
		rnd      uint8
		want     string
	}{
		{sts.Base1993, 1, "2004-03-01 13:00", 1, 5, "59386323472137426967"},
		{sts.Base2014, 4, "2014-01-01 08:00", 1, 5, "13444522537517076834"},
		{sts.Base2035, 5, "2035-01-01 08:00", 1, 5, "11907826947753213480"},
		{sts.Base2014, 4, "2026-01-15 10:30", 250, 7, "22194676790837571001"},
		{sts.Base2014, 4, "2026-01-15 10:31", 16383, 0, "04575341233698273098"},
		{sts.Base2014, 4, "2026-01-15 10:32", 16384, 15, "48374778516149002335"},
		{sts.Base2014, 4, "2026-01-15 10:33", 180224, 3, "55248569032989475233"},
		{sts.Base2014, 4, "2026-01-15 10:34", 1818624, 9, "09172911509346731738"},
	} {
		key := derive(t, publicMeter(tt.base, tt.revision))
		credit := sts.Credit{RND: tt.rnd, TID: tidAt(t, tt.base, tt.at), Amount: amountOf(t, tt.steps)}
		token, err := sts.Seal(key, credit)
		if err != nil || token.Digits() != tt.want {
			t.Errorf("%s, %d steps: %s, %v; want %s", tt.at, tt.steps, token.Digits(), err, tt.want)
		}
		parsed, err := sts.ParseToken(tt.want)
		if err != nil || parsed != token {
			t.Errorf("%s was parsed as another token: %v", tt.want, err)
		}
		if got, err := sts.Open(key, token); err != nil || got != credit {
			t.Errorf("%s opened as %+v, %v; want %+v", tt.want, got, err, credit)
		}
	}
}

func TestEveryCreditTokenReadsTheSameInTheSecondReader(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := sts.MeterData{
			PAN:         drawPAN(t),
			SupplyGroup: rapid.StringMatching(`[0-9]{6}`).Draw(t, "sgc"),
			TariffIndex: rapid.StringMatching(`[0-9]{2}`).Draw(t, "ti"),
			KeyRevision: rapid.IntRange(1, 9).Draw(t, "krn"),
			KeyType:     sts.KeyType(rapid.IntRange(0, 3).Draw(t, "kt")),
			Base:        rapid.SampledFrom([]sts.Base{sts.Base1993, sts.Base2014, sts.Base2035}).Draw(t, "base"),
		}
		var vending sts.VendingKey
		copy(vending[:], rapid.SliceOfN(rapid.Byte(), len(vending), len(vending)).Draw(t, "vending key"))
		key, err := vending.Derive(data)
		if err != nil {
			t.Fatal(err)
		}
		credit := sts.Credit{
			SubClass: sts.SubClass(rapid.IntRange(0, 3).Draw(t, "subclass")),
			RND:      uint8(rapid.IntRange(0, 15).Draw(t, "rnd")),
			TID:      sts.TID(rapid.IntRange(0, int(sts.MaxTID)).Draw(t, "tid")),
			Amount:   sts.Amount(rapid.IntRange(0, 0xFFFF).Draw(t, "amount")),
		}
		token, err := sts.Seal(key, credit)
		if err != nil {
			t.Fatal(err)
		}

		otherKey := ststest.Key(vending[:], ststest.Meter{
			PAN: string(data.PAN), SGC: data.SupplyGroup, TI: data.TariffIndex,
			KRN: fmt.Sprint(data.KeyRevision), KT: fmt.Sprint(uint8(data.KeyType)), Base: fmt.Sprintf("%02d", uint8(data.Base)),
		})
		plain, err := ststest.Read(otherKey, token.Digits())
		if err != nil {
			t.Fatalf("the second reader refuses the token: %v", err)
		}
		want := ststest.Plain{
			SubClass: int(credit.SubClass), RND: int(credit.RND), TID: int64(credit.TID), Value: int(credit.Amount),
			Payload: uint64(credit.RND)<<40 | uint64(credit.TID)<<16 | uint64(credit.Amount),
		}
		if plain != want {
			t.Fatalf("the second reader reads %+v, want %+v", plain, want)
		}
		if plain.Steps() != credit.Amount.Steps() {
			t.Fatalf("the second reader reads %d steps, want %d", plain.Steps(), credit.Amount.Steps())
		}
	})
}

func TestManagementTokensReadTheSameInTheSecondReader(t *testing.T) {
	key := derive(t, publicMeter(sts.Base2014, 4))
	tid := tidAt(t, sts.Base2014, "2026-01-15 10:30")
	for _, tt := range []struct {
		message sts.Message
		want    ststest.Plain
	}{
		{sts.MaxPower{RND: 1, TID: tid, Limit: 1000}, ststest.Plain{SubClass: 0, RND: 1, Value: 1000}},
		{sts.ClearCredit{RND: 2, TID: tid, Register: sts.AllRegisters}, ststest.Plain{SubClass: 1, RND: 2, Value: 0xFFFF}},
		{sts.ClearTamper{RND: 3, TID: tid}, ststest.Plain{SubClass: 5, RND: 3}},
		{sts.PhaseUnbalance{RND: 4, TID: tid, Limit: 1000}, ststest.Plain{SubClass: 6, RND: 4, Value: 1000}},
		{sts.WaterFactor{RND: 5, TID: tid, Factor: 100}, ststest.Plain{SubClass: 7, RND: 5, Value: 100}},
	} {
		token, err := sts.Seal(key, tt.message)
		if err != nil {
			t.Fatal(err)
		}
		if token.Class() != 2 {
			t.Errorf("%T: class %d is readable without a key, want 2", tt.message, token.Class())
		}
		plain, err := ststest.Read(key[:], token.Digits())
		tt.want.Class, tt.want.TID, tt.want.Payload = 2, int64(tid), plain.Payload
		if err != nil || plain != tt.want {
			t.Errorf("%T: the second reader reads %+v, %v; want %+v", tt.message, plain, err, tt.want)
		}
		if got, err := sts.Open(key, token); err != nil || got != tt.message {
			t.Errorf("opened as %+v, %v; want %+v", got, err, tt.message)
		}
	}
}

func TestATokenOpensOnlyWithTheKeyItWasMadeWith(t *testing.T) {
	token, err := sts.Seal(derive(t, publicMeter(sts.Base2014, 4)), sts.Credit{Amount: 1})
	if err != nil {
		t.Fatal(err)
	}
	if message, err := sts.Open(derive(t, publicMeter(sts.Base2014, 5)), token); !errors.Is(err, sts.ErrCRC) {
		t.Errorf("the next key revision opened it as %+v, %v; want ErrCRC", message, err)
	}
}

func TestMessagesWithFieldsOutOfRangeAreNotSealed(t *testing.T) {
	for _, message := range []sts.Message{
		sts.Credit{RND: 16},
		sts.Credit{TID: sts.MaxTID + 1},
		sts.Credit{SubClass: 4},
		sts.MaxPower{RND: 16},
		sts.KeySection1{KeyRevision: 16},
		sts.KeySection2{KeyExpiryLow: 16},
		sts.KeySection3{SupplyGroupLow: 1 << 12},
		sts.KeySection4{SupplyGroupHigh: 1 << 12},
	} {
		if _, err := sts.Seal(sts.DecoderKey{}, message); !errors.Is(err, sts.ErrMessage) {
			t.Errorf("%+v: %v, want ErrMessage", message, err)
		}
	}
}

func TestTwentyDigitsAreATokenAndAreReadAsPrinted(t *testing.T) {
	for _, digits := range []string{"00000000000000000000", "59386323472137426967", "73786976294838206463"} {
		token, err := sts.ParseToken(digits)
		if err != nil || token.Digits() != digits {
			t.Errorf("%s came back as %s, %v", digits, token.Digits(), err)
		}
		again, err := sts.ParseToken(token.Grouped())
		if err != nil || again != token {
			t.Errorf("%s did not survive printing in groups: %v", digits, err)
		}
	}
	token, err := sts.ParseToken("59386323472137426967")
	if err != nil || token.Grouped() != "5938 6323 4721 3742 6967" {
		t.Errorf("Grouped() = %s, %v", token.Grouped(), err)
	}
}

func TestOtherTextIsNotAToken(t *testing.T) {
	for _, text := range []string{
		"", "1234", "5938632347213742696x", "593863234721374269670", "73786976294838206464", "99999999999999999999", "-9386323472137426967",
	} {
		if _, err := sts.ParseToken(text); !errors.Is(err, sts.ErrToken) {
			t.Errorf("%q: %v, want ErrToken", text, err)
		}
	}
}

func TestNoFormattingPrintsAKeyOrAToken(t *testing.T) {
	token, err := sts.ParseToken("59386323472137426967")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	log := slog.New(slog.NewTextHandler(&out, nil))
	key := derive(t, publicMeter(sts.Base1993, 1))
	for _, secret := range []any{token, key, vendingKey(t), &token, []sts.Token{token}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
			fmt.Fprintf(&out, verb, secret)
		}
		log.Info("secret", "value", secret)
	}
	for _, leak := range []string{"5938", "f94b", "abab", "249", "171", "0xf9", "0xab"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q leaked: %s", leak, out.String())
		}
	}
}

func FuzzParseToken(f *testing.F) {
	f.Add("59386323472137426967")
	f.Add("5938 6323 4721 3742 6967")
	f.Add("73786976294838206464")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := sts.ParseToken(text)
		if err != nil {
			return
		}
		if want := strings.ReplaceAll(text, " ", ""); token.Digits() != want {
			t.Fatalf("%q became %s", text, token.Digits())
		}
		if _, err := sts.Open(sts.DecoderKey{}, token); err == nil {
			if _, err := ststest.Read(make([]byte, 16), token.Digits()); err != nil {
				t.Fatalf("%q opens here and not in the second reader", text)
			}
		}
	})
}

func drawPAN(t *rapid.T) sts.PAN {
	account := rapid.StringMatching(`600727[0-9]{11}`).Draw(t, "account")
	digit, ok := sts.LuhnDigit(account)
	if !ok {
		t.Fatalf("no check digit for %s", account)
	}
	return sts.PAN(account + string(digit))
}

func tidAt(t testing.TB, base sts.Base, minute string) sts.TID {
	t.Helper()
	at, err := time.Parse("2006-01-02 15:04", minute)
	if err != nil {
		t.Fatal(err)
	}
	tid, err := base.TID(at)
	if err != nil {
		t.Fatal(err)
	}
	return tid
}

func amountOf(t testing.TB, steps int64) sts.Amount {
	t.Helper()
	amount, err := sts.AmountOf(steps)
	if err != nil {
		t.Fatal(err)
	}
	return amount
}
