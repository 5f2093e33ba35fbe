package main

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// entries is how many the journal has.
func (d *desk) entries(store *ledger.Store) int {
	d.t.Helper()
	entries, err := store.Entries(d.t.Context(), ledger.EntryFilter{Limit: -1})
	if err != nil {
		d.t.Fatal(err)
	}
	return len(entries)
}

func TestOnceThereAreOperatorsNobodyElseChangesAnything(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		store := d.open()
		before := d.entries(store)
		add := []string{"merchant", "add", "M0002", "--name", "Kiosk"}
		for _, tc := range []struct {
			by, credential, says string
		}{
			{"", "", "who are you?"},
			{"ANNA", "", "who are you?"},
			{"", d.credential("ANNA"), "with this password"},
			{"ANNA", d.credential("BEN"), "there is no operator ANNA with this password"},
			{"CARL", d.credential("ANNA"), "there is no operator CARL with this password"},
			{"ANNA", "/nowhere/at/all", "--credential: "},
		} {
			args := add
			if tc.by != "" {
				args = append(args[:len(args):len(args)], "--by", tc.by)
			}
			if tc.credential != "" {
				args = append(args[:len(args):len(args)], "--credential", tc.credential)
			}
			code, _, failed := d.as("").run(args...)
			if code != exitFailed || !strings.Contains(failed, tc.says) {
				t.Errorf("%v: exit %d, %s", args, code, failed)
			}
		}
		if after := d.entries(store); after != before {
			t.Errorf("%d entries were written", after-before)
		}
		d.do(add...)
		entries, err := store.Entries(t.Context(), ledger.EntryFilter{Kind: ledger.EntryOperator, Limit: -1})
		if err != nil || entries[len(entries)-1].Actor != "ANNA" {
			t.Errorf("the journal does not say who: %v", err)
		}
		if code, _, _ := d.as("").run("merchant", "list"); code != exitOK {
			t.Error("looking wants a name")
		}
	})
}

func TestABlockedOperatorDoesNothing(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.staff("ANNA", "BEN")
	d.do("operator", "block", "BEN")
	code, _, failed := d.as("BEN").run("operator", "unblock", "BEN")
	if code != exitFailed || !strings.Contains(failed, "operator BEN is blocked and may not act") {
		t.Errorf("exit %d: %s", code, failed)
	}
}

func TestWhatTakesTwoOperatorsIsRefusedWhileThereAreNone(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	for _, verb := range [][]string{{"operator", "approve", "X"}, {"operator", "block", "X"},
		{"sale", "resolve", "0198c1f2-0000-7000-8000-000000000001", "--as", "declined", "--note", "n", "--evidence", "e"}} {
		code, _, failed := d.run(append(verb, "--by", "ANNA")...)
		if code != exitFailed || !strings.Contains(failed, "there are none yet") {
			t.Errorf("%v: exit %d: %s", verb, code, failed)
		}
	}
}

func TestAnOperatorsNewPasswordIsTheOnlyOneThatCounts(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.staff("ANNA")
	d.do("operator", "password", "--password-file", "-", "<", "another long password")
	if code, _, failed := d.run("operator", "add", "BEN", "--password-file", d.credential("BEN")); code != exitFailed || !strings.Contains(failed, "with this password") {
		t.Errorf("exit %d: %s", code, failed)
	}
	code, _, failed := d.run("operator", "add", "BEN", "--password-file", d.credential("BEN"), "--credential", "-", "<", "another long password")
	if code != exitOK {
		t.Errorf("exit %d: %s", code, failed)
	}
	for _, short := range []string{"short", " leading space", ""} {
		if code, _, failed := d.run("operator", "add", "CARL", "--password-file", "-", "<", short); code != exitFailed || !strings.Contains(failed, "10 to 200 characters") {
			t.Errorf("%q: exit %d: %s", short, code, failed)
		}
	}
}
