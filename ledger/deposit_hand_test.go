package ledger_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

var counted = ledger.HandCredit{Merchant: merchant, Amount: 50_000, Fee: 100, Reference: "BANK-1", Note: "statement 14"}

func TestMoneyThatIsEnteredByHandIsCreditedOnceASecondPersonSaysTheSame(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d, settled, err := w.CreditByHand(t.Context(), "thandi", counted, false, terms())
		must(t, err)
		if settled || d.State != ledger.DepositReview || w.balance(t, chart.Bank) != 0 {
			t.Errorf("after one person settled is %t, deposit %+v", settled, d)
		}
		_, _, err = w.CreditByHand(t.Context(), "THANDI", counted, false, terms())
		wantErr(t, err, ledger.ErrSamePerson)
		more := counted
		more.Amount++
		_, _, err = w.CreditByHand(t.Context(), "sipho", more, false, terms())
		wantErr(t, err, ledger.ErrChanged)
		again, settled, err := w.CreditByHand(t.Context(), "sipho", counted, false, terms())
		must(t, err)
		if !settled || again.ID != d.ID || again.State != ledger.DepositCredited || again.Fee != 100 {
			t.Errorf("after two people settled is %t, deposit %+v", settled, again)
		}
		w.wantFloat(t, 49_900, 0)
		for _, who := range []string{"thandi", "sipho"} {
			_, _, err = w.CreditByHand(t.Context(), who, counted, false, terms())
			wantErr(t, err, ledger.ErrExists)
		}
		w.books(t)
	})
}

func TestMoneyThatIsEnteredWrongIsRefusedByTwoPeopleAndEnteredAnew(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		d, _, err := w.CreditByHand(t.Context(), "thandi", counted, false, terms())
		must(t, err)
		for _, who := range []string{"thandi", "sipho"} {
			_, _, err = w.RefuseDeposit(t.Context(), who, d.ID, "mistyped", terms())
			must(t, err)
		}
		right := counted
		right.Amount = 60_000
		for _, who := range []string{"thandi", "sipho"} {
			_, _, err = w.CreditByHand(t.Context(), who, right, false, terms())
			must(t, err)
		}
		w.wantFloat(t, 59_900, 0)
	})
}

func TestMoneyByHandIsCreditedOnceByWhateverNodesAndReferencesOfOldStayUsed(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		_, err := w.Post(t.Context(), ledger.Entry{Kind: "deposit", Actor: "boss", Reference: "OLD",
			Postings: chart.Deposit{Merchant: merchant, Currency: zar, Amount: 50_000}.Postings()})
		must(t, err)
		old := counted
		old.Reference = "OLD"
		_, _, err = w.CreditByHand(t.Context(), "boss", old, true, terms())
		wantErr(t, err, ledger.ErrExists)

		nodes := w.nodes(t)
		var credited atomic.Int64
		var group sync.WaitGroup
		for i := range 12 {
			group.Go(func() {
				_, settled, err := nodes[i%len(nodes)].CreditByHand(t.Context(), "boss", counted, true, terms())
				if err == nil && settled {
					credited.Add(1)
				} else {
					wantErr(t, err, ledger.ErrExists)
				}
			})
		}
		group.Wait()
		if credited.Load() != 1 {
			t.Errorf("credited %d times", credited.Load())
		}
		w.wantFloat(t, 50_000+49_900, 0)
		stranger := counted
		stranger.Merchant, stranger.Reference = "NOBODY", "BANK-2"
		_, _, err = w.CreditByHand(t.Context(), "boss", stranger, true, terms())
		wantErr(t, err, ledger.ErrNotFound)
		w.books(t)
	})
}
