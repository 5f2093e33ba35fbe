package ledger_test

import (
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// elapse lets time pass for leases, which on PostgreSQL go by the database's
// clock: there the leases are moved instead.
func (w *world) elapse(t testing.TB, d time.Duration) {
	t.Helper()
	w.clock.Advance(d)
	if w.options.Driver == ledger.Postgres {
		w.direct(t).MustExec("UPDATE leg SET lease_until = lease_until - $1 * interval '1 second'", d.Seconds())
	}
}

func TestAnOpenLegWhoseLeaseRanOutIsTakenOver(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		other := w.open(t, "node-b")
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		due, err := other.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Fatalf("%v were taken before their lease ran out", due)
		}
		w.elapse(t, c.Lease+time.Second)
		due, err = other.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 1 || due[0].ID != c.LegID || due[0].State != ledger.LegUnknown || due[0].Node != "node-b" || due[0].Code != ledger.LegAbandoned {
			t.Fatalf("took %+v", due)
		}
		w.wantState(t, o.ID, ledger.SaleUnknown)
		w.wantFloat(t, 50_000, 9_850)
		again, err := w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(again) != 0 {
			t.Errorf("%v were taken twice", again)
		}
		_, err = other.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		w.books(t)
	})
}

func TestTheNodeThatWasTakenForGoneMayStillSettle(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		w.elapse(t, c.Lease+time.Second)
		_, err := w.open(t, "node-b").TakeDue(t.Context(), 10)
		must(t, err)
		_, err = w.Settle(t.Context(), declined(c))
		must(t, err)
		w.wantState(t, o.ID, ledger.SaleDeclined)
		w.wantLeg(t, c.LegID, ledger.LegNotExecuted, "UnknownMeterEx")
		w.books(t)
	})
}

func TestAnUnknownLegIsDueWhenItsTimeHasCome(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		_, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), w.unknown(c))
		must(t, err)
		due, err := w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Fatalf("%v were taken at once", due)
		}
		w.elapse(t, time.Minute)
		due, err = w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 1 || due[0].ID != c.LegID {
			t.Fatalf("took %v", due)
		}
		due, err = w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Fatalf("%v were taken while they were asked about", due)
		}
		w.elapse(t, ledger.ResolveLease+time.Second)
		due, err = w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 1 {
			t.Fatalf("nobody took over from a node that is gone")
		}
	})
}

func TestAskingIsCountedAndPutOff(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), w.unknown(c))
		must(t, err)
		w.elapse(t, time.Minute)
		for i := range 3 {
			due, err := w.TakeDue(t.Context(), 10)
			must(t, err)
			if len(due) != 1 || due[0].Asked != i || due[0].Absent != i/2 {
				t.Fatalf("round %d: took %+v", i, due)
			}
			leg, err := w.Reschedule(t.Context(), c.LegID, w.clock.Now().Add(time.Hour), i%2 == 1)
			must(t, err)
			if leg.Asked != i+1 || leg.Absent != (i+1)/2 || !leg.NextAt.Equal(w.clock.Now().Add(time.Hour)) {
				t.Fatalf("round %d: leg is %+v", i, leg)
			}
			w.elapse(t, 59*time.Minute)
			due, err = w.TakeDue(t.Context(), 10)
			must(t, err)
			if len(due) != 0 {
				t.Fatalf("round %d: %v was due too early", i, due)
			}
			w.elapse(t, time.Minute)
		}
		_, err = w.Reschedule(t.Context(), c.LegID, time.Time{}, true)
		must(t, err)
		w.elapse(t, 1000*time.Hour)
		due, err := w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Errorf("%v is asked about although nobody should", due)
		}
		w.wantState(t, o.ID, ledger.SaleUnknown)
		w.books(t)
	})
}

func TestASettledLegIsNotPutOff(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		leg, err := w.Reschedule(t.Context(), c.LegID, w.clock.Now(), false)
		must(t, err)
		if leg.State != ledger.LegAccepted || leg.Asked != 0 || !leg.NextAt.IsZero() {
			t.Errorf("leg is %+v", leg)
		}
		_, err = w.Reschedule(t.Context(), ledger.NewID(), w.clock.Now(), false)
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.Reschedule(t.Context(), o.ID, w.clock.Now(), false)
		wantErr(t, err, ledger.ErrState)
	})
}

func TestLookupsOfANodeThatIsGoneAreClosed(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		l := w.lookup()
		_, err := w.Note(t.Context(), l)
		must(t, err)
		c := w.call(utility, 0)
		must(t, w.OpenLeg(t.Context(), ledger.ID{}, c))
		w.elapse(t, ledger.LookupLease+time.Second)
		due, err := w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Errorf("%v are to be resolved", due)
		}
		w.wantLeg(t, l.LegID, ledger.LegUnknown, ledger.LegAbandoned)
		w.wantLeg(t, c.LegID, ledger.LegUnknown, ledger.LegAbandoned)
	})
}

func TestEachDueLegIsTakenByOneNode(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		other := w.open(t, "node-b")
		w.deposit(t, 1_000_000)
		for range 30 {
			w.begun(t, 10_000)
		}
		w.elapse(t, time.Hour)
		var (
			mu    sync.Mutex
			taken = make(map[ledger.ID]int)
			group sync.WaitGroup
		)
		for i := range 8 {
			s := w.Store
			if i%2 == 1 {
				s = other
			}
			group.Go(func() {
				due, err := s.TakeDue(t.Context(), 12)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				for _, leg := range due {
					taken[leg.ID]++
				}
			})
		}
		group.Wait()
		for _, s := range []*ledger.Store{w.Store, other} {
			due, err := s.TakeDue(t.Context(), 100)
			must(t, err)
			for _, leg := range due {
				taken[leg.ID]++
			}
		}
		for id, n := range taken {
			if n != 1 {
				t.Errorf("leg %s was taken %d times", id, n)
			}
		}
		if len(taken) != 30 {
			t.Errorf("%d legs were taken, want 30", len(taken))
		}
		w.books(t)
	})
}
