package ledger_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestAnExceptionIsRaisedTakenAndClosed(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		must(t, w.Raise(t.Context(), ledger.Exception{Kind: ledger.ExceptionAmount, SaleID: o.ID, LegID: c.LegID, Note: "asked 12 times"}))
		e := w.wantException(t, ledger.ExceptionAmount)
		if e.SaleID != o.ID || e.LegID != c.LegID || e.Note != "asked 12 times" || e.Owner != "" || !e.OpenedAt.Equal(w.clock.Now()) || !e.ClosedAt.IsZero() {
			t.Errorf("exception is %+v", e)
		}
		must(t, w.TakeException(t.Context(), e.ID, "ben"))
		if e = w.wantException(t, ledger.ExceptionAmount); e.Owner != "ben" {
			t.Errorf("owner is %q", e.Owner)
		}
		must(t, w.CloseException(t.Context(), e.ID, "ben", "the utility says it sold"))
		open, err := w.Exceptions(t.Context(), true)
		equal(t, 0, len(open), err)
		all, err := w.Exceptions(t.Context(), false)
		equal(t, 1, len(all), err)
		if all[0].ClosedAt.IsZero() {
			t.Error("it has no time of closing")
		}
		wantErr(t, w.TakeException(t.Context(), e.ID, "eve"), ledger.ErrNotFound)
		wantErr(t, w.CloseException(t.Context(), e.ID, "eve", "again"), ledger.ErrNotFound)
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryClosed})
		must(t, err)
		if len(entries) != 1 || entries[0].Actor != "ben" {
			t.Errorf("entries are %+v", entries)
		}
	})
}

func TestOneLegHasOneOpenExceptionOfAKind(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		raise := func() {
			t.Helper()
			must(t, w.Raise(t.Context(), ledger.Exception{Kind: ledger.ExceptionAmount, SaleID: o.ID, LegID: c.LegID, Note: "R1 more"}))
		}
		raise()
		raise()
		e := w.wantException(t, ledger.ExceptionAmount)
		must(t, w.CloseException(t.Context(), e.ID, "ben", "done"))
		raise()
		w.wantException(t, ledger.ExceptionAmount)
	})
}

func TestAnExceptionNeedsWords(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for _, err := range []error{
			w.Raise(t.Context(), ledger.Exception{Kind: ledger.ExceptionUnresolved}),
			w.Raise(t.Context(), ledger.Exception{Note: "silence"}),
			w.TakeException(t.Context(), ledger.NewID(), ""),
			w.CloseException(t.Context(), ledger.NewID(), "ben", ""),
			w.CloseException(t.Context(), ledger.NewID(), "", "done"),
		} {
			if err == nil {
				t.Error("it was taken without")
			}
		}
	})
}

// stuck is a sale that stays unknown, with the exception that says so.
func (w *world) stuck(t testing.TB) (ledger.Order, ledger.Call, ledger.Exception) {
	t.Helper()
	o, c := w.forgotten(t)
	id := ledger.NewID()
	must(t, w.Raise(t.Context(), ledger.Exception{ID: id, Kind: ledger.ExceptionUnresolved, SaleID: o.ID, LegID: c.LegID, Note: "asked 4 times"}))
	return o, c, w.one(t, id)
}

// ending is the entry that closed an exception.
func (w *world) ending(t testing.TB, of ledger.Exception) (ledger.Entry, ledger.ExceptionStepBody) {
	t.Helper()
	entries, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryClosed, SaleID: of.SaleID})
	must(t, err)
	if len(entries) != 1 {
		t.Fatalf("closing entries are %+v", entries)
	}
	var body ledger.ExceptionStepBody
	must(t, json.Unmarshal([]byte(entries[0].Body), &body))
	if body.ID != of.ID {
		t.Errorf("%s was closed, not %s", body.ID, of.ID)
	}
	return entries[0], body
}

// one reads an exception, open or closed.
func (w *world) one(t testing.TB, id ledger.ID) ledger.Exception {
	t.Helper()
	all, err := w.Exceptions(t.Context(), false)
	must(t, err)
	for _, e := range all {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("there is no exception %s", id)
	return ledger.Exception{}
}

func TestAnUnresolvedExceptionClosesWithTheAnswerToItsSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		for name, answer := range map[string]func(ledger.Order, ledger.Call) ledger.Closing{
			"delivered": func(o ledger.Order, c ledger.Call) ledger.Closing { return accepted(o, c, w.token()) },
			"declined": func(_ ledger.Order, c ledger.Call) ledger.Closing {
				end := declined(c)
				end.State = ledger.LegNotExecuted
				return end
			},
		} {
			t.Run(name, func(t *testing.T) {
				w.level(t, 50_000)
				o, c, e := w.stuck(t)
				_, _, other := w.stuck(t)
				must(t, w.TakeException(t.Context(), e.ID, "ben"))
				w.clock.Advance(time.Minute)
				_, err := w.Settle(t.Context(), answer(o, c))
				must(t, err)
				got := w.one(t, e.ID)
				if !got.ClosedAt.Equal(w.clock.Now()) || got.Owner != "ben" {
					t.Errorf("exception is %+v", got)
				}
				entry, body := w.ending(t, e)
				if entry.Actor != "node-a" || entry.LegID != c.LegID || string(body.Sale) != name || body.Note == "" {
					t.Errorf("closed by %+v", entry)
				}
				if !w.one(t, other.ID).ClosedAt.IsZero() {
					t.Error("another sale's exception was closed too")
				}
				wantErr(t, w.TakeException(t.Context(), e.ID, "eve"), ledger.ErrNotFound)
				wantErr(t, w.CloseException(t.Context(), e.ID, "eve", "late"), ledger.ErrNotFound)
			})
		}
		w.books(t)
	})
}

