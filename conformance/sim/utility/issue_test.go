package utility_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (w *world) transferReq(number, old, units string) *xmlvend.MeterCreditTransferReq {
	return &xmlvend.MeterCreditTransferReq{
		VendRequestHeader: w.meterHeader(number), ChgOutUnits: xmlvend.Units{Value: xmlvend.Decimal(units), SIUnit: "kWh"},
		Detail: xmlvend.CreditTransferDetail{OldMSNO: old, RefNo: "JOB1"},
	}
}

func (w *world) payReq(number string, kind xmlvend.AccountKind, amount string) *xmlvend.PayAccReq {
	return &xmlvend.PayAccReq{
		RequestHeader: w.header(), ReqAmt: xmlvend.Currency{Value: xmlvend.Decimal(amount), Symbol: "ZAR"},
		Account: xmlvend.PayAccount{Kind: kind, ID: byMeter(number)},
	}
}

func (w *world) updateKeyReq(number, revision string) *xmlvend.UpdateMeterKeyReq {
	return &xmlvend.UpdateMeterKeyReq{RequestHeader: w.header(), Meter: xmlvend.MeterDetail{
		MSNO: number, SGC: "999901", KRN: revision, TI: "01", Type: xmlvend.MeterType{AT: "11", TT: "02"},
	}}
}

func (w *world) engineerReq(number string, kind xmlvend.MeterEng) *xmlvend.MeterSpecificEngReq {
	req := &xmlvend.MeterSpecificEngReq{VendRequestHeader: w.meterHeader(number), Kind: kind}
	switch kind {
	case xmlvend.PowerLimit, xmlvend.PhaseUnbalance:
		req.PwrLmt = &xmlvend.PwrLmt{Value: "4.5", SIUnit: "kW"}
	case xmlvend.SetWaterFactor:
		req.WaterFactor = "250"
	case xmlvend.EngKeyChange:
		req.KCTData = &xmlvend.KCTData{FromSGC: "999901", FromKRN: "2", FromTI: "01", ToSGC: "999901", ToKRN: "3", ToTI: "01"}
	}
	return req
}

func (w *world) testReq(kind xmlvend.NonMeterEng) *xmlvend.NonMeterSpecificEngReq {
	return &xmlvend.NonMeterSpecificEngReq{RequestHeader: w.header(), Kind: kind, MeterType: xmlvend.MeterType{AT: "11", TT: "02"}}
}

func (w *world) reportReq(number string) *xmlvend.CustReportFaultReq {
	return &xmlvend.CustReportFaultReq{
		RequestHeader: w.header(), Customer: xmlvend.CustDetail{Name: "A CUSTOMER", Address: "7 Acacia Street", ContactNo: "0115550100"},
		Report: xmlvend.CustFaultReport{Kind: xmlvend.MeterFault, Desc: "Display blank", Meter: xmlvend.MeterNumber{MSNO: number}},
	}
}

func (w *world) cancelReq(number, token string) *xmlvend.CancelVendReq {
	return &xmlvend.CancelVendReq{VendRequestHeader: w.meterHeader(number), Token: xmlvend.STS1Token{Cipher: xmlvend.Secret(token)}}
}

func (w *world) verifyReq(number, token string) *xmlvend.VerifyReq {
	return &xmlvend.VerifyReq{
		RequestHeader: w.header(), Token: xmlvend.STS1Token{Cipher: xmlvend.Secret(token)}, Meter: xmlvend.MeterNumber{MSNO: number},
	}
}

func (w *world) confirmMeterReq(number string) *xmlvend.ConfirmMeterReq {
	return &xmlvend.ConfirmMeterReq{RequestHeader: w.header(), Meter: xmlvend.MeterNumber{MSNO: number}}
}

var (
	engineering = []xmlvend.MeterEng{
		xmlvend.ClearCredit, xmlvend.ClearTamper, xmlvend.DefaultCredit, xmlvend.EngKeyChange, xmlvend.PhaseUnbalance,
		xmlvend.PowerLimit, xmlvend.SetWaterFactor,
	}
	tests = map[xmlvend.NonMeterEng]sts.Control{
		xmlvend.TestAll: sts.TestAll, xmlvend.TestBreaker: sts.TestBreaker, xmlvend.TestDisplay: sts.TestDisplay,
		xmlvend.DisplayPowerLimit: sts.ShowMaxPower, xmlvend.DisplayTariffIndex: sts.ShowTariffIndex,
		xmlvend.DisplayKeyRevision: sts.ShowKeyRevision, xmlvend.DisplayTamper: sts.ShowTamper, xmlvend.DisplayPower: sts.ShowPower,
		xmlvend.DisplayConsumption: sts.ShowConsumption, xmlvend.DisplayPhaseUnbalance: sts.ShowPhaseUnbalance,
		xmlvend.DisplayVersion: sts.ShowVersion,
	}
)

