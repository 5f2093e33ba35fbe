package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestABatchShowsWhatIsOffSaleOfItAndWhy(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		vouchers := w.vouchers(6, "")
		b := w.load(t, vouchers)
		w.load(t, w.vouchers(2, "")) // another one, of which nothing is to be seen
		one := selected(b, "ann", vouchers[0].Serial)
		_, err := w.QuarantineStock(t.Context(), one)
		must(t, err)
		two := selected(b, "ben", vouchers[1].Serial, vouchers[2].Serial)
		two.Reason = "complaint 13"
		_, err = w.QuarantineStock(t.Context(), two)
		must(t, err)
		two.Reason = "letter of June"
		two.Serials = two.Serials[1:]
		_, err = w.ReturnStock(t.Context(), two)
		must(t, err)
		two.Actor = "ann"
		_, err = w.ReturnStock(t.Context(), two)
		must(t, err)

		for _, count := range []bool{false, true} {
			list, err := w.StockBatches(t.Context(), ledger.StockBatchFilter{Supplier: operator, Name: b.Name, Count: count})
			must(t, err)
			got := list[0]
			if len(list) != 1 || got.State != ledger.StockBatchActive || got.Quarantined != 2 || got.Returned != 1 || got.Expired != 0 {
				t.Errorf("the batch: %+v", list)
			}
			if got.Held == nil || got.Held.Reason != "complaint 13" || got.Held.Actor != "ben" || got.Held.Kind != ledger.EntryStockQuarantined {
				t.Errorf("held back for %+v", got.Held)
			}
			if got.Counted != count || count && (got.OnSale != 3 || got.Sold != 0) {
				t.Errorf("counted %v: %d on sale, %d sold", got.Counted, got.OnSale, got.Sold)
			}
		}
		for i, want := range []string{"complaint 12", "complaint 13", "letter of June", ""} {
			found, err := w.FindSerial(t.Context(), operator, vouchers[i].Serial)
			must(t, err)
			reason := ""
			if found[0].Act != nil {
				reason = found[0].Act.Reason
			}
			if reason != want {
				t.Errorf("serial %s is %s for %q, not %q", vouchers[i].Serial, found[0].State, reason, want)
			}
		}
		// What is released is on sale like any other.
		for _, actor := range []string{"ann", "ben"} {
			_, err := w.ReleaseStock(t.Context(), selected(b, actor))
			must(t, err)
		}
		list, err := w.StockBatches(t.Context(), ledger.StockBatchFilter{Supplier: operator, Name: b.Name})
		must(t, err)
		if got := list[0]; got.Quarantined != 0 || got.Returned != 1 || got.Held != nil {
			t.Errorf("released: %+v", got)
		}
		found, err := w.FindSerial(t.Context(), operator, vouchers[0].Serial)
		must(t, err)
		if found[0].Act != nil {
			t.Errorf("on sale for a reason: %+v", found[0].Act)
		}
		w.books(t)
	})
}
