package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

const day = 24 * time.Hour

// today is when the day began on which the world was made.
func (w *world) today() time.Time { return w.founded.Truncate(day) }

// ago sets the world's clock to noon of a day in the past.
func (w *world) ago(days int) { w.set(w.today().Add(day/2 - time.Duration(days)*day)) }

// present sets the world's clock to now.
func (w *world) present() { w.set(time.Now()) }

func (w *world) set(now time.Time) { w.clock.Advance(now.Sub(w.clock.Now())) }

// closeDays closes what is over.
func (w *world) closeDays(t testing.TB) []time.Time {
	t.Helper()
	cuts, err := w.CloseDays(t.Context(), time.UTC)
	must(t, err)
	return cuts
}

// wantBalances fails the test unless the trial balance is the sum of all
// postings.
func (w *world) wantBalances(t testing.TB) {
	t.Helper()
	must(t, w.balancesDiffer(t.Context()))
}

// balancesDiffer tells how the trial balance is not the sum of all postings. It
// compares in one snapshot, so others may post meanwhile.
func (w *world) balancesDiffer(ctx context.Context) error {
	return w.View(ctx, func(tx *sqlx.Tx) error {
		var got, want []ledger.AccountBalance
		if err := tx.Select(&got, tx.Rebind(ledger.TrialBalanceSQL()), time.Time{}); err != nil {
			return err
		}
		err := tx.Select(&want, `SELECT account, currency, CAST(SUM(amount) AS bigint) AS balance FROM posting
			GROUP BY account, currency ORDER BY account, currency`)
		if err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
			err = fmt.Errorf("the trial balance is\n%v, the postings sum to\n%v", got, want)
		}
		return err
	})
}

func (w *world) balance(t testing.TB, account string) int64 {
	t.Helper()
	all, err := w.TrialBalance(t.Context())
	must(t, err)
	for _, b := range all {
		if b.Account == account {
			return b.Balance
		}
	}
	return 0
}

func TestABalanceIsTheLastClosingAndWhatWasPostedSince(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		today := w.today()
		w.ago(5)
		w.deposit(t, 10_000)
		w.ago(3)
		w.deposit(t, 500)
		w.deposit(t, 20)
		w.present()
		w.deposit(t, 1)

		equal(t, []time.Time{today.Add(-4 * day), today.Add(-2 * day)}, w.closeDays(t), nil)
		w.wantBalances(t)
		if b := w.balance(t, chart.Bank); b != 10_521 {
			t.Errorf("the bank has %d", b)
		}
		list, err := w.ClosingBalances(t.Context(), ledger.ClosingFilter{Account: chart.Bank})
		equal(t, []ledger.ClosingBalance{
			{Cut: today.Add(-2 * day), AccountBalance: ledger.AccountBalance{Account: chart.Bank, Currency: zar, Balance: 10_520}},
			{Cut: today.Add(-4 * day), AccountBalance: ledger.AccountBalance{Account: chart.Bank, Currency: zar, Balance: 10_000}},
		}, list, err)
		equal(t, nil, w.closeDays(t), nil)
		w.books(t)
	})
}

func TestADayEndsAtMidnightInItsZoneAlsoWhenTheClocksChange(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(t, err)
	onEachStore(t, func(t *testing.T, w *world) {
		for _, at := range []time.Time{
			time.Date(2026, 3, 28, 22, 59, 0, 0, time.UTC), time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC), // before, and on the day of 23 hours
			time.Date(2026, 3, 29, 21, 59, 0, 0, time.UTC), time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC),
		} {
			w.set(at)
			w.deposit(t, 1)
		}
		w.clock.Advance(5 * day)
		cuts, err := w.CloseDays(t.Context(), berlin)
		equal(t, []time.Time{time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 22, 0, 0, 0, time.UTC),
			time.Date(2026, 3, 30, 22, 0, 0, 0, time.UTC)}, cuts, err)
		w.books(t)
	})
}

func TestADayIsClosedOnlyFourHoursAfterItsEnd(t *testing.T) {
	t.Parallel()
	w := openWorld(t, ledger.SQLite, ledgertest.SQLite(t)) // whose clock is ours
	end := w.today().Add(day)
	w.deposit(t, 10_000)
	w.set(end.Add(4*time.Hour - time.Microsecond))
	equal(t, nil, w.closeDays(t), nil)
	w.clock.Advance(time.Microsecond)
	equal(t, []time.Time{end}, w.closeDays(t), nil)

	p := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t)) // whose clock is the server's
	p.deposit(t, 10_000)
	p.clock.Advance(5 * day)
	equal(t, nil, p.closeDays(t), nil)
}

