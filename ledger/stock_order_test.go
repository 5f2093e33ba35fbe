package ledger_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
)

// agreed puts an agreement with the airtime operator in force.
func (w *world) agreed(t testing.TB, text string) int {
	t.Helper()
	a, err := w.ProposeAgreement(t.Context(), "ann", operator, text)
	must(t, err)
	_, err = w.ApproveAgreement(t.Context(), "ben", operator, a.Version)
	must(t, err)
	return a.Version
}

// order of n vouchers of airtime.
func ordered(agreement, n int) ledger.StockOrder {
	return ledger.StockOrder{Supplier: operator, OrderedBy: "ann", Agreement: agreement, Lines: []ledger.StockLine{
		{Supplier: operator, Product: airtime, Currency: zar, Count: n, Face: int64(n) * 1000, Cost: int64(n) * 920}}}
}

// Two people who see that something is due order it once.
func TestWhatIsDueIsNotOrderedTwice(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		due := ordered(w.agreed(t, "cost = 8"), 100)
		due.After = new(int64)
		first, err := w.OrderStock(t.Context(), due)
		must(t, err)
		_, err = w.OrderStock(t.Context(), due)
		wantErr(t, err, ledger.ErrChanged)
		due.After = &first.Number
		second, err := w.OrderStock(t.Context(), due)
		must(t, err)
		if second.Number != 2 { // the one that was refused has used none
			t.Errorf("number %d", second.Number)
		}
		w.books(t)
	})
}

func TestAnOrderIsInTheJournalUnderItsNumberBeforeItsFileIsWritten(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		version := w.agreed(t, "cost = 8")
		first, err := w.OrderStock(t.Context(), ordered(version, 100))
		must(t, err)
		second, err := w.OrderStock(t.Context(), ordered(version, 50))
		must(t, err)
		if first.Number != 1 || second.Number != 2 {
			t.Errorf("numbers %d and %d", first.Number, second.Number)
		}
		again, err := w.OrderStockAgain(t.Context(), "ben", operator, 1)
		must(t, err)
		if diff := cmp.Diff(first, again); diff != "" {
			t.Error(diff)
		}
		list, err := w.StockOrders(t.Context(), operator, 0)
		must(t, err)
		if diff := cmp.Diff([]ledger.StockOrder{second, first}, list); diff != "" {
			t.Error(diff)
		}
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{Limit: -1})
		must(t, err)
		var bodies []string
		for _, e := range entries {
			if e.Kind == ledger.EntryStockOrdered {
				bodies = append(bodies, e.Actor+" "+e.Body)
			}
		}
		slices.Sort(bodies)
		if len(bodies) != 3 || !strings.Contains(bodies[0], `"number":1,`) || !strings.Contains(bodies[0], `"count":100,"face":100000,"cost":92000`) ||
			!strings.HasPrefix(bodies[2], "ben ") || !strings.Contains(bodies[2], `"again":true`) {
			t.Errorf("the journal says %v", bodies)
		}
		w.books(t)
	})
}

