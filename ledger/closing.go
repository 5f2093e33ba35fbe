package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// An account's balance is its last closing balance plus its later postings.
// Closing balances are of points in time, the ends of days: a balance is the sum
// of all postings dated before its cut. That is what a bookkeeper means by the
// closing balance of a day, and what the index of postings by account and time
// can continue.
//
// It is right only if nothing is ever dated before a cut once its balances have
// been computed, and entries are dated by the clocks of nodes, which differ, and
// are committed later than they are dated. So a closed day is closed: what would
// be dated into one is dated at its end instead, where it counts as later. How
// the writer comes to know, without asking at each sale:
//
//   - A day is closed no sooner than closeAfter after its end, by the database's
//     clock. An entry that could get into it is therefore dated far behind that
//     clock, which the writer knows from its first statement, or reckons and has
//     the database check (see memory). Only an entry dated more than trustedLag
//     behind makes it ask, within its transaction, which day was closed last (see
//     view.keepClosed).
//   - A cut is first announced, in a transaction of its own, as the row of
//     closed_day that the writer asks for. Then the closing waits until every
//     transaction that had its id by then has ended (see quiesce); only then it
//     sums up. What an earlier transaction has dated into the day is thus seen; a
//     later one sees the announcement if it asks, and is not dated so early if it
//     does not ask.
//   - On SQLite the only clock is ours, and may be set back, but there is one
//     writer at a time, so that nothing is under way when a day is announced. Its
//     one node (CloseDaily) remembers what it has closed; other processes, such
//     as the operator's verbs, ask each time.
//
// Nothing else is relied on: not on the clocks of nodes, nor on how long a
// transaction takes, nor on who closes. Of PostgreSQL's clock it is relied on
// that it is not set back by closeAfter less trustedLag, three hours, together
// with the clock of a node; and even then that node keeps to the cuts of which
// it has heard. Package audit recomputes every balance, so it would find an entry
// that got through.
//
// A crash leaves at most a day that is announced and has no balances yet: readers
// do not know of it, and the next closing begins with it. Two nodes do not close
// at the same time (Store.Exclusive), and if they did, one would find the day
// closed. The chain of seals (package audit) would give an exact cut too, but not
// one between days, and to find what is not sealed yet takes the same care about
// clocks.

const (
	// closeAfter is how long after its end a day is closed. It leaves room for a
	// clock that is wrong by a time zone.
	closeAfter = 4 * time.Hour

	// trustedLag is how far behind the database's clock an entry may be dated
	// without a look at the days that are closed.
	trustedLag = time.Hour

	// closingInterval is how often CloseDaily looks whether a day is over.
	closingInterval = 15 * time.Minute

	// closingWait is how long a closing waits for transactions under way before
	// it is put off, and closingPause how long between two looks at them.
	closingWait  = 30 * time.Second
	closingPause = 20 * time.Millisecond

	// closingLock is the number of the lock under which one node closes at a time.
	closingLock = 0x76656e6464
)

// errUnderWay means that a transaction that began before a day was to be closed
// has not ended yet.
var errUnderWay = errors.New("a transaction from before has not ended; it is put off")

// known goes along the index of postings from account to account. Its last row
// is NULL. A query begins with it, and with known.account = posting.account
// reaches the later postings of each account straight from the index.
const known = `WITH RECURSIVE known (account) AS (
		SELECT MIN(account) FROM posting
		UNION ALL
		SELECT (SELECT MIN(p.account) FROM posting AS p WHERE p.account > known.account) FROM known WHERE known.account IS NOT NULL
	) `

// balances are those of the last closing plus the later postings that fit a
// condition on p.at. The parameter is a time before all postings, for when
// nothing was closed yet.
func balances(until string) string {
	const last = "(SELECT MAX(cut) FROM closing_balance)"
	return known + `SELECT b.account, b.currency, CAST(SUM(b.amount) AS bigint) AS balance FROM (
			SELECT account, currency, balance AS amount FROM closing_balance WHERE cut = ` + last + `
			UNION ALL
			SELECT p.account, p.currency, p.amount FROM known CROSS JOIN posting AS p
			WHERE p.account = known.account AND p.at >= COALESCE(` + last + `, ?)` + until + `
		) AS b GROUP BY b.account, b.currency`
}

var trialBalance = balances("") + " ORDER BY b.account, b.currency"

