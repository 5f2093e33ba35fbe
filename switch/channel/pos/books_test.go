package pos_test

import (
	"strings"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (w *world) advice(asked xmlvend.MsgID) xmlvend.AdviceHeader {
	return xmlvend.AdviceHeader{RequestHeader: w.header(), AdviceReqMsgID: asked}
}

func TestConfirmationAndReversalAdviceTellWhatBecameOfASaleAndUndoNothing(t *testing.T) {
	w := newWorld(t, plan{})
	sold, declined := w.creditVend(sim.Good, "100.00"), w.creditVend(sim.Blocked, "100.00")
	answered[*xmlvend.CreditVendResp](w, sold)
	w.refused(declined, xmlvend.BlockedMeterEx)
	float := w.float()
	for _, c := range []struct {
		asked     xmlvend.MsgID
		delivered bool
	}{{sold.MsgID, true}, {declined.MsgID, false}} {
		confirmation := &xmlvend.ConfirmationAdviceReq{AdviceHeader: w.advice(c.asked),
			PayType: xmlvend.Cash{TenderAmt: xmlvend.Currency{Value: "100.00", Symbol: "ZAR"}}}
		reversal := &xmlvend.ReversalAdviceReq{AdviceHeader: w.advice(c.asked)}
		for range 2 { // an advice may come again
			if got := answered[*xmlvend.ConfirmationAdviceResp](w, confirmation); got.TxConfirmed != c.delivered || !got.AdviceReqMsgID.Same(c.asked) {
				t.Errorf("confirmed %v of %v, want %v", got.TxConfirmed, got.AdviceReqMsgID, c.delivered)
			}
			if got := answered[*xmlvend.ReversalAdviceResp](w, reversal); got.TxReversed == c.delivered {
				t.Errorf("reversed: %v, delivered: %v", got.TxReversed, c.delivered)
			}
		}
	}
	if w.float() != float {
		t.Errorf("advices moved the float from %+v to %+v", float, w.float())
	}
	noted, err := w.store.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryConfirmed})
	w.must(err)
	if len(noted) != 2 || !strings.Contains(noted[0].Body, `"pay_type":"cash"`) {
		t.Errorf("the journal has %v", noted)
	}
}

func TestAdviceAboutAnIdNeverSeenVoidsItAndIsAFault(t *testing.T) {
	w := newWorld(t, plan{})
	first, second := w.creditVend(sim.Good, "100.00"), w.creditVend(sim.Good, "100.00")
	for range 2 {
		w.refused(&xmlvend.ConfirmationAdviceReq{AdviceHeader: w.advice(first.MsgID)}, xmlvend.ConfirmationEx)
		w.refused(&xmlvend.ReversalAdviceReq{AdviceHeader: w.advice(second.MsgID)}, xmlvend.ReversalEx)
	}
	w.refused(first, xmlvend.BusinessRuleEx) // came too late
	w.refused(second, xmlvend.BusinessRuleEx)
	if issued := w.town.Issued(""); len(issued) != 0 {
		t.Errorf("%d tokens were issued", len(issued))
	}
}

func TestReprintGivesTheLastSalesOfAMeterAsDisclosedCopies(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			meter := func(kind sim.Kind) *xmlvend.ReprintReq {
				return &xmlvend.ReprintReq{RequestHeader: w.header(), ID: xmlvend.VendIDMethod{Meter: xmlvend.MeterNumber{MSNO: sim.Numbers()[kind]}}}
			}
			w.refused(meter(sim.Good), xmlvend.ReprintEx)
			var sales []*xmlvend.CreditVendResp
			for _, amount := range []xmlvend.Decimal{"20.00", "30.00", "40.00", "50.00", "60.00", "70.00"} {
				sales = append(sales, answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, amount)))
			}
			float := w.float()
			got := answered[*xmlvend.ReprintResp](w, meter(sim.Good))
			if len(got.Reprints) != 5 {
				t.Fatalf("%d copies, want 5", len(got.Reprints))
			}
			for i, r := range got.Reprints {
				original := *sales[len(sales)-1-i]
				copied, ok := r.(*xmlvend.CreditVendResp)
				if !ok || !strings.HasSuffix(copied.DispHeader, "(copy)") {
					t.Fatalf("copy %d is %T headed %q", i, r, r.Head().DispHeader)
				}
				original.DispHeader = copied.DispHeader
				if left, right := encoded(copied), encoded(&original); left != right {
					t.Errorf("the copy is\n%s\nthe receipt\n%s", left, right)
				}
			}
			disclosed, err := w.store.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryDisclosure})
			w.must(err)
			if len(disclosed) != 5 || w.float() != float {
				t.Errorf("%d disclosures; the float was %+v and is %+v", len(disclosed), float, w.float())
			}
			w.refused(&xmlvend.ReprintReq{RequestHeader: w.header(), ID: xmlvend.CustIDMethod{Customer: xmlvend.CustAccountNo{AccNo: "123"}}}, xmlvend.ReprintEx)
		})
	}
}

func TestVendorStatementIsTheLastEntriesOfTheFloatWithItsBalance(t *testing.T) {
	for _, driver := range stores {
		t.Run(driver, func(t *testing.T) {
			w := newWorld(t, plan{driver: driver})
			w.must(w.store.SetCreditLine(t.Context(), "test", merchant, 50_00))
			sale := answered[*xmlvend.CreditVendResp](w, w.creditVend(sim.Good, "100.00"))
			got := answered[*xmlvend.VendorStatementResp](w, &xmlvend.VendorStatementReq{RequestHeader: w.header()})
			if got.AccNo != merchant || got.AccBal.Value != "901.50" || got.AvailCredit.Value != "951.50" {
				t.Errorf("account %s has %v, available %v; want M0001, 901.50, 951.50", got.AccNo, got.AccBal, got.AvailCredit)
			}
			if len(got.Lines) != 2 || got.Lines[0].Amt.Value != "-98.50" || got.Lines[1].Amt.Value != "1000.00" {
				t.Fatalf("the lines are %+v", got.Lines)
			}
			if got.Lines[0].Desc != "Sale "+sale.Receipt.ReceiptNo || got.Lines[1].Desc != "Deposit" {
				t.Errorf("the lines are %+v", got.Lines)
			}
		})
	}
}

// While nobody knows what became of a sale, an advice neither confirms nor denies it.
func TestAdviceAboutASaleInDoubtIsToBeAskedAgain(t *testing.T) {
	w := newWorld(t, plan{supplier: &scripted{verdict: upstream.Unknown}})
	request := w.creditVend(sim.Good, "100.00")
	w.refused(request, xmlvend.SystemEx)
	float := w.float()
	for range 2 {
		w.refused(&xmlvend.ConfirmationAdviceReq{AdviceHeader: w.advice(request.MsgID)}, xmlvend.SystemEx)
		w.refused(&xmlvend.ReversalAdviceReq{AdviceHeader: w.advice(request.MsgID)}, xmlvend.SystemEx)
	}
	if w.float() != float || float.Held == 0 {
		t.Errorf("the float was %+v and is %+v", float, w.float())
	}
}
