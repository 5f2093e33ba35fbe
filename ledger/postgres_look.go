package ledger

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// One statement locks and reads all that a batch needs. Its result is a union
// of rows of several kinds, which share columns by type: so many texts,
// numbers, ids and so on.
//
// Rows that are locked are returned as they are once the lock is held, however
// long that took. What is read without a lock (message ids, tokens and other
// keys) is as of the beginning of the statement: such rows never change once
// they exist, and if one appeared meanwhile, writing it again fails and the
// batch looks again.
const (
	lookTexts   = 14
	lookNumbers = 6
	lookIDs     = 2
	lookStamps  = 4
)

// lookSet says which parts of the statement a batch needs.
type lookSet struct {
	floats, legs, sales, messages, tokens, references bool
}

func (n *needs) lookSet() lookSet {
	return lookSet{
		floats:     len(n.floats) > 0,
		legs:       len(n.legs) > 0,
		sales:      len(n.sales) > 0,
		messages:   len(n.messages) > 0,
		tokens:     len(n.tokens) > 0,
		references: len(n.references) > 0,
	}
}

// name of the prepared statement.
func (set lookSet) name() string {
	name := "look"
	for _, part := range []struct {
		used bool
		name string
	}{{set.floats, "f"}, {set.legs, "l"}, {set.sales, "s"}, {set.messages, "m"}, {set.tokens, "t"}, {set.references, "r"}} {
		if part.used {
			name += "_" + part.name
		}
	}
	return name
}

// lookBuilder numbers the parameters of a statement.
type lookBuilder struct {
	params int
	with   []string
	union  []string
}

func (b *lookBuilder) param(kind string) string {
	b.params++
	return fmt.Sprintf("$%d::%s", b.params, kind)
}

// part adds rows of one kind. Columns are given by type, in the order in which
// lookRow has them.
func (b *lookBuilder) part(kind, from string, texts, numbers, ids, stamps []string, bytes string) {
	columns := []string{"'" + kind + "'::text"}
	fill := func(names []string, n int, kind string) {
		for i := range n {
			if i < len(names) {
				columns = append(columns, names[i])
			} else {
				columns = append(columns, "NULL::"+kind)
			}
		}
	}
	fill(texts, lookTexts, "text")
	fill(numbers, lookNumbers, "bigint")
	fill(ids, lookIDs, "uuid")
	fill(stamps, lookStamps, "timestamptz")
	if bytes == "" {
		bytes = "NULL::bytea"
	}
	columns = append(columns, bytes)
	b.union = append(b.union, "SELECT "+strings.Join(columns, ", ")+" FROM "+from)
}

// sql writes the statement. args must give its parameters in the same order.
func (set lookSet) sql() string {
	var b lookBuilder
	b.part("clock", "(SELECT pg_current_xact_id()::text AS xid) AS x", []string{"xid"}, nil, nil,
		[]string{"clock_timestamp()"}, "")
	set.lock(&b)
	if set.messages {
		b.part("message", "unnest("+b.param("message_key[]")+`) AS k
			JOIN message AS m ON (m.client, m.date_time, m.number) = (k.client, k.date_time, k.number)`,
			[]string{"m.client", "m.date_time", "kind", "operation"}, []string{"m.number"},
			[]string{"sale_id"}, []string{"at"}, "digest")
	}
	if set.tokens {
		b.part("token", "unnest("+b.param("bytea[]")+") AS k (hash) JOIN token AS t ON t.hash = k.hash",
			[]string{"supplier"}, nil, []string{"sale_id"}, nil, "t.hash")
	}
	if set.references {
		b.part("reference", "unnest("+b.param("reference_key[]")+`) AS k
			JOIN entry_reference AS e ON (e.kind, e.reference) = (k.kind, k.reference)`,
			[]string{"e.kind", "e.reference"}, nil, []string{"entry_id"}, nil, "")
	}
	with := ""
	if len(b.with) > 0 {
		with = "WITH " + strings.Join(b.with, ",\n")
	}
	return with + "\n" + strings.Join(b.union, "\nUNION ALL ")
}

// lock locks floats in the order of their merchants, then legs and then sales
// in the order of their ids. That one part counts the rows of the part before
// it makes the database lock them in this order.
func (set lookSet) lock(b *lookBuilder) {
	after := ""
	part := func(name, from, key, array string) {
		b.with = append(b.with, fmt.Sprintf("%s AS MATERIALIZED (SELECT * FROM %s WHERE %s = ANY (%s)%s ORDER BY %s FOR UPDATE)",
			name, from, key, b.param(array), after, key))
		after = " AND (SELECT count(*) FROM " + name + ") >= 0"
	}
	if set.floats {
		part("f", "float", "merchant", "text[]")
		b.part("float", "f", []string{"merchant", "currency"},
			[]string{"posted", "held", "credit_line", "blocked::int::bigint"}, nil, nil, "")
	}
	if set.legs {
		part("l", "leg", "id", "uuid[]")
		b.part("leg", "l",
			[]string{"direction", "operation", "party", "date_time", "state", "code", "note", "target", "node"},
			[]string{"vend::int::bigint", "number", "amount", "asked", "absent"},
			[]string{"id", "sale_id"},
			[]string{"opened_at", "closed_at", "lease_until", "next_at"}, "")
	}
	if set.sales {
		part("s", "sale", "id", "uuid[]")
		b.part("sale", "s",
			[]string{"client", "date_time", "channel", "operation", "merchant", "terminal", "cashier",
				"product", "supplier", "target", "currency", "receipt_no", "state", "reason"},
			[]string{"number", "quantity", "tender", "commission", "hold"},
			[]string{"id"}, []string{"opened_at", "settled_at"}, "")
	}
}

