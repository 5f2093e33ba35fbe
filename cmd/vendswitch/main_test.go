package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vendswitch": main})
}

// The scripts wait more than they work: a program with the race detector in it sleeps
// for a second before it ends well.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"LISTEN", "OPERATIONS"} {
				address, err := freeAddress()
				if err != nil {
					return err
				}
				env.Setenv("VENDSWITCH_SERVER_"+name, address)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": waitUntilReady, "deposited": depositDaysAgo, "closed": waitUntilClosed, "private": readableByOwnerAlone,
		},
	})
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// waitUntilReady waits until the switch on the script's operations listener says
// that it is ready.
func waitUntilReady(ts *testscript.TestScript, _ bool, _ []string) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for url := "http://" + ts.Getenv("VENDSWITCH_SERVER_OPERATIONS") + "/readyz"; ; {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		ts.Check(err)
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			ts.Fatalf("the switch did not become ready: %v", err)
		}
	}
}

// readableByOwnerAlone wants a file that holds a secret to be its owner's alone.
func readableByOwnerAlone(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	if mode := info.Mode().Perm(); mode != 0o600 {
		ts.Fatalf("%s has mode %v", args[0], mode)
	}
}

// bookkeeper opens the script's database with a clock that is some days behind.
func bookkeeper(ts *testscript.TestScript, behind time.Duration) *ledger.Store {
	keys, err := vault.Load(ts.MkAbs("var/keys.toml"))
	ts.Check(err)
	store, err := ledger.Open(context.Background(), ledger.Options{
		Driver: ledger.SQLite, DSN: ts.MkAbs("var/vendswitch.db"), Node: "bookkeeper", Sealer: keys,
		Now: func() time.Time { return time.Now().Add(-behind) },
	})
	ts.Check(err)
	return store
}

// depositDaysAgo puts money on a merchant's float: MERCHANT CENTS DAYS.
func depositDaysAgo(ts *testscript.TestScript, _ bool, args []string) {
	amount, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	days, err := strconv.Atoi(args[2])
	ts.Check(err)
	store := bookkeeper(ts, time.Duration(days)*24*time.Hour)
	_, err = store.Post(context.Background(), ledger.Entry{Kind: "deposit", Actor: "teller",
		Postings: chart.Deposit{Merchant: args[0], Currency: "ZAR", Amount: amount}.Postings()})
	ts.Check(errors.Join(err, store.Close()))
}

// waitUntilClosed waits until a number of balances of closed days are there.
func waitUntilClosed(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	store := bookkeeper(ts, 0)
	defer store.Close()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		closings, err := store.ClosingBalances(context.Background(), ledger.ClosingFilter{})
		ts.Check(err)
		if len(closings) == want {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("there are %d closing balances, not %d", len(closings), want)
		}
	}
}

func TestEachVerbExplainsItselfWithAnExample(t *testing.T) {
	for _, verb := range [][]string{
		{"serve"}, {"migrate"}, {"keys", "init"}, {"keys", "ca"}, {"keys", "server"}, {"keys", "client"}, {"keys", "show"},
		{"merchant", "add"}, {"merchant", "credit"}, {"merchant", "list"}, {"merchant", "line"}, {"merchant", "block"}, {"merchant", "unblock"},
		{"client", "add"}, {"client", "list"}, {"client", "block"}, {"client", "unblock"},
		{"terminal", "add"}, {"terminal", "list"}, {"terminal", "block"}, {"terminal", "unblock"}, {"cashier", "add"}, {"cashier", "list"}, {"cashier", "password"}, {"cashier", "block"}, {"cashier", "unblock"},
		{"supplier", "add"}, {"supplier", "route"}, {"supplier", "routes"}, {"supplier", "unroute"}, {"supplier", "set"}, {"supplier", "list"}, {"supplier", "block"}, {"supplier", "unblock"},
		{"product", "add"}, {"product", "list"}, {"product", "block"}, {"product", "unblock"},
		{"stock", "load"}, {"stock", "list"}, {"stock", "batches"}, {"stock", "approve"}, {"stock", "reject"}, {"stock", "quarantine"}, {"stock", "release"},
		{"stock", "return"}, {"stock", "expire"}, {"stock", "cover"}, {"stock", "order"}, {"stock", "orders"}, {"stock", "proposals"}, {"stock", "withdraw"}, {"stock", "find"}, {"stock", "proof"}, {"stock", "reseal"}, {"stock", "deliveries"},
		{"supplier", "agree"}, {"supplier", "approve"}, {"supplier", "agreements"}, {"sale", "list"}, {"sale", "show"}, {"sale", "resolve"},
		{"exception", "list"}, {"exception", "take"}, {"exception", "close"},
		{"report", "legs"}, {"report", "postings"}, {"report", "balance"}, {"report", "closings"}, {"batch", "list"}, {"audit", "verify"},
		{"deposit", "list"}, {"deposit", "show"}, {"deposit", "allocate"}, {"deposit", "confirm"}, {"deposit", "approve"}, {"deposit", "refuse"},
		{"deposit", "return"}, {"deposit", "claim"}, {"deposit", "messages"}, {"deposit", "message"}, {"deposit", "review"},
		{"notice", "list"}, {"notice", "retry"}, {"merchant", "contact", "add"}, {"merchant", "contact", "list"}, {"merchant", "contact", "remove"},
		{"merchant", "key", "issue"}, {"merchant", "key", "add"}, {"merchant", "key", "list"}, {"merchant", "key", "remove"},
	} {
		var out, failed textBuffer
		code := Main{Args: append(verb, "--help"), Stdin: os.Stdin, Stdout: &out, Stderr: &failed}.Run(t.Context())
		if code != exitOK || !out.has("Example") || !out.has("vendswitch") {
			t.Errorf("%v --help: exit %d, %s%s", verb, code, out, failed)
		}
	}
}

type textBuffer []byte

func (b *textBuffer) Write(p []byte) (int, error) { *b = append(*b, p...); return len(p), nil }

func (b textBuffer) has(s string) bool { return strings.Contains(string(b), s) }

func TestAmountsOnTheCommandLineAreReadExactlyOrRefused(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "10": 1000, "10.5": 1050, "10.50": 1050, "-3.07": -307, "0.01": 1} {
		var a amount
		if err := a.UnmarshalText([]byte(text)); err != nil || int64(a) != want {
			t.Errorf("%q is read as %d, %v; want %d", text, int64(a), err, want)
		}
	}
	for _, text := range []string{"", ".", "1.", ".5", "1.234", "1,50", "R10", "--1", "1e3", " 1", "99999999999999999999", "1.-5"} {
		var a amount
		if err := a.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, fmt.Sprint(a))
		}
	}
}
