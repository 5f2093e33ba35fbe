package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// Sealer encrypts what must not be readable in the database, and makes keyed
// hashes of what must be unique without being readable. Additional data (aad)
// binds a sealed value to the record it belongs to. vault.Keyring is one.
type Sealer interface {
	Seal(plain, aad []byte) []byte
	Open(sealed, aad []byte) ([]byte, error)
	Hash(domain, value string) []byte
}

// Drivers that Options.Driver may name.
const (
	Postgres = "postgres"
	SQLite   = "sqlite"
)

// DefaultMaxBatch is how many changes are committed as one transaction at the
// most.
const DefaultMaxBatch = 128

// Options of a store.
type Options struct {
	Driver   string // Postgres or SQLite
	DSN      string // connection string with an explicit sslmode, or the path of the SQLite file
	Node     string // this process, the owner of the legs it opens; unique among those that run
	Sealer   Sealer
	Now      func() time.Time // nil means time.Now
	Log      *slog.Logger     // nil means slog.Default
	MaxBatch int              // zero means DefaultMaxBatch
}

// Store is the ledger in its database. It is safe for concurrent use.
type Store struct {
	engine engine
	writer writers
	db     *sqlx.DB // reads
	reads  statements
	sealer Sealer
	now    func() time.Time
	node   string
	log    *slog.Logger
	blocks blocks       // of receipt numbers
	places places       // of the legs this node has opened
	closed atomic.Int64 // the end of the latest closed day of which this node has heard, in microseconds since 1970
	closes atomic.Bool  // this node closes days, on SQLite it alone
}

// Open opens the database, checks that its settings keep what was committed
// and that its schema is the one this program needs, and starts the writer.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Node == "" || o.Sealer == nil {
		return nil, errors.New("ledger: a node name and a sealer must be given")
	}
	s := &Store{sealer: o.Sealer, now: o.Now, node: o.Node, log: o.Log}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	if o.MaxBatch <= 0 {
		o.MaxBatch = DefaultMaxBatch
	}
	if err := s.open(ctx, o); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	var err error
	if s.writer, err = startWriters(ctx, s, o.MaxBatch); err != nil {
		return nil, errors.Join(fmt.Errorf("ledger: %w", err), s.closeDatabase())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, o Options) (err error) {
	switch o.Driver {
	case Postgres:
		s.engine, s.db, err = openPostgres(o.DSN, "vendswitch "+o.Node)
	case SQLite:
		s.engine, s.db, err = openSQLite(o.DSN, s.now)
	default:
		err = unknownDriver(o.Driver)
	}
	if err != nil {
		return err
	}
	err = s.Durability(ctx)
	if err == nil {
		err = migrated(ctx, o.Driver, s.db.DB)
	}
	if err == nil {
		err = s.checkKeys(ctx)
	}
	if err == nil {
		err = s.hearClosed(ctx)
	}
	if err == nil {
		err = s.engine.prepare(ctx)
	}
	if err != nil {
		return errors.Join(err, s.closeDatabase())
	}
	return nil
}

// Close commits what has been handed in and closes the database. What is
// handed in afterwards is refused with ErrClosed, as is a second Close.
func (s *Store) Close() error {
	if !s.writer.close() {
		return ErrClosed
	}
	return s.closeDatabase()
}

func (s *Store) closeDatabase() error { return errors.Join(s.db.Close(), s.engine.close()) }

// Ping reports whether the ledger can be written to: it notes, durably, that
// this node is alive.
func (s *Store) Ping(ctx context.Context) error {
	return s.alone(ctx, func(tx transaction) error {
		_, err := tx.exec(ctx, `INSERT INTO node (name, seen_at) VALUES (?, ?)
			ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at`, s.node, micro(s.now()))
		return err
	})
}

// Durability reports database settings under which a committed sale could be
// lost: fsync, full_page_writes and synchronous_commit of PostgreSQL,
// journal_mode and synchronous of SQLite.
func (s *Store) Durability(ctx context.Context) error { return s.engine.durable(ctx) }

// alone runs a transaction of its own, beside the writer. It is for what moves
// no float: counters, the meter book, stock imports.
func (s *Store) alone(ctx context.Context, do func(transaction) error) error {
	tx, err := s.engine.begin(ctx)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		tx.rollback()
		return err
	}
	return tx.commit()
}

// blame turns an error of the database into that of the single change which
// caused it.
func (s *Store) blame(err error) error {
	switch s.engine.diagnose(err) {
	case troubleUnique:
		return fmt.Errorf("%w: %w", ErrExists, err)
	case troubleUpstream:
		return fmt.Errorf("%w: %w", ErrUpstreamTaken, err)
	case troubleOrphan:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return err
}

// row reads one row with a statement that is prepared once.
func (s *Store) row(ctx context.Context, query string, args ...any) scanner {
	stmt, err := s.reads.stmt(ctx, s.db, query, func() string { return s.db.Rebind(query) })
	if err != nil {
		return broken{err}
	}
	return stmt.QueryRowContext(ctx, args...)
}

// broken is a row that could not be read.
type broken struct{ err error }

func (b broken) Scan(...any) error { return b.err }

// notFound turns the absence of a row into ErrNotFound.
func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}
