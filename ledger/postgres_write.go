package ledger

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lib/pq"
)

// One statement writes all rows of a batch: for each table a part that takes
// its rows from arrays, one array per column. Each combination of tables is a
// statement of its own, prepared once.

// writeSet says which plans have rows.
type writeSet [planCount]bool

func (r *rows) writeSet() (set writeSet, any bool) {
	for i, list := range r.plans {
		set[i] = len(list) > 0
		any = any || set[i]
	}
	return set, any
}

// noID stands in arrays for NULL.
const noID = "'00000000-0000-0000-0000-000000000000'::uuid"

// postgresColumns: how a column's values are given as an array, and what makes
// a stored value of an element.
var postgresColumns = map[columnKind]struct{ array, value string }{
	text:    {"text[]", "u.%[1]s"},
	number:  {"bigint[]", "u.%[1]s"},
	flag:    {"boolean[]", "u.%[1]s"},
	uid:     {"uuid[]", "NULLIF(u.%[1]s, " + noID + ")"},
	stamp:   {"bigint[]", "'epoch'::timestamptz + NULLIF(u.%[1]s, 0) * '1 microsecond'::interval"},
	bytea:   {"bytea[]", "NULLIF(u.%[1]s, ''::bytea)"},
	keepNil: {"bytea[]", "COALESCE(NULLIF(u.%[1]s, ''::bytea), %[2]s.%[1]s)"},
}

// sql writes the statement. It returns, in the order of the plans in the set,
// how many rows each part has written.
func (set writeSet) sql() string {
	var parts, counts []string
	params := 0
	for i, used := range set {
		if !used {
			continue
		}
		p := plans[i]
		parts = append(parts, fmt.Sprintf("w%d AS (%s RETURNING 1)", i, p.postgres(&params)))
		counts = append(counts, fmt.Sprintf("(SELECT count(*) FROM w%d)", i))
	}
	return "WITH " + strings.Join(parts, ",\n") + "\nSELECT ARRAY[" + strings.Join(counts, ", ") + "]"
}

// postgres writes the part of one plan.
func (p plan) postgres(params *int) string {
	var names, arrays []string
	for _, c := range p.columns() {
		*params++
		names = append(names, c.name)
		arrays = append(arrays, fmt.Sprintf("$%d::%s", *params, postgresColumns[c.kind].array))
	}
	from := fmt.Sprintf("unnest(%s) AS u (%s)", strings.Join(arrays, ", "), strings.Join(names, ", "))
	value := func(c column) string {
		s := postgresColumns[c.kind].value
		if strings.Contains(s, "%[2]s") {
			return fmt.Sprintf(s, c.name, p.table)
		}
		return fmt.Sprintf(s, c.name)
	}
	if len(p.keys) == 0 {
		var values []string
		for _, c := range p.cols {
			values = append(values, value(c))
		}
		return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s",
			p.table, strings.Join(names, ", "), strings.Join(values, ", "), from)
	}
	var set, where []string
	for _, c := range p.cols {
		set = append(set, c.name+" = "+value(c))
	}
	for _, c := range p.keys {
		where = append(where, p.table+"."+c.name+" = "+value(c))
	}
	if p.guard != "" {
		where = append(where, p.guard)
	}
	return fmt.Sprintf("UPDATE %s SET %s FROM %s WHERE %s",
		p.table, strings.Join(set, ", "), from, strings.Join(where, " AND "))
}

// arrays turns rows into one array per column.
func (p plan) arrays(list []row, args []any) []any {
	for i, c := range p.columns() {
		switch c.kind {
		case text:
			a := make(pq.StringArray, len(list))
			for j, r := range list {
				a[j] = r[i].(string)
			}
			args = append(args, a)
		case number:
			a := make(pq.Int64Array, len(list))
			for j, r := range list {
				a[j] = r[i].(int64)
			}
			args = append(args, a)
		case flag:
			a := make(pq.BoolArray, len(list))
			for j, r := range list {
				a[j] = r[i].(bool)
			}
			args = append(args, a)
		case uid:
			a := make(pq.StringArray, len(list))
			for j, r := range list {
				a[j] = r[i].(ID).String()
			}
			args = append(args, a)
		case stamp:
			a := make(pq.Int64Array, len(list))
			for j, r := range list {
				if t := r[i].(time.Time); !t.IsZero() {
					a[j] = t.UnixMicro()
				}
			}
			args = append(args, a)
		case bytea, keepNil:
			a := make(pq.ByteaArray, len(list))
			for j, r := range list {
				a[j] = r[i].([]byte)
			}
			args = append(args, a)
		}
	}
	return args
}

