package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
)

// The writer has a connection of its own and talks to the server as little as
// it can: a round is two messages, or three when vouchers are popped. BEGIN
// travels with the first statement, COMMIT with the last. For that, statements
// are prepared by name and run by EXECUTE: several in one message, each with
// its ready plan. Between the ledger and PostgreSQL there can therefore be no
// pooler that hands sessions out by transaction.

// line is the writer's connection, with what is prepared on it.
type line struct {
	conn     *sqlx.Conn
	prepared map[string]bool
}

// dial gets the writer's connection, if it has none.
func (p *postgres) dial(ctx context.Context) error {
	if p.line != nil {
		return nil
	}
	conn, err := p.db.Connx(ctx)
	if err != nil {
		return err
	}
	p.line = &line{conn: conn, prepared: make(map[string]bool)}
	return nil
}

// hangUp closes the writer's connection; the next round gets another.
func (p *postgres) hangUp() {
	if p.line == nil {
		return
	}
	// A connection that Raw calls bad is closed, not put back into the pool.
	_ = p.line.conn.Raw(func(any) error { return errBadLine })
	_ = p.line.conn.Close()
	p.line = nil
}

// prepareNamed prepares a statement under a name, once for each connection.
func (l *line) prepareNamed(ctx context.Context, name string, text func() string) error {
	if l.prepared[name] {
		return nil
	}
	if _, err := l.conn.ExecContext(ctx, "PREPARE "+name+" AS "+text()); err != nil {
		return fmt.Errorf("prepare %s: %w", name, err)
	}
	l.prepared[name] = true
	return nil
}

// execute is the call of a prepared statement.
func execute(name string, args []string) string {
	if len(args) == 0 {
		return "EXECUTE " + name
	}
	quoted := make([]string, len(args))
	for i, arg := range args {
		quoted[i] = literal(arg)
	}
	return "EXECUTE " + name + " (" + strings.Join(quoted, ", ") + ")"
}

func (p *postgres) round(ctx context.Context) (round, error) {
	if err := p.dial(ctx); err != nil {
		return nil, err
	}
	return &postgresRound{engine: p, line: p.line}, nil
}

// postgresRound is one transaction of the writer.
type postgresRound struct {
	engine *postgres
	line   *line
	xid    string
	used   bool // something was sent, and COMMIT was not answered
}

func (r *postgresRound) mark() string { return r.xid }

// run sends a message and reads all that comes back.
func (r *postgresRound) run(ctx context.Context, message string, read func(*sql.Rows) error) error {
	found, err := r.line.conn.QueryContext(ctx, message)
	if err != nil {
		return err
	}
	defer found.Close()
	for {
		for found.Next() {
			if err := read(found); err != nil {
				return err
			}
		}
		if !found.NextResultSet() {
			return found.Err()
		}
	}
}

func (r *postgresRound) look(ctx context.Context, n *needs, v *view) error {
	set := n.lookSet()
	args, err := set.args(n)
	if err != nil {
		return err
	}
	r.used = true
	name := set.name()
	if err := r.line.prepareNamed(ctx, name, set.sql); err != nil {
		return err
	}
	var row lookRow
	into := row.into()
	return r.run(ctx, "BEGIN ISOLATION LEVEL READ COMMITTED; "+execute(name, args), func(found *sql.Rows) error {
		if err := found.Scan(into...); err != nil {
			return err
		}
		r.see(&row, v)
		return nil
	})
}

func (r *postgresRound) pop(ctx context.Context, wants map[string]want, wait bool, v *view) error {
	name := "pop"
	if wait {
		name = "pop_waiting"
	}
	if err := r.line.prepareNamed(ctx, name, func() string { return popSQL(wait) }); err != nil {
		return err
	}
	list := make([]row, 0, len(wants))
	for _, w := range wants {
		list = append(list, row{w.product, int64(w.quantity), w.cutoff})
	}
	arg, err := composites(wantColumns, list)
	if err != nil {
		return err
	}
	return r.run(ctx, execute(name, []string{arg}), func(found *sql.Rows) error {
		s, err := scanVoucher(found)
		v.stock[s.Product] = append(v.stock[s.Product], s)
		return err
	})
}

func (r *postgresRound) get(ctx context.Context, into any, query string, args ...any) error {
	return notFound(r.line.conn.GetContext(ctx, into, r.line.conn.Rebind(query), args...))
}

func (r *postgresRound) list(ctx context.Context, into any, query string, args ...any) error {
	return r.line.conn.SelectContext(ctx, into, r.line.conn.Rebind(query), args...)
}

// commit writes the rows and commits. Statements of their own go before the
// set-based one, so that this can travel with COMMIT.
func (r *postgresRound) commit(ctx context.Context, rows *rows) error {
	for _, e := range rows.execs {
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
	message := "COMMIT"
	set := rows.writeSet()
	if set != (writeSet{}) {
		name := set.name()
		if err := r.line.prepareNamed(ctx, name, set.sql); err != nil {
			return err
		}
		args, err := set.args(rows)
		if err != nil {
			return err
		}
		message = execute(name, args) + "; COMMIT"
	}
	err := r.run(ctx, message, func(*sql.Rows) error { return nil })
	switch {
	case err == nil:
		r.used = false
		return nil
	case refused(err):
		return err
	}
	return fmt.Errorf("%w: %w", errDoubt, err)
}

// refused reports whether the server said that a statement failed, which ends
// the message there: what follows it, such as COMMIT, is not run.
func refused(err error) bool {
	var known *pq.Error
	return errors.As(err, &known) && !known.Fatal()
}

// rollback ends the transaction, and with it the connection unless the server
// confirms.
func (r *postgresRound) rollback() {
	if !r.used {
		return
	}
	r.used = false
	if _, err := r.line.conn.ExecContext(context.Background(), "ROLLBACK"); err != nil {
		r.engine.hangUp()
	}
}