// TrialBalance lists all accounts that were ever posted to, each with its last
// closing balance plus its later postings. The balances of one currency sum to
// zero.
func (s *Store) TrialBalance(ctx context.Context) (list []AccountBalance, err error) {
	err = s.View(ctx, func(tx *sqlx.Tx) error {
		return tx.SelectContext(ctx, &list, tx.Rebind(trialBalance), time.Time{})
	})
	return list, err
}

// ClosingBalance is what an account had come to when a day ended.
type ClosingBalance struct {
	Cut time.Time // the end of the day: the first moment that is not in it
	AccountBalance
}

// ClosingFilter picks closing balances; empty fields pick all.
type ClosingFilter struct {
	Account  string
	From, To time.Time // cut in [From, To)
	Limit    int       // zero means 100, less than zero all
}

// ClosingBalances lists closing balances, those of the latest day first. A day
// without postings has none: its balances are those of the day before.
func (s *Store) ClosingBalances(ctx context.Context, f ClosingFilter) ([]ClosingBalance, error) {
	var w where
	w.text("account", f.Account)
	w.within("cut", f.From, f.To)
	return collect(ctx, s, func(row scanner) (b ClosingBalance, err error) {
		err = row.Scan(&b.Cut, &b.Account, &b.Currency, &b.Balance)
		b.Cut = b.Cut.UTC()
		return b, err
	}, "SELECT cut, account, currency, balance FROM closing_balance"+w.limited("cut DESC, account, currency", f.Limit), w.args...)
}

