package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestAnExceptionIsRaisedTakenAndClosed(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		must(t, w.Raise(t.Context(), ledger.Exception{Kind: ledger.ExceptionUnresolved, SaleID: o.ID, LegID: c.LegID, Note: "asked 12 times"}))
		e := w.wantException(t, ledger.ExceptionUnresolved)
		if e.SaleID != o.ID || e.LegID != c.LegID || e.Note != "asked 12 times" || e.Owner != "" || !e.OpenedAt.Equal(w.clock.Now()) || !e.ClosedAt.IsZero() {
			t.Errorf("exception is %+v", e)
		}
		must(t, w.TakeException(t.Context(), e.ID, "ben"))
		if e = w.wantException(t, ledger.ExceptionUnresolved); e.Owner != "ben" {
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
		o, c := w.begun(t, 10_000)
		raise := func() {
			t.Helper()
			must(t, w.Raise(t.Context(), ledger.Exception{Kind: ledger.ExceptionUnresolved, SaleID: o.ID, LegID: c.LegID, Note: "silence"}))
		}
		raise()
		raise()
		e := w.wantException(t, ledger.ExceptionUnresolved)
		must(t, w.CloseException(t.Context(), e.ID, "ben", "done"))
		raise()
		w.wantException(t, ledger.ExceptionUnresolved)
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
