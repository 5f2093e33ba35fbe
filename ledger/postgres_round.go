package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// A round is two messages: BEGIN travels with what is looked at, COMMIT with
// what is written. A round that need not look is one, and needs neither: what
// travels in one message is one transaction.

func (d *postgresDesk) round(ctx context.Context) (round, error) {
	if err := d.dial(ctx); err != nil {
		return nil, err
	}
	return &postgresRound{desk: d, line: d.line}, nil
}

// postgresRound is one transaction of a writer.
type postgresRound struct {
	desk *postgresDesk
	line *line
	open bool // BEGIN was sent, and COMMIT was not answered
	lost bool // the connection is not to be used again
}

func (r *postgresRound) mark() string { return r.line.mark }

func (r *postgresRound) look(ctx context.Context, n *needs, wait bool, v *view) error {
	m := r.line.message()
	m.add(beginStatement, nil, nil)
	r.open = true
	if err := m.look(n, wait, v); err != nil {
		return err
	}
	return r.send(ctx, m)
}

// send sends a message. An error that is not the server's own ends the connection.
func (r *postgresRound) send(ctx context.Context, m *message) error {
	err := m.prepare(ctx)
	if err == nil {
		err = m.run(ctx)
	}
	r.lost = r.lost || err != nil && !refused(err)
	return err
}

func (r *postgresRound) commit(ctx context.Context, rows *rows) error {
	if err := r.executions(ctx, rows.execs); err != nil {
		return err
	}
	m := r.line.message()
	if !rows.until.IsZero() {
		params, err := wireValues(untilColumns, row{rows.until})
		if err != nil {
			return err
		}
		m.add(checkClock, params, nil)
	}
	if err := m.write(rows); err != nil {
		return err
	}
	if r.open {
		m.add(commitStatement, nil, nil)
	}
	err := r.send(ctx, m)
	switch {
	case err == nil:
		r.open = false
		return nil
	case refused(err) || !m.sent:
		return err
	}
	return fmt.Errorf("%w: %w", errDoubt, err)
}

func (r *postgresRound) get(ctx context.Context, into any, query string, args ...any) error {
	return notFound(r.line.conn.GetContext(ctx, into, r.line.conn.Rebind(query), args...))
}

func (r *postgresRound) list(ctx context.Context, into any, query string, args ...any) error {
	return r.line.conn.SelectContext(ctx, into, r.line.conn.Rebind(query), args...)
}

// executions runs the statements of their own.
func (r *postgresRound) executions(ctx context.Context, list []execution) error {
	if len(list) > 0 && !r.open {
		return errors.New("a statement of its own in a round that did not look")
	}
	for _, e := range list {
		result, err := r.line.conn.ExecContext(ctx, r.line.conn.Rebind(e.sql), e.args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if e.want >= 0 && n != e.want {
			return e.miss
		}
	}
	return nil
}

// refused reports whether the server said that a statement failed, which ends
// the message there: what follows it, such as COMMIT, is not run.
func refused(err error) bool {
	var known *pgconn.PgError
	return errors.As(err, &known) && known.Severity != "FATAL" && known.Severity != "PANIC"
}

// rollback ends the transaction, and with it the connection if that is lost or
// the server does not confirm.
func (r *postgresRound) rollback() {
	if r.open && !r.lost {
		_, err := r.line.conn.ExecContext(context.Background(), "ROLLBACK")
		r.lost = err != nil
	}
	r.open = false
	if r.lost {
		r.desk.leave()
	}
}
