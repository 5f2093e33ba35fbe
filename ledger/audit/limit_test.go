package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// wantLimit fails unless the sales that are found to have passed the limit are
// these.
func wantLimit(t *testing.T, r *audit.Report, sales ...ledger.Order) {
	t.Helper()
	var got, want []string
	for _, f := range r.Invariants[2].Findings {
		got = append(got, f.Row)
	}
	for _, o := range sales {
		want = append(want, row("sale", o.ID))
	}
	if strings.Join(got, ", ") != strings.Join(want, ", ") {
		t.Errorf("past the limit are %q, want %q", got, want)
	}
}

func TestAFloatMaySpendAllItHasAndItsCreditLine(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 9850, 0)
		w.must(w.SetCreditLine(t.Context(), "mayor", shop, 9850))
		w.deliver()
		w.deliver()
		w.must(w.SetCreditLine(t.Context(), "mayor", shop, 0))
		w.post("deposit.returned", chart.DepositReturned{Merchant: shop, Currency: zar, Amount: 9850}.Postings())
		wantClean(t, w.verifyNow())
	})
}

// TestADebitPostedAfterASaleIsNotHeldAgainstIt posts an entry whose id was made
// before the sale that was committed before it.
func TestADebitPostedAfterASaleIsNotHeldAgainstIt(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 9850, 0)
		waiting := ledger.NewID()
		w.deliver()
		w.clock.Advance(time.Minute)
		_, err := w.Post(t.Context(), ledger.Entry{ID: waiting, Kind: "deposit.returned", Actor: "teller",
			Postings: chart.DepositReturned{Merchant: shop, Currency: zar, Amount: 9850}.Postings()})
		w.must(err)
		wantClean(t, w.verifyNow())
	})
}

// TestASaleSeenBeforeWhatPaidForItIsJudgedByTheClocks gives the entry that raised the limit a later
// id, as if it came from a node whose clock is ahead.
func TestASaleSeenBeforeWhatPaidForItIsJudgedByTheClocks(t *testing.T) {
	for name, tc := range map[string]struct {
		ahead   time.Duration
		accused bool
	}{
		"four seconds ahead": {4 * time.Second, false},
		"six seconds ahead":  {6 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			inEachTown(t, func(t *testing.T, w *town) {
				w.must(w.SetCreditLine(t.Context(), "mayor", shop, 9850))
				o := w.deliver()
				b := w.burgle()
				b.one("UPDATE entry SET id = ?, at = ? WHERE kind = 'credit_line'", ledger.NewID(), w.clock.Now().Add(tc.ahead))
				r := w.verifyNow()
				if tc.accused {
					wantLimit(t, r, o)
				} else {
					wantClean(t, r)
				}
			})
		})
	}
}

func TestASaleSeenAfterADebitIsJudgedByTheClocks(t *testing.T) {
	for name, tc := range map[string]struct {
		before  time.Duration
		accused bool
	}{
		"four seconds before": {4 * time.Second, false},
		"six seconds before":  {6 * time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			inEachTown(t, func(t *testing.T, w *town) {
				w.deposit(shop, 9850, 0)
				w.clock.Advance(time.Minute)
				earlier := ledger.NewID()
				o := w.deliver()
				_, err := w.Post(t.Context(), ledger.Entry{ID: earlier, Kind: "deposit.returned", Actor: "teller",
					Postings: chart.DepositReturned{Merchant: shop, Currency: zar, Amount: 9850}.Postings()})
				w.must(err)
				b := w.burgle()
				at := w.clock.Now().Add(-tc.before)
				b.exec("UPDATE posting SET at = ? WHERE entry_id IN (SELECT id FROM entry WHERE kind = 'deposit.returned')", at)
				b.one("UPDATE entry SET at = ? WHERE kind = 'deposit.returned'", at)
				r := w.verifyNow()
				if tc.accused {
					wantLimit(t, r, o)
				} else {
					wantClean(t, r)
				}
			})
		})
	}
}

// TestWhatALaterSaleFreesDoesNotExcuseAnEarlierOne takes away the deposit that
// paid for two sales, of which the second was declined at once.
func TestWhatALaterSaleFreesDoesNotExcuseAnEarlierOne(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 100_000, 0)
		first, _ := w.begin()
		w.clock.Advance(time.Second)
		second, c := w.begin()
		w.settle(w.declined(c))
		b := w.burgle()
		b.exec("DELETE FROM posting")
		b.exec("DELETE FROM entry WHERE kind = 'deposit'")
		wantLimit(t, w.verifyNow(), first, second)
	})
}

func TestWhatASaleFreesItselfDoesNotExcuseIt(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.deposit(shop, 9850, 0)
		o, c := w.begin()
		w.settle(w.declined(c))
		b := w.burgle()
		b.exec("DELETE FROM posting")
		b.exec("DELETE FROM entry WHERE kind = 'deposit'")
		wantLimit(t, w.verifyNow(), o)
	})
}
