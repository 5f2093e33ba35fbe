package ledgertest_test

import (
	"database/sql"
	"os"
	"syscall"
	"testing"

	"github.com/vendswitch/vendswitch/ledger/ledgertest"

	_ "github.com/mattn/go-sqlite3"
)

func TestMain(m *testing.M) { os.Exit(ledgertest.Run(m)) }

func TestPostgreSQLIsAsDurableAsInProductionAndOpensNoPort(t *testing.T) {
	db := connect(t, ledgertest.PostgreSQL(t))
	for setting, want := range map[string]string{
		"fsync":              "on",
		"full_page_writes":   "on",
		"synchronous_commit": "on",
		"listen_addresses":   "",
		"max_connections":    "200",
		"server_encoding":    "UTF8",
	} {
		if got := text(t, db, "SELECT current_setting($1)", setting); got != want {
			t.Errorf("%s is %q, want %q", setting, got, want)
		}
	}
}

func TestPostgreSQLDoesNotRunAsRoot(t *testing.T) {
	db := connect(t, ledgertest.PostgreSQL(t))
	folder, err := os.Stat(text(t, db, "SELECT current_setting('data_directory')"))
	if err != nil {
		t.Fatal(err)
	}
	if uid := folder.Sys().(*syscall.Stat_t).Uid; uid == 0 {
		t.Error("the data belong to root")
	}
}

func TestEachEmptyDatabaseIsOneOfItsOwn(t *testing.T) {
	a, b := ledgertest.EmptyPostgreSQL(t), ledgertest.EmptyPostgreSQL(t)
	run(t, connect(t, a), "CREATE TABLE voucher (serial text)")
	if n := text(t, connect(t, b), "SELECT count(*) FROM pg_stat_user_tables"); n != "0" {
		t.Errorf("the other database has %s tables, want none", n)
	}
	if n := text(t, connect(t, a), "SELECT count(*) FROM pg_stat_user_tables"); n != "1" {
		t.Errorf("the first database has %s tables for its second client, want 1", n)
	}
}

func TestEachLedgerHasTheSchemaAndIsOneOfItsOwn(t *testing.T) {
	for driver, ledgerOf := range map[string]func(testing.TB) string{"postgres": ledgertest.PostgreSQL, "sqlite3": ledgertest.SQLite} {
		a, b := open(t, driver, ledgerOf(t)), open(t, driver, ledgerOf(t))
		run(t, a, "INSERT INTO merchant (code, name, address, currency, status) VALUES ('M1', '', '', 'ZAR', 'active')")
		if in, other := text(t, a, "SELECT COUNT(*) FROM merchant"), text(t, b, "SELECT COUNT(*) FROM merchant"); in != "1" || other != "0" {
			t.Errorf("%s: %s merchants in one, %s in the other", driver, in, other)
		}
	}
}

func TestADatabaseGoesWhenItsTestEndsThoughSomeoneIsConnected(t *testing.T) {
	db := connect(t, ledgertest.PostgreSQL(t))
	var name string
	t.Run("a test with a client that stays", func(t *testing.T) {
		left, err := sql.Open("postgres", ledgertest.PostgreSQL(t))
		if err != nil {
			t.Fatal(err)
		}
		name = text(t, left, "SELECT current_database()")
	})
	if n := text(t, db, "SELECT count(*) FROM pg_database WHERE datname = $1", name); n != "0" {
		t.Errorf("%s is still there", name)
	}
}

func TestEmptySQLiteStartsAsNoFileInAFolderThatCanHoldOne(t *testing.T) {
	a, b := ledgertest.EmptySQLite(t), ledgertest.EmptySQLite(t)
	for _, path := range []string{a, b} {
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("stat %s: %v, want that it does not exist", path, err)
		}
		db, err := sql.Open("sqlite3", path)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		run(t, db, "CREATE TABLE voucher (serial text)")
	}
}

func connect(t *testing.T, address string) *sql.DB {
	t.Helper()
	return open(t, "postgres", address)
}

func open(t *testing.T, driver, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func text(t *testing.T, db *sql.DB, query string, args ...any) string {
	t.Helper()
	var s string
	if err := db.QueryRow(query, args...).Scan(&s); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return s
}
