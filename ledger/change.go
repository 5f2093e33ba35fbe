package ledger

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// change is one thing that happens to the ledger: a sale begun, a leg closed,
// a deposit. The writer commits many changes as one transaction; each decides
// for itself, so one that is refused takes nobody with it.
type change interface {
	// need names what the change must see and hold locked.
	need(*needs)

	// decide looks at what is locked, earlier changes of the same transaction
	// included, and puts into the view what is to be written. It either puts
	// in nothing and returns an error, or puts in all of its effects; these
	// may be an exception and an error that tells of it. It may run again, in
	// another transaction, and must then decide afresh.
	decide(*view) error
}

// peeker is a change that must read more under its locks than needs can name.
// It is committed alone.
type peeker interface {
	peek(ctx context.Context, q queryer) error
}

// queryer reads inside of a transaction. Parameters are written as ?.
type queryer interface {
	get(ctx context.Context, into any, query string, args ...any) error
	list(ctx context.Context, into any, query string, args ...any) error
}

type tokenKey struct {
	supplier string
	hash     string
}

type referenceKey struct {
	kind      string
	reference string
}

// want is a demand for vouchers of one product.
type want struct {
	product  string
	quantity int
	cutoff   string // yyyy-mm-dd: the earliest date of expiry
}

// needs gathers what the changes of a transaction must see. Floats, legs and
// sales are locked, in this order: whoever moves a sale locks its float first.
type needs struct {
	floats     []string
	legs       []ID
	opens      ID // a leg that will be there
	sales      []ID
	ends       []ID // legs that may get their final state: see view.lookStuck
	messages   []MessageKey
	tokens     [][]byte // keyed hashes, of any supplier
	references []referenceKey
	wants      map[string]want // by product
	look       bool            // whatever is remembered, for much of it is there already
}

func (n *needs) voucher(w want) {
	if n.wants == nil {
		n.wants = make(map[string]want)
	}
	if old, ok := n.wants[w.product]; ok {
		w.quantity += old.quantity
		w.cutoff = min(w.cutoff, old.cutoff)
	}
	n.wants[w.product] = w
}

func (n *needs) postings(lines []Posting) {
	for _, p := range lines {
		if merchant, ok := floatOf(p.Account); ok {
			n.floats = append(n.floats, merchant)
		}
	}
}

// Rows that exist remember what they were, so that they are written only over
// that.

type floatRow struct {
	Float
	blocked bool
	was     floatState
	moved   bool
}

// floatState is what changes of a float.
type floatState struct {
	posted, held, creditLine int64
	blocked                  bool
}

func existingFloat(f Float, blocked bool) *floatRow {
	return &floatRow{Float: f, blocked: blocked, was: floatState{f.Posted, f.Held, f.CreditLine, blocked}}
}

type legRow struct {
	Leg
	evidence []byte // sealed; nil leaves what is stored
	was      legPlace
	moved    bool
}

// legPlace is where a leg stands and with whom.
type legPlace struct {
	state LegState
	node  string
}

func existingLeg(l Leg) *legRow { return &legRow{Leg: l, was: legPlace{l.State, l.Node}} }

type saleRow struct {
	Sale
	sealed []byte // outcome; nil leaves what is stored
	was    SaleState
	moved  bool
}

func existingSale(s Sale) *saleRow { return &saleRow{Sale: s, was: s.State} }

// stocked is a voucher that the transaction has locked.
type stocked struct {
	Voucher
	sealed []byte // PIN
}

// view is what the changes of a transaction see and what they write.
type view struct {
	store      *Store
	now        time.Time // our clock
	clock      time.Time // the database's, for leases
	floats     map[string]*floatRow
	legs       map[ID]*legRow
	sales      map[ID]*saleRow
	messages   map[MessageKey]Message
	tokens     map[tokenKey]ID      // the sale that has it
	references map[referenceKey]ID  // the entry that used it
	stock      map[string][]stocked // by product, in the order of selling
	stuck      map[ID][]stuckRow    // by sale that is unknown: what ends with that
	inbound    map[ID]row           // inbound legs that end with their sales
	rows       rows
	err        error // a body that could not be written
}