// A node whose clock is days behind, or is set back.
func TestWhatIsDatedIntoAClosedDayIsDatedAtItsEnd(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ago(3)
		w.deposit(t, 1_000_000)
		w.present()
		cuts := w.closeDays(t)
		if len(cuts) != 1 {
			t.Fatalf("closed %v", cuts)
		}
		for _, days := range []int{3, 400} {
			w.ago(days)
			w.deposit(t, 7)
			w.wantBalances(t)
			w.load(t, w.vouchers(2, ""))
			w.wantBalances(t)
			_, err := w.Sell(t.Context(), w.purchase(1))
			must(t, err)
			o, c := w.begun(t, 10_000)
			w.wantBalances(t)
			_, err = w.Settle(t.Context(), accepted(o, c, w.token()))
			must(t, err)
			w.wantBalances(t)
			if s := w.wantState(t, o.ID, ledger.SaleDelivered); !s.OpenedAt.Equal(cuts[0]) {
				t.Errorf("the sale was opened at %s, the day ended at %s", s.OpenedAt, cuts[0])
			}
		}
		lines, err := w.Postings(t.Context(), ledger.PostingFilter{To: cuts[0], Limit: -1})
		must(t, err)
		if len(lines) != 2 {
			t.Errorf("%d postings are dated into the closed day, one deposit was", len(lines))
		}
		w.present()
		w.closeDays(t)
		w.books(t)
		w.wantBalances(t)
	})
}

func TestAnOpenDayTakesWhatIsDatedIntoIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ago(4)
		w.deposit(t, 1_000)
		w.present()
		w.closeDays(t)
		w.ago(2)
		w.deposit(t, 1_000)
		at := w.clock.Now()
		w.present()
		lines, err := w.Postings(t.Context(), ledger.PostingFilter{From: at, To: at.Add(time.Microsecond)})
		must(t, err)
		if len(lines) != 2 {
			t.Errorf("%d postings at %s", len(lines), at)
		}
		w.wantBalances(t)
	})
}

func TestANodeKnowsTheClosedDaysOfOthersWhenItsClockIsSetBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ago(3)
		w.deposit(t, 1_000)
		other := w.open(t, "node-b")
		w.present()
		w.closeDays(t)
		w.ago(3)
		_, err := other.Post(t.Context(), ledger.Entry{Kind: "deposit", Actor: "teller",
			Postings: chart.Deposit{Merchant: merchant, Currency: zar, Amount: 5}.Postings()})
		must(t, err)
		w.wantBalances(t)
		w.books(t)
	})
}

// On SQLite the node that closes need not ask: on PostgreSQL it must be close to
// the server's clock as well.
func TestTheNodeThatClosesKeepsToItsCutsWhenItsClockIsSetBack(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ago(5)
		w.deposit(t, 1_000)
		w.present()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.CloseDaily(ctx, time.UTC); close(ended) }()
		for !w.Closes() {
			time.Sleep(time.Millisecond)
		}
		for _, days := range []int{5, 3, 300} {
			w.ago(days)
			w.deposit(t, 7)
			w.wantBalances(t)
			w.present()
			w.closeDays(t)
			w.ago(days)
			w.deposit(t, 7)
			w.wantBalances(t)
		}
		cancel()
		<-ended
		w.books(t)
	})
}

// Both clocks set back together: nothing seems wrong.
func TestWhetherADayIsClosedIsAskedOnlyWhenItMayBe(t *testing.T) {
	t.Parallel()
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	w.ago(5)
	w.deposit(t, 1_000)
	w.present()
	cut := w.closeDays(t)[0]
	now := w.clock.Now()
	for name, c := range map[string]struct {
		now, clock time.Time
		known      bool
	}{
		"as ever":                  {now, now, true},
		"ahead":                    {now.Add(100 * day), now, true},
		"a little behind":          {now.Add(-59 * time.Minute), now, true},
		"an hour behind":           {now.Add(-time.Hour), now, false},
		"no clock":                 {now, time.Time{}, false},
		"both at the cut":          {cut, cut, true},
		"both before the cut":      {cut.Add(-time.Microsecond), cut, false},
		"both long before the cut": {cut.Add(-300 * day), cut.Add(-300 * day), false},
	} {
		if known := w.InOpenDay(c.now, c.clock); known != c.known {
			t.Errorf("%s: known without asking is %t", name, known)
		}
	}
}

