package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/jmoiron/sqlx"
)

// PopSQL is the statement that takes vouchers from stock on PostgreSQL.
func PopSQL() string { return popSQL(false) }

// WriterPool opens sessions as the writer has them.
func WriterPool(dsn string) (*sqlx.DB, error) { return postgresPool(dsn, "test", 1, writerSettings) }

// Echo is a connection that sends values to PostgreSQL and gets them back.
type Echo struct{ line *line }

// NewEcho takes a connection out of a pool.
func NewEcho(ctx context.Context, db *sqlx.DB) (Echo, error) {
	d := &postgresDesk{db: db}
	err := d.dial(ctx)
	return Echo{d.line}, err
}

var (
	echoOne  = newStatement("echo_one", "SELECT unnest(ARRAY[$1::text, $2::text])")
	echoMany = newStatement("echo_many", "SELECT a FROM "+unnested([]column{{"a", text}}))
)

// Texts sends two texts as the values of a row, and as an array.
func (e Echo) Texts(ctx context.Context, a, b string) (asRow, asArray []string, err error) {
	columns := []column{{"a", text}, {"b", text}}
	one, errOne := wireValues(columns, row{a, b})
	many, errMany := wireArrays(columns[:1], []row{{a}, {b}})
	if err := errors.Join(errOne, errMany); err != nil {
		return nil, nil, err
	}
	into := func(list *[]string) func(scanner) error {
		return func(from scanner) error {
			var text string
			err := from.Scan(&text)
			*list = append(*list, text)
			return err
		}
	}
	m := e.line.message()
	m.add(echoOne, one, into(&asRow))
	m.add(echoMany, many, into(&asArray))
	if err := m.prepare(ctx); err != nil {
		return nil, nil, err
	}
	return asRow, asArray, m.run(ctx)
}

// TrialBalanceSQL is the statement of Store.TrialBalance.
func TrialBalanceSQL() string { return trialBalance }

// The reads of a closing: when the next day was that something was posted, and
// what the accounts had come to when it ended.
const FirstPostedSQL = firstPosted

// DayBalancesSQL is the second of them.
func DayBalancesSQL() string { return balances(" AND p.at < ?") }

// CloseOneDay closes the next day, if it is over, and returns its end.
func (s *Store) CloseOneDay(ctx context.Context, zone *time.Location) (time.Time, error) {
	cut, err := s.announce(ctx, zone)
	if err == nil && !cut.IsZero() {
		_, err = s.closeAt(ctx, cut)
	}
	return cut, err
}

// AnnounceOnly is a closing that goes no further.
func (s *Store) AnnounceOnly(ctx context.Context, zone *time.Location) (time.Time, error) {
	return s.announce(ctx, zone)
}

// Closes tells whether the store knows all cuts because it makes them.
func (s *Store) Closes() bool { return s.closes.Load() }

// InOpenDay tells whether a transaction is known not to be dated into a closed
// day, by our clock and by the database's.
func (s *Store) InOpenDay(now, clock time.Time) bool {
	return (&view{store: s, now: now, clock: clock}).inOpenDay()
}

// MemoryAge is for how long what was decided on memory may be written.
const MemoryAge = memoryAge

// MigrateTo brings the schema of a database up to a version only.
func MigrateTo(ctx context.Context, driver, dsn string, version int64) error {
	open := func() (*sqlx.DB, error) { return sqlitePool(dsn, 1, "immediate") }
	if driver == Postgres {
		open = func() (*sqlx.DB, error) { return postgresPool(dsn, "test", 2, nil) }
	}
	db, err := open()
	if err != nil {
		return err
	}
	defer db.Close()
	p, err := migrator(driver, db.DB)
	if err != nil {
		return err
	}
	_, err = p.UpTo(ctx, version)
	return err
}
