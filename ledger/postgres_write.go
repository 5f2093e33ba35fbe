package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/lib/pq"
)

// One statement writes all rows of a batch: for each table a part that takes
// its rows from an array. Each combination of tables is a statement of its
// own, prepared once. An exact update that does not find all its rows divides by
// zero, so that COMMIT, which travels in the same message, is not reached.

// writeSet says which plans have rows.
type writeSet [planCount]bool

func (r *rows) writeSet() (set writeSet) {
	for i, list := range r.plans {
		set[i] = len(list) > 0
	}
	return set
}

// name of the prepared statement.
func (set writeSet) name() string {
	bits := 0
	for i, used := range set {
		if used {
			bits |= 1 << i
		}
	}
	return fmt.Sprintf("write_%x", bits)
}

// sql writes the statement.
func (set writeSet) sql() string {
	var parts []string
	checks := []string{"true"}
	params := 0
	for i, used := range set {
		if !used {
			continue
		}
		params++
		part := plans[i].postgres(fmt.Sprintf("$%d::%s[]", params, plans[i].composite()))
		if plans[i].exact {
			part += " RETURNING 1"
			checks = append(checks, fmt.Sprintf("(SELECT count(*) FROM w%d) = cardinality($%d)", i, params))
		}
		parts = append(parts, fmt.Sprintf("w%d AS (%s)", i, part))
	}
	return "WITH " + strings.Join(parts, ",\n") +
		"\nSELECT 1 / (" + strings.Join(checks, " AND ") + ")::int"
}

// composite is the type that holds a row of the plan: that of the table, or
// for an update one of its own.
func (p plan) composite() string {
	if p.move != "" {
		return p.move
	}
	return p.table
}

// postgres writes the part of one plan.
func (p plan) postgres(array string) string {
	var names, values []string
	for _, c := range p.cols {
		value := "u." + c.name
		if c.kept() {
			value = fmt.Sprintf("COALESCE(%s, %s.%s)", value, p.table, c.name)
		}
		names, values = append(names, c.name), append(values, value)
	}
	if len(p.keys) == 0 {
		return fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS u",
			p.table, strings.Join(names, ", "), strings.Join(values, ", "), array)
	}
	var set, where []string
	for i := range names {
		set = append(set, names[i]+" = "+values[i])
	}
	for _, c := range p.keys {
		where = append(where, fmt.Sprintf("%s.%s = u.%s", p.table, c.name, c.name))
	}
	if p.guard != "" {
		where = append(where, p.guard)
	}
	return fmt.Sprintf("UPDATE %s SET %s FROM unnest(%s) AS u WHERE %s",
		p.table, strings.Join(set, ", "), array, strings.Join(where, " AND "))
}

// args gives the parameters of the statement that set.sql writes.
func (set writeSet) args(r *rows) ([]string, error) {
	var args []string
	for i, used := range set {
		if !used {
			continue
		}
		arg, err := composites(plans[i].columns(), r.plans[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", plans[i].table, err)
		}
		args = append(args, arg)
	}
	return args, nil
}

// wantColumns are those of the type voucher_want.
var wantColumns = []column{{"product", text}, {"quantity", number}, {"cutoff", text}}

// popSQL takes the next unsold vouchers of each product. It must order by
// expires_on and seq, which voucher_unsold alone provides.
func popSQL(wait bool) string {
	lock := "FOR UPDATE SKIP LOCKED"
	if wait {
		lock = "FOR UPDATE"
	}
	return `SELECT ` + voucherColumns + ` FROM unnest($1::voucher_want[]) AS w, LATERAL (
		SELECT id, supplier, batch, serial, face, cost, currency, expires_on, sale_id, pin FROM voucher
		WHERE product = w.product AND sale_id IS NULL AND expires_on >= w.cutoff
		ORDER BY product, expires_on, seq
		LIMIT w.quantity ` + lock + `) AS v`
}

// postgresTx is a transaction beside the writer.
type postgresTx struct{ session }

func (t postgresTx) write(ctx context.Context, r *rows) error {
	set := r.writeSet()
	texts, err := set.args(r)
	if err != nil {
		return err
	}
	args := make([]any, len(texts))
	for i, s := range texts {
		args[i] = s
	}
	_, err = t.tx.ExecContext(ctx, set.sql(), args...)
	return err
}

func (t postgresTx) load(ctx context.Context, list []sealedVoucher) (int, error) {
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