func (t *postgresTx) write(ctx context.Context, r *rows) error {
	if err := t.writePlans(ctx, r); err != nil {
		return err
	}
	return t.executions(ctx, r.execs)
}

func (t *postgresTx) writePlans(ctx context.Context, r *rows) error {
	set, any := r.writeSet()
	if !any {
		return nil
	}
	stmt, err := t.engine.writes.stmt(ctx, t.engine.db, set, set.sql)
	if err != nil {
		return err
	}
	args := argsOf(r)
	var counts pq.Int64Array
	if err := t.tx.Tx.StmtContext(ctx, stmt).QueryRowContext(ctx, args...).Scan(&counts); err != nil {
		return err
	}
	n := 0
	for i, used := range set {
		if !used {
			continue
		}
		if want := int64(len(r.plans[i])); counts[n] != want {
			return fmt.Errorf("%w: wrote %d of %d to %s", errMisfit, counts[n], want, plans[i].table)
		}
		n++
	}
	return nil
}

func argsOf(r *rows) []any {
	var args []any
	for i, list := range r.plans {
		if len(list) > 0 {
			args = plans[i].arrays(list, args)
		}
	}
	return args
}

// popSQL takes the next unsold vouchers of each product. It must order by
// expires_on and seq, which voucher_unsold alone provides.
func popSQL(wait bool) string {
	lock := "FOR UPDATE OF voucher SKIP LOCKED"
	if wait {
		lock = "FOR UPDATE OF voucher"
	}
	return `SELECT ` + "v." + strings.Join(strings.Fields(strings.ReplaceAll(voucherColumns, ", ", ", v.")), " ") + `
	FROM unnest($1::text[], $2::bigint[], $3::text[]) AS w (product, quantity, cutoff),
	LATERAL (
		SELECT voucher.* FROM voucher
		WHERE voucher.product = w.product AND voucher.sale_id IS NULL AND voucher.expires_on >= w.cutoff
		ORDER BY voucher.product, voucher.expires_on, voucher.seq
		LIMIT w.quantity
		` + lock + `) AS v`
}

func (t *postgresTx) pop(ctx context.Context, wants map[string]want, wait bool, v *view) error {
	stmt, err := t.engine.pops.stmt(ctx, t.engine.db, wait, func() string { return popSQL(wait) })
	if err != nil {
		return err
	}
	var products, cutoffs pq.StringArray
	var quantities pq.Int64Array
	for _, w := range wants {
		products = append(products, w.product)
		quantities = append(quantities, int64(w.quantity))
		cutoffs = append(cutoffs, w.cutoff)
	}
	found, err := t.tx.Tx.StmtContext(ctx, stmt).QueryContext(ctx, products, quantities, cutoffs)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		s, err := scanVoucher(found)
		if err != nil {
			return err
		}
		v.stock[s.Product] = append(v.stock[s.Product], s)
	}
	return found.Err()
}

func (t *postgresTx) load(ctx context.Context, list []sealedVoucher) (int, error) {
	var ids, suppliers, products, batches, serials, currencies, dates pq.StringArray
	var pins, hashes pq.ByteaArray
	var faces, costs pq.Int64Array
	for _, v := range list {
		ids, suppliers, products = append(ids, v.ID.String()), append(suppliers, v.Supplier), append(products, v.Product)
		batches, serials = append(batches, v.Batch), append(serials, v.Serial)
		pins, hashes = append(pins, v.sealed), append(hashes, v.hash)
		faces, costs = append(faces, v.Face), append(costs, v.Cost)
		currencies, dates = append(currencies, v.Currency), append(dates, v.expiry())
	}
	result, err := t.tx.ExecContext(ctx, `INSERT INTO voucher
		(id, supplier, product, batch, serial, pin, pin_hash, face, cost, currency, expires_on)
		SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bytea[], $7::bytea[],
			$8::bigint[], $9::bigint[], $10::text[], $11::text[]) ON CONFLICT DO NOTHING`,
		ids, suppliers, products, batches, serials, pins, hashes, faces, costs, currencies, dates)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}
