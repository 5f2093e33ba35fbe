package utility_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// card is a town whose meter with magnetic cards has all that a purchase can move.
func card(t *testing.T) (*world, string) {
	t.Helper()
	number := utility.Numbers()[utility.MagneticCard]
	town := utility.Town()
	for i := range town {
		if town[i].Number == number {
			town[i].Arrears, town[i].ArrearsShare, town[i].MonthlyFee, town[i].FreeUnits = 20_000, 25, 1_150, 100
		}
	}
	return start(t, utility.Config{Meters: town}), number
}

func tokenOfSale(t *testing.T, resp *xmlvend.CreditVendResp) string {
	t.Helper()
	return find(t, lines(t, &resp.Receipt), xmlvend.SaleCreditToken).token
}

func TestTheLatestSaleOnAMagneticCardIsCancelledAsIfItHadNotBeen(t *testing.T) {
	w, number := card(t)
	balance := w.Balance(utility.DemoClient().EAN)
	req := w.vendReq(number, "100.00")
	first := sold(t, w.ask(t, req))
	resp := got[*xmlvend.CancelVendResp](t, w.ask(t, w.cancelReq(number, tokenOfSale(t, first))))
	if resp.OrigTx.CreditTokenIssue.MeterDetail.Type.TT != "01" || resp.CancelRefNo == "" {
		t.Errorf("the answer shows %+v", resp.OrigTx.CreditTokenIssue.MeterDetail)
	}
	if got := w.Balance(utility.DemoClient().EAN); got != balance || cents(t, resp.ClientStatus.AvailCredit) != balance {
		t.Errorf("the balance is %d, want %d as before the sale", got, balance)
	}

	advice := xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: req.MsgID}
	if got[*xmlvend.ConfirmationAdviceResp](t, w.ask(t, &xmlvend.ConfirmationAdviceReq{AdviceHeader: advice})).TxConfirmed {
		t.Error("the sale is confirmed")
	}
	w.refused(t, w.verifyReq(number, tokenOfSale(t, first)), xmlvend.VerifyTokenEx)
	w.refused(t, w.cancelReq(number, tokenOfSale(t, first)), xmlvend.CancelEx)

	again := w.vend(t, number, "100.00")
	a, b := lines(t, &first.Receipt), lines(t, &again.Receipt)
	if len(a) != len(b) {
		t.Fatalf("bought anew, the receipt has %d lines, not %d", len(b), len(a))
	}
	for i := range a {
		a[i].token, b[i].token = "", ""
		if a[i].amt != b[i].amt || a[i].units != b[i].units || a[i].balance != b[i].balance {
			t.Errorf("bought anew, line %d is %+v, was %+v", i+1, b[i], a[i])
		}
	}
}

func TestOnlyTheLatestSaleOfTheVendorOnACardCanBeCancelled(t *testing.T) {
	other := utility.DemoClient()
	other.EAN = "6008000000031"
	w := start(t, utility.Config{Clients: []utility.Client{utility.DemoClient(), other}})
	number, good := utility.Numbers()[utility.MagneticCard], utility.Numbers()[utility.Good]
	first, numeric := w.vend(t, number, "50.00"), w.vend(t, good, "50.00")
	second := w.vend(t, number, "60.00")
	foreign := w.cancelReq(number, tokenOfSale(t, second))
	foreign.Client = xmlvend.EAN(other.EAN)
	before := w.Balance(utility.DemoClient().EAN)
	for what, req := range map[string]*xmlvend.CancelVendReq{
		"an earlier sale":      w.cancelReq(number, tokenOfSale(t, first)),
		"a token typed in":     w.cancelReq(good, tokenOfSale(t, numeric)),
		"a made-up token":      w.cancelReq(number, "11112222333344445555"),
		"another meter's":      w.cancelReq(number, tokenOfSale(t, numeric)),
		"another vendor's":     foreign,
		"what is not a token":  w.cancelReq(number, "99999999999999999999"),
		"a token of 20 zeros":  w.cancelReq(number, "00000000000000000000"),
		"no meter of the town": w.cancelReq(utility.Numbers()[utility.Unknown], tokenOfSale(t, second)),
	} {
		class := xmlvend.CancelEx
		if req.Meter.MeterNo() == utility.Numbers()[utility.Unknown] {
			class = xmlvend.UnknownMeterEx
		}
		if f := fault(t, w.ask(t, req)); f.Class != class {
			t.Errorf("%s: %v", what, f)
		}
	}
	if now := w.Balance(utility.DemoClient().EAN); now != before || w.Balance(other.EAN) != other.Balance {
		t.Errorf("the balance went from %d to %d", before, now)
	}
	got[*xmlvend.CancelVendResp](t, w.ask(t, w.cancelReq(number, tokenOfSale(t, second))))
	w.refused(t, w.cancelReq(number, tokenOfSale(t, first)), xmlvend.CancelEx)
}

func TestNothingIsCancelledOnceAnythingElseHappenedToTheMeter(t *testing.T) {
	for name, then := range map[string]func(w *world, number string) xmlvend.Request{
		"a payment": func(w *world, number string) xmlvend.Request {
			return w.payReq(number, xmlvend.AccountDebtRecovery, "10.00")
		},
		"a free one":  func(w *world, number string) xmlvend.Request { return w.engineerReq(number, xmlvend.DefaultCredit) },
		"an engineer": func(w *world, number string) xmlvend.Request { return w.engineerReq(number, xmlvend.ClearTamper) },
	} {
		w, number := card(t)
		resp := w.vend(t, number, "100.00")
		if _, refused := w.ask(t, then(w, number)).(*xmlvend.FaultResp); refused {
			t.Fatalf("%s was refused", name)
		}
		w.refused(t, w.cancelReq(number, tokenOfSale(t, resp)), xmlvend.CancelEx)
	}
}
