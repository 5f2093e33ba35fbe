package ledger

import (
	"context"
	"time"

	"github.com/jmoiron/sqlx"
)

// PopSQL is the statement that takes vouchers from stock on PostgreSQL.
func PopSQL() string { return popSQL(false) }

// WriterPool opens sessions as the writer has them.
func WriterPool(dsn string) (*sqlx.DB, error) { return postgresPool(dsn, "test", 1, writerSettings) }

// Literals, to be checked against what PostgreSQL makes of them.
var (
	TextArray = textArray
	Literal   = literal
)

// Composite writes one record of texts as an array of records.
func Composite(texts ...string) (string, error) {
	columns, values := make([]column, len(texts)), make(row, len(texts))
	for i, t := range texts {
		columns[i], values[i] = column{"c", text}, t
	}
	return composites(columns, []row{values})
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
