package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestASaleHoldsThenPostsThenIsDelivered(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.order(10_000)
		sale, err := w.Begin(t.Context(), o, c)
		must(t, err)
		if sale.State != ledger.SaleHeld || sale.Hold != 9_850 {
			t.Fatalf("sale is %s with a hold of %d, want held with 9850", sale.State, sale.Hold)
		}
		f, err := w.Float(t.Context(), merchant)
		must(t, err)
		if f.Posted != 50_000 || f.Held != 9_850 || f.Available() != 40_150 {
			t.Fatalf("float is %+v", f)
		}
		sale, err = w.Settle(t.Context(), accepted(o, c, "12345678901234567890"))
		must(t, err)
		if sale.State != ledger.SaleDelivered || sale.Hold != 0 || string(sale.Outcome) != "token 12345678901234567890, 40150 left" {
			t.Fatalf("sale is %s with a hold of %d and outcome %q", sale.State, sale.Hold, sale.Outcome)
		}
		again, err := w.Sale(t.Context(), o.ID)
		must(t, err)
		t.Logf("%+v\n%+v", sale, again)
	})
}

func TestVouchersAreSold(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(5, ""))
		st, err := w.Sell(t.Context(), w.purchase(2))
		must(t, err)
		t.Logf("%+v", st)
		_, err = w.Sell(t.Context(), w.purchase(4))
		wantErr(t, err, ledger.ErrStock)
		tb, err := w.TrialBalance(t.Context())
		must(t, err)
		t.Logf("%+v", tb)
	})
}
