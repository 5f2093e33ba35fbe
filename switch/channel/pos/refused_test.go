package pos_test

import (
	"cmp"
	"strconv"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// badDay is a request of an authentic sender that does not end in a sale.
type badDay struct {
	name string
	plan *plan // nil: the usual world will do
	// before is what has happened already: it may sell, and its money counts as
	// moved before.
	before func(*world)
	send   func(*world) xmlvend.Request
	class  xmlvend.FaultClass
	code   string // on the inbound leg, which is declined
}

func TestRefusedRequestMovesNoMoneyAndLeavesALegThatSaysSo(t *testing.T) {
	usual := newWorld(t, plan{})
	for _, day := range refusedDays() {
		t.Run(day.name, func(t *testing.T) {
			w := usual
			if day.plan != nil || day.before != nil {
				w = newWorld(t, *cmp.Or(day.plan, &plan{}))
			}
			w.TB = t
			if day.before != nil {
				day.before(w)
			}
			float := w.float()
			request := day.send(w)
			w.refused(request, day.class)
			if now := w.float(); now != float {
				t.Errorf("the float was %+v and is %+v", float, now)
			}
			leg := w.legs()[0]
			if leg.DateTime != request.Head().MsgID.DateTime || leg.Number != request.Head().MsgID.Number() {
				t.Errorf("the newest leg is of message %s/%d, want %v", leg.DateTime, leg.Number, request.Head().MsgID)
			}
			if leg.State != ledger.LegDeclined || leg.Code != day.code {
				t.Errorf("the leg is %s with code %q, want declined with code %q", leg.State, leg.Code, day.code)
			}
		})
	}
}

func refusedDays() []badDay {
	token := func(kind sim.Kind, amount xmlvend.Decimal) func(*world) xmlvend.Request {
		return func(w *world) xmlvend.Request { return w.creditVend(kind, amount) }
	}
	airtimes := func(n int) func(*world) xmlvend.Request {
		return func(w *world) xmlvend.Request { return w.voucherVend(airtime, n) }
	}
	return []badDay{
		{name: "an amount below the least", send: token(sim.Good, "19.99"), class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "an amount above the most", send: token(sim.Good, "5000.01"), class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "an amount of zero", send: token(sim.Good, "0.00"), class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "a negative amount", send: token(sim.Good, "-100.00"), class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "an amount with three decimals", send: token(sim.Good, "100.005"), class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "an amount beyond all counting", send: token(sim.Good, "100000000000000000000"), class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "an amount in another currency", send: func(w *world) xmlvend.Request {
			request := w.creditVend(sim.Good, "100.00")
			request.PurchaseValue = xmlvend.PurchaseValueCurrency{Amt: xmlvend.Currency{Value: "100.00", Symbol: "USD"}}
			return request
		}, class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "no units", send: func(w *world) xmlvend.Request {
			request := w.creditVend(sim.Good, "0")
			request.PurchaseValue = xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: "0.0", SIUnit: "kWh"}}
			return request
		}, class: xmlvend.BusinessRuleEx, code: "amount"},
		{name: "a trial with three decimals", send: func(w *world) xmlvend.Request {
			vend := w.creditVend(sim.Good, "100.005")
			return &xmlvend.TrialCreditVendReq{VendRequestHeader: vend.VendRequestHeader, PurchaseValue: vend.PurchaseValue}
		}, class: xmlvend.BusinessRuleEx, code: "amount"},

		{name: "no funds for a token", send: token(sim.Good, "1100.00"), class: xmlvend.VendorCreditEx, code: "funds"},
		{name: "no funds for vouchers", before: func(w *world) { w.spendAllBut(9_84) }, send: airtimes(1), class: xmlvend.VendorCreditEx, code: "funds"},
		{name: "a merchant that is blocked", before: func(w *world) {
			w.must(w.store.SetMerchantStatus(w.Context(), "test", merchant, ledger.Blocked))
		}, send: airtimes(1), class: xmlvend.ClientIDAuthorisationEx, code: "merchant"},
		{name: "no stock", send: func(w *world) xmlvend.Request { return w.voucherVend(soldOut, 1) }, class: xmlvend.BusinessRuleEx, code: "stock"},
		{name: "more vouchers than there are", send: airtimes(len(pins) + 1), class: xmlvend.BusinessRuleEx, code: "stock"},
		{name: "a product nobody knows", send: func(w *world) xmlvend.Request { return w.voucherVend("NOSUCH", 1) }, class: xmlvend.BusinessRuleEx, code: "product"},
		{name: "electricity asked for as a voucher", send: func(w *world) xmlvend.Request { return w.voucherVend(electricity, 1) }, class: xmlvend.BusinessRuleEx, code: "product"},
		{name: "a client without the right", plan: &plan{client: func(c *ledger.Client) { c.Rights = []string{"creditVend"} }}, send: airtimes(1), class: xmlvend.RequestAuthorisationEx, code: "right"},

		{name: "a meter number that is mistyped", send: token(sim.WrongCheckDigit, "100"), class: xmlvend.MSNOCheckDigitEx, code: "meter"},
		{name: "a meter nobody knows", send: token(sim.Unknown, "100"), class: xmlvend.UnknownMeterEx, code: "UnknownMeterEx"},
		{name: "a meter that is blocked", send: token(sim.Blocked, "100"), class: xmlvend.BlockedMeterEx, code: "BlockedMeterEx"},
		{name: "a meter whose key has expired", send: token(sim.KeyExpired, "100"), class: xmlvend.LatestKRNEx, code: "LatestKRNEx"},
		{name: "a customer of a meter nobody knows", send: func(w *world) xmlvend.Request {
			return &xmlvend.ConfirmCustomerReq{RequestHeader: w.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[sim.Unknown]}}}
		}, class: xmlvend.UnknownMeterEx, code: "unknown-meter"},
		{name: "a customer looked up by name", send: func(w *world) xmlvend.Request {
			return &xmlvend.ConfirmCustomerReq{RequestHeader: w.header(), ID: xmlvend.CustIDMethod{Customer: xmlvend.CustName{Name: "T MOLEFE"}}}
		}, class: xmlvend.UseCaseSupportEx, code: "unsupported"},

		{name: "our account at the supplier is empty", before: func(w *world) { w.inject(sim.NoVendorCredit, sim.Vend) },
			send: token(sim.Good, "100"), class: xmlvend.SystemEx, code: "VendorCreditEx"},
		{name: "the supplier is down", plan: &plan{town: func(s *ledger.Supplier) { s.URL = "http://127.0.0.1:1/xmlvend" }},
			send: token(sim.Good, "100"), class: xmlvend.SystemEx, code: "unavailable"},
		{name: "the supplier is down for a trial", before: func(w *world) { w.inject(sim.BadGateway, sim.Trial) }, send: func(w *world) xmlvend.Request {
			vend := w.creditVend(sim.Good, "100")
			return &xmlvend.TrialCreditVendReq{VendRequestHeader: vend.VendRequestHeader, PurchaseValue: vend.PurchaseValue}
		}, class: xmlvend.SystemEx, code: "unavailable"},

		{name: "a message id used for something else", before: func(w *world) {
			answered[*xmlvend.VoucherVendResp](w, w.numbered(7, w.voucherVend(airtime, 1)))
		}, send: func(w *world) xmlvend.Request { return w.numbered(7, w.voucherVend(airtime, 2)) }, class: xmlvend.BusinessRuleEx, code: "message-taken"},
		{name: "a message id already declared never sold", before: func(w *world) {
			w.refused(w.lastResponse(w.numbered(7, w.voucherVend(airtime, 1)).Head().MsgID), xmlvend.LastResponseEx)
		}, send: func(w *world) xmlvend.Request { return w.numbered(7, w.voucherVend(airtime, 1)) }, class: xmlvend.BusinessRuleEx, code: "message-void"},
		{name: "an advice about a request never seen", send: func(w *world) xmlvend.Request {
			return w.lastResponse(xmlvend.MsgID{DateTime: "20260611101500", UniqueNumber: "999"})
		}, class: xmlvend.LastResponseEx, code: "not-found"},
		{name: "a reprint of a receipt that is not there", send: func(w *world) xmlvend.Request {
			return &xmlvend.VoucherReprintReq{RequestHeader: w.header(), ReceiptNo: "123"}
		}, class: xmlvend.ReprintEx, code: "reprint"},

		{name: "a reversal of a request never seen", send: func(w *world) xmlvend.Request {
			return &xmlvend.ReversalAdviceReq{AdviceHeader: w.lastResponse(xmlvend.MsgID{DateTime: "20260611101500", UniqueNumber: "999"}).AdviceHeader}
		}, class: xmlvend.ReversalEx, code: "reversal"},
		{name: "the end of a batch that is not open", send: func(w *world) xmlvend.Request {
			return &xmlvend.EndBatchReq{RequestHeader: w.header(), Level: xmlvend.BankLevel}
		}, class: xmlvend.EndBatchEx, code: "end-batch"},
		{name: "a cancellation of a token that was never sold", send: func(w *world) xmlvend.Request {
			return &xmlvend.CancelVendReq{VendRequestHeader: w.vendHeader(sim.Numbers()[sim.Good]), Token: xmlvend.STS1Token{Cipher: "12345678901234567890"}}
		}, class: xmlvend.CancelEx, code: "supplier"},
	}
}

