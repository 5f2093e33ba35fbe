package ledger_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// refusedWith fails the test unless the ledger refuses to open, and says why.
func refusedWith(t *testing.T, o ledger.Options, says string) {
	t.Helper()
	if o.Sealer == nil {
		o.Node, o.Sealer = "node-a", vault.Ephemeral()
	}
	s, err := ledger.Open(t.Context(), o)
	if err == nil {
		s.Close()
		t.Fatal("it opened")
	}
	if !strings.Contains(err.Error(), says) {
		t.Errorf("error is %q, want one that says %q", err, says)
	}
}

func TestALedgerWithoutASchemaSaysHowToGetOne(t *testing.T) {
	for driver, dsn := range map[string]string{ledger.Postgres: ledgertest.EmptyPostgreSQL(t), ledger.SQLite: ledgertest.EmptySQLite(t)} {
		t.Run(driver, func(t *testing.T) {
			refusedWith(t, ledger.Options{Driver: driver, DSN: dsn}, "vendswitch migrate")
		})
	}
}

func TestMigratingIsDoneOnceAndTellsVersions(t *testing.T) {
	for driver, dsn := range map[string]string{ledger.Postgres: ledgertest.EmptyPostgreSQL(t), ledger.SQLite: ledgertest.EmptySQLite(t)} {
		t.Run(driver, func(t *testing.T) {
			from, to, err := ledger.Migrate(t.Context(), driver, dsn)
			must(t, err)
			if from != 0 || to < 1 {
				t.Errorf("went from %d to %d", from, to)
			}
			again, still, err := ledger.Migrate(t.Context(), driver, dsn)
			must(t, err)
			if again != to || still != to {
				t.Errorf("went from %d to %d, then from %d to %d", from, to, again, still)
			}
		})
	}
}

func TestAnOlderOrNewerSchemaIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		db := w.direct(t)
		db.MustExec("INSERT INTO schema_version (version_id, is_applied) VALUES (9999, true)")
		refusedWith(t, w.options, "newer program")
		db.MustExec("DELETE FROM schema_version WHERE version_id > 0")
		refusedWith(t, w.options, "vendswitch migrate")
	})
}

func TestALedgerThatCouldLoseSalesIsRefused(t *testing.T) {
	dsn := ledgertest.PostgreSQL(t)
	w := openWorld(t, ledger.Postgres, dsn)
	must(t, w.Durability(t.Context()))
	name := dsn[strings.LastIndex(dsn[:strings.Index(dsn, "?")], "/")+1 : strings.Index(dsn, "?")]
	w.direct(t).MustExec("ALTER DATABASE " + name + " SET synchronous_commit = off")
	refusedWith(t, w.options, "synchronous_commit")
}

func TestSQLiteIsOpenedDurable(t *testing.T) {
	w := openWorld(t, ledger.SQLite, ledgertest.SQLite(t))
	must(t, w.Durability(t.Context()))
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	keys := vault.Ephemeral()
	for name, tc := range map[string]struct {
		options ledger.Options
		says    string
	}{
		"no node":             {ledger.Options{Driver: ledger.SQLite, DSN: "x", Sealer: keys}, "node"},
		"no sealer":           {ledger.Options{Driver: ledger.SQLite, DSN: "x", Node: "a", Sealer: nil}, ""},
		"an unknown driver":   {ledger.Options{Driver: "oracle", DSN: "x", Node: "a", Sealer: keys}, "oracle"},
		"SQLite in memory":    {ledger.Options{Driver: ledger.SQLite, DSN: ":memory:", Node: "a", Sealer: keys}, "path of a file"},
		"SQLite nowhere":      {ledger.Options{Driver: ledger.SQLite, DSN: "", Node: "a", Sealer: keys}, "path of a file"},
		"no sslmode":          {ledger.Options{Driver: ledger.Postgres, DSN: "postgres://u:hush@127.0.0.1:1/x", Node: "a", Sealer: keys}, "sslmode"},
		"a DSN that is none":  {ledger.Options{Driver: ledger.Postgres, DSN: "postgres://u:hush@:x:y/z?sslmode=disable", Node: "a", Sealer: keys}, "DSN"},
		"nobody at home":      {ledger.Options{Driver: ledger.Postgres, DSN: "postgres://u:hush@127.0.0.1:1/x?sslmode=disable", Node: "a", Sealer: keys}, ""},
		"a password in a DSN": {ledger.Options{Driver: ledger.Postgres, DSN: "postgres://u:hush@127.0.0.1:1/x?sslmode=nonsense", Node: "a", Sealer: keys}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := ledger.Open(t.Context(), tc.options)
			if err == nil {
				s.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("error is %q, want one that says %q and no password", err, tc.says)
			}
		})
	}
}

func TestAFileNameMayHoldAnything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c=d#e%f.db")
	_, _, err := ledger.Migrate(t.Context(), ledger.SQLite, path)
	must(t, err)
	w := openWorld(t, ledger.SQLite, path)
	if _, err := os.Stat(w.options.DSN); errors.Is(err, fs.ErrNotExist) {
		t.Error("the database is somewhere else")
	}
}

func TestPingNotesThatTheNodeLives(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.Ping(t.Context()))
		must(t, w.Ping(t.Context()))
		if n := w.scalar(t, "SELECT COUNT(*) FROM node WHERE name = 'node-a'"); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestAClosedLedgerTakesNothingAndLeavesNothingRunning(t *testing.T) {
	onEachStoreAlone(t, func(t *testing.T, w *world) {
		before := goleak.IgnoreCurrent()
		s := w.openUnclosed(t, "node-b")
		_, err := s.Void(t.Context(), w.key(), "adviceReq")
		must(t, err)
		must(t, s.Close())
		_, err = s.Void(t.Context(), w.key(), "adviceReq")
		wantErr(t, err, ledger.ErrClosed)
		goleak.VerifyNone(t, before)
	})
}

func TestClosingLetsWhatWasHandedInBeCommitted(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		s := w.openUnclosed(t, "node-b")
		const n = 300
		results := make(chan error, n)
		for range n {
			k := w.key()
			go func() {
				_, err := s.Void(context.Background(), k, "adviceReq")
				results <- err
			}()
		}
		must(t, <-results)
		must(t, s.Close())
		committed := int64(1)
		for range n - 1 {
			if err := <-results; err == nil {
				committed++
			} else {
				wantErr(t, err, ledger.ErrClosed)
			}
		}
		if got := w.scalar(t, "SELECT COUNT(*) FROM message"); got != committed {
			t.Errorf("%d were acknowledged, %d are there", committed, got)
		}
	})
}

func TestARequestThatNobodyWaitsForIsNotCommitted(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.Void(ctx, w.key(), "adviceReq")
		wantErr(t, err, context.Canceled)
		must(t, w.Ping(t.Context()))
		if n := w.scalar(t, "SELECT COUNT(*) FROM message"); n != 0 {
			t.Errorf("%d messages, want none", n)
		}
	})
}
