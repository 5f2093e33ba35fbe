package ledger

import (
	"context"
	"database/sql"
	"sync"

	"github.com/jmoiron/sqlx"
)

// session is what transactions of both databases have in common.
type session struct{ tx *sqlx.Tx }

func (s session) get(ctx context.Context, into any, query string, args ...any) error {
	return notFound(s.tx.GetContext(ctx, into, s.tx.Rebind(query), args...))
}

func (s session) list(ctx context.Context, into any, query string, args ...any) error {
	return s.tx.SelectContext(ctx, into, s.tx.Rebind(query), args...)
}

func (s session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := s.tx.ExecContext(ctx, s.tx.Rebind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// executions runs the statements of their own.
func (s session) executions(ctx context.Context, list []execution) error {
	for _, e := range list {
		n, err := s.exec(ctx, e.sql, e.args...)
		if err != nil {
			return err
		}
		if e.want >= 0 && n != e.want {
			return e.miss
		}
	}
	return nil
}

func (s session) commit() error { return s.tx.Commit() }

// rollback gives up. An error of it tells nothing: what was not committed is
// rolled back by the database in any case.
func (s session) rollback() { _ = s.tx.Rollback() }

// statements are prepared once, on first use, under a key.
type statements struct {
	mu       sync.Mutex
	prepared map[any]*sql.Stmt
}

// stmt returns the statement of key for use in tx. text makes its SQL.
func (s *statements) stmt(ctx context.Context, db *sqlx.DB, key any, text func() string) (*sql.Stmt, error) {
	s.mu.Lock()
	st, ok := s.prepared[key]
	s.mu.Unlock()
	if ok {
		return st, nil
	}
	// Without the lock: a database that is slow to answer holds up nobody else.
	st, err := db.PrepareContext(ctx, text())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if other, ok := s.prepared[key]; ok {
		_ = st.Close() // somebody else was quicker
		return other, nil
	}
	if s.prepared == nil {
		s.prepared = make(map[any]*sql.Stmt)
	}
	s.prepared[key] = st
	return st, nil
}
