package ledger

import "github.com/jmoiron/sqlx"

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
