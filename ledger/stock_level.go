package ledger

import (
	"context"
	"slices"
)

// StockLevel is how many vouchers of a product there are, by state and date of
// expiry.
type StockLevel struct {
	StockLine
	State     StockState
	ExpiresOn string // empty if never
}

// StockCount lists vouchers in the given states by product, date of expiry and
// state. Without states it counts all but those that were sold.
func (s *Store) StockCount(ctx context.Context, states ...StockState) ([]StockLevel, error) {
	if len(states) == 0 {
		states = slices.DeleteFunc(slices.Clone(StockStates), func(state StockState) bool { return state == StockSold })
	}
	var args []any
	for _, state := range states {
		args = append(args, string(state))
	}
	// Each branch has an index of its own, but what was sold.
	const columns = "SELECT supplier, product, currency, expires_on, state, face, cost FROM voucher WHERE "
	source := columns + "state NOT IN ('active', 'sold')"
	if slices.Contains(states, StockActive) {
		source += " UNION ALL " + columns + "state = 'active'"
	}
	if slices.Contains(states, StockSold) {
		source += " UNION ALL " + columns + "state = 'sold'"
	}
	return collect(ctx, s, func(row scanner) (l StockLevel, err error) {
		err = row.Scan(&l.Supplier, &l.Product, &l.Currency, &l.ExpiresOn, &l.State, &l.Count, &l.Face, &l.Cost)
		if l.ExpiresOn == neverExpires {
			l.ExpiresOn = ""
		}
		return l, err
	}, `SELECT supplier, product, currency, expires_on, state, COUNT(*), CAST(SUM(face) AS bigint), CAST(SUM(cost) AS bigint)
		FROM (`+source+`) AS v WHERE state IN (`+questions(len(args))+`) GROUP BY supplier, product, currency, expires_on, state
		ORDER BY product, expires_on, state`, args...)
}
