package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// tests says what the token of each kind makes a meter do.
var tests = map[xmlvend.NonMeterEng]struct {
	control sts.Control
	desc    string
}{
	xmlvend.TestAll:               {sts.TestAll, "Test all"},
	xmlvend.TestBreaker:           {sts.TestBreaker, "Test breaker"},
	xmlvend.TestDisplay:           {sts.TestDisplay, "Test display"},
	xmlvend.DisplayPowerLimit:     {sts.ShowMaxPower, "Display power limit"},
	xmlvend.DisplayTariffIndex:    {sts.ShowTariffIndex, "Display tariff index"},
	xmlvend.DisplayKeyRevision:    {sts.ShowKeyRevision, "Display key revision"},
	xmlvend.DisplayTamper:         {sts.ShowTamper, "Display tamper status"},
	xmlvend.DisplayPower:          {sts.ShowPower, "Display power"},
	xmlvend.DisplayConsumption:    {sts.ShowConsumption, "Display consumption"},
	xmlvend.DisplayPhaseUnbalance: {sts.ShowPhaseUnbalance, "Display phase unbalance limit"},
	xmlvend.DisplayVersion:        {sts.ShowVersion, "Display version"},
}

// testToken issues a token that works in every meter, as often as it is typed in.
func (s *Server) testToken(req *xmlvend.NonMeterSpecificEngReq, now time.Time) (xmlvend.Response, *refusal) {
	test := tests[req.Kind]
	token, err := sts.Seal(sts.DecoderKey{}, sts.Test{Control: test.control})
	if err != nil {
		return nil, wrongParameter("No such test token")
	}
	s.record.add(Issued{At: now, Kind: IssuedTest, Token: token, Client: req.Client.ID, MsgID: req.MsgID})
	resp := &xmlvend.NonMeterSpecificEngResp{
		ResponseHeader: s.header(&req.RequestHeader, now), Kind: req.Kind,
		Issue: xmlvend.NonMeterTokenIssue{Desc: test.desc, MeterType: req.MeterType, Token: sts1(token)},
	}
	resp.DispHeader = dispEngineering
	return resp, nil
}
