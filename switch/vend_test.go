package vending_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
)

// float after one token of R100 at a commission of 1.5 %.
const afterR100 = deposit - 10_000 + 150

func TestATokenSaleChargesTheFloatLessTheCommissionAndDeliversTheUtilitysToken(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		receipt, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		issued := w.town.Issued(sim.Numbers()[sim.Good])
		if len(issued) != 1 || !slices.Equal(tokens(receipt), []string{issued[0].Token.Digits()}) {
			t.Errorf("delivered %q, issued %+v", tokens(receipt), issued)
		}
		if receipt.Outcome.Available != afterR100 {
			t.Errorf("the outcome says %d is available, want %d", receipt.Outcome.Available, afterR100)
		}
		w.wantSale(r, ledger.SaleDelivered)
		w.wantFloat(afterR100, 0)
		want := map[string]int64{
			"float:M0001": 10_000 - 150, "payable:TOWN": 345 - 10_000,
			"income:commission": -300, "vat:output": -45, "expense:commission": 150,
		}
		for account, amount := range w.postings(r) {
			if want[account] != amount {
				t.Errorf("posted %d to %s, want %d", amount, account, want[account])
			}
		}
		w.audit()
	})
}

// postings sums the lines of a sale by account.
func (w *world) postings(r vending.Request) map[string]int64 {
	w.t.Helper()
	m, err := w.store.Message(w.t.Context(), r.Message)
	if err != nil {
		w.t.Fatal(err)
	}
	lines, err := w.store.Postings(w.t.Context(), ledger.PostingFilter{SaleID: m.SaleID})
	if err != nil {
		w.t.Fatal(err)
	}
	sums := make(map[string]int64)
	for _, l := range lines {
		sums[l.Account] += l.Amount
	}
	return sums
}