// Columns of the types message_key and reference_key.
var (
	messageKeyColumns   = []column{{"client", text}, {"date_time", text}, {"number", number}}
	referenceKeyColumns = []column{{"kind", text}, {"reference", text}}
)

// args gives the parameters of the statement that set.sql writes.
func (set lookSet) args(n *needs) (args []string, err error) {
	add := func(arg string, failed error) {
		args = append(args, arg)
		err = errors.Join(err, failed)
	}
	if set.floats {
		add(textArray(n.floats))
	}
	if set.legs {
		add(idArray(n.legs), nil)
	}
	if set.sales {
		add(idArray(n.sales), nil)
	}
	if set.messages {
		list := make([]row, len(n.messages))
		for i, k := range n.messages {
			list[i] = row{k.Client, k.DateTime, int64(k.Number)}
		}
		add(composites(messageKeyColumns, list))
	}
	if set.tokens {
		add(bytesArray(n.tokens), nil)
	}
	if set.references {
		list := make([]row, len(n.references))
		for i, k := range n.references {
			list[i] = row{k.kind, k.reference}
		}
		add(composites(referenceKeyColumns, list))
	}
	return args, err
}

// lookRow is a row of the union.
type lookRow struct {
	kind    string
	texts   [lookTexts]sql.NullString
	numbers [lookNumbers]sql.NullInt64
	ids     [lookIDs]uuid.NullUUID
	stamps  [lookStamps]sql.NullTime
	bytes   []byte
}

func (r *lookRow) into() []any {
	list := make([]any, 0, 2+lookTexts+lookNumbers+lookIDs+lookStamps)
	list = append(list, &r.kind)
	for i := range r.texts {
		list = append(list, &r.texts[i])
	}
	for i := range r.numbers {
		list = append(list, &r.numbers[i])
	}
	for i := range r.ids {
		list = append(list, &r.ids[i])
	}
	for i := range r.stamps {
		list = append(list, &r.stamps[i])
	}
	return append(list, &r.bytes)
}

// see puts a row into the view.
func (t *postgresRound) see(r *lookRow, v *view) {
	text := func(i int) string { return r.texts[i].String }
	num := func(i int) int64 { return r.numbers[i].Int64 }
	at := func(i int) time.Time { return r.stamps[i].Time.UTC() }
	switch r.kind {
	case "clock":
		t.xid = text(0)
		v.clock = at(0)
	case "float":
		v.floats[text(0)] = &floatRow{
			Float: Float{
				Merchant: text(0), Currency: text(1),
				Posted: num(0), Held: num(1), CreditLine: num(2)},
			blocked: num(3) == 1,
		}
	case "leg":
		v.legs[r.ids[0].UUID] = &legRow{Leg: Leg{
			ID: r.ids[0].UUID, SaleID: r.ids[1].UUID,
			Direction: Direction(text(0)), Operation: text(1), Party: text(2), DateTime: text(3),
			State: LegState(text(4)), Code: text(5), Note: text(6), Target: text(7), Node: text(8),
			Vend: num(0) == 1, Number: int(num(1)), Amount: num(2), Asked: int(num(3)), Absent: int(num(4)),
			OpenedAt: at(0), ClosedAt: at(1), LeaseUntil: at(2), NextAt: at(3)}}
	case "sale":
		v.sales[r.ids[0].UUID] = &saleRow{Sale: Sale{
			ID:     r.ids[0].UUID,
			Client: text(0), Message: MessageKey{text(0), text(1), int(num(0))},
			Channel: text(2), Operation: text(3), Merchant: text(4), Terminal: text(5), Cashier: text(6),
			Product: text(7), Supplier: text(8), Target: text(9), Currency: text(10), ReceiptNo: text(11),
			State: SaleState(text(12)), Reason: text(13),
			Quantity: int(num(1)), Tender: num(2), Commission: num(3), Hold: num(4),
			OpenedAt: at(0), SettledAt: at(1)}}
	case "message":
		m := Message{
			Key:  MessageKey{text(0), text(1), int(num(0))},
			Kind: MessageKind(text(2)), Operation: text(3), SaleID: r.ids[0].UUID, At: at(0)}
		copy(m.Digest[:], r.bytes)
		v.messages[m.Key] = m
	case "token":
		v.tokens[tokenKey{text(0), string(r.bytes)}] = r.ids[0].UUID
	case "reference":
		v.references[referenceKey{text(0), text(1)}] = r.ids[0].UUID
	}
}
