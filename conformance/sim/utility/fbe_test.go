package utility_test

import (
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (w *world) fbeReq(number string) *xmlvend.FBEReq {
	return &xmlvend.FBEReq{VendRequestHeader: w.meterHeader(number)}
}

// got is the answer of the type that it must be.
func got[T xmlvend.Response](t tb, answer xmlvend.Response) T {
	t.Helper()
	resp, ok := answer.(T)
	if !ok {
		t.Fatalf("the answer is %s, want %T", name(answer), *new(T))
	}
	return resp
}

// refused asks and must be refused with a class.
func (w *world) refused(t tb, req xmlvend.Request, class xmlvend.FaultClass) {
	t.Helper()
	if f := fault(t, w.ask(t, req)); f.Class != class {
		t.Errorf("%s: %v, want %s", req.Element().Local, f, class)
	}
}

// typeIn types a token into a meter and returns what it said.
func typeIn(t tb, m *sts.Meter, digits string) sts.Message {
	t.Helper()
	token, err := sts.ParseToken(digits)
	if err != nil {
		t.Fatalf("%v", err)
	}
	message, err := m.Enter(token)
	if err != nil {
		t.Fatalf("the meter refuses: %v", err)
	}
	return message
}

func TestFreeBasicElectricityIsGivenOnceAMonth(t *testing.T) {
	w := start(t, utility.Config{})
	number := utility.Numbers()[utility.FreeBasic]
	balance := w.Balance(utility.DemoClient().EAN)

	resp := got[*xmlvend.FBEResp](t, w.ask(t, w.fbeReq(number)))
	line := find(t, lines(t, &resp.Receipt), xmlvend.FBECreditToken)
	if line.amt != 0 || line.units != 500 {
		t.Errorf("the receipt shows %+v, want 50 kWh for nothing", line)
	}
	meter := virtualMeter(t, w, number)
	typeIn(t, meter, line.token)
	if meter.Credit() != 500 {
		t.Errorf("the meter shows %d tenths, want 500", meter.Credit())
	}
	w.refused(t, w.fbeReq(number), xmlvend.FBEEx)
	if now := w.Balance(utility.DemoClient().EAN); now != balance {
		t.Errorf("the vendor paid %d cents", balance-now)
	}

	bought := w.vend(t, number, "100.00")
	if all := lines(t, &bought.Receipt); len(all) != 1 {
		t.Errorf("a purchase after it brings %d tokens, want that of the sale", len(all))
	}
	w.clock.advance(31 * 24 * time.Hour)
	got[*xmlvend.FBEResp](t, w.ask(t, w.fbeReq(number)))
}

func TestFreeBasicElectricityIsRefusedToThoseWhoHaveNoRightToIt(t *testing.T) {
	w := start(t, utility.Config{})
	for kind, class := range map[utility.Kind]xmlvend.FaultClass{
		utility.Good: xmlvend.FBEEx, utility.Blocked: xmlvend.BlockedMeterEx, utility.Unknown: xmlvend.UnknownMeterEx,
		utility.WrongCheckDigit: xmlvend.MSNOCheckDigitEx, utility.KeyExpired: xmlvend.LatestKRNEx, utility.KeyChange: xmlvend.LatestKRNEx,
	} {
		w.refused(t, w.fbeReq(utility.Numbers()[kind]), class)
	}
	if len(w.Issued("")) != 0 {
		t.Error("a token was issued")
	}
}

func TestAMessageIDThatAnotherOperationUsedIsRefused(t *testing.T) {
	w := start(t, utility.Config{})
	first := w.fbeReq(utility.Numbers()[utility.FreeBasic])
	got[*xmlvend.FBEResp](t, w.ask(t, first))
	vend := w.vendReq(utility.Numbers()[utility.Good], "50.00")
	vend.MsgID = first.MsgID
	w.refused(t, vend, xmlvend.DuplicateMsgIDEx)
	if n := len(w.Issued("")); n != 1 {
		t.Errorf("%d tokens were issued", n)
	}
}

func TestAnOperationThatTheUtilityLacksIsNotSupported(t *testing.T) {
	w := start(t, utility.Config{Lacks: []string{"fbeReq"}})
	req := w.fbeReq(utility.Numbers()[utility.FreeBasic])
	w.refused(t, req, xmlvend.UseCaseSupportEx)
	w.refused(t, w.lastResponseReq(req.MsgID), xmlvend.LastResponseEx)
	if _, err := utility.New(utility.Config{Lacks: []string{"fbe"}}); err == nil {
		t.Error("an operation that nobody has can be lacked")
	}
}
