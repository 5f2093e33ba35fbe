package audit

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// messageKey is a request's identity.
type messageKey struct {
	Client   string `db:"client"`
	DateTime string `db:"date_time"`
	Number   int    `db:"number"`
}

func (k messageKey) String() string {
	return fmt.Sprintf("message %s %s %d", k.Client, k.DateTime, k.Number)
}

// voidsExist checks that message ids promised never to sell are still claimed.
func (v *verifier) voidsExist(entries []*entry) error {
	for _, e := range entries {
		if e.Kind != ledger.EntryMessageVoid {
			continue
		}
		b, ok := body[ledger.VoidedBody](v, e)
		if !ok {
			continue
		}
		var kinds []string
		err := v.list(&kinds, "SELECT kind FROM message WHERE client = ? AND date_time = ? AND number = ?",
			b.Client, b.DateTime, b.Number)
		if err != nil {
			return err
		}
		v.report.count(projected, "void message ids", 1)
		if len(kinds) == 0 || kinds[0] != string(ledger.MessageVoid) {
			v.report.violate(projected, messageKey{b.Client, b.DateTime, b.Number}.String(),
				"void, as entry "+e.ID.String()+" tells", fmt.Sprint(kinds))
		}
	}
	return nil
}

// walkMessages checks that message ids claimed by sales have them. voids is how
// many were promised never to sell.
func (v *verifier) walkMessages(voids int64) error {
	type row struct {
		messageKey
		Kind   ledger.MessageKind `db:"kind"`
		SaleID uuid.NullUUID      `db:"sale_id"`
		Sale   uuid.NullUUID      `db:"sale"`
	}
	var last messageKey
	var found int64
	err := pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT m.client, m.date_time, m.number, m.kind, m.sale_id, s.id AS sale
			FROM message AS m LEFT JOIN sale AS s ON s.id = m.sale_id
			WHERE (m.client, m.date_time, m.number) > (?, ?, ?)
			ORDER BY m.client, m.date_time, m.number LIMIT ?`, last.Client, last.DateTime, last.Number, pageSize)
		for _, r := range rows {
			last = r.messageKey
			switch {
			case r.Kind == ledger.MessageVoid:
				found++
			case r.Kind == ledger.MessageSale && !r.Sale.Valid:
				v.report.violate(outcomes, r.String(), "its sale "+r.SaleID.UUID.String(), "none")
			}
		}
		v.report.count(outcomes, "message ids", int64(len(rows)))
		return len(rows), err
	})
	if err == nil && found != voids {
		v.report.violate(projected, "message", fmt.Sprintf("%d void ids, as the journal tells", voids), fmt.Sprint(found))
	}
	return err
}

// walkUpstream checks that each message id used on a supplier's server has its
// leg.
func (v *verifier) walkUpstream() error {
	type row struct {
		messageKey
		LegID ledger.ID     `db:"leg_id"`
		Leg   uuid.NullUUID `db:"leg"`
	}
	var last messageKey
	return pages(func() (int, error) {
		var rows []row
		err := v.list(&rows, `SELECT u.supplier AS client, u.date_time, u.number, u.leg_id, l.id AS leg
			FROM upstream_message AS u
			LEFT JOIN leg AS l ON l.id = u.leg_id AND l.direction = 'out'
				AND l.party = u.supplier AND l.date_time = u.date_time AND l.number = u.number
			WHERE (u.supplier, u.date_time, u.number) > (?, ?, ?)
			ORDER BY u.supplier, u.date_time, u.number LIMIT ?`, last.Client, last.DateTime, last.Number, pageSize)
		for _, r := range rows {
			last = r.messageKey
			if !r.Leg.Valid {
				v.report.violate(legsFirst, "upstream "+r.String(), "its leg "+r.LegID.String(), "none")
			}
		}
		v.report.count(legsFirst, "message ids used on suppliers' servers", int64(len(rows)))
		return len(rows), err
	})
}