// insertPosted writes an entry that moves 100 from fees to the bank, behind the
// ledger's back.
func insertPosted(t testing.TB, db sqlx.Ext, at time.Time) {
	t.Helper()
	id := ledger.NewID()
	for _, s := range []struct {
		query string
		args  []any
	}{
		{"INSERT INTO entry (id, at, kind, actor, body) VALUES (?, ?, 'correction', 'boss', '{\"v\":1}')", []any{id, at}},
		{"INSERT INTO posting (entry_id, line, at, account, amount, currency) VALUES (?, 1, ?, 'bank', 100, 'ZAR'), (?, 2, ?, 'income:fees', -100, 'ZAR')",
			[]any{id, at, id, at}},
	} {
		_, err := db.Exec(db.Rebind(s.query), s.args...)
		must(t, err)
	}
}

func TestAClosingWaitsForTransactionsUnderWay(t *testing.T) {
	t.Parallel()
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	w.ago(3)
	w.deposit(t, 1_000)
	at := w.clock.Now()
	w.present()
	slow, err := w.direct(t).Beginx()
	must(t, err)
	insertPosted(t, slow, at)

	closed := make(chan error, 1)
	go func() {
		_, err := w.CloseDays(t.Context(), time.UTC)
		closed <- err
	}()
	for w.scalar(t, "SELECT COUNT(*) FROM closed_day") == 0 { // until it is announced
		time.Sleep(time.Millisecond)
	}
	w.wantBalances(t) // of which nothing is known yet
	select {
	case err := <-closed:
		t.Fatalf("closed already, %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	must(t, slow.Commit())
	must(t, <-closed)
	w.books(t)
	w.wantBalances(t)
	if n := w.scalar(t, "SELECT balance FROM closing_balance WHERE account = 'bank'"); n != 1_100 {
		t.Errorf("the bank was closed with %d, the slow transaction left out", n)
	}
}

func TestAClosingThatWasCutShortIsTakenUpAgain(t *testing.T) {
	t.Parallel()
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	today := w.today()
	w.ago(3)
	w.deposit(t, 1_000)
	at := w.clock.Now()
	slow, err := w.direct(t).Beginx()
	must(t, err)
	insertPosted(t, slow, at)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if cuts, err := w.CloseDays(ctx, time.UTC); err == nil || len(cuts) > 0 {
		t.Fatalf("closed %v, %v", cuts, err)
	}
	must(t, slow.Commit())
	w.wantBalances(t)
	w.deposit(t, 5) // announced is announced: it belongs after the day
	w.wantBalances(t)
	w.present()
	berlin := time.FixedZone("", 3600)
	cuts, err := w.open(t, "node-b").CloseDays(t.Context(), berlin) // the cut stays
	equal(t, []time.Time{today.Add(-2 * day), today.Add(-2*day + 23*time.Hour)}, cuts, err)
	w.wantBalances(t)
	w.books(t)
}

func TestClosingsAreOnlyAdded(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ago(3)
		w.deposit(t, 1_000)
		w.present()
		w.closeDays(t)
		db := w.direct(t)
		statements := []string{
			"UPDATE closing_balance SET balance = balance + 1", "DELETE FROM closing_balance",
			"UPDATE closed_day SET node = 'x'", "DELETE FROM closed_day",
		}
		if w.options.Driver == ledger.Postgres {
			statements = append(statements, "TRUNCATE closing_balance", "TRUNCATE closed_day, closing_balance")
		}
		for _, s := range statements {
			if _, err := db.Exec(s); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", s, err)
			}
		}
	})
}

