//go:build bench

package bench_test

import (
	"maps"
	"math"
	"testing"
)

// journal lists the tables that sales write rows into.
var journal = []string{"message", "upstream_message", "token", "entry_reference", "sale", "leg", "entry", "posting", "exception"}

// extent is how much there is in the tables of the journal.
type extent map[string]tableExtent

type tableExtent struct {
	rows  int64
	bytes float64 // of all rows, as stored
}

func (d *database) extent(t *testing.T) extent {
	t.Helper()
	e := extent{}
	for _, table := range journal {
		var x tableExtent
		err := d.QueryRow("SELECT count(*), COALESCE(sum(pg_column_size(r.*)), 0) FROM "+table+" AS r").Scan(&x.rows, &x.bytes)
		if err != nil {
			t.Fatal(err)
		}
		e[table] = x
	}
	return e
}

// tolerance is how much larger or smaller a floor's rows may be than ours.
const tolerance = 0.1

// compare reports where the floor did not write what we wrote: as many rows a
// sale to every table, and as many bytes, nearly.
func compare(t *testing.T, before, ours, floor extent, ourSales, floorSales int64) {
	t.Helper()
	for table := range maps.Keys(before) {
		was, our, their := before[table], ours[table], floor[table]
		ourRows, theirRows := float64(our.rows-was.rows)/float64(ourSales), float64(their.rows-was.rows)/float64(floorSales)
		if ourRows != theirRows {
			t.Errorf("%s: a sale writes %.3f rows, the floor %.3f", table, ourRows, theirRows)
		}
		ourBytes, theirBytes := (our.bytes-was.bytes)/float64(ourSales), (their.bytes-was.bytes)/float64(floorSales)
		if math.Abs(theirBytes-ourBytes) > tolerance*ourBytes {
			t.Errorf("%s: a sale writes %.0f bytes, the floor %.0f", table, ourBytes, theirBytes)
		}
	}
}

// audit reports where the books of a database do not balance, or hold another
// number of sales than were acknowledged.
func (d *database) audit(t *testing.T, acknowledged int64) {
	t.Helper()
	for _, rule := range []struct{ name, count string }{
		{"entries whose postings do not sum to zero",
			`SELECT count(*) FROM (SELECT FROM posting GROUP BY entry_id, currency HAVING sum(amount) <> 0) AS x`},
		{"floats that are not what was posted to them",
			`SELECT count(*) FROM float LEFT JOIN (
				SELECT account, -sum(amount) AS sum FROM posting WHERE account LIKE 'float:%' GROUP BY account
			) AS p ON p.account = 'float:' || merchant WHERE posted <> COALESCE(sum, 0)`},
		{"floats that still hold money", `SELECT count(*) FROM float WHERE held <> 0`},
		{"sales not delivered", `SELECT count(*) FROM sale WHERE state <> 'delivered'`},
		{"sales with no, or more than one, token or voucher",
			`SELECT count(*) FROM sale LEFT JOIN (
				SELECT sale_id, count(*) AS n FROM (
					SELECT sale_id FROM token UNION ALL SELECT sale_id FROM voucher WHERE sale_id IS NOT NULL
				) AS y GROUP BY sale_id
			) AS x ON x.sale_id = sale.id WHERE n IS DISTINCT FROM 1`},
	} {
		var found int64
		if err := d.QueryRow(rule.count).Scan(&found); err != nil {
			t.Fatal(err)
		}
		if found != 0 {
			t.Errorf("%d %s", found, rule.name)
		}
	}
	var delivered int64
	if err := d.QueryRow("SELECT count(*) FROM sale").Scan(&delivered); err != nil {
		t.Fatal(err)
	}
	if delivered != acknowledged {
		t.Errorf("%d sales in the books, %d acknowledged", delivered, acknowledged)
	}
}
