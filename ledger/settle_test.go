package ledger_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

func TestAnAcceptedSaleIsDeliveredAndItsHoldPosted(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		w.clock.Advance(time.Second)
		tok := w.token()
		sale, err := w.Settle(t.Context(), accepted(o, c, tok))
		must(t, err)
		if sale.State != ledger.SaleDelivered || sale.Hold != 0 || !sale.SettledAt.Equal(w.clock.Now()) {
			t.Errorf("sale is %v, holds %d, settled %s", sale, sale.Hold, sale.SettledAt)
		}
		read := w.wantState(t, o.ID, ledger.SaleDelivered)
		for _, s := range []ledger.Sale{sale, read} {
			if want := "token " + tok + ", 40150 left"; string(s.Outcome) != want {
				t.Errorf("outcome is %q, want %q", s.Outcome, want)
			}
		}
		lines, err := w.Postings(t.Context(), ledger.PostingFilter{SaleID: o.ID})
		must(t, err)
		if len(lines) != 7 {
			t.Errorf("%d postings, want 7", len(lines))
		}
		evidence, err := w.Evidence(t.Context(), c.LegID)
		must(t, err)
		if string(evidence) != "<answer/>" {
			t.Errorf("evidence is %q", evidence)
		}
		w.wantFloat(t, 40_150, 0)
		w.books(t)
	})
}

func TestADeclinedSaleGetsItsHoldBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		sale, err := w.Settle(t.Context(), declined(c))
		must(t, err)
		if sale.State != ledger.SaleDeclined || sale.Reason != "UnknownMeterEx" || string(sale.Outcome) != "fault UnknownMeterEx" {
			t.Errorf("sale is %v for %q with outcome %q", sale, sale.Reason, sale.Outcome)
		}
		w.wantState(t, o.ID, ledger.SaleDeclined)
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestAnUnknownSaleKeepsItsHoldUntilItIsKnown(t *testing.T) {
	ends := []struct {
		name    string
		closing func(*world, ledger.Order, ledger.Call) ledger.Closing
		sale    ledger.SaleState
		leg     ledger.LegState
		posted  int64
	}{
		{"accepted", func(w *world, o ledger.Order, c ledger.Call) ledger.Closing { return accepted(o, c, w.token()) },
			ledger.SaleDelivered, ledger.LegAccepted, 40_150},
		{"not executed", func(_ *world, _ ledger.Order, c ledger.Call) ledger.Closing {
			end := declined(c)
			end.State = ledger.LegNotExecuted
			return end
		}, ledger.SaleDeclined, ledger.LegNotExecuted, 50_000},
		{"declined after all", func(_ *world, _ ledger.Order, c ledger.Call) ledger.Closing { return declined(c) },
			ledger.SaleDeclined, ledger.LegNotExecuted, 50_000},
	}
	onEachStore(t, func(t *testing.T, w *world) {
		for _, end := range ends {
			t.Run(end.name, func(t *testing.T) {
				w.level(t, 50_000)
				o, c := w.begun(t, 10_000)
				sale, err := w.Settle(t.Context(), w.unknown(c))
				must(t, err)
				if sale.State != ledger.SaleUnknown || sale.Hold != 9_850 || sale.Outcome != nil {
					t.Errorf("sale is %v, holds %d", sale, sale.Hold)
				}
				w.wantFloat(t, 50_000, 9_850)
				w.books(t)
				sale, err = w.Settle(t.Context(), end.closing(w, o, c))
				must(t, err)
				if sale.State != end.sale {
					t.Errorf("sale is %v, want %s", sale, end.sale)
				}
				leg, err := w.Leg(t.Context(), c.LegID)
				must(t, err)
				if leg.State != end.leg || leg.ClosedAt.IsZero() || !leg.NextAt.IsZero() {
					t.Errorf("leg is %+v, want %s", leg, end.leg)
				}
				w.wantFloat(t, end.posted, 0)
				w.books(t)
			})
		}
	})
}

func TestTheSameEndTwiceIsOneEnd(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 100_000)
		o, c := w.begun(t, 10_000)
		end := accepted(o, c, w.token())
		first, err := w.Settle(t.Context(), end)
		must(t, err)
		entries := w.scalar(t, "SELECT COUNT(*) FROM entry")
		again, err := w.Settle(t.Context(), end)
		must(t, err)
		if again.State != first.State || string(again.Outcome) != string(first.Outcome) {
			t.Errorf("first %v, then %v", first, again)
		}
		stillUnknown, err := w.Settle(t.Context(), w.unknown(c))
		must(t, err)
		if stillUnknown.State != ledger.SaleDelivered {
			t.Errorf("late silence made it %v", stillUnknown)
		}
		_, d := w.begun(t, 10_000)
		for range 2 {
			_, err = w.Settle(t.Context(), declined(d))
			must(t, err)
		}
		if got := w.scalar(t, "SELECT COUNT(*) FROM entry"); got != entries+2 {
			t.Errorf("%d entries, want %d", got, entries+2)
		}
		w.wantFloat(t, 90_150, 0)
		w.books(t)
	})
}

