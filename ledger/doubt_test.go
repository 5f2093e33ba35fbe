package ledger_test

import (
	"bytes"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// wire stands between the ledger and PostgreSQL and breaks when it is told to.
type wire struct {
	target string
	cut    atomic.Int32
	cuts   atomic.Int32 // that were made

	looks, commits atomic.Int32 // messages with them
	stall          atomic.Int64 // for how long the next message that was not looked for is held up
}

// When a wire breaks.
const (
	never int32 = iota
	beforeCommit
	afterCommit // the server gets it, its answer is lost
)

// newWire returns a wire to the PostgreSQL at dsn, and its own address.
func newWire(t testing.TB, dsn string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	must(t, err)
	q := u.Query()
	socket := ".s.PGSQL." + q.Get("port")
	w := &wire{target: filepath.Join(q.Get("host"), socket)}
	dir, err := os.MkdirTemp("/var/tmp", "wire")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, socket))
	must(t, err)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(client)
		}
	}()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return w, u.String()
}

func (w *wire) carry(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", w.target)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		// Statements are bound by their names. A message that was not looked for
		// commits without saying so.
		unlooked := bytes.Contains(buffer[:n], []byte("\x00check_clock\x00"))
		commit := unlooked || bytes.Contains(buffer[:n], []byte("\x00commit\x00"))
		if commit {
			w.commits.Add(1)
		}
		if bytes.Contains(buffer[:n], []byte("\x00look_clock\x00")) {
			w.looks.Add(1)
		}
		if unlooked {
			time.Sleep(time.Duration(w.stall.Swap(0)))
		}
		if commit && w.cut.CompareAndSwap(beforeCommit, never) {
			w.cuts.Add(1)
			return
		}
		if commit && w.cut.CompareAndSwap(afterCommit, never) {
			w.cuts.Add(1)
			client.Close() // the answer will find nobody
			server.Write(buffer[:n])
			return
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func TestACommitThatIsNotAnsweredHappensOnce(t *testing.T) {
	dsn := ledgertest.PostgreSQL(t)
	w := openWorld(t, ledger.Postgres, dsn)
	wire, through := newWire(t, dsn)
	w.options.DSN = through
	s := w.open(t, "node-b")
	w.deposit(t, 10_000_000)
	w.load(t, w.vouchers(100, ""))
	spent := int64(0)
	for i := range 40 {
		wire.cut.Store(beforeCommit + int32(i%2))
		switch i / 2 % 4 {
		case 0:
			p := w.purchase(2)
			sold, err := s.Sell(t.Context(), p)
			must(t, err)
			if len(sold.Vouchers) != 2 || sold.Vouchers[0].PIN == "" {
				t.Errorf("sold %v", sold.Vouchers)
			}
			spent += 1_900
		case 1:
			o, c := w.order(10_000)
			_, err := s.Begin(t.Context(), o, c)
			must(t, err)
			wire.cut.Store(beforeCommit + int32(i%2))
			_, err = s.Settle(t.Context(), accepted(o, c, w.token()))
			must(t, err)
			spent += 9_850
		case 2:
			_, err := s.Post(t.Context(), ledger.Entry{Kind: "fee", Actor: "boss", Postings: []ledger.Posting{
				{Account: "float:" + merchant, Amount: 11, Currency: zar}, {Account: "income:fees", Amount: -11, Currency: zar}}})
			must(t, err)
			spent += 11
		case 3:
			o, _ := w.order(10_000)
			_, err := s.Refuse(t.Context(), refusal(o))
			must(t, err)
			_, err = s.Void(t.Context(), w.key(), "adviceReq")
			must(t, err)
		}
	}
	if wire.cuts.Load() < 40 {
		t.Errorf("the wire broke %d times, want at least 40", wire.cuts.Load())
	}
	w.wantFloat(t, 10_000_000-spent, 0)
	w.options.DSN = dsn
	w.books(t)
}

func TestABatchWhoseCommitIsNotAnsweredHappensOnce(t *testing.T) {
	dsn := ledgertest.PostgreSQL(t)
	w := openWorld(t, ledger.Postgres, dsn)
	wire, through := newWire(t, dsn)
	w.options.DSN = through
	s := w.open(t, "node-b")
	w.deposit(t, 100_000_000)
	w.load(t, w.vouchers(400, ""))
	for round := range 10 {
		wire.cut.Store(beforeCommit + int32(round%2))
		var group sync.WaitGroup
		for range 32 {
			group.Go(func() {
				if _, err := s.Sell(t.Context(), w.purchase(1)); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
	}
	w.wantFloat(t, 100_000_000-320*950, 0)
	w.options.DSN = dsn
	w.books(t)
}

func TestADatabaseThatWasRestartedIsUsedAgain(t *testing.T) {
	cluster := ledgertest.NewCluster(t)
	dsn := cluster.Database(t)
	_, _, err := ledger.Migrate(t.Context(), ledger.Postgres, dsn)
	must(t, err)
	w := openWorld(t, ledger.Postgres, dsn)
	for _, end := range []func(testing.TB){cluster.Stop, cluster.Kill} {
		must(t, w.Ping(t.Context()))
		w.deposit(t, 1_000)
		end(t)
		cluster.Start(t)
		w.deposit(t, 1_000)
	}
	w.wantFloat(t, 4_000, 0)
	w.books(t)
}

func TestADatabaseThatCrashesKeepsWhatWasAcknowledged(t *testing.T) {
	cluster := ledgertest.NewCluster(t)
	dsn := cluster.Database(t)
	_, _, err := ledger.Migrate(t.Context(), ledger.Postgres, dsn)
	must(t, err)
	w := openWorld(t, ledger.Postgres, dsn)
	w.deposit(t, 100_000_000)
	var (
		sold  sync.Map
		group sync.WaitGroup
		stop  atomic.Bool
		count atomic.Int64
	)
	for range 8 {
		group.Go(func() {
			for !stop.Load() {
				o, c := w.order(10_000)
				if _, err := w.Begin(t.Context(), o, c); err != nil {
					t.Error(err)
					return
				}
				if _, err := w.Settle(t.Context(), accepted(o, c, w.token())); err != nil {
					t.Error(err)
					return
				}
				sold.Store(o.ID, true)
				count.Add(1)
			}
		})
	}
	for crash := range 3 {
		for want := count.Load() + 50; count.Load() < want && !t.Failed(); {
			must(t, w.Ping(t.Context()))
		}
		t.Logf("crash %d after %d sales", crash+1, count.Load())
		cluster.Kill(t)
		cluster.Start(t)
	}
	stop.Store(true)
	group.Wait()
	sold.Range(func(id, _ any) bool {
		w.wantState(t, id.(ledger.ID), ledger.SaleDelivered)
		return true
	})
	w.wantFloat(t, 100_000_000-count.Load()*9_850, 0)
	w.books(t)
}
