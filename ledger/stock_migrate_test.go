package ledger_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// before0006 is the last schema in which a batch was on sale once it was loaded.
const before0006 = 4

func TestStockThatWasOnSaleBeforeBatchesWereApprovedStaysOnSale(t *testing.T) {
	t.Parallel()
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.EmptyPostgreSQL, ledger.SQLite: ledgertest.EmptySQLite} {
		t.Run(driver, func(t *testing.T) {
			w := &world{options: ledger.Options{Driver: driver, DSN: dsn(t)}}
			must(t, ledger.MigrateTo(t.Context(), driver, w.options.DSN, before0006))
			db := w.direct(t)
			sale, entry := ledger.NewID(), ledger.NewID()
			run := func(query string, args ...any) {
				t.Helper()
				_, err := db.Exec(db.Rebind(query), args...)
				must(t, err)
			}
			run(`INSERT INTO supplier (code, name, address, tax_ref, kind, vat_bp, commission_bp, status, url, client_id, terminal_id,
				op_name, dialect, timeout, settle_after, utc_offset, declined)
				VALUES ('OLD', 'Old', '', '', 'stock', 1500, 0, 'active', '', '', '', '', '', 0, 0, 0, '[]')`)
			run(`INSERT INTO entry (id, at, kind, actor, body) VALUES (?, ?, 'stock.loaded', 'stockist',
				'{"v":1,"supplier":"OLD","batch":"7","lines":[{"supplier":"OLD","product":"OLD10","currency":"ZAR","count":2,"face":2000,"cost":1840}]}')`,
				entry, "2026-01-02 03:04:05+00:00")
			run("INSERT INTO stock_batch (supplier, name, entry_id) VALUES ('OLD', '7', ?)", entry)
			for i, owner := range []any{nil, sale} {
				run(`INSERT INTO voucher (id, supplier, product, batch, serial, pin, pin_hash, face, cost, currency, expires_on, sale_id)
					VALUES (?, 'OLD', 'OLD10', '7', ?, ?, ?, 1000, 920, 'ZAR', '9999-12-31', ?)`,
					ledger.NewID(), string(rune('A'+i)), []byte{1}, []byte{byte(i)}, owner)
			}
			run(`INSERT INTO entry (id, at, kind, actor, body) VALUES (?, ?, 'stock.quarantined', 'stockist',
				'{"v":1,"moves":[{"supplier":"OLD","batch":"7","from":"active","to":"quarantined","lines":[]}],"serials":["A"],"reason":"complaint 1"}')`,
				ledger.NewID(), "2026-01-03 03:04:05+00:00")
			_, _, err := ledger.Migrate(t.Context(), driver, w.options.DSN)
			must(t, err)
			w = reopened(t, driver, w.options.DSN)
			if n := w.scalar(t, "SELECT COUNT(*) FROM stock_move"); n != 1 {
				t.Errorf("%d moves are known, want the one of before", n)
			}
			if active, sold := w.count(t, ledger.StockActive), w.count(t, ledger.StockSold); active != 1 || sold != 1 {
				t.Errorf("%d are on sale and %d sold, want one each", active, sold)
			}
			batches, err := w.StockBatches(t.Context(), ledger.StockBatchFilter{})
			must(t, err)
			if len(batches) != 1 || batches[0].ID != entry || batches[0].State != ledger.StockBatchActive || batches[0].LoadedBy != "stockist" ||
				len(batches[0].Lines) != 1 || batches[0].Lines[0].Count != 2 || batches[0].LoadedAt.Year() != 2026 {
				t.Errorf("batches: %+v", batches)
			}
			kept, err := w.QuarantineStock(t.Context(), ledger.StockSelection{Actor: "ann", Supplier: "OLD", Batch: "7", Reason: "complaint"})
			must(t, err)
			if len(kept.Moves) != 1 || kept.Moves[0].Count() != 1 {
				t.Errorf("quarantined: %+v", kept)
			}
		})
	}
}

// reopened brings a database up to date and opens it.
func reopened(t *testing.T, driver, dsn string) *world {
	t.Helper()
	return openWorldWith(t, driver, dsn, vault.Ephemeral())
}
