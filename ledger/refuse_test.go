package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

// refusal is a request turned down for lack of funds.
func refusal(o ledger.Order) ledger.Refusal {
	return ledger.Refusal{Order: o, Code: "funds", Note: "float is empty",
		Deliver: func(ledger.Settlement) ([]byte, error) { return []byte("fault VendorCreditEx"), nil }}
}

func TestARefusedRequestIsAnsweredTheSameWayAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		o, c := w.order(10_000)
		_, err := w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrFunds)
		sale, err := w.Refuse(t.Context(), refusal(o))
		must(t, err)
		if sale.State != ledger.SaleRefused || sale.Reason != "funds" || sale.Hold != 0 {
			t.Errorf("sale is %v for %q, holds %d", sale, sale.Reason, sale.Hold)
		}
		w.deposit(t, 50_000)
		again, call := w.order(10_000)
		again.Message, again.Digest = o.Message, o.Digest
		sale, err = w.Begin(t.Context(), again, call)
		wantErr(t, err, ledger.ErrRepeated)
		if sale.ID != o.ID || string(sale.Outcome) != "fault VendorCreditEx" {
			t.Errorf("got %v with outcome %q", sale, sale.Outcome)
		}
		legs, err := w.Legs(t.Context(), ledger.LegFilter{SaleID: o.ID})
		must(t, err)
		if len(legs) != 1 || legs[0].State != ledger.LegDeclined || legs[0].Code != "funds" || legs[0].Note != "float is empty" || legs[0].ClosedAt.IsZero() {
			t.Errorf("legs are %+v", legs)
		}
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestARefusalAfterASaleOfTheSameRequestGivesTheSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, _ := w.begun(t, 10_000)
		again, _ := w.order(10_000)
		again.Message, again.Digest = o.Message, o.Digest
		sale, err := w.Refuse(t.Context(), refusal(again))
		wantErr(t, err, ledger.ErrRepeated)
		if sale.ID != o.ID || sale.State != ledger.SaleHeld {
			t.Errorf("got %v", sale)
		}
		w.books(t)
	})
}

func TestARefusedSaleNeedsNoMerchantsMoney(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		o, _ := w.order(10_000)
		o.Tender, o.Commission, o.Product = -5, 0, "no such product"
		_, err := w.Refuse(t.Context(), refusal(o))
		must(t, err)
		w.wantState(t, o.ID, ledger.SaleRefused)
		w.books(t)
	})
}

func TestARefusalMustSayWhy(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		o, _ := w.order(10_000)
		r := refusal(o)
		r.Code = ""
		if _, err := w.Refuse(t.Context(), r); err == nil {
			t.Error("it was taken without a code")
		}
	})
}
