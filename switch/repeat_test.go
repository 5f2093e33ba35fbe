package vending_test

import (
	"crypto/sha256"
	"slices"
	"sync"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

func TestARepeatedMessageIDBringsTheStoredOutcomeAndASecondDisclosure(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		first, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 10_000))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(tokens(first), tokens(again)) || again.Outcome.Available != first.Outcome.Available || !again.Outcome.At.Equal(first.Outcome.At) {
			t.Errorf("first %+v, then %+v", first.Outcome, again.Outcome)
		}
		w.wantFloat(afterR100, 0)
		entries, err := w.store.Entries(t.Context(), ledger.EntryFilter{SaleID: first.Sale.ID, Kind: ledger.EntryDisclosure})
		if err != nil || len(entries) != 1 {
			t.Errorf("%d disclosures, %v; want 1", len(entries), err)
		}
		w.audit()
	})
}

func TestARepeatedRefusalIsRefusedInTheSameWords(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		_, r, err := w.vend(sim.Good, 1)
		first := wantFault(t, err, vending.CodeAmount)
		_, err = w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 1))
		if again := wantFault(t, err, vending.CodeAmount); again.Text != first.Text || again.Operator != first.Operator {
			t.Errorf("first %+v, then %+v", first, again)
		}
	})
}

func TestAMessageIDWithOtherContentIsRefusedAndLeavesALeg(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		_, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		r.Digest = sha256.Sum256([]byte("other content"))
		_, err = w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 20_000))
		wantFault(t, err, vending.CodeMessageTaken)
		w.wantFloat(afterR100, 0)
		legs, err := w.store.Legs(t.Context(), ledger.LegFilter{Direction: ledger.Inbound, States: []ledger.LegState{ledger.LegDeclined}})
		if err != nil || len(legs) != 1 || legs[0].Code != string(vending.CodeMessageTaken) {
			t.Errorf("legs %+v, %v", legs, err)
		}
	})
}

func TestAClientMayHaveItsRepeatsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		_, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		w.caller.Client.OnDuplicate = ledger.DuplicateRefuse
		_, err = w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 10_000))
		wantFault(t, err, vending.CodeRepeated)
	})
}

func TestFiftyRequestsWithOneMessageIDSellOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.inject("slow,vend,1,300ms")
		r := w.request("creditVend")
		results := make([]*vending.Receipt, 50)
		var clients sync.WaitGroup
		for i := range results {
			clients.Go(func() {
				receipt, err := w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 10_000))
				if err != nil {
					t.Error(err)
				}
				results[i] = receipt
			})
		}
		clients.Wait()
		for _, receipt := range results {
			if !slices.Equal(tokens(receipt), tokens(results[0])) {
				t.Errorf("one got %q, another %q", tokens(results[0]), tokens(receipt))
			}
		}
		if n := len(w.town.Issued("")); n != 1 {
			t.Errorf("%d tokens were issued", n)
		}
		w.wantFloat(afterR100, 0)
		w.audit()
	})
}

func TestAnAdviceAboutADeliveredSaleBringsItsOutcome(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		first, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the same advice has the same result
			last, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(tokens(last), tokens(first)) {
				t.Errorf("last response has %q, sold was %q", tokens(last), tokens(first))
			}
		}
		w.wantFloat(afterR100, 0)
	})
}

func TestAnAdviceAboutARefusedSaleBringsItsFault(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		_, r, err := w.vend(sim.Blocked, 10_000)
		wantFault(t, err, vending.CodeSupplier)
		last, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
		if err != nil {
			t.Fatal(err)
		}
		if last.Outcome.Fault == nil || last.Outcome.Fault.Class != "BlockedMeterEx" {
			t.Errorf("last response is %+v", last.Outcome)
		}
	})
}

func TestAnAdviceThatOvertakesItsVendMakesTheVendImpossible(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		late := w.request("creditVend")
		_, err := w.sw.LastResponse(t.Context(), w.caller, w.request("lastResponse"), late.Message)
		wantFault(t, err, vending.CodeNotFound)
		_, err = w.sw.Vend(t.Context(), w.caller, late, vendOrder(sim.Good, 10_000))
		wantFault(t, err, vending.CodeMessageVoid)
		w.wantFloat(deposit, 0)
		if n := len(w.town.Issued("")); n != 0 {
			t.Errorf("%d tokens were issued", n)
		}
		w.audit()
	})
}

func TestAdvicesRacingTheirVendsNeverLeadToTwoSales(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		const pairs = 20
		var (
			clients sync.WaitGroup
			mu      sync.Mutex
			bought  int
		)
		for i := range pairs {
			vend, advice := request("creditVend", 100+i), request("lastResponse", 500+i)
			clients.Go(func() {
				if _, err := w.sw.Vend(t.Context(), w.caller, vend, vendOrder(sim.Good, 1_000)); err == nil {
					mu.Lock()
					defer mu.Unlock()
					bought++
				} else if code := vending.AsFault(err).Code; code != vending.CodeMessageVoid {
					t.Error(err)
				}
			})
			clients.Go(func() {
				_, err := w.sw.LastResponse(t.Context(), w.caller, advice, vend.Message)
				if err != nil && vending.AsFault(err).Code != vending.CodeNotFound {
					t.Error(err)
				}
			})
		}
		clients.Wait()
		if n := len(w.town.Issued("")); n != bought {
			t.Errorf("%d vends were answered with a token, %d were issued", bought, n)
		}
		w.audit()
	})
}

func TestAnAdviceDuringTheVendWaitsForItsOutcome(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.inject("slow,vend,1,500ms")
		r := w.request("creditVend")
		advice := w.request("lastResponse")
		var vend sync.WaitGroup
		vend.Go(func() {
			if _, err := w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Good, 10_000)); err != nil {
				t.Error(err)
			}
		})
		w.awaitReceived(1)
		last, err := w.sw.LastResponse(t.Context(), w.caller, advice, r.Message)
		vend.Wait()
		if err != nil || len(tokens(last)) != 1 {
			t.Errorf("last response: %d tokens, %v", len(tokens(last)), err)
		}
	})
}

// awaitReceived waits until the town has received n messages.
func (w *world) awaitReceived(n int) {
	w.t.Helper()
	for deadline := time.Now().Add(10 * time.Second); len(w.town.Received()) < n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			w.t.Fatalf("the town did not receive %d messages", n)
		}
	}
}

func TestAnAdviceMayNotHaveTheIDOfTheRequestItAsksAbout(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.request("lastResponse")
		_, err := w.sw.LastResponse(t.Context(), w.caller, r, r.Message)
		wantFault(t, err, vending.CodeMessageTaken)
	})
}
