package utility_test

import (
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// paid pays and returns the one line of the receipt, which must add up.
func (w *world) paid(t *testing.T, req *xmlvend.PayAccReq) line {
	t.Helper()
	before := w.Balance(utility.DemoClient().EAN)
	resp := got[*xmlvend.PayAccResp](t, w.ask(t, req))
	all := lines(t, &resp.Receipt.Receipt)
	amount := cents(t, req.ReqAmt)
	if len(all) != 1 || all[0].amt+all[0].tax != amount || cents(t, *resp.Receipt.Transactions.TenderAmt) != amount {
		t.Fatalf("%d cents were paid, the receipt shows %+v", amount, all)
	}
	if after := w.Balance(utility.DemoClient().EAN); before-after != amount || cents(t, resp.ClientStatus.AvailCredit) != after {
		t.Errorf("the vendor's balance went from %d to %d", before, after)
	}
	return all[0]
}

func TestArrearsArePaidOffAndNoMore(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.Debt] // R400
	if l := w.paid(t, w.payReq(number, xmlvend.AccountDebtRecovery, "150.00")); l.balance != 25_000 || l.tax != 0 {
		t.Errorf("the receipt shows %+v, want R250 left", l)
	}
	w.refused(t, w.payReq(number, xmlvend.AccountDebtRecovery, "250.01"), xmlvend.BusinessRuleEx)

	byAccount := w.payReq(number, xmlvend.AccountDebtRecovery, "250.00")
	byAccount.Account.ID = xmlvend.CustIDMethod{Customer: xmlvend.CustAccountNo{AccNo: "SM10005"}}
	if l := w.paid(t, byAccount); l.balance != 0 {
		t.Errorf("the receipt shows %+v, want nothing left", l)
	}
	w.refused(t, w.payReq(number, xmlvend.AccountDebtRecovery, "1.00"), xmlvend.DebtEx)
	resp := w.vend(t, number, "100.00")
	if all := lines(t, &resp.Receipt); len(all) != 1 {
		t.Errorf("a purchase after it shows %+v", all)
	}
	if len(w.Issued(number)) != 1 {
		t.Error("a payment issued a token")
	}
}

func TestAServiceChargeIsPaidInPartsOnceAMonth(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.ServiceCharge] // R57.50
	if l := w.paid(t, w.payReq(number, xmlvend.AccountServiceCharge, "23.00")); l.amt != 2_000 || l.tax != 300 {
		t.Errorf("the receipt shows %+v, want R20 and R3 of VAT", l)
	}
	resp := w.vend(t, number, "100.00")
	fee := lines(t, &resp.Receipt)[1]
	if fee.amt+fee.tax != 3_450 {
		t.Errorf("the purchase paid %+v, want the R34.50 that was left", fee)
	}
	w.refused(t, w.payReq(number, xmlvend.AccountServiceCharge, "1.00"), xmlvend.ServiceChrgEx)
	w.clock.advance(31 * 24 * time.Hour)
	w.paid(t, w.payReq(number, xmlvend.AccountServiceCharge, "57.50"))
}

func TestAPaymentThatCannotBeIsRefusedAndTakesNothing(t *testing.T) {
	poor := utility.DemoClient()
	poor.Balance = 500
	w := start(t, utility.Config{Clients: []utility.Client{poor}})
	n := utility.Numbers()
	nobody := w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "1.00")
	nobody.Account.ID = xmlvend.CustIDMethod{Customer: xmlvend.CustAccountNo{AccNo: "SM9"}}
	dollars := w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "1.00")
	dollars.ReqAmt.Symbol = "USD"
	for _, tt := range []struct {
		req   *xmlvend.PayAccReq
		class xmlvend.FaultClass
	}{
		{w.payReq(n[utility.Good], xmlvend.AccountDebtRecovery, "1.00"), xmlvend.DebtEx},
		{w.payReq(n[utility.Good], xmlvend.AccountServiceCharge, "1.00"), xmlvend.ServiceChrgEx},
		{w.payReq(n[utility.Good], xmlvend.AccountOther, "1.00"), xmlvend.BusinessRuleEx},
		{w.payReq(n[utility.Unknown], xmlvend.AccountDebtRecovery, "1.00"), xmlvend.UnknownMeterEx},
		{w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "5.01"), xmlvend.VendorCreditEx},
		{w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "0.00"), xmlvend.BusinessRuleEx},
		{w.payReq(n[utility.Debt], xmlvend.AccountDebtRecovery, "1.001"), xmlvend.BusinessRuleEx},
		{nobody, xmlvend.ConfirmCustomerEx},
		{dollars, xmlvend.BusinessRuleEx},
	} {
		w.refused(t, tt.req, tt.class)
	}
	if got := w.Balance(poor.EAN); got != 500 {
		t.Errorf("the balance is %d", got)
	}
}
