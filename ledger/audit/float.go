package audit

import (
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// floatRow is a row of float and the status of its merchant.
type floatRow struct {
	Merchant   string  `db:"merchant"`
	Currency   string  `db:"currency"`
	Posted     int64   `db:"posted"`
	Held       int64   `db:"held"`
	CreditLine int64   `db:"credit_line"`
	Blocked    bool    `db:"blocked"`
	Status     *string `db:"status"`
}

// walkFloats compares every float with the journal and with its open sales.
func (v *verifier) walkFloats(h *history) error {
	seen := make(map[string]bool)
	last := ""
	err := pages(func() (int, error) {
		var rows []floatRow
		err := v.list(&rows, `SELECT f.merchant, f.currency, f.posted, f.held, f.credit_line, f.blocked, m.status
			FROM float AS f LEFT JOIN merchant AS m ON m.code = f.merchant
			WHERE f.merchant > ? ORDER BY f.merchant LIMIT ?`, last, pageSize)
		for i := range rows {
			last = rows[i].Merchant
			seen[last] = true
			v.judgeFloat(h, &rows[i])
		}
		return len(rows), err
	})
	if err != nil {
		return err
	}
	for merchant, f := range h.floats {
		v.closeFloat(f, merchant)
		if !seen[merchant] {
			v.report.violate(floats, "float "+merchant, "a row, as the journal tells of it", "none")
		}
	}
	return nil
}

func (v *verifier) judgeFloat(h *history, row *floatRow) {
	name := "float " + row.Merchant
	v.report.count(floats, "floats", 1)
	if want := -h.balances[account{chart.Float(row.Merchant), row.Currency}]; row.Posted != want {
		v.report.violate(floats, name, fmt.Sprintf("posted %d, as its postings sum to", want), fmt.Sprint(row.Posted))
	}
	if want := v.holds[row.Merchant]; row.Held != want {
		v.report.violate(floats, name, fmt.Sprintf("held %d, as its open sales hold", want), fmt.Sprint(row.Held))
	}
	if want := h.float(row.Merchant).line; row.CreditLine != want {
		v.report.violate(projected, name, fmt.Sprintf("credit line %d, as it was set", want), fmt.Sprint(row.CreditLine))
	}
	if blocked := state(row.Status) == string(ledger.Blocked); row.Blocked != blocked {
		v.report.violate(projected, name, fmt.Sprintf("blocked %t, as its merchant is %s", blocked, state(row.Status)), fmt.Sprint(row.Blocked))
	}
	if row.Posted+row.CreditLine-row.Held < 0 {
		v.report.count(limits, "floats past their limit now, by fees, returned deposits or corrections", 1)
	}
}