// Nodes with clocks days apart post, sell and close all at once.
func TestBalancesHoldWhileNodesPostAndCloseAtTheSameTime(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		const days = 12
		w.ago(days + 1)
		w.deposit(t, 1_000_000)
		w.present()
		var posters, closers sync.WaitGroup
		done := make(chan struct{})
		work := func(group *sync.WaitGroup, do func(i int) error, goOn func(i int) bool) {
			group.Go(func() {
				for i := 0; goOn(i); i++ {
					if err := do(i); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		untilDone := func(int) bool {
			select {
			case <-done:
				return false
			default:
				return true
			}
		}
		for node := range 3 {
			o := w.options
			o.Node = fmt.Sprint("node-", node)
			o.Now = func() time.Time { return time.Now().Add(-time.Duration((int(w.next())*5+node)%days) * day) }
			s, err := ledger.Open(t.Context(), o)
			must(t, err)
			defer s.Close()
			work(&posters, func(i int) error {
				_, err := s.Post(t.Context(), ledger.Entry{Kind: "deposit", Actor: "teller",
					Postings: chart.Deposit{Merchant: merchant, Currency: zar, Amount: int64(i + 1)}.Postings()})
				return err
			}, func(i int) bool { return i < 60 })
			if node > 0 {
				work(&closers, func(int) error {
					time.Sleep(time.Millisecond)
					_, err := s.CloseDays(t.Context(), time.UTC)
					return err
				}, untilDone)
			}
		}
		work(&closers, func(int) error { return w.balancesDiffer(t.Context()) }, untilDone)
		posters.Wait()
		close(done)
		closers.Wait()
		w.closeDays(t)
		w.books(t)
		w.wantBalances(t)
		if n := w.scalar(t, "SELECT COUNT(*) FROM closed_day"); n < 2 {
			t.Errorf("%d days were closed", n)
		}
	})
}

func TestDaysAreClosedInTheBackground(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.ago(2)
		w.deposit(t, 1_000)
		w.present()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.CloseDaily(ctx, time.UTC); close(ended) }()
		for w.scalar(t, "SELECT COUNT(*) FROM closing_balance") == 0 {
			time.Sleep(time.Millisecond)
		}
		cancel()
		<-ended
		w.wantBalances(t)
	})
}

// books of a company that has existed for years, whose nodes have clocks that are
// days apart.
type longBooks struct {
	*world
	era time.Time // around which the clocks are
}

// step does one of the things that happen to books.
func (b *longBooks) step(t *rapid.T) error {
	ctx := context.Background()
	switch rapid.SampledFrom([]string{"clock", "post", "post", "post", "open", "close", "fail"}).Draw(t, "step") {
	case "clock":
		at := b.era.Add(time.Duration(rapid.Int64Range(-5*24*3600, 3*24*3600).Draw(t, "second")) * time.Second)
		if rapid.IntRange(0, 3).Draw(t, "at midnight") == 0 {
			at = at.Truncate(day)
		}
		b.set(at)
	case "post":
		amount := rapid.Int64Range(1, 10_000).Draw(t, "amount")
		currency := rapid.SampledFrom([]string{zar, "BWP"}).Draw(t, "currency")
		pick := rapid.Permutation([]string{chart.Bank, "income:fees", "suspense:deposits", "expense:commission"}).Draw(t, "accounts")
		return b.transfer(ctx, pick[0], pick[1], amount, currency)
	case "open":
		return b.transfer(ctx, fmt.Sprint("payable:", b.next()), "suspense:deposits", 1, zar)
	case "close":
		zone := time.FixedZone("", 3600*rapid.IntRange(-11, 12).Draw(t, "zone"))
		now := b.clock.Now()
		b.present() // so far as the clock is the node's
		cut, err := b.CloseOneDay(ctx, zone)
		b.set(now)
		if err == nil && !cut.IsZero() {
			b.era = cut
		}
		return err
	case "fail":
		now := b.clock.Now()
		b.present()
		_, err := b.AnnounceOnly(ctx, time.UTC)
		b.set(now)
		return err
	}
	return nil
}

func (b *longBooks) transfer(ctx context.Context, to, from string, amount int64, currency string) error {
	_, err := b.Post(ctx, ledger.Entry{Kind: "correction", Actor: "boss", Postings: []ledger.Posting{
		{Account: to, Amount: amount, Currency: currency}, {Account: from, Amount: -amount, Currency: currency}}})
	return err
}

func TestBalancesAreAlwaysTheSumOfAllPostings(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		b := &longBooks{w, w.today().Add(-4000 * day)}
		rapid.Check(t, func(t *rapid.T) {
			for range rapid.IntRange(1, 10).Draw(t, "steps") {
				if err := errors.Join(b.step(t), w.balancesDiffer(context.Background())); err != nil {
					t.Fatal(err)
				}
			}
		})
		w.books(t)
		n := w.scalar(t, "SELECT COUNT(*) FROM closed_day")
		late := w.scalar(t, "SELECT COUNT(*) FROM entry WHERE at IN (SELECT cut FROM closed_day)")
		if n < 10 || late < 10 {
			t.Errorf("%d days were closed and %d entries dated at the ends of days: too few", n, late)
		}
	})
}
