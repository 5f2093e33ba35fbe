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
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// sellerVariable makes a process of the test binary a seller: it holds driver,
// address, key file and the first number to use, separated by newlines.
const sellerVariable = "LEDGER_TEST_SELLER"

func TestMain(m *testing.M) {
	if orders, ok := os.LookupEnv(sellerVariable); ok {
		fmt.Fprintln(os.Stderr, sellUntilKilled(strings.Split(orders, "\n")))
		os.Exit(1)
	}
	if orders, ok := os.LookupEnv(tellerVariable); ok {
		fmt.Fprintln(os.Stderr, tellUntilKilled(strings.Split(orders, "\n")))
		os.Exit(1)
	}
	os.Exit(ledgertest.Run(m))
}

// sellUntilKilled sells, and says on standard output what was acknowledged: a
// word and an id on each line.
func sellUntilKilled(orders []string) error {
	keys, err := vault.Load(orders[2])
	if err != nil {
		return err
	}
	first, err := strconv.ParseInt(orders[3], 10, 64)
	if err != nil {
		return err
	}
	w := &world{clock: &clock{now: time.Now()}, numbers: new(atomic.Int64), options: ledger.Options{
		Driver: orders[0], DSN: orders[1], Node: "seller", Sealer: keys, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}}
	w.numbers.Store(first)
	if w.Store, err = ledger.Open(context.Background(), w.options); err != nil {
		return err
	}
	failed := make(chan error)
	var say sync.Mutex
	for i := range 8 {
		go func() {
			for n := i; ; n++ {
				word, id, err := w.sellSomething(n)
				if err != nil {
					failed <- err
					return
				}
				say.Lock()
				fmt.Println(word, id)
				say.Unlock()
			}
		}()
	}
	return <-failed
}

// sellSomething makes one step, and tells the state it was told its sale has.
func (w *world) sellSomething(n int) (ledger.SaleState, ledger.ID, error) {
	ctx := context.Background()
	if n%4 == 0 {
		p := w.purchase(1 + n%3)
		s, err := w.Sell(ctx, p)
		return s.Sale.State, p.ID, err
	}
	o, c := w.order(10_000)
	sale, err := w.Begin(ctx, o, c)
	if err != nil || n%16 == 1 {
		return sale.State, o.ID, err
	}
	end := accepted(o, c, w.token())
	switch n % 16 {
	case 2:
		end = declined(c)
	case 3:
		end = w.unknown(c)
	}
	sale, err = w.Settle(ctx, end)
	return sale.State, o.ID, err
}

// TestAcknowledgedSalesSurviveKill9 is invariant 6, and with the books the
// others: a process that sells is killed again and again in the middle of its
// commits.
func TestAcknowledgedSalesSurviveKill9(t *testing.T) {
	t.Run("postgres", func(t *testing.T) { killAgainAndAgain(t, ledger.Postgres, ledgertest.PostgreSQL(t)) })
	t.Run("sqlite", func(t *testing.T) { killAgainAndAgain(t, ledger.SQLite, ledgertest.SQLite(t)) })
}

func killAgainAndAgain(t *testing.T, driver, dsn string) {
	keyFile := filepath.Join(t.TempDir(), "keys")
	must(t, vault.Generate(keyFile))
	keys, err := vault.Load(keyFile)
	must(t, err)
	w := openWorldWith(t, driver, dsn, keys)
	w.deposit(t, 1_000_000_000)
	w.load(t, w.vouchers(3_000, ""))
	must(t, w.Store.Close())

	told := make(map[ledger.ID]ledger.SaleState)
	for life := range 5 {
		numbers := int64(life+1) * 1_000_000
		orders := strings.Join([]string{driver, dsn, keyFile, fmt.Sprint(numbers % 900_000)}, "\n")
		runSeller(t, orders, 20+rand.IntN(200), told)
	}

	w.Store = w.open(t, "survivor")
	for id, state := range told {
		w.wantState(t, id, state)
	}
	w.books(t)
	w.resolveAll(t)
	w.books(t)
	w.audit(t, keys)
	t.Logf("%d sales were acknowledged", len(told))
}

// runSeller lets a seller make so many sales, and kills it. What it said goes
// into told.
func runSeller(t *testing.T, orders string, sales int, told map[ledger.ID]ledger.SaleState) {
	t.Helper()
	seller := exec.Command(os.Args[0])
	seller.Env = append(os.Environ(), sellerVariable+"="+orders)
	var complaints strings.Builder
	seller.Stderr = &complaints
	out, err := seller.StdoutPipe()
	must(t, err)
	must(t, seller.Start())
	said := 0
	for lines := bufio.NewScanner(out); lines.Scan(); said++ {
		state, id, ok := strings.Cut(lines.Text(), " ")
		if !ok || len(id) != 36 {
			break // torn by the kill
		}
		told[uuid.MustParse(id)] = ledger.SaleState(state)
		if said == sales {
			must(t, seller.Process.Kill())
		}
	}
	err = seller.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the seller was not killed: %v\n%s", err, complaints.String())
	}
}

// audit fails the test if the auditor finds anything. With keys it opens what
// is sealed.
func (w *world) audit(t testing.TB, keys audit.Keys) {
	t.Helper()
	report, err := audit.Verify(t.Context(), w.Store, audit.Options{Keys: keys, Now: w.clock.Now})
	must(t, err)
	for _, finding := range report.Findings() {
		t.Error(finding)
	}
}

// resolveAll settles what is open, as the resolver of another node does when
// the lease of the killed one has run out.
func (w *world) resolveAll(t testing.TB) {
	t.Helper()
	w.elapse(t, time.Hour)
	for {
		due, err := w.TakeDue(t.Context(), 50)
		must(t, err)
		if len(due) == 0 {
			break
		}
		for _, leg := range due {
			_, err := w.Settle(t.Context(), declined(ledger.Call{LegID: leg.ID}))
			must(t, err)
		}
	}
	open, err := w.Sales(t.Context(), ledger.SaleFilter{States: []ledger.SaleState{ledger.SaleHeld, ledger.SaleUnknown}})
	must(t, err)
	if held := w.float(t).Held; len(open) != 0 || held != 0 {
		t.Errorf("%d sales are open and %d are held after all was resolved", len(open), held)
	}
}