// What a supplier does, what the client gets for it, what becomes of the sale and
// of the money. The first advice is dropped where the case is about what happens
// without it.
func TestEachWayInWhichASupplierAnswersHasItsFaultAndMovesOnlyTheMoneyItShould(t *testing.T) {
	const held = 10_000 - 150
	cases := []struct {
		name       string
		faults     []string
		kind       sim.Kind
		code       vending.Code // empty: delivered
		class      string
		state      ledger.SaleState
		available  int64
		held       int64
		issued     int
		exceptions []string
	}{
		{name: "sells", kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1},
		{name: "says that the meter is blocked", kind: sim.Blocked, code: vending.CodeSupplier, class: "BlockedMeterEx", state: ledger.SaleDeclined, available: deposit},
		{name: "does not know the meter", kind: sim.Unknown, code: vending.CodeSupplier, class: "UnknownMeterEx", state: ledger.SaleDeclined, available: deposit},
		{name: "wants the key changed first", kind: sim.KeyExpired, code: vending.CodeSupplier, class: "LatestKRNEx", state: ledger.SaleDeclined, available: deposit},
		{name: "is never asked about a mistyped meter", kind: sim.WrongCheckDigit, code: vending.CodeMeter, class: "MSNOCheckDigitEx", state: ledger.SaleRefused, available: deposit},
		{name: "says that our own credit there is used up", faults: []string{"no-vendor-credit,vend"}, kind: sim.Good, code: vending.CodeUnavailable, state: ledger.SaleDeclined, available: deposit},
		{name: "drops the connection, and the first advice finds the token", faults: []string{"drop-after,vend,1"}, kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1},
		{name: "answers garbage, and the first advice finds the token", faults: []string{"garbage,vend,1"}, kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1},
		{name: "answers for another meter, and the first advice finds the token", faults: []string{"wrong-meter,vend,1"}, kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1},
		{name: "answers with another amount", faults: []string{"wrong-amount,vend,1"}, kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1, exceptions: []string{ledger.ExceptionAmount}},
		{name: "drops the connection before it issues, and advices too", faults: []string{"drop-before,vend,1", "drop-before,advice,1"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held},
		{name: "drops the connection after it issues, and advices too", faults: []string{"drop-after,vend,1", "drop-before,advice,1"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held, issued: 1},
		{name: "answers garbage to everything", faults: []string{"garbage"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held, issued: 1},
		{name: "is behind a gateway that answers 502", faults: []string{"bad-gateway"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held, issued: 1},
		{name: "answers SystemEx to everything", faults: []string{"system"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held},
		{name: "answers for another meter, always", faults: []string{"wrong-meter"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held, issued: 1},
		{name: "is still at work on it when the advice comes", faults: []string{"being-processed,vend,1", "being-processed,advice,1"}, kind: sim.Good, code: vending.CodeUnknownOutcome, state: ledger.SaleUnknown, available: deposit - held, held: held, issued: 1},
		{name: "answers later than its time-out, and the first advice finds the token", faults: []string{"late,vend,1,3s"}, kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1},
		{name: "sends its answer twice over", faults: []string{"duplicate,vend,1"}, kind: sim.Good, state: ledger.SaleDelivered, available: afterR100, issued: 1},
	}
	for _, c := range cases {
		t.Run("the supplier "+c.name, func(t *testing.T) {
			t.Parallel()
			w := newSQLiteWorld(t)
			w.inject(c.faults...)
			receipt, r, err := w.vend(c.kind, 10_000)
			switch {
			case c.code == "" && err != nil:
				t.Fatal(err)
			case c.code == "" && len(tokens(receipt)) != 1:
				t.Errorf("delivered %d tokens, want 1", len(tokens(receipt)))
			case c.code != "":
				if f := wantFault(t, err, c.code); f.Class != c.class || f.Operator == "" {
					t.Errorf("fault has class %q and %q for the operator, want class %q and words", f.Class, f.Operator, c.class)
				}
			}
			w.wantSale(r, c.state)
			w.wantFloat(c.available, c.held)
			if issued := w.town.Issued(meter(c.kind).Number); len(issued) != c.issued {
				t.Errorf("the town issued %d tokens, want %d", len(issued), c.issued)
			}
			w.wantExceptions(c.exceptions...)
			w.wantEachVendSentOnce()
			w.audit()
		})
	}
}

// wantEachVendSentOnce checks that no vend reached the town twice.
func (w *world) wantEachVendSentOnce() {
	w.t.Helper()
	for _, r := range w.town.Received() {
		if r.Operation == sim.Vend && r.Times != 1 {
			w.t.Errorf("vend %s/%d was sent %d times", r.DateTime, r.Number, r.Times)
		}
	}
}

func TestASupplierThatCannotBeDialledHasSoldNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		down := w.supplier("DOWN", "http://127.0.0.1:1", sim.DemoClient())
		w.addUtility(down, "99900000000", "99999999999")
		r := w.request("creditVend")
		_, err := w.sw.Vend(t.Context(), w.caller, r, upstream.VendOrder{Meter: upstream.Meter{Number: "99912345678"[:10] + luhnDigit("9991234567")}, Amount: 10_000, Currency: "ZAR"})
		wantFault(t, err, vending.CodeUnavailable)
		w.wantSale(r, ledger.SaleDeclined)
		w.wantFloat(deposit, 0)
	})
}

// addUtility adds an online supplier with a product and a range of meters.
func (w *world) addUtility(p ledger.Supplier, from, to string) {
	w.t.Helper()
	ctx := w.t.Context()
	err := errors.Join(
		w.store.AddSupplier(ctx, "test", p),
		w.store.AddProduct(ctx, "test", ledger.Product{Code: p.Code + "ELEC", Name: p.Name, Kind: ledger.KindElectricity, Supplier: p.Code, Min: 1000, Max: 500_000, Currency: "ZAR", CommissionBP: 150, Status: ledger.Active}),
		w.store.AddRoute(ctx, "test", ledger.RouteRange{From: from, To: to, Supplier: p.Code}),
	)
	if err != nil {
		w.t.Fatal(err)
	}
}

// luhnDigit is the check digit of a meter number's first ten digits.
func luhnDigit(ten string) string {
	sum := 0
	for i := range ten {
		d := int(ten[len(ten)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return string(rune('0' + (10-sum%10)%10))
}

func TestTheNextSupplierOfARangeIsTriedOnlyAfterTheFirstDeclined(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		town := meter(sim.Good).Number
		w.addUtility(w.supplier("DOWN", "http://127.0.0.1:1", sim.DemoClient()), "00000000000", "09999999999")
		if err := w.store.AddRoute(t.Context(), "test", ledger.RouteRange{From: "00000000000", To: "09999999999", Supplier: "TOWN"}); err != nil {
			t.Fatal(err)
		}
		receipt, r, err := w.vend(sim.Good, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		sale := w.wantSale(r, ledger.SaleDelivered)
		if sale.Supplier != "TOWN" || len(tokens(receipt)) != 1 || len(w.town.Issued(town)) != 1 {
			t.Errorf("sold by %s, %d tokens", sale.Supplier, len(tokens(receipt)))
		}
		w.audit()

		w.inject("drop-after,vend,1", "drop-before,advice,1")
		_, r, err = w.vend(sim.Good, 10_000)
		wantFault(t, err, vending.CodeUnknownOutcome)
		w.wantSale(r, ledger.SaleUnknown)
		w.audit()
	})
}

func TestAnAmountThatMayNotBeSoldIsRefusedInWordsAndLeavesALegThatSaysSo(t *testing.T) {
	cases := []struct {
		name  string
		cents int64
	}{{"below the minimum", 999}, {"above the maximum", 500_001}, {"zero", 0}, {"negative", -10_000}}
	onBoth(t, func(t *testing.T, w *world) {
		for _, c := range cases {
			_, r, err := w.vend(sim.Good, c.cents)
			if f := wantFault(t, err, vending.CodeAmount); f.Text == "" || f.Operator == "" {
				t.Errorf("%s: the fault has no words: %+v", c.name, f)
			}
			sale := w.wantSale(r, ledger.SaleRefused)
			legs, err := w.store.Legs(t.Context(), ledger.LegFilter{SaleID: sale.ID})
			if err != nil || len(legs) != 1 || legs[0].State != ledger.LegDeclined || legs[0].Code != string(vending.CodeAmount) {
				t.Errorf("%s: legs %+v, %v", c.name, legs, err)
			}
		}
		w.wantFloat(deposit, 0)
		w.audit()
	})
}

func TestWithoutFundsNothingIsSentAndNothingHeld(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		_, r, err := w.vend(sim.Good, deposit+2_000)
		wantFault(t, err, vending.CodeFunds)
		w.wantSale(r, ledger.SaleRefused)
		w.wantFloat(deposit, 0)
		if n := len(w.town.Received()); n != 0 {
			t.Errorf("the supplier received %d messages", n)
		}
	})
}

func TestAPurchaseByUnitsIsPricedByATrial(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		r := w.request("creditVend")
		receipt, err := w.sw.Vend(t.Context(), w.caller, r, upstream.VendOrder{Meter: meter(sim.Good), Units: "10", SIUnit: "kWh", Resource: upstream.Electricity})
		if err != nil {
			t.Fatal(err)
		}
		if got := receipt.Outcome.Vend.Lines[0].Units; got != "10.0" && got != "10" {
			t.Errorf("sold %s units, want 10", got)
		}
		if receipt.Outcome.Tender != receipt.Outcome.Vend.Tendered {
			t.Errorf("charged %d, the supplier's figure is %d", receipt.Outcome.Tender, receipt.Outcome.Vend.Tendered)
		}
		w.audit()
	})
}

func TestATrialSellsNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		receipt, err := w.sw.TrialVend(t.Context(), w.caller, w.request("trialCreditVend"), vendOrder(sim.Good, 10_000))
		if err != nil {
			t.Fatal(err)
		}
		if units := receipt.Outcome.Vend.Lines[0].Units; units == "" {
			t.Error("the trial names no units")
		}
		w.wantFloat(deposit, 0)
		if n := len(w.town.Issued("")); n != 0 {
			t.Errorf("%d tokens were issued", n)
		}
	})
}