// CloseDaily closes days as they end, until ctx does. Every node runs it. It
// logs what goes wrong and tries again at the next interval. On SQLite no other
// process may close days meanwhile.
func (s *Store) CloseDaily(ctx context.Context, zone *time.Location) {
	pass := time.NewTicker(closingInterval)
	defer pass.Stop()
	defer s.closes.Store(false)
	for {
		cuts, err := s.CloseDays(ctx, zone)
		for _, cut := range cuts {
			s.log.Info("ledger: day closed", "until", cut)
		}
		switch {
		case err == nil:
			s.closes.Store(true) // it has heard of all days that are closed
		case ctx.Err() == nil:
			s.log.Error("ledger: closing failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-pass.C:
		}
	}
}

// CloseDays writes the closing balances of all days of the zone that ended more
// than four hours ago, have postings and are not closed, the oldest first, each
// in a transaction of its own. It returns the ends of the days that it closed;
// while another node is at it, none. It may be run at any time on any number of
// nodes.
func (s *Store) CloseDays(ctx context.Context, zone *time.Location) (cuts []time.Time, err error) {
	for {
		cut, err := s.announce(ctx, zone)
		if err == nil && !cut.IsZero() {
			var done bool
			if done, err = s.closeAt(ctx, cut); done {
				cuts = append(cuts, cut)
				continue
			}
		}
		return cuts, errors.Join(err, s.hearClosed(ctx))
	}
}

// firstPosted is when the first posting at or after a cut was made.
const firstPosted = known + `SELECT p.at FROM known CROSS JOIN posting AS p WHERE p.account = known.account
	AND p.at = (SELECT MIN(f.at) FROM posting AS f WHERE f.account = known.account AND f.at >= ?) ORDER BY p.at LIMIT 1`

// announce finds the cut that comes next, announces it if it is not announced
// yet, and returns it; zero if there is nothing to close.
func (s *Store) announce(ctx context.Context, zone *time.Location) (cut time.Time, err error) {
	_, err = s.Exclusive(ctx, closingLock, func(tx *sqlx.Tx) error {
		q := session{tx}
		var last time.Time
		err := q.get(ctx, &last, "SELECT cut FROM closing_balance ORDER BY cut DESC LIMIT 1")
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		err = q.get(ctx, &cut, "SELECT cut FROM closed_day WHERE cut > ? ORDER BY cut LIMIT 1", last)
		if !errors.Is(err, ErrNotFound) {
			return err // nil: its closing was cut short
		}
		now := s.now()
		if !s.embedded() {
			if err := q.get(ctx, &now, "SELECT clock_timestamp()"); err != nil {
				return err
			}
		}
		var first time.Time
		err = q.get(ctx, &first, firstPosted, last)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		end := endOfDay(first.In(zone))
		if now.Before(end.Add(closeAfter)) {
			return nil
		}
		cut = end
		_, err = q.exec(ctx, "INSERT INTO closed_day (cut, at, node) VALUES (?, ?, ?)", cut, micro(now), s.node)
		if err == nil {
			s.heard(cut) // before the writer's next transaction; if this one fails, it asks in vain
		}
		return err
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("closing: %w", err)
	}
	return cut.UTC(), nil
}

// endOfDay is when the day of a time ends in its zone.
func endOfDay(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, t.Location()).UTC()
}

// closeAt writes the balances at a cut that is announced. It is false if another
// node did or does.
func (s *Store) closeAt(ctx context.Context, cut time.Time) (done bool, err error) {
	_, err = s.Exclusive(ctx, closingLock, func(tx *sqlx.Tx) error {
		q := session{tx}
		var there int
		err := q.get(ctx, &there, "SELECT 1 FROM closing_balance WHERE cut = ? LIMIT 1", cut)
		if !errors.Is(err, ErrNotFound) {
			return err
		}
		if !s.embedded() {
			if err := quiesce(ctx, q); err != nil {
				return err
			}
		}
		_, err = q.exec(ctx, "INSERT INTO closing_balance (cut, account, currency, balance) SELECT d.cut, b.* FROM closed_day AS d, ("+
			balances(" AND p.at < ?")+") AS b WHERE d.cut = ?", time.Time{}, cut, cut)
		done = err == nil
		return err
	})
	if err != nil {
		return false, fmt.Errorf("closing of the day until %s: %w", cut.Format(time.RFC3339), err)
	}
	return done, nil
}

// quiesce waits until every transaction that had an id when it was called has
// ended. Whatever such a transaction has written is seen by the statements that
// follow. One that has none yet, but will write, asks about closed days only
// after it got one, and so sees what was committed before quiesce was called.
//
// Ours gets an id for that: the ids before it are those given out before, and
// the upper end of a snapshot would not do, which is that of the ids whose
// transactions have ended.
func quiesce(ctx context.Context, q session) error {
	var own, oldest int64
	if err := q.get(ctx, &own, "SELECT pg_current_xact_id()::text::bigint"); err != nil {
		return err
	}
	for deadline := time.Now().Add(closingWait); ; {
		if err := q.get(ctx, &oldest, "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"); err != nil {
			return err
		}
		if oldest >= own {
			return nil
		}
		if time.Now().After(deadline) {
			return errUnderWay
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(closingPause):
		}
	}
}

// lastAnnounced is the latest cut: what is committed is dated at it or later.
const lastAnnounced = "SELECT cut FROM closed_day ORDER BY cut DESC LIMIT 1"

// hearClosed reads the latest cut.
func (s *Store) hearClosed(ctx context.Context) error {
	var cut time.Time
	switch err := s.row(ctx, lastAnnounced).Scan(&cut); {
	case err == nil:
		s.heard(cut)
	case !errors.Is(err, sql.ErrNoRows):
		return err
	}
	return nil
}

// heard notes a cut, for when the clocks are set back.
func (s *Store) heard(cut time.Time) {
	for to := cut.UnixMicro(); ; {
		last := s.closed.Load()
		if last >= to || s.closed.CompareAndSwap(last, to) {
			return
		}
	}
}

// keepClosed dates what the transaction writes after the days that are closed. It
// must be called once the transaction has its id, which look sees to.
func (v *view) keepClosed(ctx context.Context, q queryer) error {
	if v.inOpenDay() {
		return nil
	}
	var cut time.Time
	err := q.get(ctx, &cut, lastAnnounced)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if v.now.Before(cut) {
		v.now = cut.UTC()
	}
	return nil
}

// inOpenDay tells whether it is known without a look that the transaction is not
// dated into a closed day: it is not before a cut that this node has heard of, and
// it is close to the database's clock, or there are no other cuts.
func (v *view) inOpenDay() bool {
	s := v.store
	switch {
	case v.now.UnixMicro() < s.closed.Load():
		return false
	case s.embedded():
		return s.closes.Load()
	}
	return !v.clock.IsZero() && v.clock.Sub(v.now) < trustedLag
}

// embedded tells whether the database is SQLite.
func (s *Store) embedded() bool {
	_, is := s.engine.(*sqlite)
	return is
}
