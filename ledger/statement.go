package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// Statement is a merchant's float with the entries that moved it last, all of one
// moment.
type Statement struct {
	Float Float
	Lines []StatementLine // newest first
}

// StatementLine is what one entry did to a float.
type StatementLine struct {
	EntryID   ID
	At        time.Time
	Kind      string
	SaleID    ID
	ReceiptNo string // of the sale, if it is one
	Amount    int64  // minor units; positive is the merchant's
}

// linesOfEntry is more than the lines that one entry has on one float: a tender
// and a commission, a deposit and its fee.
const linesOfEntry = 4

// Statement reads a float and the last entries that moved it, at most limit.
// Errors: ErrNotFound.
func (s *Store) Statement(ctx context.Context, merchant string, limit int) (st Statement, err error) {
	if limit < 1 {
		return st, fmt.Errorf("statement of %d entries", limit)
	}
	type line struct {
		EntryID ID            `db:"entry_id"`
		At      time.Time     `db:"at"`
		Kind    string        `db:"kind"`
		SaleID  uuid.NullUUID `db:"sale_id"`
		Receipt string        `db:"receipt_no"`
		Amount  int64         `db:"amount"`
	}
	var found []line
	err = s.View(ctx, func(tx *sqlx.Tx) error {
		q := session{tx}
		row := tx.QueryRowContext(ctx, tx.Rebind("SELECT "+floatColumns+" FROM float WHERE merchant = ?"), merchant)
		f, err := scanFloat(row)
		if err != nil {
			return notFound(err)
		}
		st.Float = f.Float
		return q.list(ctx, &found, `SELECT p.entry_id, p.at, e.kind, e.sale_id, COALESCE(s.receipt_no, '') AS receipt_no, p.amount
			FROM posting AS p JOIN entry AS e ON e.id = p.entry_id AND e.at = p.at LEFT JOIN sale AS s ON s.id = e.sale_id
			WHERE p.account = ? ORDER BY p.at DESC, p.entry_id DESC, p.line LIMIT ?`, floatPrefix+merchant, limit*linesOfEntry)
	})
	if err != nil {
		return Statement{}, err
	}
	for _, l := range found {
		if n := len(st.Lines); n > 0 && st.Lines[n-1].EntryID == l.EntryID {
			st.Lines[n-1].Amount -= l.Amount
			continue
		}
		if len(st.Lines) == limit {
			break
		}
		st.Lines = append(st.Lines, StatementLine{EntryID: l.EntryID, At: l.At.UTC(), Kind: l.Kind, SaleID: l.SaleID.UUID,
			ReceiptNo: l.Receipt, Amount: -l.Amount})
	}
	return st, nil
}
