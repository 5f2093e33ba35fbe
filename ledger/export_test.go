package ledger

import (
	"context"
	"errors"

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
	p := &postgres{db: db}
	err := p.dial(ctx)
	return Echo{p.line}, err
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