func TestTwoNodesSettlingOneLegAtOnceSettleItOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		end := accepted(o, c, w.token())
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := w.Settle(t.Context(), end); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w.wantFloat(t, 40_150, 0)
		w.books(t)
	})
}

func TestAnotherFinalAnswerMovesNothingAndIsKeptForAPerson(t *testing.T) {
	type step func(*world, ledger.Order, ledger.Call) ledger.Closing
	accept := func(w *world, o ledger.Order, c ledger.Call) ledger.Closing { return accepted(o, c, w.token()) }
	decline := func(_ *world, _ ledger.Order, c ledger.Call) ledger.Closing { return declined(c) }
	cases := []struct {
		name          string
		first, second step
		state         ledger.SaleState
		posted        int64
	}{
		{"a token after a release", decline, accept, ledger.SaleDeclined, 50_000},
		{"a refusal after a token", accept, decline, ledger.SaleDelivered, 40_150},
		{"another token", accept, accept, ledger.SaleDelivered, 40_150},
	}
	onEachStore(t, func(t *testing.T, w *world) {
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				w.level(t, 50_000)
				o, c := w.begun(t, 10_000)
				_, err := w.Settle(t.Context(), tc.first(w, o, c))
				must(t, err)
				second := tc.second(w, o, c)
				second.Evidence = []byte("late " + tc.name)
				_, err = w.Settle(t.Context(), second)
				wantErr(t, err, ledger.ErrAlreadySettled)
				w.wantState(t, o.ID, tc.state)
				w.wantFloat(t, tc.posted, 0)
				e := w.wantException(t, ledger.ExceptionSecondAnswer)
				if e.SaleID != o.ID || e.LegID != c.LegID {
					t.Errorf("exception is about sale %s, leg %s", e.SaleID, e.LegID)
				}
				kept, err := w.ExceptionEvidence(t.Context(), e.ID)
				must(t, err)
				if string(kept) != "late "+tc.name {
					t.Errorf("kept %q", kept)
				}
				must(t, w.CloseException(t.Context(), e.ID, "ben", "seen"))
				w.books(t)
			})
		}
	})
}

func TestALateTokenWithoutAnAnswerIsKeptToo(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), declined(c))
		must(t, err)
		late := accepted(o, c, "99999999999999999999")
		late.Evidence = nil
		_, err = w.Settle(t.Context(), late)
		wantErr(t, err, ledger.ErrAlreadySettled)
		kept, err := w.ExceptionEvidence(t.Context(), w.wantException(t, ledger.ExceptionSecondAnswer).ID)
		must(t, err)
		if !strings.Contains(string(kept), "99999999999999999999") {
			t.Errorf("kept %q", kept)
		}
	})
}

func TestATokenIsSoldOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		tok := w.token()
		first, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), accepted(first, c, tok))
		must(t, err)
		second, c := w.begun(t, 10_000)
		_, err = w.Settle(t.Context(), accepted(second, c, tok))
		wantErr(t, err, ledger.ErrTokenTaken)
		w.wantState(t, second.ID, ledger.SaleUnknown)
		w.wantException(t, ledger.ExceptionTokenTaken)
		w.wantFloat(t, 40_150, 9_850)
		due, err := w.TakeDue(t.Context(), 10)
		must(t, err)
		if len(due) != 0 {
			t.Errorf("the supplier would be asked again about %v", due)
		}
		w.books(t)
	})
}

func TestOneTokenForManySalesAtOnceIsSoldOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 500_000)
		tok := w.token()
		delivered := make(chan ledger.ID, 20)
		var group sync.WaitGroup
		for range 20 {
			o, c := w.begun(t, 10_000)
			group.Go(func() {
				_, err := w.Settle(t.Context(), accepted(o, c, tok))
				if err == nil {
					delivered <- o.ID
				} else if !errors.Is(err, ledger.ErrTokenTaken) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if len(delivered) != 1 {
			t.Errorf("sold %d times", len(delivered))
		}
		w.wantFloat(t, 500_000-9_850, 19*9_850)
		w.books(t)
	})
}

