package ledger_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestWhatOnePersonProposedIsListedAndCanBeWithdrawn(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		vouchers := w.vouchers(3, "")
		b := w.load(t, vouchers)
		_, err := w.QuarantineStock(t.Context(), selected(b, "ann"))
		must(t, err)
		two := []string{vouchers[1].Serial, vouchers[0].Serial}
		_, err = w.ReleaseStock(t.Context(), selected(b, "ann", two...))
		must(t, err)
		_, err = w.ReturnStock(t.Context(), selected(b, "ann"))
		must(t, err)
		list, err := w.StockProposals(t.Context())
		must(t, err)
		want := []ledger.StockProposal{
			{Action: "release", Supplier: operator, Batch: b.Name, Serials: []string{two[1], two[0]}, Actor: "ann", Reason: "complaint 12", At: w.clock.Now()},
			{Action: "return", Supplier: operator, Batch: b.Name, Serials: []string{}, Actor: "ann", Reason: "complaint 12", At: w.clock.Now()},
		}
		if diff := cmp.Diff(want, list); diff != "" {
			t.Error(diff)
		}
		wantErr(t, w.WithdrawStock(t.Context(), "release", selected(b, "ben")), ledger.ErrNotFound)
		must(t, w.WithdrawStock(t.Context(), "return", selected(b, "ben")))
		wantErr(t, w.WithdrawStock(t.Context(), "return", selected(b, "ben")), ledger.ErrNotFound)
		must(t, w.WithdrawStock(t.Context(), "release", selected(b, "ann", two...)))
		wantErr(t, w.WithdrawStock(t.Context(), "release", ledger.StockSelection{Actor: "ann", Supplier: operator, Batch: "NONE", Reason: "r"}), ledger.ErrNotFound)
		if err := w.WithdrawStock(t.Context(), "release", ledger.StockSelection{Actor: "ann", Supplier: operator, Batch: b.Name}); err == nil {
			t.Error("withdrawn without a reason")
		}
		list, err = w.StockProposals(t.Context())
		must(t, err)
		if len(list) != 0 {
			t.Errorf("what was withdrawn waits: %+v", list)
		}
		kept, err := w.ReturnStock(t.Context(), selected(b, "ben"))
		must(t, err)
		if kept.Done || kept.By != "ben" {
			t.Errorf("what was withdrawn is confirmed: %+v", kept)
		}
		_, err = w.ReturnStock(t.Context(), selected(b, "ann"))
		must(t, err)
		w.books(t)
	})
}

func TestAProposalLapsesOnceItsVouchersAreMoved(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		vouchers := w.vouchers(4, "")
		b := w.load(t, vouchers)
		suspect, other := vouchers[0].Serial, vouchers[3].Serial
		_, err := w.QuarantineStock(t.Context(), selected(b, "ann", suspect, other))
		must(t, err)
		// Ben would release all that is quarantined, which is two.
		_, err = w.ReleaseStock(t.Context(), selected(b, "ben"))
		must(t, err)
		_, err = w.ReturnStock(t.Context(), selected(b, "ben", other))
		must(t, err)
		for _, who := range []string{"ann", "ben"} {
			_, err = w.ReleaseStock(t.Context(), selected(b, who, suspect))
			must(t, err)
		}
		// What he said of the whole batch is no yes to what is quarantined later.
		_, err = w.QuarantineStock(t.Context(), selected(b, "ann", vouchers[1].Serial))
		must(t, err)
		kept, err := w.ReleaseStock(t.Context(), selected(b, "ann"))
		must(t, err)
		if kept.Done || w.count(t, ledger.StockQuarantined) != 2 {
			t.Errorf("one person has released: %+v", kept)
		}
		// What he said of a voucher that nobody has moved stands.
		kept, err = w.ReturnStock(t.Context(), selected(b, "ann", other))
		must(t, err)
		if !kept.Done || kept.By != "ben" {
			t.Errorf("returned: %+v", kept)
		}
		list, err := w.StockProposals(t.Context())
		must(t, err)
		if len(list) != 0 {
			t.Errorf("there wait %+v", list)
		}
		w.books(t)
	})
}

func TestAProposalIsConfirmedOrWithdrawnNeverBoth(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		for range 10 {
			b := w.load(t, w.vouchers(2, ""))
			_, err := w.ReturnStock(t.Context(), selected(b, "ann"))
			must(t, err)
			var withdrawn, returned atomic.Int64
			var group sync.WaitGroup
			group.Go(func() {
				switch err := nodes[0].WithdrawStock(t.Context(), "return", selected(b, "ann")); {
				case err == nil:
					withdrawn.Add(1)
				case !errors.Is(err, ledger.ErrNotFound):
					t.Error(err)
				}
			})
			group.Go(func() {
				kept, err := nodes[1].ReturnStock(t.Context(), selected(b, "ben"))
				if err != nil {
					t.Error(err)
				}
				if kept.Done {
					returned.Add(1)
				}
			})
			group.Wait()
			if withdrawn.Load()+returned.Load() != 1 {
				t.Errorf("withdrawn %d times, returned %d times", withdrawn.Load(), returned.Load())
			}
		}
		w.books(t)
	})
}
