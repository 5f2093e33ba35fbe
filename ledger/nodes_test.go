package ledger_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// onTwoNodes runs a test on one PostgreSQL with two nodes.
func onTwoNodes(t *testing.T, test func(t *testing.T, w *world, nodes [2]*ledger.Store)) {
	t.Helper()
	t.Parallel()
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	test(t, w, [2]*ledger.Store{w.Store, w.open(t, "node-b")})
}

func TestOneMessageIDOnTwoNodesIsOneSale(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.deposit(t, 10_000_000)
		for range 20 {
			first, _ := w.order(10_000)
			var begun atomic.Int64
			var group sync.WaitGroup
			for i := range 8 {
				o, c := w.order(10_000)
				o.Message = first.Message
				group.Go(func() {
					_, err := nodes[i%2].Begin(t.Context(), o, c)
					if err == nil {
						begun.Add(1)
					} else {
						wantErr(t, err, ledger.ErrRepeated)
					}
				})
			}
			group.Wait()
			if begun.Load() != 1 {
				t.Errorf("%d sales", begun.Load())
			}
		}
		w.books(t)
	})
}

func TestAMessageIDOfTwoMerchantsIsClaimedOnceThoughTheyShareNoLock(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		must(t, w.SetCreditLine(t.Context(), "boss", "M0002", 10_000_000))
		w.deposit(t, 10_000_000)
		for range 50 {
			a, callA := w.order(10_000)
			b, callB := w.order(10_000)
			b.Message, b.Merchant = a.Message, "M0002"
			var errA, errB error
			var group sync.WaitGroup
			group.Go(func() { _, errA = nodes[0].Begin(t.Context(), a, callA) })
			group.Go(func() { _, errB = nodes[1].Begin(t.Context(), b, callB) })
			group.Wait()
			if (errA == nil) == (errB == nil) {
				t.Errorf("errors are %v and %v", errA, errB)
			}
		}
		w.books(t)
	})
}

func TestTwoNodesNeverTakeOneFloatPastItsLimit(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.deposit(t, 100_000)
		var group sync.WaitGroup
		for i := range 64 {
			o, c := w.order(10_000)
			group.Go(func() {
				_, err := nodes[i%2].Begin(t.Context(), o, c)
				if err == nil {
					_, err = nodes[(i+1)%2].Settle(t.Context(), accepted(o, c, w.token()))
				}
				if err != nil && !errors.Is(err, ledger.ErrFunds) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w.wantFloat(t, 100_000-10*9_850, 0)
		w.books(t)
	})
}

func TestTwoNodesNeverSellOneVoucherTwiceAndSellThemAll(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		for _, m := range []string{merchant, "M0002"} {
			must(t, w.SetCreditLine(t.Context(), "boss", m, 10_000_000))
		}
		w.load(t, w.vouchers(300, ""))
		var (
			mu    sync.Mutex
			sold  = make(map[string]int)
			short int
			group sync.WaitGroup
		)
		for i := range 128 {
			group.Go(func() {
				// Two floats, so that the nodes do not wait for each other there.
				p := w.purchaseOf([]string{merchant, "M0002"}[i%2], airtime, 3)
				s, err := nodes[i%2].Sell(t.Context(), p)
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, ledger.ErrStock) {
					short++
				} else if err != nil {
					t.Error(err)
				}
				for _, v := range s.Vouchers {
					sold[v.PIN]++
				}
			})
		}
		group.Wait()
		for pin, n := range sold {
			if n > 1 {
				t.Errorf("%s was sold %d times", pin, n)
			}
		}
		if len(sold) != 300 || short != 28 {
			t.Errorf("%d vouchers were sold, %d clients left without, want 300 and 28", len(sold), short)
		}
		w.books(t)
	})
}

func TestNodesThatLockTheSameFloatsInAnyOrderDoNotStop(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		merchants := []string{merchant, "A", "B", "C", "Z"}
		for _, m := range merchants[1:] {
			must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: m, Currency: zar, Status: ledger.Active}))
		}
		var group sync.WaitGroup
		for i := range 200 {
			from, to := merchants[i%5], merchants[(i+1+i/5%4)%5]
			group.Go(func() {
				_, err := nodes[i%2].Post(t.Context(), ledger.Entry{Kind: "transfer", Actor: "boss", Postings: []ledger.Posting{
					{Account: chart.Float(from), Amount: 3, Currency: zar}, {Account: chart.Float(to), Amount: -3, Currency: zar}}})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w.books(t)
	})
}

func TestOneReferenceOnTwoNodesIsPostedOnce(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		var group sync.WaitGroup
		var posted atomic.Int64
		for i := range 40 {
			group.Go(func() {
				_, err := nodes[i%2].Post(t.Context(), ledger.Entry{Kind: "correction", Actor: "boss", Reference: "same", Postings: []ledger.Posting{
					{Account: chart.Bank, Amount: 3, Currency: zar}, {Account: chart.SuspenseDeposits, Amount: -3, Currency: zar}}})
				if err == nil {
					posted.Add(1)
				} else {
					wantErr(t, err, ledger.ErrExists)
				}
			})
		}
		group.Wait()
		if posted.Load() != 1 {
			t.Errorf("posted %d times", posted.Load())
		}
		w.books(t)
	})
}

func TestOneTokenOnTwoNodesIsSoldOnce(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		must(t, w.SetCreditLine(t.Context(), "boss", "M0002", 10_000_000))
		w.deposit(t, 10_000_000)
		for range 30 {
			tok := w.token()
			var delivered atomic.Int64
			var group sync.WaitGroup
			for i, m := range []string{merchant, "M0002"} {
				o, c := w.order(10_000)
				o.Merchant = m
				_, err := w.Begin(t.Context(), o, c)
				must(t, err)
				group.Go(func() {
					_, err := nodes[i].Settle(t.Context(), accepted(o, c, tok))
					if err == nil {
						delivered.Add(1)
					} else {
						wantErr(t, err, ledger.ErrTokenTaken)
					}
				})
			}
			group.Wait()
			if delivered.Load() != 1 {
				t.Errorf("sold %d times", delivered.Load())
			}
		}
		w.books(t)
	})
}
