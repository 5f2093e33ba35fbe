//go:build soak

package delivery_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/switch/delivery"
)

// soaked is how many vouchers a mail of the soak tests has.
const soaked = 1_000_000

// maxTaken is by how much the heap, garbage included, and the whole process may each
// grow while such a mail is taken, in bytes.
const maxTaken = 256 << 20

func TestSoakAMillionVouchersOfAMailAreLoadedInBoundedMemory(t *testing.T) {
	for driver, place := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite} {
		t.Run(driver, func(t *testing.T) {
			dsn := place(t)
			w := newWorld(t, driver, dsn)
			a := w.bulk(false)
			calls, last := 0, 0
			a.Progress = func(n int) {
				if n <= last {
					t.Errorf("after %d vouchers it told of %d", last, n)
				}
				calls, last = calls+1, n
			}
			took := w.taken(a, func(out delivery.Outcome, err error) {
				w.must(err)
				if out.Delivery.State != ledger.DeliveryLoaded {
					t.Errorf("came to %+v", out.Delivery)
				}
			})
			if last != soaked {
				t.Errorf("it told of %d vouchers at last", last)
			}
			if n := w.stock(ledger.StockAwaiting); n != soaked {
				t.Errorf("%d vouchers await approval", n)
			}
			bare := w.bare(driver, dsn)
			t.Logf("%d vouchers: %.1fs, %.0f a second, told %d times; a bare insert of the same bytes without keys: %.1fs; %.1f times as long",
				soaked, took.Seconds(), soaked/took.Seconds(), calls, bare.Seconds(), took.Seconds()/bare.Seconds())
			report, err := audit.Verify(t.Context(), w.store, audit.Options{Keys: w.keys})
			w.must(err)
			if !report.OK {
				t.Errorf("the books: %+v", report)
			}
		})
	}
}

func TestSoakABadLastLineOfAMillionLeavesNothing(t *testing.T) {
	for driver, place := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite} {
		t.Run(driver, func(t *testing.T) {
			dsn := place(t)
			w := newWorld(t, driver, dsn)
			took := w.taken(w.bulk(true), func(out delivery.Outcome, err error) {
				says := fmt.Sprintf("line %d: PIN is not all digits", soaked+1) // the header is line 1
				if !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), says) {
					t.Errorf("a bad last line: %v", err)
				}
				if out.Delivery.State != ledger.DeliveryRefused || !strings.Contains(out.Delivery.Reason, says) {
					t.Errorf("came to %+v", out.Delivery)
				}
			})
			t.Logf("refused after %.1fs", took.Seconds())
			db := direct(t, driver, dsn)
			for _, table := range []string{"voucher", "stock_batch"} {
				var n int
				w.must(db.Get(&n, "SELECT count(*) FROM "+table))
				if n != 0 {
					t.Errorf("%d rows are left in %s", n, table)
				}
			}
		})
	}
}

// bulk is a mail with a million vouchers, the last of which may be bad. The supplier
// is forgotten with all that he made, so that the heap holds the mail alone.
func (w *world) bulk(bad bool) delivery.Arrival {
	w.t.Helper()
	d := w.file("0042", soaked)
	if pin := d.PINs[soaked-1]; bad {
		d.File[bytes.LastIndex(d.File, []byte(pin))+len(pin)-1] = 'O'
	}
	raw, err := w.acme.Mail(d, "stock@evd-operator.example", w.public)
	w.must(err)
	w.t.Logf("a mail of %d MB, %d MB in clear", len(raw)>>20, len(d.File)>>20)
	w.acme = nil
	return arrival(raw)
}

// taken takes a mail, and says how long that took. The heap must stay small.
func (w *world) taken(a delivery.Arrival, check func(delivery.Outcome, error)) time.Duration {
	w.t.Helper()
	runtime.GC()
	debug.FreeOSMemory()
	before, resident := heap(), w.resident()
	done, most := make(chan struct{}), make(chan [2]uint64)
	go func() {
		var top [2]uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				top[0], top[1] = max(top[0], heap()), max(top[1], w.resident())
			case <-done:
				tick.Stop()
				most <- top
				return
			}
		}
	}()
	began := time.Now()
	out, err := w.Take(w.t.Context(), a)
	took := time.Since(began)
	close(done)
	top := <-most
	check(out, err)
	w.t.Logf("the heap grew from %d MB to %d MB at most, the process from %d MB to %d MB", before>>20, top[0]>>20, resident>>20, top[1]>>20)
	if top[0] > before+maxTaken {
		w.t.Errorf("the heap grew by %d MB", (top[0]-before)>>20)
	}
	if top[1] > resident+maxTaken {
		w.t.Errorf("the process grew by %d MB", (top[1]-resident)>>20)
	}
	runtime.KeepAlive(a)
	return took
}

// heap is how many bytes the heap holds, garbage included.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// resident is how many bytes of memory the process has, SQLite's own included.
func (w *world) resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	var size, pages uint64
	if err == nil {
		_, err = fmt.Sscan(string(text), &size, &pages)
	}
	if err != nil {
		w.t.Error(err)
	}
	return pages * uint64(os.Getpagesize())
}

// direct is the database, past the ledger, as durable as the ledger's own.
func direct(t *testing.T, driver, dsn string) *sqlx.DB {
	t.Helper()
	name := "pgx"
	if driver == ledger.SQLite {
		name, dsn = "sqlite3", "file:"+dsn+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate"
	}
	db, err := sqlx.Open(name, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// written are the columns that a load writes.
var written = []string{"id", "supplier", "product", "batch", "serial", "pin", "pin_hash", "face", "cost", "currency", "expires_on", "state"}

// bare writes the vouchers that are there into a table without keys, in one
// transaction, by the fastest way that the database has for a client: COPY, or a
// prepared statement. It says how long that took, the reading left out.
func (w *world) bare(driver, dsn string) time.Duration {
	w.t.Helper()
	db, columns := direct(w.t, driver, dsn), strings.Join(written, ", ")
	_, err := db.Exec("CREATE TABLE bare AS SELECT " + columns + " FROM voucher WHERE 1 = 0")
	w.must(err)
	var list [][]any
	rows, err := db.Queryx("SELECT " + columns + " FROM voucher")
	w.must(err)
	defer rows.Close()
	for rows.Next() {
		values, err := rows.SliceScan()
		w.must(err)
		list = append(list, values)
	}
	w.must(rows.Err())
	began := time.Now()
	if driver == ledger.Postgres {
		w.copied(db, list)
	} else {
		w.inserted(db, "INSERT INTO bare VALUES (?"+strings.Repeat(", ?", len(written)-1)+")", list)
	}
	took := time.Since(began)
	var n int
	w.must(db.Get(&n, "SELECT count(*) FROM bare"))
	if n != soaked {
		w.t.Errorf("the bare table has %d rows", n)
	}
	return took
}

func (w *world) copied(db *sqlx.DB, list [][]any) {
	w.t.Helper()
	conn, err := db.Conn(w.t.Context())
	w.must(err)
	defer conn.Close()
	w.must(conn.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(context.Background(), pgx.Identifier{"bare"}, written, pgx.CopyFromRows(list))
		return err
	}))
}

func (w *world) inserted(db *sqlx.DB, statement string, list [][]any) {
	w.t.Helper()
	tx, err := db.Beginx()
	w.must(err)
	insert, err := tx.Prepare(statement)
	w.must(err)
	defer insert.Close()
	for _, values := range list {
		_, err := insert.Exec(values...)
		w.must(err)
	}
	w.must(tx.Commit())
}
