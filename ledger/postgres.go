package ledger

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// Limits of the connections to PostgreSQL.
const (
	// While the server is at one writer's transaction, the node prepares the
	// other's. More writers would make smaller batches of the same changes.
	postgresWriters = 2
	postgresBeside  = 3 // that write beside the writers: stock imports, counters
	postgresReaders = 8
	connectTimeout  = 5 * time.Second

	// answerTimeout is how long the server may keep silent. It is longer than
	// statementTimeout, so that the server speaks first.
	answerTimeout    = 30 * time.Second
	statementTimeout = 20 * time.Second

	// lockTimeout is how long the writer waits for a lock. Other nodes hold
	// theirs for milliseconds; what holds one for longer, such as a person with
	// psql, must not stop the sales of other merchants.
	lockTimeout = 3 * time.Second

	// idleTimeout ends a transaction whose node stands still, and with it
	// the locks that other nodes wait for.
	idleTimeout = 10 * time.Second
)

// postgresSettings hold for every session. Transactions that write are read
// committed: each statement sees what was committed before it began, which is
// what a second look after waiting for a lock relies on.
var postgresSettings = map[string]string{
	"TimeZone":                            "UTC",
	"statement_timeout":                   fmt.Sprint(statementTimeout.Milliseconds()),
	"idle_in_transaction_session_timeout": fmt.Sprint(idleTimeout.Milliseconds()),
	"default_transaction_isolation":       "read committed",
	"jit":                                 "off",
}

// writerSettings hold for sessions that write. Every statement there reaches
// rows by an index; the planner must not think otherwise because a table was
// small or never analysed when the statement was prepared.
var writerSettings = map[string]string{
	"enable_seqscan":    "off",
	"enable_bitmapscan": "off",
	"enable_hashjoin":   "off",
	"enable_mergejoin":  "off",
	"plan_cache_mode":   "force_generic_plan",
	"lock_timeout":      fmt.Sprint(lockTimeout.Milliseconds()),
}

// postgres is the engine on PostgreSQL.
type postgres struct{ db *sqlx.DB }

// openPostgres opens a pool to write and one to read.
func openPostgres(dsn, application string) (*postgres, *sqlx.DB, error) {
	write, err := postgresPool(dsn, application, postgresWriters+postgresBeside, writerSettings)
	if err != nil {
		return nil, nil, err
	}
	read, err := postgresPool(dsn, application, postgresReaders, nil)
	if err != nil {
		return nil, nil, errors.Join(err, write.Close())
	}
	return &postgres{db: write}, read, nil
}

// postgresPool makes a pool of sessions with postgresSettings and more.
func postgresPool(dsn, application string, size int, more map[string]string) (*sqlx.DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("DSN: %w", hideDSN(err, dsn))
	}
	socket := strings.HasPrefix(cfg.Host, "/") || strings.HasPrefix(cfg.Host, "@")
	if !socket && !strings.Contains(dsn, "sslmode=") && os.Getenv("PGSSLMODE") == "" {
		return nil, errors.New("DSN: says no sslmode (verify-full, or disable on a trusted wire)")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = application
	}
	for _, settings := range []map[string]string{postgresSettings, more} {
		for name, value := range settings {
			cfg.RuntimeParams[name] = value
		}
	}
	cfg.DialFunc = dialImpatiently
	db := sqlx.NewDb(stdlib.OpenDB(*cfg, stdlib.OptionShouldPing(looksDead)), Postgres)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

// hideDSN keeps a DSN, which may hold a password, out of an error.
func hideDSN(err error, dsn string) error {
	if strings.Contains(err.Error(), dsn) {
		return errors.New("cannot be parsed")
	}
	return err
}

// prepare has nothing to do: statements are prepared on first use.
func (p *postgres) prepare(context.Context) error { return nil }

func (p *postgres) remembers() bool { return true }

func (p *postgres) writers() int { return postgresWriters }

func (p *postgres) close() error { return p.db.Close() }

