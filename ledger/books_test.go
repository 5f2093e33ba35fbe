package ledger_test

import (
	"testing"

	"github.com/jmoiron/sqlx"
	_ "github.com/lib/pq"
	_ "github.com/mattn/go-sqlite3"

	"github.com/vendswitch/vendswitch/ledger"
)

// rules are what must hold of the rows of a ledger at any time. Each query
// returns what breaks it.
var rules = []struct{ rule, query string }{
	{"every entry's postings sum to zero",
		`SELECT CAST(entry_id AS text) FROM posting GROUP BY entry_id, currency HAVING SUM(amount) <> 0`},
	{"a closing balance is the sum of what was posted before",
		`SELECT c.account FROM closing_balance AS c WHERE c.balance <> (SELECT COALESCE(SUM(p.amount), 0) FROM posting AS p
			WHERE p.account = c.account AND p.currency = c.currency AND p.at < c.cut)`},
	{"a float has posted what its postings say",
		`SELECT f.merchant FROM float AS f
		WHERE f.posted <> -(SELECT COALESCE(SUM(p.amount), 0) FROM posting AS p WHERE p.account = 'float:' || f.merchant)`},
	{"a float holds what its open sales hold",
		`SELECT f.merchant FROM float AS f
		WHERE f.held <> (SELECT COALESCE(SUM(s.hold), 0) FROM sale AS s WHERE s.merchant = f.merchant)`},
	{"only open sales hold, and they hold tender less commission",
		`SELECT CAST(id AS text) FROM sale
		WHERE hold <> CASE WHEN state IN ('held', 'unknown') THEN tender - commission ELSE 0 END`},
	{"a voucher belongs to a delivered or reversed sale of its product",
		`SELECT v.serial FROM voucher AS v LEFT JOIN sale AS s ON s.id = v.sale_id
		WHERE v.sale_id IS NOT NULL AND (s.id IS NULL OR s.state NOT IN ('delivered', 'reversed') OR s.product <> v.product)`},
	{"a voucher is sold if, and only if, it belongs to a sale",
		`SELECT serial FROM voucher WHERE (state = 'sold') <> (sale_id IS NOT NULL)`},
	{"loading, moving and selling have posted to the stock account what the vouchers cost that are ours and not sold",
		`SELECT code FROM supplier WHERE (SELECT COALESCE(SUM(amount), 0) FROM posting JOIN entry ON entry.id = posting.entry_id
			WHERE account = 'stock:' || code AND (kind LIKE 'stock.%' OR kind = 'sale.sold')) <>
			(SELECT COALESCE(SUM(cost), 0) FROM voucher WHERE supplier = code AND state IN ('active', 'reserved', 'quarantined'))`},
	{"a delivered sale from stock has as many vouchers as it asked for",
		`SELECT CAST(s.id AS text) FROM sale AS s WHERE s.operation = 'voucherVend' AND s.state = 'delivered'
		AND s.quantity <> (SELECT COUNT(*) FROM voucher AS v WHERE v.sale_id = s.id)`},
	{"a token belongs to a delivered or reversed sale",
		`SELECT CAST(t.sale_id AS text) FROM token AS t LEFT JOIN sale AS s ON s.id = t.sale_id
		WHERE s.id IS NULL OR s.state NOT IN ('delivered', 'reversed')`},
	{"a sale has the message id it came with",
		`SELECT CAST(s.id AS text) FROM sale AS s LEFT JOIN message AS m ON m.sale_id = s.id
			AND m.client = s.client AND m.date_time = s.date_time AND m.number = s.number
		WHERE m.client IS NULL`},
	{"a sale's request has a leg that ended as the sale did",
		`SELECT CAST(s.id AS text) FROM sale AS s LEFT JOIN leg AS l ON l.id = s.id AND l.direction = 'in'
		WHERE l.state IS NULL OR l.state <> CASE s.state WHEN 'held' THEN 'open' WHEN 'unknown' THEN 'unknown'
			WHEN 'delivered' THEN 'accepted' WHEN 'reversed' THEN 'accepted' ELSE 'declined' END`},
	{"an online sale has one leg that tells its state",
		`SELECT CAST(s.id AS text) FROM sale AS s WHERE s.operation = 'creditVend' AND s.state <> 'refused' AND 1 <>
		(SELECT COUNT(*) FROM leg AS l WHERE l.sale_id = s.id AND l.vend AND (s.state, l.state) IN
			(('held', 'open'), ('unknown', 'unknown'), ('delivered', 'accepted'), ('reversed', 'accepted'),
			('declined', 'declined'), ('declined', 'not executed')))`},
	{"an outbound leg has its message id on the supplier's server",
		`SELECT CAST(l.id AS text) FROM leg AS l LEFT JOIN upstream_message AS u ON u.leg_id = l.id
		WHERE l.direction = 'out' AND u.leg_id IS NULL`},
	{"a settled sale has an outcome",
		`SELECT CAST(id AS text) FROM sale WHERE (outcome IS NOT NULL) <> (state NOT IN ('held', 'unknown'))`},
}

// books fails the test if the rows of the ledger break a rule.
func (w *world) books(t testing.TB) {
	t.Helper()
	db := w.direct(t)
	for _, r := range rules {
		var broken []string
		if err := db.Select(&broken, r.query); err != nil {
			t.Fatalf("%s: %v", r.rule, err)
		}
		if len(broken) > 0 {
			t.Errorf("%s: not so for %d, such as %s", r.rule, len(broken), broken[0])
		}
	}
}

// direct opens the database without the ledger.
func (w *world) direct(t testing.TB) *sqlx.DB {
	t.Helper()
	driver := "postgres"
	if w.options.Driver == ledger.SQLite {
		driver = "sqlite3"
	}
	db, err := sqlx.Open(driver, w.options.DSN)
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// scalar reads one number.
func (w *world) scalar(t testing.TB, query string) (n int64) {
	t.Helper()
	must(t, w.direct(t).Get(&n, query))
	return n
}

// float reads the merchant's.
func (w *world) float(t testing.TB) ledger.Float {
	t.Helper()
	f, err := w.Float(t.Context(), merchant)
	must(t, err)
	return f
}

// wantFloat fails the test unless the merchant's float is so.
func (w *world) wantFloat(t testing.TB, posted, held int64) {
	t.Helper()
	if f := w.float(t); f.Posted != posted || f.Held != held {
		t.Fatalf("float has posted %d and holds %d, want %d and %d", f.Posted, f.Held, posted, held)
	}
}

// wantState fails the test unless the sale is in the state.
func (w *world) wantState(t testing.TB, id ledger.ID, want ledger.SaleState) ledger.Sale {
	t.Helper()
	sale, err := w.Sale(t.Context(), id)
	must(t, err)
	if sale.State != want {
		t.Fatalf("sale is %s, want %s", sale.State, want)
	}
	return sale
}

// wantException fails the test unless there is one open exception, of the
// kind.
func (w *world) wantException(t testing.TB, kind string) ledger.Exception {
	t.Helper()
	open, err := w.Exceptions(t.Context(), true)
	must(t, err)
	if len(open) != 1 || open[0].Kind != kind {
		t.Fatalf("open exceptions are %v, want one of kind %q", open, kind)
	}
	return open[0]
}

// begun begins a sale of electricity.
func (w *world) begun(t testing.TB, tender int64) (ledger.Order, ledger.Call) {
	t.Helper()
	o, c := w.order(tender)
	_, err := w.Begin(t.Context(), o, c)
	must(t, err)
	return o, c
}

// token is one no other call gets.
func (w *world) token() string { return token(w.next()) }