func TestAnUnresolvedExceptionClosesWithTheDecisionOfTwoPeople(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c, e := w.stuck(t)
		tok := w.token()
		_, err := w.Resolve(t.Context(), o.ID, said("ann", o, c, tok))
		must(t, err)
		w.wantException(t, ledger.ExceptionUnresolved)
		_, err = w.Resolve(t.Context(), o.ID, said("ben", o, c, tok))
		must(t, err)
		if got := w.one(t, e.ID); got.ClosedAt.IsZero() || got.Owner != "" {
			t.Errorf("exception is %+v", got)
		}
		if entry, body := w.ending(t, e); entry.Actor != "ben" || body.Sale != ledger.SaleDelivered {
			t.Errorf("closed by %+v", entry)
		}
		w.books(t)
	})
}

func TestManyUnresolvedExceptionsCloseInOneTransaction(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 1_000_000)
		var closings []ledger.Closing
		for range 20 {
			o, c, _ := w.stuck(t)
			closings = append(closings, accepted(o, c, w.token()))
			o, c = w.begun(t, 10_000) // with sales that are settled straight from open
			closings = append(closings, accepted(o, c, w.token()))
		}
		var all sync.WaitGroup
		for _, closing := range closings {
			all.Go(func() {
				if _, err := w.Settle(t.Context(), closing); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		open, err := w.Exceptions(t.Context(), true)
		equal(t, 0, len(open), err)
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryClosed})
		equal(t, 20, len(entries), err)
		w.books(t)
	})
}

func TestAnExceptionIsNotClosedByHandWhileItsSaleIsUnknown(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, _, e := w.stuck(t)
		err := w.CloseException(t.Context(), e.ID, "ben", "I am tired of it")
		wantErr(t, err, ledger.ErrStillUnknown)
		for _, word := range []string{o.ID.String(), "sale resolve", "closes with it"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%q does not say %q", err, word)
			}
		}
		w.wantException(t, ledger.ExceptionUnresolved)
		w.books(t)
	})
}

func TestATakenTokenIsClosedByHandOnceItsSaleIsKnown(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		tok := w.token()
		first, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), accepted(first, c, tok))
		must(t, err)
		second, c := w.begun(t, 10_000)
		_, err = w.Settle(t.Context(), accepted(second, c, tok))
		wantErr(t, err, ledger.ErrTokenTaken)
		e := w.wantException(t, ledger.ExceptionTokenTaken)
		err = w.CloseException(t.Context(), e.ID, "ben", "seen")
		wantErr(t, err, ledger.ErrStillUnknown)
		if !strings.Contains(err.Error(), "sale resolve "+second.ID.String()) {
			t.Errorf("it says %q", err)
		}
		for _, actor := range []string{"ann", "ben"} {
			_, err := w.Resolve(t.Context(), second.ID, ledger.ResolveRequest{Actor: actor, Note: "n", Evidence: "e", State: ledger.SaleDeclined,
				Code: "not sold", Deliver: declined(c).Deliver})
			must(t, err)
		}
		w.wantException(t, ledger.ExceptionTokenTaken)
		must(t, w.CloseException(t.Context(), e.ID, "ben", "the utility took it back"))
		entry, body := w.ending(t, e)
		if entry.Actor != "ben" || body.Sale != "" || w.one(t, e.ID).Owner != "ben" {
			t.Errorf("closed by %+v", entry)
		}
		w.books(t)
	})
}

// A question may be on its way while its answer comes another way.
func TestNobodyIsCalledInForASaleThatIsKnownByNow(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		_, err := w.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		for _, e := range []ledger.Exception{{SaleID: o.ID, LegID: c.LegID}, {SaleID: o.ID}, {LegID: c.LegID}} {
			e.Kind, e.Note = ledger.ExceptionUnresolved, "asked 4 times"
			must(t, w.Raise(t.Context(), e))
		}
		open, err := w.Exceptions(t.Context(), true)
		equal(t, 0, len(open), err)
	})
}

// Whoever comes first: either the hand finds the sale unknown and is refused, or
// it finds the exception closed.
func TestAHandAndAnAnswerNeverBothCloseAnException(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 1_000_000)
		other := w.open(t, "node-b")
		for range 20 {
			o, c, e := w.stuck(t)
			var both sync.WaitGroup
			both.Go(func() {
				if _, err := w.Settle(t.Context(), accepted(o, c, w.token())); err != nil {
					t.Error(err)
				}
			})
			both.Go(func() {
				if err := other.CloseException(t.Context(), e.ID, "ben", "by hand"); err == nil {
					t.Error("it was closed by hand")
				}
			})
			both.Go(func() { _ = other.TakeException(t.Context(), e.ID, "ben") })
			both.Wait()
			w.ending(t, e)
		}
		w.books(t)
	})
}
