package ledger_test

import (
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestSalesAreListedByWhatIsAskedNewestFirst(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 100_000)
		w.load(t, w.vouchers(1, ""))
		first, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), accepted(first, c, w.token()))
		must(t, err)
		w.clock.Advance(time.Second)
		noon := w.clock.Now()
		second, _ := w.begun(t, 10_000)
		w.clock.Advance(time.Millisecond)
		p := w.purchase(1)
		_, err = w.Sell(t.Context(), p)
		must(t, err)
		for _, tc := range []struct {
			name   string
			filter ledger.SaleFilter
			want   []ledger.ID
		}{
			{"all", ledger.SaleFilter{}, []ledger.ID{p.ID, second.ID, first.ID}},
			{"the newest two", ledger.SaleFilter{Limit: 2}, []ledger.ID{p.ID, second.ID}},
			{"without limit", ledger.SaleFilter{Limit: -1}, []ledger.ID{p.ID, second.ID, first.ID}},
			{"open ones", ledger.SaleFilter{States: []ledger.SaleState{ledger.SaleHeld, ledger.SaleUnknown}}, []ledger.ID{second.ID}},
			{"of a product", ledger.SaleFilter{Product: airtime}, []ledger.ID{p.ID}},
			{"of a meter", ledger.SaleFilter{Target: meter, Merchant: merchant, Client: client}, []ledger.ID{second.ID, first.ID}},
			{"of a supplier", ledger.SaleFilter{Supplier: operator}, []ledger.ID{p.ID}},
			{"of somebody else", ledger.SaleFilter{Merchant: "M0002"}, nil},
			{"in the morning", ledger.SaleFilter{To: noon}, []ledger.ID{first.ID}},
			{"from noon on", ledger.SaleFilter{From: noon}, []ledger.ID{p.ID, second.ID}},
			{"at noon", ledger.SaleFilter{From: noon, To: noon.Add(time.Microsecond)}, []ledger.ID{second.ID}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				sales, err := w.Sales(t.Context(), tc.filter)
				var got []ledger.ID
				for _, s := range sales {
					got = append(got, s.ID)
					if s.Outcome != nil {
						t.Errorf("%v comes with its outcome", s)
					}
				}
				equal(t, tc.want, got, err)
			})
		}
	})
}
