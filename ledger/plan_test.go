package ledger_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// planNode is a step of a plan, as EXPLAIN (FORMAT JSON) gives it.
type planNode struct {
	Type    string     `json:"Node Type"`
	Index   string     `json:"Index Name"`
	Rows    float64    `json:"Actual Rows"`
	Removed float64    `json:"Rows Removed by Filter"`
	Hit     int64      `json:"Shared Hit Blocks"` // with those of the steps below
	Read    int64      `json:"Shared Read Blocks"`
	Plans   []planNode `json:"Plans"`
}

func (n planNode) walk(visit func(planNode)) {
	visit(n)
	for _, p := range n.Plans {
		p.walk(visit)
	}
}

// fill puts vouchers of one product into stock, the first of them sold, by SQL
// alone.
func fill(t testing.TB, db *sqlx.DB, product string, count, sold int) {
	t.Helper()
	_, err := db.Exec(`INSERT INTO voucher (id, supplier, product, batch, serial, pin, pin_hash, face, cost, currency, expires_on, sale_id, state)
		SELECT gen_random_uuid(), $1, $2, 'B', $2 || n, 'x', sha256(($2 || n)::bytea), 1000, 920, 'ZAR', '2099-12-31',
			CASE WHEN n <= $4 THEN gen_random_uuid() END, CASE WHEN n <= $4 THEN 'sold' ELSE 'active' END
		FROM generate_series(1, $3) AS n`, operator, product, count, sold)
	must(t, err)
}

// The planner's trap: product being given, an index that has only seq, or one
// that has the ids, seems to give the order too, and leads past all that was
// sold.
func TestVouchersAreTakenStraightFromTheIndexOfTheUnsold(t *testing.T) {
	for name, prepare := range map[string]func(*sqlx.DB){
		"an empty table":            func(*sqlx.DB) {},
		"many sold, never analysed": func(db *sqlx.DB) { fill(t, db, airtime, 30_000, 20_000) },
		"many sold, analysed":       func(db *sqlx.DB) { fill(t, db, airtime, 30_000, 20_000); db.MustExec("ANALYZE voucher") },
		"one product of many, analysed": func(db *sqlx.DB) {
			fill(t, db, "OTHER", 30_000, 0)
			fill(t, db, airtime, 300, 200)
			db.MustExec("ANALYZE voucher")
		},
		"nearly all sold, then analysed": func(db *sqlx.DB) { fill(t, db, airtime, 30_000, 29_990); db.MustExec("ANALYZE voucher") },
	} {
		t.Run(name, func(t *testing.T) {
			dsn := ledgertest.PostgreSQL(t)
			db, err := ledger.WriterPool(dsn)
			must(t, err)
			defer db.Close()
			prepare(db)
			db.MustExec("PREPARE pop AS " + ledger.PopSQL())
			var text string
			must(t, db.Get(&text, fmt.Sprintf(`EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE pop ('{%s}', '{3}', '{2026-01-01}')`, airtime)))
			var plans []struct{ Plan planNode }
			must(t, json.Unmarshal([]byte(text), &plans))
			used := false
			plans[0].Plan.walk(func(n planNode) {
				switch {
				case n.Index == "voucher_unsold":
					used = true
					if n.Rows > 3 {
						t.Errorf("it reads %v rows for 3", n.Rows)
					}
				case n.Index != "" || n.Type == "Sort" || n.Type == "Seq Scan":
					t.Errorf("it has a %s %s", n.Type, n.Index)
				}
				if n.Removed > 0 {
					t.Errorf("%s passes over %v rows", n.Type, n.Removed)
				}
			})
			if !used {
				t.Errorf("voucher_unsold is not used:\n%s", text)
			}
		})
	}
}

