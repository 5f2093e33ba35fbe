package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	sqlite3 "github.com/mattn/go-sqlite3"
)

// sqliteReaders is how many connections read beside the one that writes.
const sqliteReaders = 4

// busyTimeout is how long SQLite waits for another process's lock, such as a
// backup's.
const busyTimeout = 5 * time.Second

// sqlite is the engine on SQLite. One connection writes; its transactions
// begin IMMEDIATE, so that none is refused half-way. Statements are prepared
// when the database is opened: with a single connection there is no other to
// prepare them on during a transaction.
type sqlite struct {
	db    *sqlx.DB
	now   func() time.Time // leases go by the ledger's clock: there is one node
	looks [lookKinds]*sql.Stmt
	plans [planCount]*sql.Stmt
}

// openSQLite opens a connection to write and a pool for reads.
func openSQLite(path string, now func() time.Time) (*sqlite, *sqlx.DB, error) {
	write, err := sqlitePool(path, 1, "immediate")
	if err != nil {
		return nil, nil, err
	}
	e := &sqlite{db: write, now: now}
	read, err := sqlitePool(path, sqliteReaders, "deferred")
	if err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	return e, read, nil
}

// sqlitePool makes a pool of connections to the file at path.
func sqlitePool(path string, size int, lock string) (*sqlx.DB, error) {
	if path == "" || strings.Contains(path, ":memory:") || strings.HasPrefix(path, "file:") {
		return nil, fmt.Errorf("DSN: %q is not the path of a file", path)
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("DSN: %w", err)
	}
	settings := url.Values{
		"_txlock":       {lock},
		"_journal_mode": {"WAL"},
		"_synchronous":  {"FULL"},
		"_foreign_keys": {"on"},
		"_busy_timeout": {fmt.Sprint(busyTimeout.Milliseconds())},
	}
	dsn := (&url.URL{Scheme: "file", Path: absolute, RawQuery: settings.Encode()}).String()
	db, err := sqlx.Open("sqlite3", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// prepare prepares the statements of the writer.
func (e *sqlite) prepare(ctx context.Context) (err error) {
	for i, query := range sqliteLooks {
		if e.looks[i], err = e.db.PrepareContext(ctx, query); err != nil {
			return err
		}
	}
	for i, p := range plans {
		if e.plans[i], err = e.db.PrepareContext(ctx, p.sqlite()); err != nil {
			return err
		}
	}
	return nil
}

// remembers is false: to look is to read what is in this process's cache.
func (e *sqlite) remembers() bool { return false }

func (e *sqlite) writers() int { return 1 }

// desk is the engine itself, which has one connection to write.
func (e *sqlite) desk() desk { return e }

func (e *sqlite) leave() {}

func (e *sqlite) close() error { return e.db.Close() }

// durable checks the settings of the connection that writes.
func (e *sqlite) durable(ctx context.Context) error {
	var journal string
	if err := e.db.GetContext(ctx, &journal, "PRAGMA journal_mode"); err != nil {
		return err
	}
	var synchronous int
	if err := e.db.GetContext(ctx, &synchronous, "PRAGMA synchronous"); err != nil {
		return err
	}
	const full = 2 // and 3 is EXTRA
	if journal != "wal" || synchronous < full {
		return fmt.Errorf("SQLite runs with journal_mode = %s, synchronous = %d: committed sales could be lost",
			journal, synchronous)
	}
	return nil
}

func (e *sqlite) committed(ctx context.Context, _ string, entry ID) (bool, error) {
	var found bool
	err := e.db.GetContext(ctx, &found, "SELECT EXISTS (SELECT 1 FROM entry WHERE id = ?)", entry)
	return found, err
}

func (e *sqlite) diagnose(err error) trouble {
	var known sqlite3.Error
	if !errors.As(err, &known) {
		return troubleOther
	}
	switch {
	case known.ExtendedCode == sqlite3.ErrConstraintUnique, known.ExtendedCode == sqlite3.ErrConstraintPrimaryKey:
		if strings.Contains(known.Error(), " upstream_message.") { // SQLite tells the table in words only
			return troubleUpstream
		}
		return troubleUnique
	case known.ExtendedCode == sqlite3.ErrConstraintForeignKey:
		return troubleOrphan
	case known.Code == sqlite3.ErrBusy, known.Code == sqlite3.ErrLocked:
		return troubleGone
	}
	return troubleOther
}

func (e *sqlite) open(ctx context.Context) (*sqliteTx, error) {
	tx, err := e.db.BeginTxx(ctx, nil)
	if err != nil {
		return nil, err
	}
	return &sqliteTx{session: session{tx}, engine: e}, nil
}

func (e *sqlite) begin(ctx context.Context) (transaction, error) { return e.open(ctx) }

func (e *sqlite) round(ctx context.Context) (round, error) {
	tx, err := e.open(ctx)
	if err != nil {
		return nil, err
	}
	return sqliteRound{tx}, nil
}

// sqliteTx is a transaction on SQLite. It is the only one that writes, so what
// it reads is locked already.
type sqliteTx struct {
	session
	engine *sqlite
}

// sqliteRound is one of the writer.
type sqliteRound struct{ *sqliteTx }

func (r sqliteRound) mark() string { return "" }

func (r sqliteRound) commit(ctx context.Context, rows *rows) error {
	if err := r.write(ctx, rows); err != nil {
		return err
	}
	if err := r.sqliteTx.commit(); err != nil {
		return fmt.Errorf("%w: %w", errDoubt, err)
	}
	return nil
}

// The reads of look and pop.
const (
	lookFloat = iota
	lookLeg
	lookSale
	lookMessage
	lookToken
	lookReference
	lookStock
	lookKinds
)

var sqliteLooks = [lookKinds]string{
	lookFloat:     "SELECT " + floatColumns + " FROM float WHERE merchant = ?",
	lookLeg:       "SELECT " + legColumns + " FROM leg WHERE id = ?",
	lookSale:      "SELECT " + saleColumns + " FROM sale WHERE id = ?",
	lookMessage:   "SELECT " + messageColumns + " FROM message WHERE client = ? AND date_time = ? AND number = ?",
	lookToken:     "SELECT supplier, hash, sale_id FROM token WHERE hash = ?",
	lookReference: "SELECT kind, reference, entry_id FROM entry_reference WHERE kind = ? AND reference = ?",
	lookStock: "SELECT " + voucherColumns + ` FROM voucher
		WHERE product = ? AND state = 'active' AND expires_on >= ?
		ORDER BY product, expires_on, seq LIMIT ?`,
}

// one reads the row that a look finds, if it finds one.
func (t *sqliteTx) one(ctx context.Context, look int, read func(scanner) error, args ...any) error {
	err := read(t.tx.Tx.StmtContext(ctx, t.engine.looks[look]).QueryRowContext(ctx, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}

func (t *sqliteTx) look(ctx context.Context, n *needs, _ bool, v *view) error {
	v.clock = micro(t.engine.now())
	for _, merchant := range n.floats {
		if err := t.lookFloat(ctx, merchant, v); err != nil {
			return err
		}
	}
	if err := t.lookExchanges(ctx, n, v); err != nil {
		return err
	}
	if err := t.lookKeys(ctx, n, v); err != nil {
		return err
	}
	return t.pop(ctx, n.wants, v)
}

func (t *sqliteTx) lookFloat(ctx context.Context, merchant string, v *view) error {
	if v.floats[merchant] != nil {
		return nil
	}
	return t.one(ctx, lookFloat, v.seeFloat, merchant)
}

// lookExchanges reads legs and sales.
func (t *sqliteTx) lookExchanges(ctx context.Context, n *needs, v *view) error {
	for _, id := range n.legs {
		if err := t.one(ctx, lookLeg, v.seeLeg, id); err != nil {
			return err
		}
	}
	for _, id := range n.sales {
		if err := t.one(ctx, lookSale, v.seeSale, id); err != nil {
			return err
		}
	}
	return nil
}

// lookKeys reads what has been used up: message ids, tokens, references.
func (t *sqliteTx) lookKeys(ctx context.Context, n *needs, v *view) error {
	for _, k := range n.messages {
		if err := t.one(ctx, lookMessage, v.seeMessage, k.Client, k.DateTime, k.Number); err != nil {
			return err
		}
	}
	for _, hash := range n.tokens {
		if err := t.all(ctx, lookToken, v.seeToken, hash); err != nil {
			return err
		}
	}
	for _, k := range n.references {
		if err := t.one(ctx, lookReference, v.seeReference, k.kind, k.reference); err != nil {
			return err
		}
	}
	return nil
}

// all reads every row that a look finds.
func (t *sqliteTx) all(ctx context.Context, look int, read func(scanner) error, args ...any) error {
	found, err := t.tx.Tx.StmtContext(ctx, t.engine.looks[look]).QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := read(found); err != nil {
			return err
		}
	}
	return found.Err()
}

func (t *sqliteTx) pop(ctx context.Context, wants map[string]want, v *view) error {
	for _, w := range wants {
		if err := t.all(ctx, lookStock, v.seeVoucher, w.product, w.cutoff, w.quantity); err != nil {
			return err
		}
	}
	return nil
}

// sqlite writes the statement for one row of a plan.
func (p plan) sqlite() string {
	var names, marks, set, where []string
	for _, c := range p.columns() {
		names = append(names, c.name)
		marks = append(marks, "?")
	}
	if len(p.keys) == 0 {
		return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)",
			p.table, strings.Join(names, ", "), strings.Join(marks, ", "))
	}
	for i, c := range p.keys {
		where = append(where, fmt.Sprintf("%s = ?%d", c.name, i+1))
	}
	for i, c := range slices.Concat(p.cols, p.was) {
		value := fmt.Sprintf("?%d", len(p.keys)+i+1)
		if c.kept() {
			value = fmt.Sprintf("COALESCE(%s, %s)", value, c.name)
		}
		if i < len(p.cols) {
			set = append(set, c.name+" = "+value)
		} else {
			where = append(where, c.name+" = "+value)
		}
	}
	if p.guard != "" {
		where = append(where, p.guard)
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s",
		p.table, strings.Join(set, ", "), strings.Join(where, " AND "))
}

func (t *sqliteTx) write(ctx context.Context, r *rows) error {
	var args []any
	for i, list := range r.plans {
		if len(list) == 0 {
			continue
		}
		stmt := t.tx.Tx.StmtContext(ctx, t.engine.plans[i])
		for _, row := range list {
			var err error
			if args, err = plainValues(row, args); err != nil {
				return fmt.Errorf("%s: %w", plans[i].table, err)
			}
			result, err := stmt.ExecContext(ctx, args...)
			if err != nil {
				return err
			}
			n, err := result.RowsAffected()
			if err != nil {
				return err
			}
			if n != 1 {
				return fmt.Errorf("%w: wrote %d of 1 to %s", errMisfit, n, plans[i].table)
			}
		}
	}
	return t.executions(ctx, r.execs)
}

func (t *sqliteTx) load(ctx context.Context, list []sealedVoucher) (int, error) {
	stmt, err := t.tx.PrepareContext(ctx, `INSERT INTO voucher
		(id, supplier, product, batch, serial, pin, pin_hash, face, cost, currency, expires_on, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'awaiting') ON CONFLICT DO NOTHING`)
	if err != nil {
		return 0, err
	}
	defer stmt.Close()
	written := 0
	for _, v := range list {
		result, err := stmt.ExecContext(ctx, v.ID, v.Supplier, v.Product, v.Batch, v.Serial, v.sealed, v.hash,
			v.Face, v.Cost, v.Currency, v.expiry())
		if err != nil {
			return 0, err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return 0, err
		}
		written += int(n)
	}
	return written, nil
}
