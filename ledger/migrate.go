package ledger

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jmoiron/sqlx"
	sqlite3 "github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// Migrate brings the schema of a database up to date, creating it in an empty
// one, and returns the versions before and after. On PostgreSQL several may
// migrate at a time: one does, the others wait.
func Migrate(ctx context.Context, driver, dsn string) (from, to int64, err error) {
	var db *sqlx.DB
	switch driver {
	case Postgres:
		db, err = postgresPool(dsn, "vendswitch migrate", 2, map[string]string{"statement_timeout": "0", "idle_in_transaction_session_timeout": "0"})
	case SQLite:
		db, err = sqlitePool(dsn, 1, "immediate")
	default:
		err = unknownDriver(driver)
	}
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := migrator(driver, db.DB)
	if err != nil {
		return 0, 0, err
	}
	if from, err = p.GetDBVersion(ctx); err != nil {
		return 0, 0, fmt.Errorf("schema version: %w", err)
	}
	if _, err = p.Up(ctx); err != nil {
		return from, from, fmt.Errorf("migrate: %w", err)
	}
	to, err = p.GetDBVersion(ctx)
	return from, to, err
}

// migrator makes a goose provider over the migrations of one database.
func migrator(driver string, db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+driver)
	if err != nil {
		return nil, err
	}
	options := []goose.ProviderOption{goose.WithTableName("schema_version"), goose.WithDisableGlobalRegistry(true)}
	dialect := goose.DialectSQLite3
	if driver == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, db, files, options...)
}

// migrated reports whether the schema is the one this program was built for.
func migrated(ctx context.Context, driver string, db *sql.DB) error {
	p, err := migrator(driver, db)
	if err != nil {
		return err
	}
	var version int64
	err = db.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM schema_version").Scan(&version)
	if lacksTable(err) {
		return errors.New("the database has no schema yet; run: vendswitch migrate")
	}
	if err != nil {
		return fmt.Errorf("the version of the database's schema cannot be read: %w", err)
	}
	sources := p.ListSources()
	target := sources[len(sources)-1].Version
	switch {
	case version < target:
		return fmt.Errorf("the database has schema %d, this program needs %d; run: vendswitch migrate", version, target)
	case version > target:
		return fmt.Errorf("the database has schema %d, this program knows only %d; run a newer program", version, target)
	}
	return nil
}

// lacksTable reports whether a table was read that is not there.
func lacksTable(err error) bool {
	if known, ok := errors.AsType[*pgconn.PgError](err); ok {
		return known.Code == "42P01"
	}
	known, ok := errors.AsType[sqlite3.Error](err)
	return ok && strings.HasPrefix(known.Error(), "no such table") // SQLite has no code for it
}

func unknownDriver(driver string) error {
	return fmt.Errorf("unknown database driver %q: it is %s or %s", driver, Postgres, SQLite)
}
