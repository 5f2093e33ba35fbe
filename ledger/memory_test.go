package ledger_test

import (
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

func TestWhatTheWriterHasCommittedItNeedNotLookAt(t *testing.T) {
	dsn := ledgertest.PostgreSQL(t)
	w := openWorld(t, ledger.Postgres, dsn)
	w.deposit(t, 10_000_000)
	wire, through := newWire(t, dsn)
	w.options.DSN = through
	s := w.open(t, "node-b")
	const sales = 50
	for range sales {
		o, c := w.order(10_000)
		_, err := s.Begin(t.Context(), o, c)
		must(t, err)
		_, err = s.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		l := w.lookup()
		_, err = s.Note(t.Context(), l)
		must(t, err)
		must(t, s.End(t.Context(), l.LegID, ledger.LegAccepted, ""))
	}
	// The clock must be read again now and then.
	if looks, commits := wire.looks.Load(), wire.commits.Load(); commits < 4*sales || looks > commits/4 {
		t.Errorf("it looked %d times for %d commits", looks, commits)
	}
	w.wantFloat(t, 10_000_000-sales*9_850, 0)
	w.books(t)
}

// As when the machine of a node is suspended between the decision and the write.
func TestWhatWasDecidedLongAgoIsDecidedAnew(t *testing.T) {
	t.Parallel()
	dsn := ledgertest.PostgreSQL(t)
	w := openWorld(t, ledger.Postgres, dsn)
	w.deposit(t, 100_000)
	wire, through := newWire(t, dsn)
	w.options.DSN = through
	s := w.open(t, "node-b")
	begin := func() (ledger.Order, ledger.Call) {
		t.Helper()
		o, c := w.order(10_000)
		_, err := s.Begin(t.Context(), o, c)
		must(t, err)
		return o, c
	}
	begin() // after it the clock is known
	wire.stall.Store(int64(ledger.MemoryAge + time.Second))
	looks := wire.looks.Load()
	before := time.Now()
	o, c := begin()
	if wire.stall.Load() != 0 || wire.looks.Load() == looks {
		t.Fatalf("stalled: %t; it looked %d times", wire.stall.Load() == 0, wire.looks.Load()-looks)
	}
	legs, err := w.Legs(t.Context(), ledger.LegFilter{SaleID: o.ID})
	must(t, err)
	if lease := legs[1].LeaseUntil; lease.Before(before.Add(ledger.MemoryAge + c.Lease)) {
		t.Errorf("lease ends %s, as if it had begun before the node stood still at %s", lease, before)
	}
	w.wantFloat(t, 100_000, 2*9_850)
	w.books(t)
}

// Each of two nodes remembers the float as it left it itself.
func TestWhatAnotherNodeHasDoneToAFloatCounts(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		begin := func(node int, want error) {
			t.Helper()
			o, c := w.order(10_000)
			_, err := nodes[node].Begin(t.Context(), o, c)
			if want == nil {
				must(t, err)
			} else {
				wantErr(t, err, want)
			}
		}
		w.deposit(t, 20_000) // for two sales
		begin(0, nil)
		begin(1, nil)
		begin(0, ledger.ErrFunds)
		begin(1, ledger.ErrFunds)
		w.deposit(t, 20_000) // by node 0
		begin(1, nil)
		begin(0, nil)
		begin(0, ledger.ErrFunds)

		w.deposit(t, 100_000)
		begin(1, nil)
		must(t, nodes[0].SetMerchantStatus(t.Context(), "boss", merchant, ledger.Blocked))
		begin(1, ledger.ErrBlocked)
		must(t, nodes[0].SetMerchantStatus(t.Context(), "boss", merchant, ledger.Active))
		begin(1, nil)
		w.books(t)
	})
}

func TestALegThatAnotherNodeHasTakenOverIsNotSettledOverIt(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.deposit(t, 100_000)
		o, c := w.order(10_000)
		_, err := nodes[0].Begin(t.Context(), o, c)
		must(t, err)
		w.elapse(t, c.Lease+time.Second)
		taken, err := nodes[1].TakeDue(t.Context(), 10)
		if err != nil || len(taken) != 1 || taken[0].State != ledger.LegUnknown {
			t.Fatalf("taken %v: %v", taken, err)
		}
		_, err = nodes[1].Settle(t.Context(), declined(c))
		must(t, err)

		_, err = nodes[0].Settle(t.Context(), accepted(o, c, w.token()))
		wantErr(t, err, ledger.ErrAlreadySettled)
		w.wantState(t, o.ID, ledger.SaleDeclined)
		w.wantFloat(t, 100_000, 0)
		w.books(t)
	})
}
