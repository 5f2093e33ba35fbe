package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
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
	lookFloat:     "SELECT merchant, currency, posted, held, credit_line, blocked FROM float WHERE merchant = ?",
	lookLeg:       "SELECT " + legColumns + " FROM leg WHERE id = ?",
	lookSale:      "SELECT " + saleColumns + " FROM sale WHERE id = ?",
	lookMessage:   "SELECT " + messageColumns + " FROM message WHERE client = ? AND date_time = ? AND number = ?",
	lookToken:     "SELECT supplier, sale_id FROM token WHERE hash = ?",
	lookReference: "SELECT entry_id FROM entry_reference WHERE kind = ? AND reference = ?",
	lookStock: "SELECT " + voucherColumns + ` FROM voucher
		WHERE product = ? AND sale_id IS NULL AND expires_on >= ?
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

func (t *sqliteTx) look(ctx context.Context, n *needs, v *view) error {
	v.clock = micro(t.engine.now())
	for _, merchant := range n.floats {
		if err := t.lookFloat(ctx, merchant, v); err != nil {
			return err
		}
	}
	if err := t.lookExchanges(ctx, n, v); err != nil {
		return err
	}
	return t.lookKeys(ctx, n, v)
}

func (t *sqliteTx) lookFloat(ctx context.Context, merchant string, v *view) error {
	if v.floats[merchant] != nil {
		return nil
	}
	var f floatRow
	return t.one(ctx, lookFloat, func(row scanner) error {
		if err := row.Scan(&f.Merchant, &f.Currency, &f.Posted, &f.Held, &f.CreditLine, &f.blocked); err != nil {
			return err
		}
		v.floats[merchant] = &f
		return nil
	}, merchant)
}

// lookExchanges reads legs and sales.
func (t *sqliteTx) lookExchanges(ctx context.Context, n *needs, v *view) error {
	for _, id := range n.legs {
		err := t.one(ctx, lookLeg, func(row scanner) error {
			l, err := scanLeg(row)
			if err == nil {
				v.legs[id] = &legRow{Leg: l}
			}
			return err
		}, id)
		if err != nil {
			return err
		}
	}
	for _, id := range n.sales {
		err := t.one(ctx, lookSale, func(row scanner) error {
			s, err := scanSale(row)
			if err == nil {
				v.sales[id] = &saleRow{Sale: s}
			}
			return err
		}, id)
		if err != nil {
			return err
		}
	}
	return nil
}

// lookKeys reads what has been used up: message ids, tokens, references.
func (t *sqliteTx) lookKeys(ctx context.Context, n *needs, v *view) error {
	for _, k := range n.messages {
		err := t.one(ctx, lookMessage, func(row scanner) error {
			m, err := scanMessage(row)
			if err != nil {
				return err
			}
			v.messages[k] = m
			return nil
		}, k.Client, k.DateTime, k.Number)
		if err != nil {
			return err
		}
	}
	for _, hash := range n.tokens {
		if err := t.lookToken(ctx, hash, v); err != nil {
			return err
		}
	}
	for _, k := range n.references {
		err := t.one(ctx, lookReference, func(row scanner) error {
			var entry ID
			if err := row.Scan(&entry); err != nil {
				return err
			}
			v.references[k] = entry
			return nil
		}, k.kind, k.reference)
		if err != nil {
			return err
		}
	}
	return nil
}

// lookToken reads who has a token, by supplier.
func (t *sqliteTx) lookToken(ctx context.Context, hash []byte, v *view) error {
	found, err := t.tx.Tx.StmtContext(ctx, t.engine.looks[lookToken]).QueryContext(ctx, hash)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var supplier string
		var sale ID
		if err := found.Scan(&supplier, &sale); err != nil {
			return err
		}
		v.tokens[tokenKey{supplier, string(hash)}] = sale
	}
	return found.Err()
}

func (t *sqliteTx) pop(ctx context.Context, wants map[string]want, _ bool, v *view) error {
	stmt := t.tx.Tx.StmtContext(ctx, t.engine.looks[lookStock])
	for _, w := range wants {
		if err := t.popProduct(ctx, stmt, w, v); err != nil {
			return err
		}
	}
	return nil
}

func (t *sqliteTx) popProduct(ctx context.Context, stmt *sql.Stmt, w want, v *view) error {
	found, err := stmt.QueryContext(ctx, w.product, w.cutoff, w.quantity)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		s, err := scanVoucher(found)
		if err != nil {
			return err
		}
		v.stock[w.product] = append(v.stock[w.product], s)
	}
	return found.Err()
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
	for i, c := range p.cols {
		value := fmt.Sprintf("?%d", len(p.keys)+i+1)
		if c.kept() {
			value = fmt.Sprintf("COALESCE(%s, %s)", value, c.name)
		}
		set = append(set, c.name+" = "+value)
	}
	if p.guard != "" {
		where = append(where, p.guard)
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s",
		p.table, strings.Join(set, ", "), strings.Join(where, " AND "))
}

// sqliteValues turns a row into parameters. It refuses what PostgreSQL would.
func sqliteValues(r row, args []any) ([]any, error) {
	args = args[:0]
	for _, value := range r {
		switch x := value.(type) {
		case string:
			if !storable(x) {
				return nil, errText
			}
		case ID:
			if x == (ID{}) {
				value = nil
			} else {
				value = x.String()
			}
		case time.Time:
			if x.IsZero() {
				value = nil
			}
		case []byte:
			if len(x) == 0 {
				value = nil
			}
		}
		args = append(args, value)
	}
	return args, nil
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
			if args, err = sqliteValues(row, args); err != nil {
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
		(id, supplier, product, batch, serial, pin, pin_hash, face, cost, currency, expires_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`)
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
