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

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// Limits of the connections to PostgreSQL.
const (
	postgresWriters = 4 // the writer, stock imports, counters
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
	"standard_conforming_strings":         "on", // see literal
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
type postgres struct {
	db   *sqlx.DB
	line *line // of the writer alone
}

// openPostgres opens a pool for the writer and one for reads.
func openPostgres(dsn, application string) (*postgres, *sqlx.DB, error) {
	write, err := postgresPool(dsn, application, postgresWriters, writerSettings)
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
	cfg, err := pq.NewConfig(dsn)
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
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = application
	}
	if cfg.Runtime == nil {
		cfg.Runtime = make(map[string]string)
	}
	for _, settings := range []map[string]string{postgresSettings, more} {
		for name, value := range settings {
			cfg.Runtime[name] = value
		}
	}
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("DSN: %w", hideDSN(err, dsn))
	}
	connector.Dialer(impatient{})
	db := sqlx.NewDb(sql.OpenDB(connector), Postgres)
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

// impatient dials connections whose every read and write must be done within
// answerTimeout.
type impatient struct{}

func (impatient) Dial(network, address string) (net.Conn, error) {
	return impatient{}.DialContext(context.Background(), network, address)
}

func (impatient) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return impatient{}.DialContext(ctx, network, address)
}

func (impatient) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return impatientConn{conn}, nil
}

type impatientConn struct{ net.Conn }

func (c impatientConn) Read(b []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c impatientConn) Write(b []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(answerTimeout)); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// prepare gets the writer its connection.
func (p *postgres) prepare(ctx context.Context) error { return p.dial(ctx) }

func (p *postgres) close() error {
	p.hangUp()
	return p.db.Close()
}

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

// committed waits until the transaction is no longer running, then looks for
// its entry. The status alone would not do: a transaction id that was in use
// when the server crashed may be given to another transaction afterwards.
func (p *postgres) committed(ctx context.Context, mark string, entry ID) (bool, error) {
	for {
		var status sql.NullString
		err := p.db.GetContext(ctx, &status, "SELECT pg_xact_status($1::xid8)", mark)
		var known *pq.Error
		if err != nil && !(errors.As(err, &known) && known.Code.Class() == "22") {
			return false, err // class 22: an id not given out since a crash
		}
		if status.String != "in progress" {
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
	var known *pq.Error
	if errors.As(err, &known) {
		switch {
		case known.Code == "23505" && known.Table == "upstream_message":
			return troubleUpstream
		case known.Code == "23505":
			return troubleUnique
		case known.Code == "23503":
			return troubleOrphan
		case known.Code.Class() == "40", known.Code == divisionByZero:
			return troubleRace
		case known.Code.Class() == "08", known.Code.Class() == "57" && known.Code != "57014",
			known.Code == "53300", known.Code == "25006", known.Code == "25P03":
			return troubleGone
		}
		return troubleOther
	}
	var wire net.Error
	if errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.As(err, &wire) {
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
