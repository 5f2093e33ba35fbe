package ledger_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// onEachStoreBench runs a benchmark with 1, 8 and 64 clients on each store.
func onEachStoreBench(b *testing.B, run func(*testing.B, *world, func(sale func()))) {
	for _, driver := range []string{ledger.Postgres, ledger.SQLite} {
		for _, clients := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%dclients", driver, clients), func(b *testing.B) {
				dsn := ""
				if driver == ledger.Postgres {
					dsn = ledgertest.PostgreSQL(b)
				} else {
					dsn = ledgertest.SQLite(b)
				}
				w := openWorld(b, driver, dsn)
				w.deposit(b, 1_000_000_000_000)
				run(b, w, func(sale func()) {
					b.ResetTimer()
					var left atomic.Int64
					left.Store(int64(b.N))
					var group sync.WaitGroup
					for range clients {
						group.Go(func() {
							for left.Add(-1) >= 0 {
								sale()
							}
						})
					}
					group.Wait()
					b.StopTimer()
					b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sales/s")
				})
			})
		}
	}
}

func BenchmarkOnlineSale(b *testing.B) {
	onEachStoreBench(b, func(b *testing.B, w *world, each func(func())) {
		each(func() {
			o, c := w.order(10_000)
			if _, err := w.Begin(b.Context(), o, c); err != nil {
				b.Error(err)
			}
			if _, err := w.Settle(b.Context(), accepted(o, c, fmt.Sprintf("%020d", w.next()))); err != nil {
				b.Error(err)
			}
		})
	})
}

func BenchmarkStockSale(b *testing.B) {
	onEachStoreBench(b, func(b *testing.B, w *world, each func(func())) {
		w.load(b, w.vouchers(b.N, "2099-12-31"))
		each(func() {
			if _, err := w.Sell(b.Context(), w.purchase(1)); err != nil {
				b.Error(err)
			}
		})
	})
}
