package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
)

// A writer has a connection of its own, and talks to the server in messages of
// several prepared statements, whose answers come back together (pipelining: see
// "Pipelining" in the chapter on the protocol in PostgreSQL's manual). Statements
// are prepared by name, and a transaction may be two messages: between the ledger
// and PostgreSQL there can be no pooler that hands sessions out by transaction.
// A statement that fails takes with it all that follow in its message.

// statement is prepared by name, once for each connection.
type statement struct{ name, sql string }

func newStatement(name, sql string) *statement { return &statement{name, sql} }

var (
	beginStatement  = newStatement("begin", "BEGIN ISOLATION LEVEL READ COMMITTED")
	commitStatement = newStatement("commit", "COMMIT")
)

// postgresDesk is where a writer makes its rounds.
type postgresDesk struct {
	db   *sqlx.DB
	line *line // nil until it is needed
}

func (p *postgres) desk() desk { return &postgresDesk{db: p.db} }

// line is a writer's connection.
type line struct {
	conn     *sqlx.Conn
	types    *pgtype.Map
	prepared map[*statement]bool
	mark     string // of its session; see postgres.committed
}

// dial gets the connection, if there is none.
func (d *postgresDesk) dial(ctx context.Context) error {
	if d.line != nil {
		return nil
	}
	conn, err := d.db.Connx(ctx)
	if err != nil {
		return err
	}
	l := &line{conn: conn, types: pgtype.NewMap(), prepared: make(map[*statement]bool)}
	if err := conn.GetContext(ctx, &l.mark, "SELECT "+sessionMark+" FROM pg_stat_activity WHERE pid = pg_backend_pid()"); err != nil {
		return errors.Join(err, conn.Close())
	}
	d.line = l
	return nil
}

// leave closes the connection; the next round gets another.
func (d *postgresDesk) leave() {
	if d.line == nil {
		return
	}
	// A connection that Raw calls bad is closed, not put back into the pool.
	_ = d.line.conn.Raw(func(any) error { return errBadLine })
	_ = d.line.conn.Close()
	d.line = nil
}

// message is statements that travel together.
type message struct {
	line  *line
	sends []send
	sent  bool // or begun to be
}

type send struct {
	*statement
	params [][]byte
	read   func(scanner) error // of each row; nil if there is none to be read
}

func (l *line) message() *message { return &message{line: l} }

// add puts a statement into the message. Parameters are in binary format.
func (m *message) add(s *statement, params [][]byte, read func(scanner) error) {
	m.sends = append(m.sends, send{s, params, read})
}

// binaryFormat is that of all parameters and results.
var binaryFormat = []int16{1}

// run sends the message, after prepare, and reads all answers.
func (m *message) run(ctx context.Context) error {
	m.sent = true
	return m.line.raw(func(conn *pgconn.PgConn) error { return m.exchange(ctx, conn) })
}

// raw lends the connection below database/sql, which knows nothing of pipelines.
func (l *line) raw(use func(*pgconn.PgConn) error) error {
	var err error
	rawErr := l.conn.Raw(func(driver any) error {
		err = use(driver.(*stdlib.Conn).Conn().PgConn())
		return nil // whether the connection is still good is for the round to find out
	})
	return errors.Join(err, rawErr)
}

func (m *message) exchange(ctx context.Context, conn *pgconn.PgConn) error {
	p := conn.StartPipeline(ctx)
	for _, s := range m.sends {
		p.SendQueryPrepared(s.name, s.params, binaryFormat, binaryFormat)
	}
	err := p.Sync()
	for i := 0; err == nil && i < len(m.sends); i++ {
		err = m.receive(p, m.sends[i])
	}
	// What is left after an error is read and dropped. Close returns that error
	// again, or one of the transaction's end.
	if closeErr := p.Close(); err == nil {
		err = closeErr
	}
	return err
}

func (m *message) receive(p *pgconn.Pipeline, s send) error {
	result, err := p.GetResults()
	if err != nil {
		return err
	}
	reader, ok := result.(*pgconn.ResultReader)
	if !ok {
		return fmt.Errorf("statement %s: a %T instead of its result", s.name, result)
	}
	if s.read == nil {
		_, err := reader.Close()
		return err
	}
	found := pgx.RowsFromResultReader(m.line.types, reader)
	defer found.Close()
	for found.Next() {
		if err := s.read(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// prepare prepares what this connection has not seen yet.
func (m *message) prepare(ctx context.Context) error {
	for _, s := range m.sends {
		if m.line.prepared[s.statement] {
			continue
		}
		err := m.line.raw(func(conn *pgconn.PgConn) error {
			_, err := conn.Prepare(ctx, s.name, s.sql, nil)
			return err
		})
		if err != nil {
			return fmt.Errorf("prepare %s: %w", s.name, err)
		}
		m.line.prepared[s.statement] = true
	}
	return nil
}
