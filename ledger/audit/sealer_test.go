package audit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// published are the heads in the town's file.
func (w *town) published() []audit.Head {
	w.t.Helper()
	return readHeads(w.t, w.heads)
}

func readHeads(t testing.TB, path string) []audit.Head {
	t.Helper()
	var heads []audit.Head
	for head, err := range audit.ReadHeads(path) {
		if err != nil {
			t.Fatal(err)
		}
		heads = append(heads, head)
	}
	return heads
}

// count reads one number.
func (w *town) count(query string, args ...any) int {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	var n int
	w.must(db.Get(&n, db.Rebind(query), args...))
	return n
}

func (w *town) unsealed() int {
	w.t.Helper()
	return w.count("SELECT COUNT(*) FROM entry AS e WHERE NOT EXISTS (SELECT 1 FROM seal AS s WHERE s.entry_id = e.id)")
}

func TestOnlyWhatIsNewIsSealed(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		sealer := w.sealer(w.Store)
		entries := w.count("SELECT COUNT(*) FROM entry")
		for _, want := range []int{entries, 0, 1, 2, 0} {
			switch want {
			case 1:
				w.deposit(shop, 100_000, 0)
			case 2:
				w.deliver()
			}
			sealed, err := sealer.Seal(t.Context())
			if err != nil || sealed != want {
				t.Fatalf("sealed %d, %v; want %d", sealed, err, want)
			}
		}
		heads := w.published()
		if len(heads) != 3 || heads[0].N != int64(entries) || heads[1].N != int64(entries+1) || heads[2].N != int64(entries+3) {
			t.Errorf("published heads are %v, want three, after %d, %d and %d entries", heads, entries, entries+1, entries+3)
		}
		wantClean(t, w.verify())
	})
}

func TestAnEntryThatAppearsLateIsSealed(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		for _, tc := range []struct {
			name      string
			age       time.Duration
			byPass    int
			bySweeper int
		}{
			{"from a slow transaction", 40 * time.Second, 1, 0},
			{"from a node whose clock is an hour behind", time.Hour, 0, 1},
		} {
			sealer := w.sealer(w.Store)
			if _, err := sealer.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.insertEntry(w.clock.Now().Add(-tc.age))
			sealed, err := sealer.Seal(t.Context())
			if err != nil || sealed != tc.byPass {
				t.Errorf("%s: the next pass sealed %d, %v; want %d", tc.name, sealed, err, tc.byPass)
			}
			w.clock.Advance(audit.DefaultSweep)
			sealed, err = sealer.Seal(t.Context())
			if err != nil || sealed != tc.bySweeper {
				t.Errorf("%s: the next sweep sealed %d, %v; want %d", tc.name, sealed, err, tc.bySweeper)
			}
		}
		wantClean(t, w.verify())
	})
}

// insertEntry adds an entry of a certain time, as another node would.
func (w *town) insertEntry(at time.Time) {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	_, err := db.Exec(db.Rebind("INSERT INTO entry (id, at, kind, actor, body) VALUES (?, ?, 'operator', 'node-b', '{\"v\":1}')"), ledger.NewID(), at.UTC())
	w.must(err)
}

func TestABacklogOfManyPagesIsSealed(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.manyPages()
		sealed, err := w.sealer(w.Store).Seal(t.Context())
		if entries := w.count("SELECT COUNT(*) FROM entry"); err != nil || sealed != entries {
			t.Errorf("sealed %d, %v; want %d", sealed, err, entries)
		}
		wantClean(t, w.verify())
	})
}

// TestTwoNodesSealOneChain has both nodes seal as fast as they can, while
// another sells.
func TestTwoNodesSealOneChain(t *testing.T) {
	w := found(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	w.deposit(shop, 10_000_000, 0)
	ctx, cancel := context.WithCancel(t.Context())
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	var sealers sync.WaitGroup
	for _, node := range []string{"node-b", "node-c"} {
		sealer := audit.NewSealer(w.open(node), audit.SealerOptions{
			Signer: w.keys.SigningKey(), Heads: w.publish(filepath.Join(t.TempDir(), node)), Now: w.clock.Now, Interval: time.Microsecond,
			Log: logger,
		})
		sealers.Go(func() { sealer.Run(ctx) })
	}
	for range 100 {
		w.deliver()
	}
	cancel()
	sealers.Wait()
	if log.Len() > 0 {
		t.Errorf("the sealers complained:\n%s", &log)
	}
	w.seal()
	if n := w.unsealed(); n != 0 {
		t.Errorf("%d entries are not sealed", n)
	}
	if heads := w.count("SELECT COUNT(*) FROM seal_head"); heads < 2 {
		t.Errorf("%d heads, want several", heads)
	}
	wantClean(t, w.verify())
}

func TestRunSealsOnceMoreBeforeItEnds(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		before := goleak.IgnoreCurrent()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w.deliverAfter(100_000)
		w.sealer(w.Store).Run(ctx)
		if n := w.unsealed(); n != 0 {
			t.Errorf("%d entries are not sealed", n)
		}
		goleak.VerifyNone(t, before)
	})
}

// deliverAfter makes a deposit and a sale.
func (w *town) deliverAfter(deposit int64) {
	w.t.Helper()
	w.deposit(shop, deposit, 0)
	w.deliver()
}