func TestAnOrderThatCannotBeIsNotPlaced(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		version := w.agreed(t, "cost = 8")
		w.agreed(t, "cost = 7")
		_, err := w.OrderStock(t.Context(), ordered(version, 100))
		wantErr(t, err, ledger.ErrState)
		version++
		stranger := ordered(version, 100)
		stranger.Supplier, stranger.Lines[0].Supplier = "NONE", "NONE"
		_, err = w.OrderStock(t.Context(), stranger)
		wantErr(t, err, ledger.ErrNotFound)
		electric := ordered(version, 100)
		electric.Lines[0].Product = energy
		_, err = w.OrderStock(t.Context(), electric)
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.OrderStockAgain(t.Context(), "ann", operator, 1)
		wantErr(t, err, ledger.ErrNotFound)
		for says, spoil := range map[string]func(*ledger.StockOrder){
			"something to order":           func(o *ledger.StockOrder) { o.Lines = nil },
			"who orders":                   func(o *ledger.StockOrder) { o.OrderedBy = " " },
			"cannot be ordered":            func(o *ledger.StockOrder) { o.Lines[0].Count = 0 },
			"-1 vouchers":                  func(o *ledger.StockOrder) { o.Lines[0].Count = -1 },
			"product AIR10 is there twice": func(o *ledger.StockOrder) { o.Lines = append(o.Lines, o.Lines[0]) },
			"one supplier in one currency": func(o *ledger.StockOrder) { o.Lines[0].Supplier = utility },
			"comes to more than 1000000000000": func(o *ledger.StockOrder) {
				o.Lines[0].Face = 1e15
				l := o.Lines[0]
				l.Product = "B"
				o.Lines = append(o.Lines, l)
			},
		} {
			o := ordered(version, 100)
			spoil(&o)
			if _, err := w.OrderStock(t.Context(), o); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%v is not %q", err, says)
			}
		}
		first, err := w.OrderStock(t.Context(), ordered(version, 100))
		must(t, err)
		if first.Number != 1 {
			t.Errorf("what was refused took a number: the first is %d", first.Number)
		}
		w.books(t)
	})
}

func TestNoTwoOrdersOfASupplierHaveOneNumberOnTwoNodes(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		version := w.agreed(t, "cost = 8")
		var mu sync.Mutex
		var numbers []int64
		var group sync.WaitGroup
		for i := range 20 {
			group.Go(func() {
				o, err := nodes[i%2].OrderStock(t.Context(), ordered(version, i+1))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				numbers = append(numbers, o.Number)
			})
		}
		group.Wait()
		slices.Sort(numbers)
		for i, n := range numbers {
			if n != int64(i+1) {
				t.Fatalf("numbers %v", numbers)
			}
		}
		w.books(t)
	})
}

func TestCoverFollowsTheAgreedRulesAndCountsWhatIsOnOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 10_000_000)
		version := w.agreed(t, "cost = 8")
		w.load(t, w.vouchers(30, ""))
		_, err := w.Sell(t.Context(), w.purchase(20))
		must(t, err)
		r := ledger.CoverRequest{Today: w.clock.Now(), Days: 10, Lead: 1, Safety: 1, Order: 10,
			Rules: map[string]ledger.CoverRule{airtime: {Lead: 2, Safety: 3, Multiple: 25, Minimum: 40}}}
		cover := func() ledger.Cover {
			t.Helper()
			list, err := w.StockCover(t.Context(), r)
			must(t, err)
			return list[0]
		}
		// Two a day: ten are the level, and 20 more are due.
		if c := cover(); c.Lead != 2 || c.Safety != 3 || c.Level != 10 || c.OnOrder != 0 || c.Reorder != 50 {
			t.Errorf("before the order: %+v", c)
		}
		w.clock.Advance(time.Minute)
		_, err = w.OrderStock(t.Context(), ordered(version, 50))
		must(t, err)
		if c := cover(); c.OnOrder != 50 || c.Reorder != 0 {
			t.Errorf("once it is ordered: %+v", c)
		}
		w.clock.Advance(time.Minute)
		b := w.batch()
		_, err = w.LoadStock(t.Context(), b, each(w.vouchers(15, "")))
		must(t, err)
		if c := cover(); c.OnOrder != 35 || c.Awaiting != 15 {
			t.Errorf("when a part has come: %+v", c)
		}
		_, err = w.RejectStock(t.Context(), "ben", b.Supplier, b.Name, "wrong")
		must(t, err)
		if c := cover(); c.OnOrder != 50 || c.Awaiting != 0 {
			t.Errorf("when that was rejected: %+v", c)
		}
		w.clock.Advance(6 * 24 * time.Hour)
		if c := cover(); c.OnOrder != 0 || c.Reorder != 50 {
			t.Errorf("when nobody waits for it any more: %+v", c)
		}
		r.Rules = map[string]ledger.CoverRule{airtime: {Lead: -1}}
		if _, err := w.StockCover(t.Context(), r); err == nil {
			t.Error("a negative rule is taken")
		}
	})
}
