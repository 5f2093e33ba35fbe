package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

// lookup is a request that sells nothing.
func (w *world) lookup() ledger.Lookup {
	return ledger.Lookup{LegID: ledger.NewID(), Message: w.key(), Digest: ledger.Digest{3}, Operation: "confirmCustomer", Target: meter}
}

// wantLeg fails the test unless the leg is so.
func (w *world) wantLeg(t testing.TB, id ledger.ID, state ledger.LegState, code string) ledger.Leg {
	t.Helper()
	l, err := w.Leg(t.Context(), id)
	must(t, err)
	if l.State != state || l.Code != code || l.ClosedAt.IsZero() != (state == ledger.LegOpen) {
		t.Fatalf("leg is %s %q, closed %s, want %s %q", l.State, l.Code, l.ClosedAt, state, code)
	}
	return l
}

func TestALookupIsNotedThenEnded(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		l := w.lookup()
		m, err := w.Note(t.Context(), l)
		must(t, err)
		if m.Kind != ledger.MessageLookup || m.Key != l.Message || m.Digest != l.Digest || m.Operation != "confirmCustomer" {
			t.Errorf("message is %+v", m)
		}
		leg := w.wantLeg(t, l.LegID, ledger.LegOpen, "")
		if leg.Direction != ledger.Inbound || leg.Party != client || leg.Target != meter || leg.SaleID != (ledger.ID{}) {
			t.Errorf("leg is %+v", leg)
		}
		must(t, w.End(t.Context(), l.LegID, ledger.LegDeclined, "UnknownMeterEx"))
		w.wantLeg(t, l.LegID, ledger.LegDeclined, "UnknownMeterEx")
	})
}

func TestTheSameLookupMayComeAgain(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		l := w.lookup()
		for range 3 {
			l.LegID = ledger.NewID()
			_, err := w.Note(t.Context(), l)
			must(t, err)
			must(t, w.End(t.Context(), l.LegID, ledger.LegAccepted, ""))
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM leg"); n != 3 {
			t.Errorf("%d legs, want 3", n)
		}
	})
}

func TestALookupsMessageIDBuysNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		l := w.lookup()
		_, err := w.Note(t.Context(), l)
		must(t, err)
		o, c := w.order(10_000)
		o.Message, o.Digest = l.Message, l.Digest
		_, err = w.Begin(t.Context(), o, c)
		wantErr(t, err, ledger.ErrMessageTaken)
	})
}

func TestALookupIsEndedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		l := w.lookup()
		_, err := w.Note(t.Context(), l)
		must(t, err)
		must(t, w.End(t.Context(), l.LegID, ledger.LegAccepted, ""))
		must(t, w.End(t.Context(), l.LegID, ledger.LegAccepted, ""))
		wantErr(t, w.End(t.Context(), l.LegID, ledger.LegDeclined, "late"), ledger.ErrAlreadySettled)
		w.wantLeg(t, l.LegID, ledger.LegAccepted, "")
		wantErr(t, w.End(t.Context(), ledger.NewID(), ledger.LegAccepted, ""), ledger.ErrNotFound)
		if err := w.End(t.Context(), l.LegID, ledger.LegOpen, ""); err == nil {
			t.Error("it was opened again")
		}
	})
}

func TestLegsOfASaleAreNotClosedBehindItsBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		wantErr(t, w.End(t.Context(), o.ID, ledger.LegAccepted, ""), ledger.ErrState)
		wantErr(t, w.CloseLeg(t.Context(), declined(c)), ledger.ErrState)
		w.books(t)
	})
}

func TestARequestThatIsTurnedAwayLeavesALegAndNoClaim(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		l := w.lookup()
		must(t, w.TurnAway(t.Context(), l, "duplicate", "used for another request"))
		w.wantLeg(t, l.LegID, ledger.LegDeclined, "duplicate")
		_, err := w.Message(t.Context(), l.Message)
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestAnAdviceToASupplierIsALegOfTheSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		advice := w.call(utility, 0)
		advice.Operation = "lastResponse"
		must(t, w.OpenLeg(t.Context(), o.ID, advice))
		leg := w.wantLeg(t, advice.LegID, ledger.LegOpen, "")
		if leg.SaleID != o.ID || leg.Direction != ledger.Outbound || leg.Vend {
			t.Errorf("leg is %+v", leg)
		}
		must(t, w.CloseLeg(t.Context(), ledger.Closing{LegID: advice.LegID, State: ledger.LegAccepted, Code: "found", Note: "extra element", Evidence: []byte("<raw/>")}))
		leg = w.wantLeg(t, advice.LegID, ledger.LegAccepted, "found")
		evidence, err := w.Evidence(t.Context(), advice.LegID)
		must(t, err)
		if leg.Note != "extra element" || string(evidence) != "<raw/>" {
			t.Errorf("note %q, evidence %q", leg.Note, evidence)
		}
		w.wantState(t, o.ID, ledger.SaleHeld)
		w.wantLeg(t, c.LegID, ledger.LegOpen, "")
		w.books(t)
	})
}

func TestLegsAreListedByWhatIsAsked(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		_, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), declined(c))
		must(t, err)
		l := w.lookup()
		_, err = w.Note(t.Context(), l)
		must(t, err)
		for _, tc := range []struct {
			name   string
			filter ledger.LegFilter
			want   int
		}{
			{"all", ledger.LegFilter{}, 3},
			{"inbound", ledger.LegFilter{Direction: ledger.Inbound}, 2},
			{"of a supplier", ledger.LegFilter{Party: utility}, 1},
			{"open", ledger.LegFilter{States: []ledger.LegState{ledger.LegOpen}}, 1},
			{"of an operation", ledger.LegFilter{Operation: "confirmCustomer"}, 1},
			{"before now", ledger.LegFilter{To: w.clock.Now()}, 0},
			{"since now", ledger.LegFilter{From: w.clock.Now()}, 3},
			{"two", ledger.LegFilter{Limit: 2}, 2},
		} {
			legs, err := w.Legs(t.Context(), tc.filter)
			must(t, err)
			if len(legs) != tc.want {
				t.Errorf("%s: %d legs, want %d", tc.name, len(legs), tc.want)
			}
		}
	})
}
