package ledger

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What a transaction writes is gathered as plain values in rows, table by
// table. Each table has a plan that names its columns. On PostgreSQL the rows of
// all plans travel in one message, on SQLite row follows row.

// columnKind is how a column's values travel to the database.
type columnKind int

const (
	text       columnKind = iota // string
	number                       // int64
	flag                         // bool
	uid                          // ID; the zero ID is NULL
	stamp                        // time.Time; the zero time is NULL
	bytea                        // []byte; nil is NULL
	keptText                     // string, or nil, which leaves the column as it is
	keptNumber                   // int64, or nil, which leaves the column as it is
	keptBytes                    // []byte; nil leaves the column as it is
)

type column struct {
	name string
	kind columnKind
}

// plan says how rows of one table are written: inserted, with all columns in
// the order of the table, or where there are keys, updated. An update must find
// each of its rows, as it was when its change was decided, or the transaction
// fails.
type plan struct {
	table string
	keys  []column
	cols  []column
	was   []column // of an update: what the columns must hold before it; nil is anything
	guard string   // further condition of an update
}

// The plans in the order in which they are written: first what exists, in the
// order in which it is locked (floats, legs, sales), then new keys, then the
// rest. The order is the same on every node, and rows are sorted by their keys,
// so that two nodes which want the same rows or claim the same keys wait for
// each other and never in a circle.
const (
	floatMoves = iota
	legMoves
	saleMoves
	soldVouchers
	newMessages
	newUpstream
	newTokens
	newReferences
	newSales
	newLegs
	newExceptions
	exceptionEnds
	newEntries
	newPostings
	planCount
)

var plans = [planCount]plan{
	newMessages: {table: "message", cols: []column{
		{"client", text}, {"date_time", text}, {"number", number}, {"kind", text},
		{"operation", text}, {"digest", bytea}, {"sale_id", uid}, {"at", stamp}}},
	newUpstream: {table: "upstream_message", cols: []column{
		{"supplier", text}, {"date_time", text}, {"number", number}, {"leg_id", uid}}},
	newTokens: {table: "token", cols: []column{
		{"hash", bytea}, {"supplier", text}, {"sale_id", uid}, {"leg_id", uid}}},
	newReferences: {table: "entry_reference", cols: []column{
		{"kind", text}, {"reference", text}, {"entry_id", uid}}},
	newSales: {table: "sale", cols: []column{
		{"id", uid}, {"client", text}, {"date_time", text}, {"number", number},
		{"channel", text}, {"operation", text}, {"merchant", text}, {"terminal", text},
		{"cashier", text}, {"product", text}, {"supplier", text}, {"target", text},
		{"quantity", number}, {"tender", number}, {"commission", number}, {"hold", number},
		{"currency", text}, {"receipt_no", text}, {"state", text}, {"reason", text},
		{"opened_at", stamp}, {"settled_at", stamp}, {"outcome", bytea}}},
	saleMoves: {table: "sale", keys: []column{{"id", uid}}, cols: []column{
		{"supplier", text}, {"hold", number}, {"state", text}, {"reason", text},
		{"settled_at", stamp}, {"outcome", keptBytes}}, was: []column{{"state", text}}},
	newLegs: {table: "leg", cols: []column{
		{"id", uid}, {"opened_at", stamp}, {"sale_id", uid}, {"direction", text},
		{"vend", flag}, {"operation", text}, {"party", text}, {"date_time", text},
		{"number", number}, {"state", text}, {"code", text}, {"note", text},
		{"amount", number}, {"target", text}, {"closed_at", stamp}, {"evidence", bytea},
		{"node", text}, {"lease_until", stamp}, {"asked", number}, {"absent", number},
		{"next_at", stamp}}},
	legMoves: {table: "leg", keys: []column{{"id", uid}, {"opened_at", stamp}}, cols: []column{
		{"state", text}, {"code", text}, {"note", keptText}, {"closed_at", stamp},
		{"evidence", keptBytes}, {"node", keptText}, {"lease_until", stamp}, {"asked", keptNumber},
		{"absent", keptNumber}, {"next_at", stamp}}, was: []column{{"state", keptText}, {"node", keptText}}},
	floatMoves: {table: "float", keys: []column{{"merchant", text}}, cols: []column{
		{"posted", number}, {"held", number}, {"credit_line", number}, {"blocked", flag}},
		was: []column{{"posted", number}, {"held", number}, {"credit_line", number}, {"blocked", flag}}},
	soldVouchers: {table: "voucher", keys: []column{{"id", uid}}, guard: "voucher.state = 'active'",
		cols: []column{{"sale_id", uid}, {"state", text}}},
	newExceptions: {table: "exception", cols: []column{
		{"id", uid}, {"kind", text}, {"sale_id", uid}, {"leg_id", uid}, {"note", text},
		{"evidence", bytea}, {"owner", text}, {"opened_at", stamp}, {"closed_at", stamp}}},
	exceptionEnds: {table: "exception", keys: []column{{"id", uid}}, guard: "exception.closed_at IS NULL",
		cols: []column{{"closed_at", stamp}}},
	newEntries: {table: "entry", cols: []column{
		{"id", uid}, {"at", stamp}, {"kind", text}, {"sale_id", uid}, {"leg_id", uid},
		{"actor", text}, {"body", text}}},
	newPostings: {table: "posting", cols: []column{
		{"entry_id", uid}, {"line", number}, {"at", stamp}, {"account", text},
		{"amount", number}, {"currency", text}}},
}

// kept reports whether NULL leaves the column as it is.
func (c column) kept() bool {
	return c.kind == keptText || c.kind == keptNumber || c.kind == keptBytes
}

// columns are the keys, what is set and what must have been, in the order of a
// row's values.
func (p plan) columns() []column { return slices.Concat(p.keys, p.cols, p.was) }

// row holds the values of a plan's columns.
type row []any

// execution is a statement of its own, for the rare changes: SQL with ? for
// parameters, and how many rows it must touch.
type execution struct {
	sql  string
	args []any
	want int64 // -1: any number
	miss error // what it means if another number was touched
}

// rows is what a transaction writes.
type rows struct {
	plans [planCount][]row
	execs []execution
	until time.Time // on the database's clock, when it is too late to write them; zero is never
}

func (r *rows) add(plan int, values ...any) { r.plans[plan] = append(r.plans[plan], values) }

func (r *rows) empty() bool {
	for _, p := range r.plans {
		if len(p) > 0 {
			return false
		}
	}
	return len(r.execs) == 0
}

// firstEntry is the id by which it is told afterwards whether the transaction
// was committed.
func (r *rows) firstEntry() (ID, bool) {
	if len(r.plans[newEntries]) == 0 {
		return ID{}, false
	}
	return r.plans[newEntries][0][0].(ID), true
}

// micro cuts a time to what both databases keep.
func micro(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// errText means that a text cannot be stored: PostgreSQL has no NUL and takes
// only UTF-8, and SQLite shall behave alike.
var errText = errors.New("text is not UTF-8 or has a NUL")

func storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// plainValues turns a row into parameters as database/sql takes them.
func plainValues(r row, args []any) ([]any, error) {
	args = args[:0]
	for _, value := range r {
		switch x := value.(type) {
		case string:
			if !storable(x) {
				return nil, errText
			}
		case ID:
			if x == (ID{}) {
				value = nil
			} else {
				value = x.String()
			}
		case time.Time:
			if x.IsZero() {
				value = nil
			}
		case []byte:
			if len(x) == 0 {
				value = nil
			}
		}
		args = append(args, value)
	}
	return args, nil
}
