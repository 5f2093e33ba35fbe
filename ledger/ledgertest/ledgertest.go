// Package ledgertest gives tests real databases of both kinds the ledger runs on, with durability switched on as in production.
//
// PostgreSQL comes from the machine's own server programs (Debian's
// postgresql-NN), run by an unprivileged user on a Unix socket in a temporary
// folder: no port is opened and no packaged cluster is touched. One cluster
// serves all tests of a process. It goes when the process goes, however that
// ends, so nothing needs to be done for it; see [Run] for when to wait.
package ledgertest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

// PostgreSQL returns the address, as lib/pq takes it, of a new database that has
// a ledger's schema, and nothing in it. It is dropped when the test ends, with
// whoever is still connected. Another process of the same user may use the address
// too.
//
// It is a copy of one that was migrated once, as migrating takes a hundred times
// longer.
func PostgreSQL(tb testing.TB) string {
	tb.Helper()
	c := cluster(tb)
	running.template.Do(func() { running.templateErr = c.migrate() })
	if running.templateErr != nil {
		tb.Fatal(running.templateErr)
	}
	return c.database(tb, " TEMPLATE "+template)
}

// EmptyPostgreSQL is PostgreSQL without the schema.
func EmptyPostgreSQL(tb testing.TB) string {
	tb.Helper()
	return cluster(tb).Database(tb)
}

// SQLite returns the path of a database file that has a ledger's schema, and
// nothing in it, in a folder that goes when the test ends.
func SQLite(tb testing.TB) string {
	tb.Helper()
	running.fileOnce.Do(func() { running.file, running.fileErr = migratedFile() })
	if running.fileErr != nil {
		tb.Fatal(running.fileErr)
	}
	path := EmptySQLite(tb)
	if err := os.WriteFile(path, running.file, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// EmptySQLite returns the path of a database file that does not exist yet, in a
// folder that goes when the test ends.
func EmptySQLite(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "ledger.db")
}

// template is the name of the database that others are copied from.
const template = "template_ledger"

// migrate makes the template.
func (c *Cluster) migrate() error {
	if err := c.execute("CREATE DATABASE " + template); err != nil {
		return err
	}
	_, _, err := ledger.Migrate(context.Background(), ledger.Postgres, c.address(template))
	return err
}

// migratedFile is what a migrated SQLite database is made of.
func migratedFile() ([]byte, error) {
	folder, err := os.MkdirTemp("", "ledgertest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "ledger.db")
	if _, _, err := ledger.Migrate(context.Background(), ledger.SQLite, path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// Run runs a package's tests, and returns their exit code when the cluster
// that [PostgreSQL] started is gone. It is for a TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(ledgertest.Run(m)) }
//
// Without it the cluster goes a moment after the process.
func Run(m *testing.M) int {
	code := m.Run()
	if running.cluster != nil {
		running.cluster.close()
	}
	return code
}

// running is what the tests of this process share.
var running struct {
	once    sync.Once
	cluster *Cluster
	err     error

	template    sync.Once
	templateErr error

	fileOnce sync.Once
	file     []byte
	fileErr  error
}

// cluster is the one that the tests of this process share.
func cluster(tb testing.TB) *Cluster {
	tb.Helper()
	running.once.Do(func() { running.cluster, running.err = open() })
	if running.err != nil {
		tb.Fatal(running.err)
	}
	return running.cluster
}
