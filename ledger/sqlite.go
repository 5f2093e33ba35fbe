package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jmoiron/sqlx"
	sqlite3 "github.com/mattn/go-sqlite3"
)

// sqliteReaders is how many connections read beside the one that writes.
const sqliteReaders = 4

// sqlite is the engine on SQLite. One connection writes; its transactions
// begin IMMEDIATE, so that none is refused half-way. Statements are prepared
// when the database is opened: with a single connection there is no other to
// prepare them on during a transaction.
type sqlite struct {
	db         *sqlx.DB
	float      *sql.Stmt
	leg        *sql.Stmt
	sale       *sql.Stmt
	message    *sql.Stmt
	upstream   *sql.Stmt
	token      *sql.Stmt
	reference  *sql.Stmt
	pop        *sql.Stmt
	plans      [planCount]*sql.Stmt
	now        func() timeFunc
}
