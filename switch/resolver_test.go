package vending_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

// unknown makes a sale whose outcome is unknown: the vend meets fault, and the
// first advice is dropped.
func (w *world) unknown(fault string) vending.Request {
	w.t.Helper()
	w.inject(fault, "drop-before,advice,1")
	_, r, err := w.vend(sim.Good, 10_000)
	wantFault(w.t, err, vending.CodeUnknownOutcome)
	w.wantSale(r, ledger.SaleUnknown)
	return r
}

func TestTheResolverBringsHomeATokenWhoseAnswerWasLost(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.unknown("drop-after,vend,1")
		_, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
		wantFault(t, err, vending.CodeIndeterminate)

		w.sw.ResolveDue(t.Context())
		w.wantSale(r, ledger.SaleDelivered)
		w.wantFloat(afterR100, 0)
		last, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
		if err != nil {
			t.Fatal(err)
		}
		issued := w.town.Issued("")
		if len(issued) != 1 || !slices.Equal(tokens(last), []string{issued[0].Token.Digits()}) {
			t.Errorf("last response has %q, issued %+v", tokens(last), issued)
		}
		w.wantEachVendSentOnce()
		w.audit()
	})
}

func TestNeverSeenCountsOnlyWhenSaidTwiceAndAfterTheSettlingTime(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.unknown("drop-before,vend,1")
		for range 3 {
			w.sw.ResolveDue(t.Context())
		}
		w.wantSale(r, ledger.SaleUnknown)
		w.wantFloat(afterR100, 10_000-150)

		w.openSwitch(w.openStoreAt("later", 11*time.Minute), "later", func(s *vending.Settings) {
			s.Now = func() time.Time { return time.Now().Add(11 * time.Minute) }
			s.ResolverTick = 20 * time.Millisecond
		})
		w.awaitSale(r, ledger.SaleDeclined)
		w.wantFloat(deposit, 0)
		w.audit()
	})
}

func TestATokenThatAppearsAfterNeverSeenIsStillDelivered(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.inject("not-found-first,vend,1")
		_, r, err := w.vend(sim.Good, 10_000)
		wantFault(t, err, vending.CodeUnknownOutcome)
		w.sw.ResolveDue(t.Context())
		w.wantSale(r, ledger.SaleUnknown)
		w.town.Release()
		w.awaitIssued(1)
		w.sw.ResolveDue(t.Context())
		w.wantSale(r, ledger.SaleDelivered)
		w.audit()
	})
}

// awaitIssued waits until the town has issued n tokens.
func (w *world) awaitIssued(n int) {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); len(w.town.Issued("")) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("the town did not issue %d tokens", n)
		}
	}
}

// openStoreAt opens the database with a clock that is ahead.
func (w *world) openStoreAt(node string, ahead time.Duration) *ledger.Store {
	w.t.Helper()
	store, err := ledger.Open(w.t.Context(), ledger.Options{Driver: w.driver, DSN: w.dsn, Node: node, Sealer: w.keys,
		Now: func() time.Time { return time.Now().Add(ahead) }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { store.Close() })
	return store
}

func TestAPersonIsCalledInAfterSomeQuestionsAndTheAskingGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.unknown("drop-after,vend,1")
		w.inject("drop-before,advice")
		for range vending.ExceptionAfter {
			w.sw.ResolveDue(t.Context())
		}
		w.wantExceptions(ledger.ExceptionUnresolved)
		w.sw.ResolveDue(t.Context())
		w.wantExceptions(ledger.ExceptionUnresolved)
		w.town.ClearFaults()
		w.sw.ResolveDue(t.Context())
		w.wantSale(r, ledger.SaleDelivered)
		w.wantExceptions()
		w.audit()
	})
}

func TestTwoPeopleDecideWhatNoMessageCanSettle(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.unknown("drop-before,vend,1")
		sale := w.wantSale(r, ledger.SaleUnknown)
		d := vending.Decision{State: ledger.SaleDeclined, Actor: "ayanda", Note: "not on their statement", Evidence: "mail-4711"}
		if got, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, d); err != nil || got.Settled {
			t.Fatalf("one person settled it: %+v, %v", got, err)
		}
		if _, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, d); err == nil {
			t.Fatal("the same person confirmed himself")
		}
		w.wantSale(r, ledger.SaleUnknown)
		d.Actor = "bongani"
		if got, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, d); err != nil || !got.Settled {
			t.Fatalf("two people did not settle it: %+v, %v", got, err)
		}
		w.wantSale(r, ledger.SaleDeclined)
		w.wantFloat(deposit, 0)
		w.audit()
	})
}

func TestTwoPeopleReverseADeliveredSale(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		receipt, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, person := range []string{"ayanda", "bongani"} {
			d := vending.Decision{State: ledger.SaleReversed, Actor: person, Note: "credited by the utility", Evidence: "statement 14"}
			if _, err := vending.Decide(t.Context(), w.store, time.Now(), receipt.Sale.ID, d); err != nil {
				t.Fatal(err)
			}
		}
		w.wantSale(r, ledger.SaleReversed)
		w.wantFloat(deposit, 0)
		_, err = w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 10_000))
		wantFault(t, err, vending.CodeReversed)
		last, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
		if err != nil || len(tokens(last)) != 0 || last.Outcome.Fault == nil {
			t.Errorf("a reversed sale still brings %d tokens, %v", len(tokens(last)), err)
		}
		w.audit()
	})
}

func TestTwoNodesResolveOneSaleOnce(t *testing.T) {
	onPostgreSQL(t, func(t *testing.T, w *world) {
		r := w.unknown("drop-after,vend,1")
		other := w.openSwitch(w.openStore("b"), "b", nil)
		var both sync.WaitGroup
		for range 5 {
			both.Go(func() { w.sw.ResolveDue(t.Context()) })
			both.Go(func() { other.ResolveDue(t.Context()) })
		}
		both.Wait()
		w.awaitSale(r, ledger.SaleDelivered)
		w.wantFloat(afterR100, 0)
		w.wantExceptions()
		w.audit()
	})
}

func TestASecondPersonWhoSaysOtherwiseIsToldInWhat(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		sale := w.wantSale(w.unknown("drop-before,vend,1"), ledger.SaleUnknown)
		first := vending.Decision{State: ledger.SaleDeclined, Actor: "ayanda", Note: "not on their statement", Evidence: "mail-4711"}
		if _, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, first); err != nil {
			t.Fatal(err)
		}
		second := vending.Decision{State: ledger.SaleDelivered, Actor: "bongani", Note: "they sold it", Evidence: "mail-4712", Token: "12345678901234567890", Units: "50"}
		_, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, second)
		if err == nil || !strings.Contains(err.Error(), "ayanda") || !strings.Contains(err.Error(), "the state (declined, yours is delivered)") {
			t.Errorf("he is told %v", err)
		}
		if p, err := w.store.Proposal(t.Context(), sale.ID); err != nil || p.Actor != "ayanda" {
			t.Errorf("the first proposal is gone: %+v, %v", p, err)
		}
		second.Replace = true
		if got, err := vending.Decide(t.Context(), w.store, time.Now(), sale.ID, second); err != nil || got.Settled {
			t.Errorf("his own proposal: %+v, %v", got, err)
		}
		w.audit()
	})
}