// fickle fails to sign until it is mended, in the middle of the transaction that
// seals.
type fickle struct {
	vault.SigningKey
	fail func()
}

func (f *fickle) Sign(message []byte) []byte {
	if f.fail != nil {
		f.fail()
	}
	return f.SigningKey.Sign(message)
}

func TestANodeThatStopsWhileSealingLeavesNothingBehind(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		ctx, cancel := context.WithCancel(t.Context())
		signer := &fickle{w.keys.SigningKey(), cancel}
		heads := w.publish(w.heads)
		_, err := audit.NewSealer(w.Store, audit.SealerOptions{Signer: signer, Heads: heads, Now: w.clock.Now}).Seal(ctx)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("err = %v, want context.Canceled", err)
		}
		if n := w.count("SELECT COUNT(*) FROM seal"); n != 0 {
			t.Errorf("%d seals, want none", n)
		}
		if heads := w.published(); len(heads) != 0 {
			t.Errorf("published %v, want nothing", heads)
		}
		w.seal()
		wantClean(t, w.verify())
	})
}

func TestHeadsThatACrashLeftUnpublishedArePublishedLater(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		silent := audit.NewSealer(w.Store, audit.SealerOptions{Signer: w.keys.SigningKey(), Now: w.clock.Now})
		for range 3 {
			w.deposit(shop, 1, 0)
			if _, err := silent.Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.seal()
		if n := len(w.published()); n != 3 {
			t.Errorf("published %d heads, want 3", n)
		}
		wantClean(t, w.verify())
	})
}

func TestADatabaseThatIsNotThePublishedOneIsNotPublishedFrom(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		day := w.busyDay()
		w.seal()
		b := w.burgle()
		b.one("UPDATE entry SET actor = 'nobody' WHERE id = ?", b.entryOf(day.delivered, ledger.EntryDisclosure))
		b.exec("DELETE FROM seal_head")
		b.exec("DELETE FROM seal")
		before := w.published()
		_, err := w.sealer(w.Store).Seal(t.Context())
		if !errors.Is(err, audit.ErrForked) {
			t.Errorf("err = %v, want ErrForked", err)
		}
		if after := w.published(); len(after) != len(before) {
			t.Errorf("published %d heads more", len(after)-len(before))
		}
	})
}

func TestARewrittenJournalIsCaughtByThePublishedHeads(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		day := w.busyDay()
		w.seal()
		head := w.published()[0]
		b := w.burgle()
		b.one("UPDATE entry SET actor = 'nobody' WHERE id = ?", b.entryOf(day.delivered, ledger.EntryDisclosure))
		b.exec("DELETE FROM seal")
		b.exec("DELETE FROM seal_head")
		thief := audit.NewSealer(w.Store, audit.SealerOptions{Signer: w.keys.SigningKey(), Now: w.clock.Now})
		if _, err := thief.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}

		wantClean(t, w.verifyWith(audit.Options{Keys: w.keys})) // nothing else can tell
		wantFinding(t, w.verify(), finding{8, "published head " + itoa(head.N) + " of " + head.SignedAt.Format(time.RFC3339), "rewritten"})
	})
}

func TestAJournalCutShortIsCaughtByThePublishedHeads(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		day := w.busyDay()
		w.seal()
		w.must(w.Disclose(t.Context(), day.delivered.ID, "zola", "another reprint"))
		w.seal()
		head := w.published()[1]
		b := w.burgle()
		b.one("DELETE FROM entry WHERE id = ?", b.entryOf(day.delivered, ledger.EntryDisclosure))
		b.one("DELETE FROM seal WHERE n = ?", head.N)
		b.one("DELETE FROM seal_head WHERE n = ?", head.N)

		wantClean(t, w.verifyWith(audit.Options{Keys: w.keys})) // nothing else can tell
		wantFinding(t, w.verify(), finding{8, "published head " + itoa(head.N) + " of " + head.SignedAt.Format(time.RFC3339), "cut"})
	})
}

func TestAJournalRewrittenWithoutTheKeyIsCaughtByItsSignature(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.busyDay()
		stranger := audit.NewSealer(w.Store, audit.SealerOptions{Signer: vault.Ephemeral().SigningKey(), Now: w.clock.Now})
		if _, err := stranger.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		heads := w.count("SELECT n FROM seal_head")
		wantFinding(t, w.verifyWith(audit.Options{Keys: w.keys}), finding{8, "head " + itoa(int64(heads)), "key is not in the key file"})
	})
}

func TestWhatGoesWrongWhileRunningIsLogged(t *testing.T) {
	inEachTown(t, func(t *testing.T, w *town) {
		w.seal()
		b := w.burgle()
		b.exec("DELETE FROM seal_head")
		var log bytes.Buffer
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		audit.NewSealer(w.Store, audit.SealerOptions{
			Signer: w.keys.SigningKey(), Heads: w.publish(w.heads), Now: w.clock.Now, Log: slog.New(slog.NewTextHandler(&log, nil)),
		}).Run(ctx)
		if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), audit.ErrForked.Error()) {
			t.Errorf("the log says %q, want an error that says %q", &log, audit.ErrForked)
		}
	})
}
