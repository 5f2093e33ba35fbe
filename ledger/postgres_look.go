package ledger

import "time"

// One message locks and reads all that a batch needs: floats in the order of
// their merchants, then legs and then sales in the order of their ids, then
// vouchers; and what has been used up, which needs no lock. Such rows never
// change once they exist, and if one appears meanwhile, writing it again fails
// and the batch looks again.
var (
	// The clock, and an id for the transaction; see view.keepClosed.
	lookClock = newStatement("look_clock", "SELECT clock_timestamp(), pg_current_xact_id()::text")

	// checkClock fails when it is too late.
	checkClock = newStatement("check_clock", "SELECT 1 / (clock_timestamp() < $1)::int")

	lookFloats = newStatement("look_floats", "SELECT "+floatColumns+`
		FROM float WHERE merchant = ANY ($1::text[]) ORDER BY merchant FOR UPDATE`)

	lookLegs = newStatement("look_legs", "SELECT "+legColumns+`
		FROM leg WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`)

	lookSales = newStatement("look_sales", "SELECT "+saleColumns+`
		FROM sale WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`)

	lookMessages = newStatement("look_messages", "SELECT "+messageColumns+`
		FROM `+unnested(messageKeyColumns)+" JOIN message USING (client, date_time, number)")

	lookTokens = newStatement("look_tokens", "SELECT supplier, hash, sale_id FROM "+unnested(tokenKeyColumns)+" JOIN token USING (hash)")

	lookReferences = newStatement("look_references", `SELECT kind, reference, entry_id
		FROM `+unnested(referenceKeyColumns)+" JOIN entry_reference USING (kind, reference)")

	popFree    = newStatement("pop", popSQL(false))
	popWaiting = newStatement("pop_waiting", popSQL(true))
)

// Columns of what is looked for.
var (
	untilColumns        = []column{{"until", stamp}}
	merchantColumns     = []column{{"merchant", text}}
	idColumns           = []column{{"id", uid}}
	messageKeyColumns   = []column{{"client", text}, {"date_time", text}, {"number", number}}
	tokenKeyColumns     = []column{{"hash", bytea}}
	referenceKeyColumns = []column{{"kind", text}, {"reference", text}}
	wantColumns         = []column{{"product", text}, {"quantity", number}, {"cutoff", text}}
)

// popSQL takes the next vouchers on sale of each product. It must order by
// expires_on and seq, which voucher_unsold alone provides.
func popSQL(wait bool) string {
	lock := "FOR UPDATE SKIP LOCKED"
	if wait {
		lock = "FOR UPDATE"
	}
	return `SELECT ` + voucherColumns + ` FROM ` + unnested(wantColumns) + `, LATERAL (
		SELECT id, supplier, batch, serial, face, cost, currency, expires_on, sale_id, pin FROM voucher
		WHERE product = u.product AND state = 'active' AND expires_on >= u.cutoff
		ORDER BY product, expires_on, seq
		LIMIT u.quantity ` + lock + `) AS v`
}

// look adds to a message all that is needed, to be put into the view.
func (m *message) look(n *needs, wait bool, v *view) error {
	m.add(lookClock, nil, func(row scanner) error {
		var clock time.Time
		var xid string
		err := row.Scan(&clock, &xid)
		v.clock = clock.UTC()
		return err
	})
	pop := popFree
	if wait {
		pop = popWaiting
	}
	for _, part := range []struct {
		statement *statement
		columns   []column
		rows      []row
		read      func(scanner) error
	}{
		{lookFloats, merchantColumns, each(n.floats, func(code string) row { return row{code} }), v.seeFloat},
		{lookLegs, idColumns, each(n.legs, func(id ID) row { return row{id} }), v.seeLeg},
		{lookSales, idColumns, each(n.sales, func(id ID) row { return row{id} }), v.seeSale},
		{lookMessages, messageKeyColumns, each(n.messages, func(k MessageKey) row { return row{k.Client, k.DateTime, int64(k.Number)} }), v.seeMessage},
		{lookTokens, tokenKeyColumns, each(n.tokens, func(hash []byte) row { return row{hash} }), v.seeToken},
		{lookReferences, referenceKeyColumns, each(n.references, func(k referenceKey) row { return row{k.kind, k.reference} }), v.seeReference},
		{pop, wantColumns, n.wantRows(), v.seeVoucher},
	} {
		if len(part.rows) == 0 {
			continue
		}
		params, err := wireArrays(part.columns, part.rows)
		if err != nil {
			return err
		}
		m.add(part.statement, params, part.read)
	}
	return nil
}

// each makes a row of every item.
func each[T any](items []T, of func(T) row) []row {
	list := make([]row, len(items))
	for i, item := range items {
		list[i] = of(item)
	}
	return list
}

func (n *needs) wantRows() []row {
	list := make([]row, 0, len(n.wants))
	for _, w := range n.wants {
		list = append(list, row{w.product, int64(w.quantity), w.cutoff})
	}
	return list
}
