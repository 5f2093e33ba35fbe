package ledger_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// hire adds operators, the first of whom adds the others.
func hire(t *testing.T, w *world, names ...string) {
	t.Helper()
	for _, name := range names {
		_, err := w.AddOperator(t.Context(), names[0], name, "$argon2id$secret")
		must(t, err)
	}
}

func TestTheFirstTwoOperatorsActAtOnceAndTheThirdOnceAnotherHasApproved(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		hire(t, w, "ann", "ben", "carl")
		for name, want := range map[string]ledger.OperatorStatus{"ann": ledger.OperatorActive, "ben": ledger.OperatorActive, "carl": ledger.OperatorProposed} {
			if o, err := w.Operator(t.Context(), name); err != nil || o.Status != want {
				t.Errorf("%s is %s, not %s: %v", name, o.Status, want, err)
			}
		}
		for _, tc := range []struct {
			actor string
			want  error
		}{{"ann", ledger.ErrSamePerson}, {"carl", ledger.ErrSamePerson}, {"nobody", ledger.ErrNoOperator}} {
			_, err := w.ApproveOperator(t.Context(), tc.actor, "carl")
			wantErr(t, err, tc.want)
		}
		o, err := w.ApproveOperator(t.Context(), "ben", "carl")
		must(t, err)
		if o.Status != ledger.OperatorActive || o.ProposedBy != "ann" {
			t.Errorf("approved as %+v", o)
		}
		_, err = w.ApproveOperator(t.Context(), "ben", "carl")
		wantErr(t, err, ledger.ErrState)
		_, err = w.ApproveOperator(t.Context(), "ben", "nobody")
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.AddOperator(t.Context(), "ann", "carl", "$argon2id$secret")
		wantErr(t, err, ledger.ErrExists)
	})
}

func TestABlockedOperatorComesBackOnlyThroughTwoOthers(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		hire(t, w, "ann", "ben")
		_, err := w.UnblockOperator(t.Context(), "ann", "ben")
		wantErr(t, err, ledger.ErrState)
		_, err = w.BlockOperator(t.Context(), "ann", "ben")
		must(t, err)
		// Whoever is left alone cannot make a second self.
		o, err := w.AddOperator(t.Context(), "ann", "carl", "$argon2id$secret")
		must(t, err)
		if o.Status != ledger.OperatorProposed {
			t.Errorf("a third operator is %s at once", o.Status)
		}
		_, err = w.UnblockOperator(t.Context(), "ben", "ben")
		wantErr(t, err, ledger.ErrSamePerson)
		o, err = w.UnblockOperator(t.Context(), "ann", "ben")
		must(t, err)
		if o.Status != ledger.OperatorProposed || o.ProposedBy != "ann" {
			t.Errorf("let in again as %+v", o)
		}
		_, err = w.ApproveOperator(t.Context(), "ann", "ben")
		wantErr(t, err, ledger.ErrSamePerson)
		_, err = w.ApproveOperator(t.Context(), "ben", "carl")
		wantErr(t, err, ledger.ErrNoOperator)
		_, err = w.BlockOperator(t.Context(), "ann", "nobody")
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestAnOperatorsPasswordIsReplacedOnceAndWrittenIntoNoEntry(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		hire(t, w, "ann")
		must(t, w.SetOperatorPassword(t.Context(), "ann", "$argon2id$secret", "$argon2id$newer"))
		wantErr(t, w.SetOperatorPassword(t.Context(), "ann", "$argon2id$secret", "$argon2id$third"), ledger.ErrChanged)
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryOperator, Limit: -1})
		must(t, err)
		said := 0
		for _, e := range entries {
			if e.Actor == "ann" {
				said++
			}
			if strings.Contains(fmt.Sprint(e), "argon2id") {
				t.Errorf("an entry holds the hash: %v", e)
			}
		}
		if said != 2 {
			t.Errorf("%d entries of what was done, not 2", said)
		}
	})
}

func TestOfManyWhoApproveAtOnceOneDoes(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		hire(t, w, "ann", "ben", "carl")
		stores := []*ledger.Store{w.Store, w.open(t, "node-b")}
		var wg sync.WaitGroup
		var mu sync.Mutex
		done := 0
		for i := range 8 {
			wg.Go(func() {
				if _, err := stores[i%2].ApproveOperator(t.Context(), "ben", "carl"); err == nil {
					mu.Lock()
					done++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if done != 1 {
			t.Errorf("%d of them did", done)
		}
	})
}

func TestOfManyAddedOnTwoNodesAtOnceTwoAreActive(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		var group sync.WaitGroup
		for i := range 8 {
			group.Go(func() {
				if _, err := nodes[i%2].AddOperator(t.Context(), "boss", fmt.Sprint("person ", i), "$argon2id$secret"); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := w.scalar(t, "SELECT COUNT(*) FROM operator WHERE status = 'active'"); n != 2 {
			t.Errorf("%d are active", n)
		}
		_, err := w.AddOperator(t.Context(), "boss", " PERSON 3", "$argon2id$secret")
		wantErr(t, err, ledger.ErrExists) // a second self
	})
}

// Two who are added at once each see that there is one before them.
func TestWhoIsAddedWhileAnotherIsWaitsForHim(t *testing.T) {
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	hire(t, w, "ann")
	db := w.direct(t)
	tx := db.MustBegin() // another node, in the middle of it
	defer tx.Rollback()
	tx.MustExec("UPDATE operator_turn SET turn = turn + 1")
	tx.MustExec("INSERT INTO operator (name, password_hash, status, proposed_by) VALUES ('ben', 'x', 'active', 'ann')")
	added := make(chan ledger.Operator, 1)
	go func() {
		o, err := w.AddOperator(t.Context(), "ann", "carl", "$argon2id$secret")
		if err != nil {
			t.Error(err)
		}
		added <- o
	}()
	for waiting := false; !waiting; {
		select {
		case o := <-added:
			t.Fatalf("carl was added without waiting, and is %s", o.Status)
		case <-time.After(10 * time.Millisecond):
		}
		must(t, db.Get(&waiting, "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"))
	}
	must(t, tx.Commit())
	if o := <-added; o.Status != ledger.OperatorProposed {
		t.Errorf("the third is %s", o.Status)
	}
}
