package audit_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
)

// closedDays makes two closed days, each with a deposit, and one that is open. It
// returns the ends of the closed ones as the audit writes them.
func (w *town) closedDays() (first, second string) {
	w.t.Helper()
	const day = 24 * time.Hour
	now := w.clock.Now()
	noon := now.Truncate(day).Add(-9 * day / 2)
	for _, at := range []time.Time{noon, noon.Add(day), now} {
		w.clock.Advance(at.Sub(w.clock.Now()))
		w.deposit(shop, 1_000, 0)
		w.deposit(kiosk, 500, 0)
	}
	cuts, err := w.CloseDays(w.t.Context(), time.UTC)
	w.must(err)
	if len(cuts) != 2 {
		w.t.Fatalf("closed %v", cuts)
	}
	w.seal()
	return cuts[0].Format(time.RFC3339), cuts[1].Format(time.RFC3339)
}

// closing is the name of a closing balance in the audit.
func closing(cut, account string) string {
	return fmt.Sprintf("closing of %s, account %s in ZAR", cut, account)
}

// closingTamperings are like tamperings, of closed days.
var closingTamperings = map[string]func(b *burglar, first, second string) []finding{
	"a closing balance": func(b *burglar, first, _ string) []finding {
		b.one("UPDATE closing_balance SET balance = balance - 10 WHERE account = 'bank' AND cut = (SELECT MIN(cut) FROM closing_balance)")
		return []finding{{8, closing(first, "bank"), "1500, as its postings sum to; 1490"}}
	},
	"two balances of the last closing, by what still sums to zero": func(b *burglar, _, second string) []finding {
		b.one("UPDATE closing_balance SET balance = balance - 10 WHERE account = 'float:SHOP' AND cut = (SELECT MAX(cut) FROM closing_balance)")
		b.one("UPDATE closing_balance SET balance = balance + 10 WHERE account = 'float:KIOSK' AND cut = (SELECT MAX(cut) FROM closing_balance)")
		return []finding{{8, closing(second, "float:SHOP"), "-2000, as its postings sum to; -2010"},
			{8, closing(second, "float:KIOSK"), "-1000, as its postings sum to; -990"}}
	},
	"a deleted closing balance": func(b *burglar, _, second string) []finding {
		b.one("DELETE FROM closing_balance WHERE account = 'bank' AND cut = (SELECT MAX(cut) FROM closing_balance)")
		return []finding{{8, closing(second, "bank"), "3000, as its postings sum to; none"}}
	},
	"the balances of a day, deleted": func(b *burglar, first, _ string) []finding {
		b.exec("DELETE FROM closing_balance WHERE cut = (SELECT MIN(cut) FROM closing_balance)")
		return []finding{{8, closing(first, "bank"), "none"}, {8, closing(first, "float:KIOSK"), "none"}}
	},
	"a closing balance of an account that was never posted to": func(b *burglar, _, second string) []finding {
		b.one("INSERT INTO closing_balance SELECT cut, 'float:NOBODY', currency, balance FROM closing_balance WHERE account = 'bank' ORDER BY cut DESC LIMIT 1")
		return []finding{{8, closing(second, "float:NOBODY"), "nothing was posted"}}
	},
	"a day that nobody announced": func(b *burglar, first, _ string) []finding {
		b.one("DELETE FROM closed_day WHERE cut = (SELECT MIN(cut) FROM closed_day)")
		return []finding{{8, "closing of " + first, "announced"}}
	},
	"a posting smuggled into a closed day": func(b *burglar, first, second string) []finding {
		id := ledger.NewID()
		at := "(SELECT MIN(at) FROM entry WHERE kind = 'deposit')"
		b.one("INSERT INTO entry (id, at, kind, actor, body) SELECT ?, "+at+", 'correction', 'eve', '{\"v\":1}'", id)
		b.exec("INSERT INTO posting SELECT ?, line, at, account, amount, currency FROM posting WHERE entry_id = (SELECT id FROM entry WHERE kind = 'deposit' ORDER BY id LIMIT 1)", id)
		return []finding{{8, closing(first, "bank"), "2500, as its postings sum to; 1500"}, {8, closing(second, "bank"), "4000, as its postings sum to; 3000"}}
	},
}

func counted(counts []audit.Count, what string) int64 {
	for _, c := range counts {
		if c.What == what {
			return c.N
		}
	}
	return -1
}

func TestEveryTamperingWithClosedDaysIsFoundAndNamed(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		first, second := w.closedDays()
		r := w.verify()
		wantClean(t, r)
		if n := counted(r.Invariants[7].Checked, "closing balances"); n != 6 {
			t.Errorf("%d closing balances were checked, want 6", n)
		}
		b := w.burgle()
		b.remember()
		for name, tamper := range closingTamperings {
			t.Run(name, func(t *testing.T) {
				defer b.recall()
				wanted := tamper(b, first, second)
				report := w.verify()
				for _, want := range wanted {
					wantFinding(t, report, want)
				}
			})
		}
		wantClean(t, w.verify())
	})
}

func TestADayThatIsJustBeingClosedIsNoFinding(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.closedDays()
		b := w.burgle()
		b.exec("DELETE FROM closing_balance WHERE cut = (SELECT MAX(cut) FROM closing_balance)")
		wantClean(t, w.verify())
	})
}
