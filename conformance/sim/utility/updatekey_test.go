package utility_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// keyPair are the two tokens of a key change in an answer.
func keyPair(t *testing.T, issue *xmlvend.KCTokenIssue) [2]string {
	t.Helper()
	pair, ok := issue.Token.(xmlvend.KCToken)
	if !ok {
		t.Fatalf("the token is a %T", issue.Token)
	}
	return [2]string{pair.Set1stMeterKey.Cipher.Reveal(), pair.Set2ndMeterKey.Cipher.Reveal()}
}

func TestAKeyThatIsDueIsUpdatedInTheFieldAndThenSoldFor(t *testing.T) {
	for _, kind := range []utility.Kind{utility.KeyUpdate, utility.KeyChange} {
		w := start(t, utility.Config{})
		number := utility.Numbers()[kind]
		meter := virtualMeter(t, w, number)
		if kind == utility.KeyUpdate {
			w.refused(t, w.vendReq(number, "50.00"), xmlvend.LatestKRNEx)
		}
		for range 2 {
			resp := got[*xmlvend.UpdateMeterKeyResp](t, w.ask(t, w.updateKeyReq(number, "1")))
			if resp.Issue.KCTData.FromKRN != "1" || resp.Issue.KCTData.ToKRN != "2" || resp.Issue.MeterDetail.KRN != "2" {
				t.Errorf("the answer shows %+v", resp.Issue.KCTData)
			}
			for _, token := range keyPair(t, &resp.Issue) {
				typeIn(t, meter, token)
			}
		}
		if got := meter.Data().KeyRevision; got != 2 {
			t.Errorf("the meter's key is of revision %d", got)
		}
		sale := w.vend(t, number, "50.00")
		line := find(t, lines(t, &sale.Receipt), xmlvend.SaleCreditToken)
		typeIn(t, meter, line.token)
		if len(line.keys) != 0 || meter.Credit() != line.units {
			t.Errorf("the sale brings %d key change tokens, the meter shows %d", len(line.keys), meter.Credit())
		}
		w.refused(t, w.updateKeyReq(number, "2"), xmlvend.UpdateMtrKeySameEx)
	}
}

func TestHalfAKeyChangeLeavesTheKeyInTheDatabase(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.KeyUpdate]
	got[*xmlvend.UpdateMeterKeyResp](t, w.ask(t, w.updateKeyReq(number, "1")))
	w.refused(t, w.vendReq(number, "50.00"), xmlvend.LatestKRNEx)
}

func TestTheTokensOfAKeyChangeCanBeHadAgain(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.KeyUpdate]
	var pairs [4][2]string
	for i := range pairs {
		resp := got[*xmlvend.UpdateMeterKeyResp](t, w.ask(t, w.updateKeyReq(number, "1")))
		pairs[i] = keyPair(t, &resp.Issue)
	}
	if pairs[0] != pairs[2] || pairs[1] != pairs[3] || pairs[0] == pairs[1] {
		t.Error("the third and fourth answer are not those of the first and second")
	}
}

func TestAKeyUpdateThatCannotBeIsRefused(t *testing.T) {
	w := start(t, utility.Config{})
	n := utility.Numbers()
	card := w.updateKeyReq(n[utility.Good], "1")
	card.Meter = xmlvend.MeterCard{Track2: "600727072150012344=2711=0207100600071"}
	for _, tt := range []struct {
		req   *xmlvend.UpdateMeterKeyReq
		class xmlvend.FaultClass
	}{
		{w.updateKeyReq(n[utility.Good], "2"), xmlvend.UpdateMtrKeySameEx},
		{w.updateKeyReq(n[utility.Unknown], "1"), xmlvend.UnknownMeterUpdateMtrKeyEx},
		{w.updateKeyReq(n[utility.WrongCheckDigit], "1"), xmlvend.MSNOCheckDigitEx},
		{w.updateKeyReq(n[utility.Blocked], "1"), xmlvend.BlockedMeterEx},
		{w.updateKeyReq(n[utility.Good], "0"), xmlvend.STSDataEx},
		{card, xmlvend.InsufficientMeterDataEx},
	} {
		w.refused(t, tt.req, tt.class)
	}
	if len(w.Issued("")) != 0 {
		t.Error("a token was issued")
	}
}