// durable checks the server's settings, for this session.
func (p *postgres) durable(ctx context.Context) error {
	for _, s := range []struct{ name, refused string }{
		{"fsync", "off"}, {"full_page_writes", "off"}, {"synchronous_commit", "off"},
	} {
		var value string
		if err := p.db.GetContext(ctx, &value, "SHOW "+s.name); err != nil {
			return err
		}
		if value == s.refused {
			return fmt.Errorf("PostgreSQL runs with %s = %s: committed sales could be lost", s.name, value)
		}
	}
	return nil
}

// sessionMark tells a session from every other that the server had or will have.
const sessionMark = "pid || ' ' || backend_start"

// committed waits until the session that a round was made on has ended, and with
// it all it was doing, then looks for the round's entry. A session that does not
// know yet that nobody is there is ended.
func (p *postgres) committed(ctx context.Context, mark string, entry ID) (bool, error) {
	for {
		var ended []bool
		err := p.db.SelectContext(ctx, &ended, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "+sessionMark+" = $1", mark)
		if err != nil {
			return false, err
		}
		if len(ended) == 0 {
			break
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(firstPause):
		}
	}
	var found bool
	err := p.db.GetContext(ctx, &found, "SELECT EXISTS (SELECT FROM entry WHERE id = $1)", entry)
	return found, err
}

// divisionByZero is how the statement that writes says errMisfit.
const divisionByZero = "22012"

// errBadLine takes a connection out of the pool.
var errBadLine = driver.ErrBadConn

func (p *postgres) diagnose(err error) trouble {
	var known *pgconn.PgError
	if errors.As(err, &known) {
		class := known.Code[:min(2, len(known.Code))]
		switch {
		case known.Code == "23505" && known.TableName == "upstream_message":
			return troubleUpstream
		case known.Code == "23505":
			return troubleUnique
		case known.Code == "23503":
			return troubleOrphan
		case class == "40", known.Code == divisionByZero:
			return troubleRace
		case known.Code == "55P03":
			return troubleLocked
		case class == "08", class == "57" && known.Code != "57014",
			known.Code == "53300", known.Code == "25006", known.Code == "25P03":
			return troubleGone
		}
		return troubleOther
	}
	var wire net.Error
	var dialled *pgconn.ConnectError
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &wire) ||
		errors.As(err, &dialled) || pgconn.SafeToRetry(err) {
		return troubleGone
	}
	return troubleOther
}

func (p *postgres) begin(ctx context.Context) (transaction, error) {
	tx, err := p.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return nil, err
	}
	return postgresTx{session{tx}}, nil
}

// postgresTx is a transaction beside the writer.
type postgresTx struct{ session }

func (t postgresTx) write(ctx context.Context, r *rows) error {
	var args []any
	for i, list := range r.plans {
		for _, row := range list {
			var err error
			if args, err = plainValues(row, args); err != nil {
				return fmt.Errorf("%s: %w", plans[i].table, err)
			}
			if _, err := t.tx.ExecContext(ctx, writeOne[i].sql, args...); err != nil {
				return err
			}
		}
	}
	return t.executions(ctx, r.execs)
}

func (t postgresTx) load(ctx context.Context, list []sealedVoucher) (int, error) {
	var ids, suppliers, products, batches, serials, currencies, dates []string
	var pins, hashes [][]byte
	var faces, costs []int64
	for _, v := range list {
		ids, suppliers, products = append(ids, v.ID.String()), append(suppliers, v.Supplier), append(products, v.Product)
		batches, serials = append(batches, v.Batch), append(serials, v.Serial)
		pins, hashes = append(pins, v.sealed), append(hashes, v.hash)
		faces, costs = append(faces, v.Face), append(costs, v.Cost)
		currencies, dates = append(currencies, v.Currency), append(dates, v.expiry())
	}
	result, err := t.tx.ExecContext(ctx, `INSERT INTO voucher
		(id, supplier, product, batch, serial, pin, pin_hash, face, cost, currency, expires_on, state)
		SELECT *, 'awaiting' FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
			$8::bigint[], $9::bigint[], $10::text[], $11::text[]) ON CONFLICT DO NOTHING`,
		ids, suppliers, products, batches, serials, pins, hashes, faces, costs, currencies, dates)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
