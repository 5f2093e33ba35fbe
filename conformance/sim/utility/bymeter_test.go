package utility_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestAFaultCanBeConfinedToAMeter(t *testing.T) {
	good, debt := utility.Numbers()[utility.Good], utility.Numbers()[utility.Debt]
	w := start(t, utility.Config{Faults: []utility.Fault{
		{Kind: utility.System, Operation: utility.Vend, Meter: good},
		{Kind: utility.System, Operation: utility.Advice, Meter: debt},
		{Kind: utility.System, Operation: utility.Confirm, Meter: good},
	}})
	if got := fault(t, w.ask(t, w.vendReq(good, "50.00"))); got.Class != xmlvend.SystemEx {
		t.Errorf("the meter's vend: %v", got)
	}
	other := w.vendReq(debt, "50.00")
	sold(t, w.ask(t, other))
	if got := fault(t, w.ask(t, w.lastResponseReq(other.MsgID))); got.Class != xmlvend.SystemEx {
		t.Errorf("an advice about a vend of the meter: %v", got)
	}
	if got := fault(t, w.ask(t, w.confirmReq(byMeter(good)))); got.Class != xmlvend.SystemEx {
		t.Errorf("the meter's customer: %v", got)
	}
	if _, ok := w.ask(t, w.confirmReq(byMeter(debt))).(*xmlvend.ConfirmCustomerResp); !ok {
		t.Error("another meter's customer is not confirmed")
	}
}

func TestAHeadlessFaultHasNoHeaderAndNothingIsSold(t *testing.T) {
	w := start(t, utility.Config{Faults: []utility.Fault{{Kind: utility.Headless, Operation: utility.Vend}}})
	status, body, err := w.post(w.vendReq(utility.Numbers()[utility.Good], "50.00"))
	if err != nil {
		t.Fatal(err)
	}
	if status != http.StatusInternalServerError || strings.Contains(string(body), "clientID") || hexing(t, body).Fault.WireClass != xmlvend.SystemEx {
		t.Errorf("status %d: %s", status, body)
	}
	if got := len(w.Issued("")); got != 0 {
		t.Errorf("%d tokens were issued", got)
	}
}
