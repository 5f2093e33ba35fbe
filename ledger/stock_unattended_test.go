package ledger_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

// mailed is a batch that no person has loaded.
func (w *world) mailed(t testing.TB, n int) ledger.Batch {
	t.Helper()
	b := w.batch()
	b.Actor, b.Unattended = "stockmail", true
	_, err := w.LoadStock(t.Context(), b, each(w.vouchers(n, "")))
	must(t, err)
	return b
}

func TestWhatNoPersonHasLoadedTakesTwoOperators(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		b := w.mailed(t, 2)
		first, err := w.ApproveStock(t.Context(), "ann", b.Supplier, b.Name)
		must(t, err)
		if first.State != ledger.StockBatchAwaiting || first.CheckedBy != "ann" || !first.Unattended || first.DecidedBy != "" {
			t.Errorf("after the first: %+v", first)
		}
		for _, actor := range []string{"ann", " Ann", b.Actor} {
			_, err = w.ApproveStock(t.Context(), actor, b.Supplier, b.Name)
			wantErr(t, err, ledger.ErrSamePerson)
		}
		if n := w.count(t, ledger.StockAwaiting); n != 2 {
			t.Errorf("%d await approval after one operator, want 2", n)
		}
		_, err = w.Sell(t.Context(), w.purchase(1))
		wantErr(t, err, ledger.ErrStock)
		if n := w.scalar(t, "SELECT COUNT(*) FROM posting WHERE account LIKE 'stock:%'"); n != 0 {
			t.Errorf("%d postings to stock before a second operator approved", n)
		}
		second, err := w.ApproveStock(t.Context(), "ben", b.Supplier, b.Name)
		must(t, err)
		if second.State != ledger.StockBatchActive || second.CheckedBy != "ann" || second.DecidedBy != "ben" {
			t.Errorf("after the second: %+v", second)
		}
		_, err = w.Sell(t.Context(), w.purchase(2))
		must(t, err)
		w.books(t)
	})
}

func TestACheckDoesNotOutliveTheBatchThatWasRejected(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		b := w.mailed(t, 1)
		_, err := w.ApproveStock(t.Context(), "ann", b.Supplier, b.Name)
		must(t, err)
		_, err = w.RejectStock(t.Context(), "ben", b.Supplier, b.Name, "short")
		must(t, err)
		_, err = w.LoadStock(t.Context(), b, each(w.vouchers(2, "")))
		must(t, err)
		again, err := w.ApproveStock(t.Context(), "ben", b.Supplier, b.Name)
		must(t, err)
		if again.State != ledger.StockBatchAwaiting || again.CheckedBy != "ben" {
			t.Errorf("one operator has put it on sale: %+v", again)
		}
		w.books(t)
	})
}

func TestTwoNodesPutWhatNoPersonHasLoadedOnSaleOnce(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.deposit(t, 10_000_000)
		for range 5 {
			alone := w.mailed(t, 5)
			both := w.mailed(t, 5)
			var checked, active atomic.Int64
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() { // one person, many times at once
					got, err := nodes[i%2].ApproveStock(t.Context(), "ann", alone.Supplier, alone.Name)
					switch {
					case err == nil && got.State == ledger.StockBatchAwaiting:
						checked.Add(1)
					case err == nil || !errors.Is(err, ledger.ErrSamePerson):
						t.Errorf("%+v, %v", got, err)
					}
				})
				group.Go(func() {
					got, err := nodes[i%2].ApproveStock(t.Context(), fmt.Sprint("approver ", i), both.Supplier, both.Name)
					switch {
					case err == nil && got.State == ledger.StockBatchActive:
						active.Add(1)
						if got.CheckedBy == got.DecidedBy {
							t.Errorf("%s alone has put it on sale", got.DecidedBy)
						}
					case err != nil && !errors.Is(err, ledger.ErrState):
						t.Error(err)
					}
				})
			}
			group.Wait()
			if checked.Load() != 1 || active.Load() != 1 {
				t.Errorf("one person checked %d times, two put on sale %d times", checked.Load(), active.Load())
			}
			_, err := w.RejectStock(t.Context(), "ben", alone.Supplier, alone.Name, "not ordered")
			must(t, err)
		}
		if n := w.count(t, ledger.StockActive); n != 25 {
			t.Errorf("%d are on sale, want 25", n)
		}
		w.books(t)
	})
}
