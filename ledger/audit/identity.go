package audit

import (
	"encoding/hex"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// The walks below go the other way: from rows that claim something to the
// journal, to find what was added without an entry.

// walkLegs finds legs of no sale, or of a sale that is not there, which no entry
// has opened.
func (v *verifier) walkLegs() error {
	type row struct {
		ID       ledger.ID     `db:"id"`
		OpenedAt time.Time     `db:"opened_at"`
		SaleID   uuid.NullUUID `db:"sale_id"`
		Sale     uuid.NullUUID `db:"sale"`
	}
	var last row
	return pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT l.id, l.opened_at, l.sale_id, s.id AS sale
			FROM leg AS l LEFT JOIN sale AS s ON s.id = l.sale_id
			WHERE (l.id, l.opened_at) > (?, ?) ORDER BY l.id, l.opened_at LIMIT ?`, last.ID, last.OpenedAt, pageSize)
		if err != nil || len(rows) == 0 {
			return 0, err
		}
		var free []row
		for _, r := range rows {
			if r.ID == last.ID {
				v.report.violate(projected, "leg "+r.ID.String(), "one row", "two of different times")
			}
			last = r
			switch {
			case !r.SaleID.Valid:
				free = append(free, r)
			case !r.Sale.Valid:
				v.report.violate(projected, "leg "+r.ID.String(), "its sale "+r.SaleID.UUID.String(), "none")
			}
		}
		if len(free) == 0 {
			return len(rows), nil
		}
		from := slices.MinFunc(free, func(a, b row) int { return a.OpenedAt.Compare(b.OpenedAt) }).OpenedAt
		to := slices.MaxFunc(free, func(a, b row) int { return a.OpenedAt.Compare(b.OpenedAt) }).OpenedAt
		opened, err := v.opened(from, to)
		for _, r := range free {
			if err == nil && !opened[r.ID] {
				v.report.violate(projected, "leg "+r.ID.String(), "an entry that opened it", "none")
			}
		}
		return len(rows), err
	})
}

// opened lists the legs that entries of a span of time have opened.
func (v *verifier) opened(from, to time.Time) (map[ledger.ID]bool, error) {
	rows, err := v.stream(`SELECT leg_id FROM entry WHERE at >= ? AND at <= ? AND kind = ? AND sale_id IS NULL`,
		from.UTC(), to.UTC(), ledger.EntryLegOpened)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	opened := make(map[ledger.ID]bool)
	for rows.Next() {
		var id uuid.NullUUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		opened[id.UUID] = true
	}
	return opened, rows.Err()
}

// walkTokens checks that each claimed token was delivered by its sale.
func (v *verifier) walkTokens() error {
	type row struct {
		Supplier string        `db:"supplier"`
		Hash     []byte        `db:"hash"`
		SaleID   ledger.ID     `db:"sale_id"`
		State    *string       `db:"state"`
		LegState *string       `db:"leg_state"`
		LegSale  uuid.NullUUID `db:"leg_sale"`
	}
	last := row{Hash: []byte{}}
	return pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT t.supplier, t.hash, t.sale_id, s.state, l.state AS leg_state, l.sale_id AS leg_sale
			FROM token AS t LEFT JOIN sale AS s ON s.id = t.sale_id LEFT JOIN leg AS l ON l.id = t.leg_id
			WHERE (t.hash, t.supplier) > (?, ?) ORDER BY t.hash, t.supplier LIMIT ?`, last.Hash, last.Supplier, pageSize)
		if err != nil || len(rows) == 0 {
			return 0, err
		}
		last = rows[len(rows)-1]
		var ids []ledger.ID
		for _, r := range rows {
			ids = append(ids, r.SaleID)
		}
		told, err := v.toldTokens(ids)
		if err != nil {
			return 0, err
		}
		v.report.count(soldOnce, "tokens claimed", int64(len(rows)))
		for _, r := range rows {
			name := "token " + hex.EncodeToString(r.Hash)
			if !sold(r.State) {
				v.report.violate(soldOnce, name, "a delivered sale, as it is claimed for sale "+r.SaleID.String(), state(r.State))
			}
			if state(r.LegState) != string(ledger.LegAccepted) || r.LegSale.UUID != r.SaleID {
				v.report.violate(soldOnce, name, "an accepted leg of sale "+r.SaleID.String(), state(r.LegState))
			}
			if !told[toldToken{r.SaleID, hex.EncodeToString(r.Hash)}] {
				v.report.violate(soldOnce, name, "an entry that delivered it with sale "+r.SaleID.String(), "none")
			}
		}
		return len(rows), nil
	})
}

// sold reports whether a sale in this state has handed out what it sold.
func sold(state *string) bool {
	return state != nil && (*state == string(ledger.SaleDelivered) || *state == string(ledger.SaleReversed))
}

func state(s *string) string {
	if s == nil {
		return "none"
	}
	return *s
}

type toldToken struct {
	saleID ledger.ID
	hash   string
}

// toldTokens reads from the journal which tokens sales have delivered.
func (v *verifier) toldTokens(ids []ledger.ID) (map[toldToken]bool, error) {
	var rows []entryRow
	err := v.list(&rows, "SELECT "+entryColumns+" FROM entry AS e WHERE e.sale_id IN (?) AND e.kind = ?", ids, ledger.EntrySaleMoved)
	if err != nil {
		return nil, err
	}
	told := make(map[toldToken]bool)
	for i := range rows {
		e := rows[i].entry()
		if b, ok := body[ledger.MovedBody](v, e); ok {
			for _, hash := range b.Tokens {
				told[toldToken{e.SaleID, hash}] = true
			}
		}
	}
	return told, nil
}