// everyBinding returns requests of every operation that binds beside the vend, which a
// new town fulfils but for cancelVend, which it has nothing to cancel for.
func (w *world) everyBinding() []xmlvend.Request {
	n := utility.Numbers()
	list := []xmlvend.Request{
		w.fbeReq(n[utility.FreeBasic]), w.freeIssueReq(n[utility.FreeIssue]), w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "3.4"),
		w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "10.00"), w.payReq(n[utility.ServiceCharge], xmlvend.AccountServiceCharge, "57.50"),
		w.updateKeyReq(n[utility.KeyUpdate], "1"), w.reportReq(n[utility.Good]), w.cancelReq(n[utility.MagneticCard], "12345678901234567890"),
	}
	for _, kind := range engineering {
		list = append(list, w.engineerReq(n[utility.Good], kind))
	}
	for kind := range tests {
		list = append(list, w.testReq(kind))
	}
	return list
}

func (w *world) freeIssueReq(number string) *xmlvend.FreeIssueReq {
	return &xmlvend.FreeIssueReq{VendRequestHeader: w.meterHeader(number)}
}

// trace is all that a town's requests can leave behind.
func (w *world) trace() string {
	return fmt.Sprint(len(w.Issued("")), w.Balance(utility.DemoClient().EAN))
}

func TestWhateverBindsIsDoneOnceUnderAMessageID(t *testing.T) {
	w := start(t, utility.Config{})
	for _, req := range w.everyBinding() {
		status, first, err := w.post(req)
		if err != nil {
			t.Fatal(err)
		}
		if _, cancel := req.(*xmlvend.CancelVendReq); cancel == (status == 200) {
			t.Errorf("%s: status %d: %s", req.Element().Local, status, first)
		}
		before := w.trace()
		_, second, err := w.post(req)
		if err != nil {
			t.Fatal(err)
		}
		if string(first) != string(second) {
			t.Errorf("%s was answered with\n%s\nthen\n%s", req.Element().Local, first, second)
		}
		advice := got[*xmlvend.LastRespAdviceResp](t, w.ask(t, w.lastResponseReq(req.Head().MsgID)))
		if want := string(xmlvend.Encode(xmlvend.Envelope{Payload: advice.LastResponse})); want != "" && status == 200 && want != string(first) {
			t.Errorf("the last response of %s is\n%s\nwant\n%s", req.Element().Local, want, first)
		}
		if after := w.trace(); after != before {
			t.Errorf("%s again: %s, before %s", req.Element().Local, after, before)
		}
	}
}

func TestWhatIsAskedForManyTimesAtOnceIsIssuedOnce(t *testing.T) {
	w := start(t, utility.Config{})
	free, payment := w.freeIssueReq(utility.Numbers()[utility.FreeIssue]), w.payReq(utility.Numbers()[utility.Debt], xmlvend.AccountDebtRecovery, "10.00")
	balance := w.Balance(utility.DemoClient().EAN)
	var all sync.WaitGroup
	for range 8 {
		for _, req := range []xmlvend.Request{free, payment} {
			all.Go(func() {
				if _, _, err := w.post(req); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if n, paid := len(w.Issued("")), balance-w.Balance(utility.DemoClient().EAN); n != 1 || paid != 1_000 {
		t.Errorf("%d tokens were issued, %d cents taken", n, paid)
	}
}

func TestWhateverBindsIsRefusedUnderAMessageIDThatWasUsed(t *testing.T) {
	w := start(t, utility.Config{Duplicates: utility.RefuseDuplicates})
	for _, req := range w.everyBinding() {
		w.ask(t, req)
		w.refused(t, req, xmlvend.DuplicateMsgIDEx)
	}
}

func TestAFaultOfTheUtilityAppliesToWhateverIssues(t *testing.T) {
	for kind, processed := range map[utility.FaultKind]bool{
		utility.DropBefore: false, utility.DropAfter: true, utility.System: false, utility.BeingProcessed: true, utility.NoVendorCredit: false,
		utility.Garbage: true,
	} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Issue})
		for _, req := range w.everyBinding() {
			_, _, _ = w.post(req) // whatever comes, or nothing
			answer := w.ask(t, w.lastResponseReq(req.Head().MsgID))
			advice, found := answer.(*xmlvend.LastRespAdviceResp)
			if found != processed {
				t.Errorf("%s, %s: %s", kind, req.Element().Local, name(answer))
			}
			if found && advice.LastResponse.Head().ReqMsgID != req.Head().MsgID {
				t.Errorf("%s, %s: the last response is of another request", kind, req.Element().Local)
			}
		}
		if !processed && len(w.Issued("")) != 0 {
			t.Errorf("%s: a token was issued", kind)
		}
	}
}

func TestWhateverIssuesIsInDoubtUntilItIsProcessed(t *testing.T) {
	for kind, class := range map[utility.FaultKind]xmlvend.FaultClass{
		utility.IssueDelayed: xmlvend.IndeterminantLastResponseEx, utility.NotFoundFirst: xmlvend.LastResponseEx,
	} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Issue, Count: 1})
		req := w.fbeReq(utility.Numbers()[utility.FreeBasic])
		if status, _, err := w.post(req); err == nil {
			t.Fatalf("%s: answered with %d", kind, status)
		}
		awaitHeld(t, w)
		w.refused(t, w.lastResponseReq(req.MsgID), class)
		w.Release()
		advice := got[*xmlvend.LastRespAdviceResp](t, w.ask(t, w.lastResponseReq(req.MsgID)))
		got[*xmlvend.FBEResp](t, advice.LastResponse)
		if n := len(issuedUnder(w, req.MsgID)); n != 1 {
			t.Errorf("%s: %d tokens were issued", kind, n)
		}
	}
}