func TestTheSameDigitsOfTwoSuppliersAreTwoTokens(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		tok := w.token()
		for _, supplier := range []string{utility, "OTHER"} {
			o, c := w.order(10_000)
			c.Supplier = supplier
			_, err := w.Begin(t.Context(), o, c)
			must(t, err)
			_, err = w.Settle(t.Context(), accepted(o, c, tok))
			must(t, err)
		}
		w.books(t)
	})
}

func TestADeclinedLegCanBeFollowedByAnotherSupplier(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, first := w.begun(t, 10_000)
		second := w.call("OTHER", 10_000)
		end := declined(first)
		end.Next = &second
		sale, err := w.Settle(t.Context(), end)
		must(t, err)
		if sale.State != ledger.SaleHeld || sale.Supplier != "OTHER" || sale.Outcome != nil {
			t.Errorf("sale is %v at %s", sale, sale.Supplier)
		}
		w.wantFloat(t, 50_000, 9_850)
		w.books(t)
		_, err = w.Settle(t.Context(), accepted(o, second, w.token()))
		must(t, err)
		if sale := w.wantState(t, o.ID, ledger.SaleDelivered); sale.Supplier != "OTHER" {
			t.Errorf("sold by %s", sale.Supplier)
		}
		w.wantFloat(t, 40_150, 0)
		w.books(t)
	})
}

func TestAfterUnknownNoOtherSupplierIsTried(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, first := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), w.unknown(first))
		must(t, err)
		second := w.call("OTHER", 10_000)
		end := declined(first)
		end.Next = &second
		sale, err := w.Settle(t.Context(), end)
		must(t, err)
		if sale.State != ledger.SaleDeclined || string(sale.Outcome) != "fault UnknownMeterEx" {
			t.Errorf("sale is %v with outcome %q", sale, sale.Outcome)
		}
		_, err = w.Leg(t.Context(), second.LegID)
		wantErr(t, err, ledger.ErrNotFound)
		w.wantState(t, o.ID, ledger.SaleDeclined)
		w.books(t)
	})
}

func TestADifferentFigureOfTheSupplierOpensAnException(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		end := accepted(o, c, w.token())
		end.Overrun = "asked for 10000, charged 10100"
		_, err := w.Settle(t.Context(), end)
		must(t, err)
		w.wantState(t, o.ID, ledger.SaleDelivered)
		w.wantException(t, ledger.ExceptionAmount)
	})
}

func TestASettlementThatCannotBeWrittenLeavesTheSaleHeld(t *testing.T) {
	spoiled := map[string]func(*ledger.Closing){
		"more than was held": func(c *ledger.Closing) {
			c.Postings = chart.OnlineSale{Merchant: merchant, Supplier: utility, Currency: zar, Tender: 10_001, Commission: 150}.Postings()
		},
		"postings that do not balance": func(c *ledger.Closing) { c.Postings = c.Postings[1:] },
		"postings off another float": func(c *ledger.Closing) {
			c.Postings = []ledger.Posting{{Account: "float:M0002", Amount: 1, Currency: zar}, {Account: "bank", Amount: -1, Currency: zar}}
		},
		"an outcome that fails": func(c *ledger.Closing) {
			c.Deliver = func(ledger.Settlement) ([]byte, error) { return nil, errors.New("no paper") }
		},
		"an outcome that panics":  func(c *ledger.Closing) { c.Deliver = func(ledger.Settlement) ([]byte, error) { panic("torn") } },
		"an outcome with nothing": func(c *ledger.Closing) { c.Deliver = func(ledger.Settlement) ([]byte, error) { return nil, nil } },
		"no such state":           func(c *ledger.Closing) { c.State = "sold" },
		"still open":              func(c *ledger.Closing) { c.State = ledger.LegOpen },
	}
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		for name, spoil := range spoiled {
			t.Run(name, func(t *testing.T) {
				end := accepted(o, c, w.token())
				spoil(&end)
				if sale, err := w.Settle(t.Context(), end); err == nil {
					t.Errorf("it became %v", sale)
				}
				w.wantState(t, o.ID, ledger.SaleHeld)
				w.wantFloat(t, 50_000, 9_850)
				w.books(t)
			})
		}
	})
}

func TestALegThatDoesNotExistCannotBeSettled(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		_, err := w.Settle(t.Context(), declined(w.call(utility, 1)))
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestALegThatBuysNothingCannotBeSettled(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		c := w.call(utility, 1)
		must(t, w.OpenLeg(t.Context(), ledger.ID{}, c))
		_, err := w.Settle(t.Context(), declined(c))
		wantErr(t, err, ledger.ErrState)
	})
}
