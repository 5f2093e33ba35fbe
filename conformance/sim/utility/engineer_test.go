package utility_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (w *world) engineered(t *testing.T, req *xmlvend.MeterSpecificEngReq) *xmlvend.MeterSpecificEngResp {
	t.Helper()
	resp := got[*xmlvend.MeterSpecificEngResp](t, w.ask(t, req))
	if resp.Kind != req.Kind {
		t.Fatalf("%s was answered with %s", req.Kind, resp.Kind)
	}
	return resp
}

func single(t *testing.T, token xmlvend.Token) string {
	t.Helper()
	one, ok := token.(xmlvend.STS1Token)
	if !ok {
		t.Fatalf("the token is a %T", token)
	}
	return one.Cipher.Reveal()
}

func TestEngineeringTokensDoInTheMeterWhatTheySay(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.Good]
	meter := virtualMeter(t, w, number)
	meter.OpenCover()

	given := w.engineered(t, w.engineerReq(number, xmlvend.DefaultCredit))
	typeIn(t, meter, single(t, given.Credit.Token))
	if meter.Credit() != 50 || given.Credit.Units.Value != "5.0" || given.Credit.Kind != xmlvend.CreditToken {
		t.Errorf("the meter shows %d tenths for %+v", meter.Credit(), given.Credit.Units)
	}
	for _, kind := range []xmlvend.MeterEng{
		xmlvend.ClearCredit, xmlvend.ClearTamper, xmlvend.PowerLimit, xmlvend.PhaseUnbalance, xmlvend.SetWaterFactor,
	} {
		resp := w.engineered(t, w.engineerReq(number, kind))
		typeIn(t, meter, single(t, resp.Eng.Token))
	}
	if meter.Credit() != 0 || meter.Tampered() || meter.PowerLimit() != 4_500 || meter.PhaseUnbalance() != 4_500 || meter.WaterFactor() != 250 {
		t.Errorf("the meter has %d tenths, tampered %v, limits %d W and %d W, factor %d",
			meter.Credit(), meter.Tampered(), meter.PowerLimit(), meter.PhaseUnbalance(), meter.WaterFactor())
	}
	if got := len(w.Issued(number)); got != 6 {
		t.Errorf("%d tokens are recorded, want 6", got)
	}
}

func TestAnEngineersKeyChangeIsUndoneByAnUpdate(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.Good]
	meter := virtualMeter(t, w, number)
	for range 2 {
		resp := w.engineered(t, w.engineerReq(number, xmlvend.EngKeyChange))
		for _, token := range keyPair(t, resp.KC) {
			typeIn(t, meter, token)
		}
	}
	if got := meter.Data().KeyRevision; got != 3 {
		t.Fatalf("the meter's key is of revision %d, want 3", got)
	}
	for range 2 {
		resp := got[*xmlvend.UpdateMeterKeyResp](t, w.ask(t, w.updateKeyReq(number, "3")))
		for _, token := range keyPair(t, &resp.Issue) {
			typeIn(t, meter, token)
		}
	}
	sale := w.vend(t, number, "50.00")
	typeIn(t, meter, tokenOfSale(t, sale))
}

func TestEngineeringTokensWithWrongParametersAreRefused(t *testing.T) {
	w := start(t, utility.Config{})
	n := utility.Numbers()
	factor := w.engineerReq(n[utility.Good], xmlvend.SetWaterFactor)
	factor.WaterFactor = "65536"
	zero := w.engineerReq(n[utility.Good], xmlvend.SetWaterFactor)
	zero.WaterFactor = "0"
	watts := w.engineerReq(n[utility.Good], xmlvend.PowerLimit)
	watts.PwrLmt.SIUnit = "W"
	same := w.engineerReq(n[utility.Good], xmlvend.EngKeyChange)
	same.KCTData.ToKRN = "2"
	none := w.engineerReq(n[utility.Good], xmlvend.EngKeyChange)
	none.KCTData.ToKRN = "0"
	for _, tt := range []struct {
		req   *xmlvend.MeterSpecificEngReq
		class xmlvend.FaultClass
	}{
		{factor, xmlvend.EngParameterEx}, {zero, xmlvend.EngParameterEx}, {watts, xmlvend.EngParameterEx},
		{same, xmlvend.UpdateMtrKeySameEx}, {none, xmlvend.STSDataEx},
		{w.engineerReq(n[utility.Unknown], xmlvend.ClearTamper), xmlvend.UnknownMeterEx},
		{w.engineerReq(n[utility.Blocked], xmlvend.DefaultCredit), xmlvend.BlockedMeterEx},
		{w.engineerReq(n[utility.KeyExpired], xmlvend.ClearTamper), xmlvend.LatestKRNEx},
	} {
		w.refused(t, tt.req, tt.class)
	}
	if len(w.Issued("")) != 0 {
		t.Error("a token was issued")
	}
}

func TestTestTokensWorkInEveryMeterAsOftenAsTheyAreTypedIn(t *testing.T) {
	w := start(t, utility.Config{})
	meters := []*sts.Meter{virtualMeter(t, w, utility.Numbers()[utility.Good]), virtualMeter(t, w, utility.Numbers()[utility.Debt])}
	for kind, control := range tests {
		resp := got[*xmlvend.NonMeterSpecificEngResp](t, w.ask(t, w.testReq(kind)))
		if resp.Kind != kind {
			t.Errorf("%s was answered with %s", kind, resp.Kind)
		}
		for range 2 {
			for _, meter := range meters {
				if said := typeIn(t, meter, single(t, resp.Issue.Token)); said != (sts.Test{Control: control}) {
					t.Errorf("the token of %s says %+v", kind, said)
				}
			}
		}
	}
}