func TestAnAnswerOfAnotherMeterOrAmountLeavesTheTruthInMemory(t *testing.T) {
	n := utility.Numbers()
	for _, kind := range []utility.FaultKind{utility.WrongMeter, utility.WrongAmount} {
		w := start(t, utility.Config{})
		inject(t, w, utility.Fault{Kind: kind, Operation: utility.Issue})
		for _, req := range []xmlvend.Request{
			w.fbeReq(n[utility.FreeBasic]), w.freeIssueReq(n[utility.FreeIssue]), w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "10.00"),
		} {
			status, wrong, err := w.post(req)
			if err != nil || status != 200 {
				t.Fatalf("%s: status %d, %v", req.Element().Local, status, err)
			}
			advice := got[*xmlvend.LastRespAdviceResp](t, w.ask(t, w.lastResponseReq(req.Head().MsgID)))
			if string(xmlvend.Encode(xmlvend.Envelope{Payload: advice.LastResponse})) == string(wrong) {
				t.Errorf("%s: the answer to %s is right", kind, req.Element().Local)
			}
		}
	}
}

func TestEveryAnswerThatNamesAMeterCanNameAWrongOne(t *testing.T) {
	w := start(t, utility.Config{Faults: []utility.Fault{{Kind: utility.WrongMeter}}})
	n := utility.Numbers()
	list := []xmlvend.Request{
		w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "3.4"), w.updateKeyReq(n[utility.KeyUpdate], "1"), w.confirmMeterReq(n[utility.Good]),
	}
	for _, kind := range engineering {
		list = append(list, w.engineerReq(n[utility.Good], kind))
	}
	for _, req := range list {
		resp := w.ask(t, req)
		shown := ""
		switch resp := resp.(type) {
		case *xmlvend.MeterCreditTransferResp:
			shown = resp.Tx.CreditTokenIssue.MeterDetail.MSNO
		case *xmlvend.UpdateMeterKeyResp:
			shown = resp.Issue.MeterDetail.MSNO
		case *xmlvend.ConfirmMeterResp:
			shown = resp.MeterDetail.MSNO
		case *xmlvend.MeterSpecificEngResp:
			switch {
			case resp.Credit != nil:
				shown = resp.Credit.MeterDetail.MSNO
			case resp.KC != nil:
				shown = resp.KC.MeterDetail.MSNO
			case resp.Eng != nil:
				shown = resp.Eng.MeterDetail.MSNO
			}
		}
		if shown != n[utility.Unknown] {
			t.Errorf("%s: %s names meter %q", req.Type().Local, name(resp), shown)
		}
	}
}

func TestLookupsCanBeDisturbedAndLeaveNoTrace(t *testing.T) {
	w := start(t, utility.Config{})
	req := w.confirmMeterReq(utility.Numbers()[utility.Good])
	inject(t, w, utility.Fault{Kind: utility.System, Operation: utility.Lookup, Count: 1})
	w.refused(t, req, xmlvend.SystemEx)
	resp := got[*xmlvend.ConfirmMeterResp](t, w.ask(t, req))
	if resp.MeterDetail.MSNO != utility.Numbers()[utility.Good] || resp.MeterDetail.KRN != "2" || resp.MeterDetail.Type.TT != "02" {
		t.Errorf("the meter is shown as %+v", resp.MeterDetail)
	}
	w.refused(t, w.lastResponseReq(req.MsgID), xmlvend.LastResponseEx)
	for _, r := range w.Received() {
		if r.Number == req.MsgID.Number() && (r.Operation != utility.Lookup || r.Times != 2) {
			t.Errorf("the lookup was counted as %+v", r)
		}
	}
}