func newView(s *Store) *view {
	return &view{
		store:      s,
		now:        micro(s.now()),
		floats:     make(map[string]*floatRow),
		legs:       make(map[ID]*legRow),
		sales:      make(map[ID]*saleRow),
		messages:   make(map[MessageKey]Message),
		tokens:     make(map[tokenKey]ID),
		references: make(map[referenceKey]ID),
		stock:      make(map[string][]stocked),
		inbound:    make(map[ID]row),
	}
}

// entry puts an entry with its postings into the journal and moves the floats
// that it posts to. The postings must have passed checkPostings.
func (v *view) entry(id ID, kind string, saleID, legID ID, actor string, body any, postings []Posting) {
	text, err := json.Marshal(body)
	if err != nil {
		v.err = fmt.Errorf("body of %s: %w", kind, err)
	}
	v.rows.add(newEntries, id, v.now, kind, saleID, legID, actor, string(text))
	for i, p := range postings {
		v.rows.add(newPostings, id, int64(i+1), v.now, p.Account, p.Amount, p.Currency)
		if merchant, ok := floatOf(p.Account); ok {
			f := v.floats[merchant]
			f.Posted -= p.Amount
			f.moved = true
		}
	}
}

// checkPostings reports whether an entry may have these lines: they sum to
// zero, and the floats among them are locked and keep that currency.
func (v *view) checkPostings(lines []Posting) error {
	sums := make(map[string]int64, 1)
	for _, p := range lines {
		if p.Account == "" || p.Currency == "" || p.Amount == 0 || p.Amount > maxAmount || p.Amount < -maxAmount {
			return fmt.Errorf("no posting can be %d %s to %q", p.Amount, p.Currency, p.Account)
		}
		sums[p.Currency] += p.Amount
		merchant, ok := floatOf(p.Account)
		if !ok {
			continue
		}
		f := v.floats[merchant]
		if f == nil {
			return fmt.Errorf("float of %q: %w", merchant, ErrNotFound)
		}
		if f.Currency != p.Currency {
			return fmt.Errorf("float of %q is in %s, not %s", merchant, f.Currency, p.Currency)
		}
	}
	for currency, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("%w: %d %s left over", ErrUnbalanced, sum, currency)
		}
	}
	return nil
}

// taken tells what a message id was used for, if it was. A sale that has the
// id already and is the asking one is no error: an earlier attempt went
// through.
func (v *view) taken(k MessageKey, d Digest, saleID ID) (m Message, done bool, err error) {
	m, ok := v.messages[k]
	switch {
	case !ok:
		return m, false, nil
	case m.Kind == MessageVoid:
		return m, false, ErrMessageVoid
	case m.Kind == MessageSale && m.SaleID == saleID:
		return m, true, nil
	case m.Kind == MessageSale && m.Digest == d:
		return m, false, ErrRepeated
	}
	return m, false, ErrMessageTaken
}

// claim uses a message id up.
func (v *view) claim(m Message) {
	v.messages[m.Key] = m
	var digest []byte
	if m.Kind != MessageVoid {
		digest = m.Digest[:]
	}
	v.rows.add(newMessages, m.Key.Client, m.Key.DateTime, int64(m.Key.Number), string(m.Kind),
		m.Operation, digest, m.SaleID, m.At)
}

// addLeg puts a new leg into the journal.
func (v *view) addLeg(l Leg) {
	if l.Direction == Outbound {
		v.rows.add(newUpstream, l.Party, l.DateTime, int64(l.Number), l.ID)
	}
	v.rows.add(newLegs, l.ID, l.OpenedAt, l.SaleID, string(l.Direction),
		l.Vend, l.Operation, l.Party, l.DateTime,
		int64(l.Number), string(l.State), l.Code, l.Note,
		l.Amount, l.Target, l.ClosedAt, []byte(nil),
		l.Node, l.LeaseUntil, int64(l.Asked), int64(l.Absent), l.NextAt)
	v.legs[l.ID] = existingLeg(l)
}

