package utility_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestAFreeIssueBringsItsUnitsEachTimeItIsAskedFor(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.FreeIssue]
	meter := virtualMeter(t, w, number)
	for range 2 {
		resp := got[*xmlvend.FreeIssueResp](t, w.ask(t, w.freeIssueReq(number)))
		line := find(t, lines(t, &resp.Receipt), xmlvend.FreeCreditToken)
		if line.amt != 0 || line.units != 100 {
			t.Errorf("the receipt shows %+v", line)
		}
		typeIn(t, meter, line.token)
	}
	if meter.Credit() != 200 {
		t.Errorf("the meter shows %d tenths, want 200", meter.Credit())
	}
	for _, issued := range w.Issued(number) {
		secondReader(t, issued)
	}
	w.refused(t, w.freeIssueReq(utility.Numbers()[utility.Good]), xmlvend.BusinessRuleEx)
	w.refused(t, w.freeIssueReq(utility.Numbers()[utility.Blocked]), xmlvend.BlockedMeterEx)
}

func TestTheUnitsOfAReplacedMeterAreTransferredOnceToTheOneInItsPlace(t *testing.T) {
	w := start(t, utility.Config{})
	n := utility.Numbers()
	gas := w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "3.4")
	gas.ChgOutUnits.SIUnit = "m3"
	for _, tt := range []struct {
		req   *xmlvend.MeterCreditTransferReq
		class xmlvend.FaultClass
	}{
		{w.transferReq(n[utility.ChangedIn], n[utility.Debt], "3.4"), xmlvend.BusinessRuleEx},
		{w.transferReq(n[utility.Good], n[utility.Unknown], "3.4"), xmlvend.BusinessRuleEx},
		{w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "0.0"), xmlvend.BusinessRuleEx},
		{w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "3.45"), xmlvend.BusinessRuleEx},
		{w.transferReq(n[utility.Unknown], n[utility.Unknown], "3.4"), xmlvend.UnknownMeterEx},
		{gas, xmlvend.BusinessRuleEx},
	} {
		w.refused(t, tt.req, tt.class)
	}
	resp := got[*xmlvend.MeterCreditTransferResp](t, w.ask(t, w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "3.4")))
	meter := virtualMeter(t, w, n[utility.ChangedIn])
	typeIn(t, meter, single(t, resp.Tx.CreditTokenIssue.Token))
	if meter.Credit() != 34 || resp.Tx.CreditTokenIssue.Kind != xmlvend.MCTCreditToken || resp.Detail.OldMSNO != n[utility.Unknown] {
		t.Errorf("the meter shows %d tenths for %+v", meter.Credit(), resp.Tx.CreditTokenIssue.Units)
	}
	w.refused(t, w.transferReq(n[utility.ChangedIn], n[utility.Unknown], "3.4"), xmlvend.BusinessRuleEx)
}

func TestEachReportOfAFaultHasAReferenceOfItsOwn(t *testing.T) {
	w := start(t, utility.Config{})
	req := w.reportReq(utility.Numbers()[utility.Good])
	first := got[*xmlvend.CustReportFaultResp](t, w.ask(t, req))
	again := got[*xmlvend.CustReportFaultResp](t, w.ask(t, req))
	other := got[*xmlvend.CustReportFaultResp](t, w.ask(t, w.reportReq(utility.Numbers()[utility.Good])))
	if first.RefNo == "" || again.RefNo != first.RefNo || other.RefNo == first.RefNo {
		t.Errorf("the references are %s, under the same message id %s, and %s", first.RefNo, again.RefNo, other.RefNo)
	}
	if first.Customer != req.Customer || first.Report != req.Report {
		t.Errorf("the report is shown as %+v of %+v", first.Report, first.Customer)
	}
	w.refused(t, w.reportReq(utility.Numbers()[utility.Unknown]), xmlvend.UnknownMeterEx)
	network := w.reportReq(utility.Numbers()[utility.Unknown])
	network.Report = xmlvend.CustFaultReport{Kind: xmlvend.NetworkFault, Desc: "No supply in Acacia Street"}
	got[*xmlvend.CustReportFaultResp](t, w.ask(t, network))
}
