package audit

import (
	"fmt"
	"maps"
	"time"
)

// cutRow is the end of a closed day.
type cutRow struct {
	Cut time.Time `db:"cut"`
}

// closingRow is a closing balance, or what was posted in a period.
type closingRow struct {
	Account  string `db:"account"`
	Currency string `db:"currency"`
	Balance  int64  `db:"balance"`
}

// periodSums sums up what was posted to each account in [?, ?), by the index of
// postings by account and time.
const periodSums = `WITH RECURSIVE known (account) AS (
		SELECT MIN(account) FROM posting
		UNION ALL
		SELECT (SELECT MIN(p.account) FROM posting AS p WHERE p.account > known.account) FROM known WHERE known.account IS NOT NULL
	)
	SELECT p.account, p.currency, CAST(SUM(p.amount) AS bigint) AS balance
	FROM known CROSS JOIN posting AS p WHERE p.account = known.account AND p.at >= ? AND p.at < ?
	GROUP BY p.account, p.currency`

// walkClosings computes the balances of every closed day again, from the balances
// of the day before and the postings between, and at the end those of now, which
// must be what the journal sums to.
func (v *verifier) walkClosings(h *history) error {
	sums := make(map[account]int64)
	var last time.Time
	count := int64(0)
	err := pages(func() (int, error) {
		var cuts []cutRow
		err := v.list(&cuts, "SELECT cut FROM closed_day WHERE cut > ? ORDER BY cut LIMIT ?", last, pageSize)
		if err != nil {
			return 0, err
		}
		for _, c := range cuts {
			if err := v.addPeriod(sums, last, c.Cut); err != nil {
				return 0, err
			}
			last = c.Cut.UTC()
			n, err := v.judgeClosing(sums, last)
			if err != nil {
				return 0, err
			}
			count += n
		}
		return len(cuts), nil
	})
	if err != nil {
		return err
	}
	v.report.count(projected, "closing balances", count)
	if err := v.looseClosings(); err != nil {
		return err
	}
	if err := v.addPeriod(sums, last, endOfTime); err != nil {
		return err
	}
	for a, want := range h.balances {
		if sums[a] != want {
			v.report.violate(projected, fmt.Sprintf("account %s in %s", a.name, a.currency),
				fmt.Sprintf("%d, as its postings sum to", want), fmt.Sprintf("%d from day to day", sums[a]))
		}
	}
	return nil
}

// addPeriod adds what was posted in [from, to).
func (v *verifier) addPeriod(sums map[account]int64, from, to time.Time) error {
	var rows []closingRow
	if err := v.list(&rows, periodSums, from, to); err != nil {
		return err
	}
	for _, r := range rows {
		sums[account{r.Account, r.Currency}] += r.Balance
	}
	return nil
}

// judgeClosing compares the balances at a cut with what was posted before it, and
// returns how many there are. The latest day may be without: it is being closed.
func (v *verifier) judgeClosing(sums map[account]int64, cut time.Time) (n int64, err error) {
	missing := maps.Clone(sums)
	var last closingRow
	err = pages(func() (int, error) {
		var rows []closingRow
		err := v.list(&rows, `SELECT account, currency, balance FROM closing_balance
			WHERE cut = ? AND (account, currency) > (?, ?) ORDER BY account, currency LIMIT ?`, cut, last.Account, last.Currency, pageSize)
		for _, r := range rows {
			last = r
			n++
			a := account{r.Account, r.Currency}
			want, posted := missing[a]
			delete(missing, a)
			switch {
			case !posted:
				v.report.violate(projected, closingName(cut, a), "none, as nothing was posted to it before", fmt.Sprint(r.Balance))
			case r.Balance != want:
				v.report.violate(projected, closingName(cut, a), fmt.Sprintf("%d, as its postings sum to", want), fmt.Sprint(r.Balance))
			}
		}
		return len(rows), err
	})
	if err != nil {
		return n, err
	}
	if n == 0 {
		var later int
		if err := v.tx.GetContext(v.ctx, &later, v.tx.Rebind("SELECT COUNT(*) FROM closed_day WHERE cut > ?"), cut); err != nil || later == 0 {
			return 0, err
		}
	}
	for a, want := range missing {
		v.report.violate(projected, closingName(cut, a), fmt.Sprintf("%d, as its postings sum to", want), "none")
	}
	return n, nil
}

// looseClosings finds balances of days that are not known to be closed.
func (v *verifier) looseClosings() error {
	var rows []cutRow
	err := v.list(&rows, `SELECT b.cut FROM closing_balance AS b
		WHERE NOT EXISTS (SELECT 1 FROM closed_day AS d WHERE d.cut = b.cut) ORDER BY b.cut LIMIT ?`, pageSize)
	seen := make(map[int64]bool)
	for _, r := range rows {
		if at := r.Cut.UnixMicro(); !seen[at] {
			seen[at] = true
			v.report.violate(projected, "closing of "+r.Cut.UTC().Format(time.RFC3339), "a day that was announced as closed", "none")
		}
	}
	return err
}

func closingName(cut time.Time, a account) string {
	return fmt.Sprintf("closing of %s, account %s in %s", cut.UTC().Format(time.RFC3339), a.name, a.currency)
}
