package audit

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
)

// pageSize is how many rows of a table are read at a time, so that no statement
// runs for long and no table is held in memory.
const pageSize = 500

// queryer is a transaction in which ? and lists may stand in any query.
type queryer struct {
	ctx context.Context
	tx  *sqlx.Tx
}

// list reads all rows of a query into a slice of structs. A slice among args
// stands for "(?)".
func (q queryer) list(into any, query string, args ...any) error {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return err
	}
	return q.tx.SelectContext(q.ctx, into, q.tx.Rebind(query), args...)
}

// stream reads the rows of a query one by one.
func (q queryer) stream(query string, args ...any) (*sqlx.Rows, error) {
	query, args, err := sqlx.In(query, args...)
	if err != nil {
		return nil, err
	}
	return q.tx.QueryxContext(q.ctx, q.tx.Rebind(query), args...)
}

// exec runs a statement.
func (q queryer) exec(query string, args ...any) error {
	_, err := q.tx.ExecContext(q.ctx, q.tx.Rebind(query), args...)
	return err
}

// pages reads a table in pages. next reads the page after last and tells how
// many rows it had.
func pages(next func() (rows int, err error)) error {
	for {
		n, err := next()
		if err != nil || n < pageSize {
			return err
		}
	}
}

// entryRow is a row of entry.
type entryRow struct {
	ID     ledger.ID     `db:"id"`
	At     time.Time     `db:"at"`
	Kind   string        `db:"kind"`
	SaleID uuid.NullUUID `db:"sale_id"`
	LegID  uuid.NullUUID `db:"leg_id"`
	Actor  string        `db:"actor"`
	Body   string        `db:"body"`
}

const entryColumns = "e.id, e.at, e.kind, e.sale_id, e.leg_id, e.actor, e.body"

func (r *entryRow) entry() *entry {
	return &entry{ID: r.ID, At: r.At, Kind: r.Kind, SaleID: r.SaleID.UUID, LegID: r.LegID.UUID, Actor: r.Actor, Body: r.Body}
}

// postingRow is a row of posting.
type postingRow struct {
	EntryID  ledger.ID `db:"entry_id"`
	Line     int64     `db:"line"`
	At       time.Time `db:"at"`
	Account  string    `db:"account"`
	Amount   int64     `db:"amount"`
	Currency string    `db:"currency"`
}

const postingColumns = "entry_id, line, at, account, amount, currency"

func (r *postingRow) posting() line {
	return line{Number: r.Line, At: r.At, Account: r.Account, Amount: r.Amount, Currency: r.Currency}
}

// entries reads entries with their postings by their ids, in no order.
func (q queryer) entries(ids []ledger.ID) ([]*entry, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []entryRow
	if err := q.list(&rows, "SELECT "+entryColumns+" FROM entry AS e WHERE e.id IN (?)", ids); err != nil {
		return nil, err
	}
	found := make([]*entry, len(rows))
	byID := make(map[ledger.ID]*entry, len(rows))
	for i := range rows {
		found[i] = rows[i].entry()
		byID[rows[i].ID] = found[i]
	}
	var lines []postingRow
	err := q.list(&lines, "SELECT "+postingColumns+" FROM posting WHERE entry_id IN (?) ORDER BY entry_id, line, at", ids)
	if err != nil {
		return nil, err
	}
	for i := range lines {
		if e := byID[lines[i].EntryID]; e != nil {
			e.Lines = append(e.Lines, lines[i].posting())
		}
	}
	return found, nil
}

// sealRow is a row of seal.
type sealRow struct {
	N         int64     `db:"n"`
	EntryID   ledger.ID `db:"entry_id"`
	EntryHash []byte    `db:"entry_hash"`
	Chain     []byte    `db:"chain"`
}

// lastSeal is the last row of seal, zero if there is none.
func (q queryer) lastSeal() (s sealRow, err error) {
	err = q.tx.GetContext(q.ctx, &s, "SELECT n, entry_id, entry_hash, chain FROM seal ORDER BY n DESC LIMIT 1")
	if err == sql.ErrNoRows {
		return sealRow{Chain: make([]byte, HashSize)}, nil
	}
	if err == nil && len(s.Chain) != HashSize {
		err = fmt.Errorf("seal %d: chain value of %d bytes", s.N, len(s.Chain))
	}
	return s, err
}

// headRow is a row of seal_head.
type headRow struct {
	N         int64     `db:"n"`
	Chain     []byte    `db:"chain"`
	SignedAt  time.Time `db:"signed_at"`
	KeyID     string    `db:"key_id"`
	Signature []byte    `db:"signature"`
}

func (r *headRow) head() Head {
	return Head{N: r.N, Chain: r.Chain, SignedAt: r.SignedAt.UTC(), KeyID: r.KeyID, Signature: r.Signature}
}

// heads reads a page of heads after the n-th entry, in their order.
func (q queryer) heads(after int64) ([]Head, error) {
	var rows []headRow
	err := q.list(&rows, `SELECT n, chain, signed_at, key_id, signature FROM seal_head
		WHERE n > ? ORDER BY n LIMIT ?`, after, pageSize)
	heads := make([]Head, len(rows))
	for i := range rows {
		heads[i] = rows[i].head()
	}
	return heads, err
}