func TestConfirmCustomerFindsTheMetersOwnerAndFillsTheMeterBook(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		c, err := w.sw.ConfirmCustomer(t.Context(), w.caller, w.request("confirmCustomer"), meter(sim.Good))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Customers) != 1 || c.Customers[0].Name == "" || !c.Customers[0].CanVend {
			t.Errorf("confirmed %+v", c.Customers)
		}
		route, err := w.store.MeterRoute(t.Context(), meter(sim.Good).Number)
		if err != nil || route.Supplier != "TOWN" || route.SupplyGroup == "" {
			t.Errorf("meter book says %+v, %v", route, err)
		}
		_, err = w.sw.ConfirmCustomer(t.Context(), w.caller, w.request("confirmCustomer"), meter(sim.Unknown))
		wantFault(t, err, vending.CodeUnknownMeter)
	})
}

func TestALegThatAnotherNodeHasTakenOverIsNotTriedAtTheNextSupplier(t *testing.T) {
	onPostgreSQL(t, func(t *testing.T, w *world) {
		// The first supplier keeps silent until its leg's lease has run out, and
		// then turns out to have sold nothing.
		other, err := sim.New(sim.Config{})
		if err != nil {
			t.Fatal(err)
		}
		slow := &gate{next: other, opened: make(chan struct{})}
		server := httptest.NewServer(slow)
		t.Cleanup(func() { other.Close(); server.Close() })
		first := w.supplier("AAA", server.URL+"/xmlvend", sim.DemoClient())
		first.Timeout = 30 * time.Second
		w.addUtility(first, "00000000000", "09999999999")
		if err := w.store.AddRoute(t.Context(), "test", ledger.RouteRange{From: "00000000000", To: "09999999999", Supplier: "TOWN"}); err != nil {
			t.Fatal(err)
		}
		r := w.request("creditVend")
		var vend sync.WaitGroup
		vend.Go(func() {
			// UnknownMeterEx is what another supplier is asked after.
			if _, err := w.sw.Vend(t.Context(), w.caller, r, vendOrder(sim.Unknown, 10_000)); err == nil {
				t.Error("a token was sold")
			}
		})
		slow.await(t)
		w.takeOver(t, r)
		close(slow.opened)
		vend.Wait()
		if n := len(w.town.Received()); n != 0 {
			t.Errorf("the next supplier received %d messages", n)
		}
		w.wantFloat(deposit, 0)
		w.audit()
	})
}

// gate holds requests until it is opened.
type gate struct {
	next    http.Handler
	arrived atomic.Int64
	opened  chan struct{}
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.arrived.Add(1)
	<-g.opened
	g.next.ServeHTTP(w, r)
}

func (g *gate) await(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); g.arrived.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no request arrived")
		}
	}
}

// takeOver makes the vend's leg unknown and so another's to settle, as its node
// would find it after a long pause.
func (w *world) takeOver(t *testing.T, r vending.Request) {
	t.Helper()
	m, err := w.store.Message(t.Context(), r.Message)
	if err != nil {
		t.Fatal(err)
	}
	legs, err := w.store.Legs(t.Context(), ledger.LegFilter{SaleID: m.SaleID, Direction: ledger.Outbound})
	if err != nil || len(legs) != 1 {
		t.Fatalf("legs %+v, %v", legs, err)
	}
	if _, err := w.store.Settle(t.Context(), ledger.Closing{LegID: legs[0].ID, State: ledger.LegUnknown, NextAt: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
}