// numbered gives a request a message id of its own choosing.
func (w *world) numbered(n int, m xmlvend.Request) xmlvend.Request {
	m.Head().MsgID = xmlvend.MsgID{DateTime: "20260612080000", UniqueNumber: strconv.Itoa(n)}
	return m
}

// inject makes the town misbehave, at every request from now on.
func (w *world) inject(kind sim.FaultKind, op sim.Operation) {
	w.Helper()
	w.must(w.town.Inject(sim.Fault{Kind: kind, Operation: op}))
}

// spendAllBut leaves so many cents on the float.
func (w *world) spendAllBut(left int64) {
	w.Helper()
	_, err := w.store.Post(w.Context(), ledger.Entry{Kind: "correction", Actor: "test", Reference: "spent", Postings: []ledger.Posting{
		{Account: "float:" + merchant, Amount: deposit - left, Currency: "ZAR"},
		{Account: "bank", Amount: left - deposit, Currency: "ZAR"},
	}})
	w.must(err)
}

// The client of an unknown sale must not sell again: its money is kept, and it is
// told so.
func TestClientOfASaleWhoseOutcomeIsNotKnown(t *testing.T) {
	silent := func(w *world) {
		w.inject(sim.DropAfter, sim.Vend)
		w.inject(sim.BadGateway, sim.Advice)
	}
	t.Run("is told not to sell again, until an advice finds the token", func(t *testing.T) {
		w := newWorld(t, plan{})
		silent(w)
		request := w.creditVend(sim.Good, "100.00")
		fault := w.refused(request, xmlvend.SystemEx)
		if want := "Do not sell again; ask for the last response."; fault.OperatorMsg != want {
			t.Errorf("the operator is told %q, want %q", fault.OperatorMsg, want)
		}
		if float := w.float(); float.Held != 98_50 || float.Posted != deposit {
			t.Errorf("float %+v, want 98.50 held and nothing posted", float)
		}
		w.refused(w.lastResponse(request.MsgID), xmlvend.SystemEx)
		w.refused(request, xmlvend.SystemEx)
		if tokens := w.town.Issued(""); len(tokens) != 1 {
			t.Errorf("the town issued %d tokens, want 1", len(tokens))
		}
	})
	t.Run("gets no answer at all if it wants it so", func(t *testing.T) {
		w := newWorld(t, plan{client: func(c *ledger.Client) { c.OnUnknown = ledger.AnswerHangUp }})
		silent(w)
		client, err := xmlvend.NewClient(xmlvend.ClientConfig{URL: w.url})
		w.must(err)
		defer client.Close()
		answer, err := client.Do(t.Context(), w.creditVend(sim.Good, "100.00"))
		if err == nil {
			t.Fatalf("answered with %T", answer.Response)
		}
		if w.float().Held != 98_50 {
			t.Errorf("float %+v, want 98.50 held", w.float())
		}
	})
}
