package ledger_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// bench runs a benchmark on each store with 1, 8 and 64 clients, who sell as
// fast as they are answered.
func bench(b *testing.B, prepare func(*testing.B, *world) (sale func() error)) {
	for _, driver := range []string{ledger.Postgres, ledger.SQLite} {
		for _, clients := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%s/%d", driver, clients), func(b *testing.B) {
				w := benchWorld(b, driver, vault.Ephemeral())
				sell(b, clients, prepare(b, w))
				b.StopTimer()
				w.books(b)
			})
		}
	}
}

func benchWorld(b *testing.B, driver string, keys ledger.Sealer) *world {
	dsn := ledgertest.SQLite(b)
	if driver == ledger.Postgres {
		dsn = ledgertest.PostgreSQL(b)
	}
	w := openWorldWith(b, driver, dsn, keys)
	w.deposit(b, 1_000_000_000_000)
	return w
}

// sell makes b.N sales.
func sell(b *testing.B, clients int, sale func() error) {
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := sale(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "sales/s")
}

// An online sale is two commits.
func BenchmarkOnlineSale(b *testing.B) {
	bench(b, func(b *testing.B, w *world) func() error {
		return func() error {
			o, c := w.order(10_000)
			if _, err := w.Begin(b.Context(), o, c); err != nil {
				return err
			}
			_, err := w.Settle(b.Context(), accepted(o, c, w.token()))
			return err
		}
	})
}

func BenchmarkStockSale(b *testing.B) {
	bench(b, func(b *testing.B, w *world) func() error {
		w.load(b, w.vouchers(b.N, "2099-12-31"))
		return func() error {
			_, err := w.Sell(b.Context(), w.purchase(1))
			return err
		}
	})
}

// lax opens what was never sealed, such as vouchers made by SQL.
type lax struct{ *vault.Keyring }

func (l lax) Open(sealed, aad []byte) ([]byte, error) {
	if plain, err := l.Keyring.Open(sealed, aad); err == nil {
		return plain, nil
	}
	return sealed, nil
}

func BenchmarkOneProductOfAMillionVouchers(b *testing.B) {
	for _, clients := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			w := benchWorld(b, ledger.Postgres, lax{vault.Ephemeral()})
			fill(b, w.direct(b), airtime, 1_000_000, 0)
			sell(b, clients, func() error {
				_, err := w.Sell(b.Context(), w.purchase(1))
				return err
			})
		})
	}
}
