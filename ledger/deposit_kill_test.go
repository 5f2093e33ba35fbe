package ledger_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// tellerVariable makes a process of the test binary take in banks' messages: it
// holds driver, address and key file, separated by newlines.
const tellerVariable = "LEDGER_TEST_TELLER"

// numbered is the message with a number: of SMS and mail in turn, two about each
// deposit.
func numbered(n int) telling {
	channel := ledger.SMS
	if n%2 == 1 {
		channel = ledger.Mail
	}
	p := mine.left(int64(1_000_000 + n/2))
	if n%10 > 7 {
		p = nobodys.left(int64(1_000_000 + n/2))
	}
	return telling{channel, fmt.Sprint("T", n), p}
}

// tellUntilKilled takes in all messages from the first, and says of each when it
// is done.
func tellUntilKilled(orders []string) error {
	keys, err := vault.Load(orders[2])
	if err != nil {
		return err
	}
	s, err := ledger.Open(context.Background(), ledger.Options{Driver: orders[0], DSN: orders[1], Node: "teller", Sealer: keys,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		return err
	}
	const hands = 4
	failed := make(chan error)
	var say sync.Mutex
	for i := range hands {
		go func() {
			for n := i; ; n += hands {
				if err := tell(context.Background(), s, numbered(n)); err != nil {
					failed <- err
					return
				}
				say.Lock()
				fmt.Println(n)
				say.Unlock()
			}
		}()
	}
	return <-failed
}

func TestDepositsAreCreditedOnceThoughTheirIntakeIsKilledAgainAndAgain(t *testing.T) {
	t.Run("postgres", func(t *testing.T) { killTellers(t, ledger.Postgres, ledgertest.PostgreSQL(t)) })
	t.Run("sqlite", func(t *testing.T) { killTellers(t, ledger.SQLite, ledgertest.SQLite(t)) })
}

func killTellers(t *testing.T, driver, dsn string) {
	keyFile := filepath.Join(t.TempDir(), "keys")
	must(t, vault.Generate(keyFile))
	keys, err := vault.Load(keyFile)
	must(t, err)
	w := openWorldWith(t, driver, dsn, keys)
	must(t, w.Store.Close())
	last := 0
	for range 4 {
		last = max(last, runTeller(t, strings.Join([]string{driver, dsn, keyFile}, "\n"), 10+rand.IntN(120)))
	}

	// The survivor takes up what was left lying, as it would once the leases ended.
	w.Store = w.open(t, "survivor")
	_, err = w.direct(t).Exec("UPDATE bank_message SET lease_until = received_at")
	must(t, err)
	w.clock.Advance(time.Minute)
	left, err := w.UnfinishedBankMessages(t.Context(), 1000)
	must(t, err)
	for _, m := range left {
		n, err := strconv.Atoi(m.TransportID[1:])
		must(t, err)
		last = max(last, n)
		_, err = w.RecordDeposits(t.Context(), request(m.ID, numbered(n).of))
		must(t, err)
	}
	last += last%2 + 1 // so that all deposits are whole
	for n := range last + 1 {
		must(t, tell(t.Context(), w.Store, numbered(n)))
	}
	all, err := w.Deposits(t.Context(), ledger.DepositFilter{Limit: -1})
	must(t, err)
	known := make(map[int64]int)
	var credited, suspense int64
	for _, d := range all {
		known[*d.Balance]++
		switch d.State {
		case ledger.DepositCredited:
			credited += d.Amount - d.Fee
		case ledger.DepositSuspense:
			suspense += d.Amount
		default:
			t.Errorf("deposit is %s: %s", d.State, d.Reason)
		}
	}
	for balance, n := range known {
		if n != 1 {
			t.Errorf("the deposit with balance %d is there %d times", balance, n)
		}
	}
	if f := w.float(t); f.Posted != credited || w.balance(t, chart.SuspenseDeposits) != -suspense || len(known) <= last/2 {
		t.Errorf("float %d, suspense %d, %d deposits; want %d, %d, more than %d", f.Posted, w.balance(t, chart.SuspenseDeposits), len(known),
			credited, -suspense, last/2)
	}
	w.books(t)
	w.audit(t, keys)
	t.Logf("%d deposits, %d messages were left lying", len(known), len(left))
}

// runTeller lets a process take in so many messages, and kills it. It returns the
// highest number that was done.
func runTeller(t *testing.T, orders string, messages int) (last int) {
	t.Helper()
	teller := exec.Command(os.Args[0])
	teller.Env = append(os.Environ(), tellerVariable+"="+orders)
	var complaints strings.Builder
	teller.Stderr = &complaints
	out, err := teller.StdoutPipe()
	must(t, err)
	must(t, teller.Start())
	said := 0
	for lines := bufio.NewScanner(out); lines.Scan(); said++ {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			break // torn by the kill
		}
		last = max(last, n)
		if said == messages {
			must(t, teller.Process.Kill())
		}
	}
	err = teller.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the teller was not killed: %v\n%s", err, complaints.String())
	}
	return last
}