// A table that is empty when a statement is first planned must not be scanned
// for ever after.
func TestTheWriterNeverScansATable(t *testing.T) {
	w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	w.deposit(t, 10_000_000)
	w.load(t, w.vouchers(50, ""))
	db := w.direct(t)
	s := w.openUnclosed(t, "watched")
	db.MustExec("SELECT pg_stat_reset()")
	for range 20 {
		o, c := w.order(10_000)
		_, err := s.Begin(t.Context(), o, c)
		must(t, err)
		_, err = s.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		_, err = s.Sell(t.Context(), w.purchase(2))
		must(t, err)
		l := w.lookup()
		_, err = s.Note(t.Context(), l)
		must(t, err)
		must(t, s.End(t.Context(), l.LegID, ledger.LegAccepted, ""))
		_, err = s.Void(t.Context(), w.key(), "adviceReq")
		must(t, err)
		_, err = s.Post(t.Context(), ledger.Entry{Kind: "fee", Actor: "boss", Reference: fmt.Sprint(w.next()), Postings: []ledger.Posting{
			{Account: "float:" + merchant, Amount: 1, Currency: zar}, {Account: "income:fees", Amount: -1, Currency: zar}}})
		must(t, err)
	}
	must(t, s.Close())
	for sessions := 1; sessions > 0; { // which count what they did until they end
		must(t, db.Get(&sessions, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vendswitch watched'"))
	}
	var scanned []string
	// All floats are read once, when a node starts.
	must(t, db.Select(&scanned, `SELECT relname FROM pg_stat_user_tables
		WHERE seq_scan > (relname = 'float')::int AND relname <> 'schema_version' ORDER BY relname`))
	if len(scanned) > 0 {
		t.Errorf("it scanned %s", strings.Join(scanned, ", "))
	}
	var looks int
	must(t, db.Get(&looks, "SELECT seq_scan + idx_scan FROM pg_stat_user_tables WHERE relname = 'exception'"))
	if looks > 0 {
		t.Errorf("sales that were never unknown looked at exceptions %d times", looks)
	}
}

func FuzzTextsReachPostgreSQLAsTheyAre(f *testing.F) {
	for _, s := range []string{"", `"`, `\`, `'`, `{},()`, "NULL", "\n\t", `\\"'`, "é漢😀", "a\x00b", "\xff", "$1", `E'\''`} {
		f.Add(s)
	}
	db, err := ledger.WriterPool(ledgertest.PostgreSQL(f))
	must(f, err)
	defer db.Close()
	echo, err := ledger.NewEcho(f.Context(), db)
	must(f, err)
	f.Fuzz(func(t *testing.T, s string) {
		asRow, asArray, err := echo.Texts(t.Context(), s, s+s)
		if err != nil {
			if utf8.ValidString(s) && !strings.Contains(s, "\x00") {
				t.Fatalf("%q: %v", s, err)
			}
			return // it cannot be stored
		}
		for _, got := range [][]string{asRow, asArray} {
			if len(got) != 2 || got[0] != s || got[1] != s+s {
				t.Errorf("%q came back as %q", s, got)
			}
		}
	})
}

// post fills the journal with entries of two postings each, one per second up to
// a time, by SQL alone.
func post(t testing.TB, db *sqlx.DB, entries, accounts int, until time.Time) {
	t.Helper()
	_, err := db.Exec(`INSERT INTO posting (entry_id, line, at, account, amount, currency)
		SELECT e.id, l.line, $1::timestamptz - n * interval '1 second', CASE l.line WHEN 1 THEN 'bank' ELSE 'float:' || (n % $3) END, l.amount, 'ZAR'
		FROM (SELECT n, gen_random_uuid() AS id FROM generate_series(1, $2::int) AS n) AS e,
			(VALUES (1, 100), (2, -100)) AS l (line, amount)`, until, entries, accounts)
	must(t, err)
}

// Neither do the closings of a day that follows them.
func TestBalancesReadNoPostingsFromBeforeTheLastClosing(t *testing.T) {
	const accounts, later, old = 40, 60, 150_000
	for name, analyse := range map[string]bool{"never analysed": false, "analysed": true} {
		t.Run(name, func(t *testing.T) {
			w := openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))
			db := w.direct(t)
			cut := w.today().Add(-2 * day)
			post(t, db, old, accounts, cut)
			equal(t, 2, len(w.closeDays(t)), nil) // the seconds of two days
			cuts := []any{time.Time{}}
			post(t, db, later, accounts, cut.Add(day))
			if analyse {
				db.MustExec("VACUUM ANALYZE posting")
				db.MustExec("ANALYZE closing_balance")
			}
			w.wantBalances(t)
			for what, q := range map[string]struct {
				sql  string
				args []any
			}{
				"the trial balance":        {ledger.TrialBalanceSQL(), cuts},
				"the next day to close":    {ledger.FirstPostedSQL, []any{cut}},
				"the balances of that day": {ledger.DayBalancesSQL(), []any{time.Time{}, cut.Add(day)}},
			} {
				var text string
				must(t, w.View(t.Context(), func(tx *sqlx.Tx) error {
					return tx.Get(&text, tx.Rebind("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "+q.sql), q.args...)
				}))
				var plans []struct{ Plan planNode }
				must(t, json.Unmarshal([]byte(text), &plans))
				used := false
				plans[0].Plan.walk(func(n planNode) {
					used = used || n.Index == "posting_account"
					if n.Type == "Seq Scan" || n.Removed > 0 || n.Rows > 2*later+2*accounts {
						t.Errorf("%s: %s %s gives %v rows and passes over %v", what, n.Type, n.Index, n.Rows, n.Removed)
					}
				})
				// An account is reached through three levels of the index, two or three
				// times, and each time a row of it is looked at.
				blocks := plans[0].Plan.Hit + plans[0].Plan.Read
				if !used || blocks > 20*accounts {
					t.Errorf("%s: %d blocks are read, posting has %d:\n%s", what, blocks,
						w.scalar(t, "SELECT pg_relation_size('posting') / 8192"), text)
				}
			}
		})
	}
}
