// Package ledgertest gives tests real, empty databases of both kinds the
// ledger runs on, with durability switched on as in production.
//
// PostgreSQL comes from the machine's own server programs (Debian's
// postgresql-NN), run by an unprivileged user on a Unix socket in a temporary
// folder: no port is opened and no packaged cluster is touched. One cluster
// serves all tests of a process. It goes when the process goes, however that
// ends, so nothing needs to be done for it; see [Run] for when to wait.
package ledgertest

import (
	"path/filepath"
	"sync"
	"testing"
)

// PostgreSQL returns the address, as lib/pq takes it, of a new and empty
// database. It is dropped when the test ends, with whoever is still connected.
// Another process of the same user may use the address too.
func PostgreSQL(tb testing.TB) string {
	tb.Helper()
	c, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return c.Database(tb)
}

// SQLite returns the path of a database file that does not exist yet, in a
// folder that goes when the test ends.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(tb.TempDir(), "ledger.db")
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

// running is the cluster that the tests of this process share.
var running struct {
	once    sync.Once
	cluster *Cluster
	err     error
}

func shared() (*Cluster, error) {
	running.once.Do(func() {
		running.cluster, running.err = open()
	})
	return running.cluster, running.err
}
