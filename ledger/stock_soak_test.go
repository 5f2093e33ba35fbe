//go:build soak

package ledger_test

import (
	"fmt"
	"iter"
	"runtime"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// soaked is how many vouchers the soak test loads.
const soaked = 1_000_000

// maxLoadMemory is by how much the heap may grow while they are loaded, in bytes.
const maxLoadMemory = 64 << 20

// TestSoakAMillionVouchersAreLoadedInBoundedMemory loads a million beside a bare
// insert of as many rows.
func TestSoakAMillionVouchersAreLoadedInBoundedMemory(t *testing.T) {
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite} {
		t.Run(driver, func(t *testing.T) {
			w := openWorld(t, driver, dsn(t))
			b := w.batch()
			var before, now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var most uint64
			b.Progress = func(n int) {
				if n%100_000 == 0 {
					runtime.ReadMemStats(&now)
					most = max(most, now.HeapAlloc)
					t.Logf("%d loaded, %d MB", n, now.HeapAlloc>>20)
				}
			}
			began := time.Now()
			_, err := w.LoadStock(t.Context(), b, serially(soaked))
			must(t, err)
			loaded := time.Since(began)
			began = time.Now()
			_, err = w.ApproveStock(t.Context(), "approver", b.Supplier, b.Name)
			must(t, err)
			approved := time.Since(began)
			t.Logf("%d vouchers: loaded in %s, approved in %s", soaked, loaded, approved)
			if most > before.HeapAlloc+maxLoadMemory {
				t.Errorf("the heap grew from %d to %d MB", before.HeapAlloc>>20, most>>20)
			}
			if driver == ledger.Postgres {
				db := w.direct(t)
				began = time.Now()
				_, err = db.Exec(`CREATE TABLE bare AS TABLE voucher WITH NO DATA; ALTER TABLE bare ADD PRIMARY KEY (id), ADD UNIQUE (supplier, serial), ADD UNIQUE (pin_hash);
					INSERT INTO bare SELECT * FROM voucher`)
				must(t, err)
				t.Logf("a bare insert of as many rows with the same keys: %s", time.Since(began))
			}
			w.books(t)
		})
	}
}

// serially makes vouchers one by one.
func serially(n int) iter.Seq2[ledger.Voucher, error] {
	return func(yield func(ledger.Voucher, error) bool) {
		for i := range n {
			v := ledger.Voucher{Product: airtime, Serial: fmt.Sprintf("M%09d", i), PIN: fmt.Sprintf("%016d", i), Face: 1000, Cost: 920, Currency: zar}
			if !yield(v, nil) {
				return
			}
		}
	}
}