// outbound is the leg of a call that is about to be made.
func (v *view) outbound(saleID ID, c Call, vend bool) Leg {
	return Leg{
		ID: c.LegID, SaleID: saleID, Direction: Outbound, Vend: vend,
		Operation: c.Operation, Party: c.Supplier, DateTime: c.DateTime, Number: c.Number,
		State: LegOpen, Amount: c.Amount, Target: c.Target,
		Node: v.store.node, OpenedAt: v.now, LeaseUntil: v.clock.Add(c.Lease),
	}
}

// addSale puts a new sale into the journal.
func (v *view) addSale(s Sale, sealed []byte) {
	v.rows.add(newSales, s.ID, s.Message.Client, s.Message.DateTime, int64(s.Message.Number),
		s.Channel, s.Operation, s.Merchant, s.Terminal,
		s.Cashier, s.Product, s.Supplier, s.Target,
		int64(s.Quantity), s.Tender, s.Commission, s.Hold,
		s.Currency, s.ReceiptNo, string(s.State), s.Reason,
		s.OpenedAt, s.SettledAt, sealed)
	v.sales[s.ID] = existingSale(s)
}

// endInbound closes the inbound leg of a sale, which has the sale's id and
// keeps its note. What is said last in a transaction holds.
func (v *view) endInbound(s *Sale, state LegState, code string) {
	v.inbound[s.ID] = row{s.ID, s.OpenedAt, string(state), code, nil, v.now,
		[]byte(nil), nil, time.Time{}, nil, nil, time.Time{}, nil, nil}
}

// exec adds a statement that must touch one row, else the change fails with
// miss.
func (v *view) exec(miss error, sql string, args ...any) {
	v.rows.execs = append(v.rows.execs, execution{sql, args, 1, miss})
}

// finish turns what was moved into rows.
func (v *view) finish() error {
	for _, f := range v.floats {
		if f.moved {
			v.rows.add(floatMoves, f.Merchant, f.Posted, f.Held, f.CreditLine, f.blocked,
				f.was.posted, f.was.held, f.was.creditLine, f.was.blocked)
		}
	}
	for _, l := range v.legs {
		if l.moved {
			v.rows.add(legMoves, l.ID, l.OpenedAt, string(l.State), l.Code, l.Note, l.ClosedAt,
				l.evidence, l.Node, l.LeaseUntil, int64(l.Asked), int64(l.Absent), l.NextAt,
				string(l.was.state), l.was.node)
		}
	}
	for _, end := range v.inbound {
		v.rows.add(legMoves, end...)
	}
	for _, s := range v.sales {
		if s.moved {
			v.rows.add(saleMoves, s.ID, s.Supplier, s.Hold, string(s.State), s.Reason, s.SettledAt, s.sealed,
				string(s.was))
		}
	}
	for p := range sortedKeys {
		slices.SortFunc(v.rows.plans[p], func(a, b row) int { return compareKeys(a[:sortedKeys[p]], b[:sortedKeys[p]]) })
	}
	return v.err
}

// sortedKeys is by how many of their first columns the rows of a plan are sorted.
var sortedKeys = map[int]int{
	floatMoves: 1, legMoves: 1, saleMoves: 1, soldVouchers: 1,
	newMessages: 3, newUpstream: 3, newTokens: 2, newReferences: 2,
}

// compareKeys orders rows by their keys.
func compareKeys(a, b row) int {
	for i := range a {
		var c int
		switch x := a[i].(type) {
		case string:
			c = strings.Compare(x, b[i].(string))
		case int64:
			c = cmp.Compare(x, b[i].(int64))
		case []byte:
			c = slices.Compare(x, b[i].([]byte))
		case ID:
			y := b[i].(ID)
			c = slices.Compare(x[:], y[:])
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// floatPrefix begins the account names of floats; the rest is the merchant.
const floatPrefix = "float:"

func floatOf(account string) (merchant string, ok bool) {
	return strings.CutPrefix(account, floatPrefix)
}
