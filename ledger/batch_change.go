package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

func (s *Store) changeBatch(ctx context.Context, c *batchChange) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.writer.do(ctx, c)
}

func (c *batchChange) check() error {
	if c.owner.Merchant == "" || c.owner.Client == "" {
		return errors.New("batch: merchant and client must be given")
	}
	return nil
}

// look sums up in a reading of its own: who only looks needs no lock.
func (c *batchChange) look(ctx context.Context, q session) error {
	var there int
	if err := q.get(ctx, &there, "SELECT 1 FROM float WHERE merchant = ?", c.owner.Merchant); err != nil {
		return fmt.Errorf("float of %q: %w", c.owner.Merchant, err)
	}
	if err := c.peek(ctx, q); err != nil {
		return err
	}
	return c.total()
}

// batchChange opens, closes or sums up batches of a client's, alone in its
// transaction and under the lock of the float.
type batchChange struct {
	store     *Store
	owner     BatchOwner
	level     BatchLevel // empty: all
	message   MessageKey
	reference string
	sum       Summarise
	verb      func(*batchChange, *view) error

	open   []Tally // of the client
	asked  []Tally // of those, the ones that are to be summed up
	before []Tally // opened or closed by the same message
	last   map[BatchLevel]int64
	moved  []Counted // since the earliest of asked was opened, or of the last batchSkew
	at     map[ID]time.Time
	result []Tally
}

func (c *batchChange) need(n *needs) {
	n.floats = append(n.floats, c.owner.Merchant)
	n.look = true // the float is locked by that
}

// by is the message id as it is kept with a batch.
func (c *batchChange) by() string {
	if c.message == (MessageKey{}) {
		return ""
	}
	return fmt.Sprintf("%s %d", c.message.DateTime, c.message.Number)
}

// batchRow is a batch as it is read under the lock.
type batchRow struct {
	ID       ID         `db:"id"`
	Level    BatchLevel `db:"level"`
	Merchant string     `db:"merchant"`
	Terminal string     `db:"terminal"`
	Cashier  string     `db:"cashier"`
	SeqNo    int64      `db:"seq_no"`
	Parent   *ID        `db:"parent"`
	Ref      string     `db:"reference"`
	OpenedAt time.Time  `db:"opened_at"`
	OpenedBy string     `db:"opened_by"`
	Base     string     `db:"base"`
	ClosedAt *time.Time `db:"closed_at"`
	ClosedBy string     `db:"closed_by"`
	Sales    int64      `db:"sales"`
	Amount   int64      `db:"amount"`
	Summary  string     `db:"summary"`
}

const batchRowColumns = `id, level, merchant, terminal, cashier, seq_no, parent, reference,
	opened_at, opened_by, base, closed_at, closed_by, sales, amount, summary`

func (r batchRow) batch(client string) (Tally, error) {
	b := Tally{ID: r.ID, Level: r.Level, Merchant: r.Merchant, Client: client, Terminal: r.Terminal, Cashier: r.Cashier, SeqNo: r.SeqNo,
		Reference: r.Ref, OpenedAt: r.OpenedAt.UTC(), Sales: r.Sales, Amount: r.Amount, openedBy: r.OpenedBy, closedBy: r.ClosedBy}
	if r.Parent != nil {
		b.Parent = *r.Parent
	}
	if r.ClosedAt != nil {
		b.ClosedAt = r.ClosedAt.UTC()
	}
	if r.Summary != "" {
		b.Summary = json.RawMessage(r.Summary)
	}
	return b, json.Unmarshal([]byte(r.Base), &b.base)
}

func (c *batchChange) peek(ctx context.Context, q queryer) error {
	c.open, c.asked, c.before, c.last, c.moved, c.at = nil, nil, nil, make(map[BatchLevel]int64), nil, make(map[ID]time.Time)
	var rows []batchRow
	err := q.list(ctx, &rows, "SELECT "+batchRowColumns+` FROM batch WHERE client = ?
		AND (closed_at IS NULL OR opened_by = ? OR closed_by = ?) ORDER BY opened_at, seq_no`, c.owner.Client, c.by(), c.by())
	if err != nil {
		return err
	}
	for _, r := range rows {
		b, err := r.batch(c.owner.Client)
		if err != nil {
			return fmt.Errorf("batch %s: %w", r.ID, err)
		}
		if by := c.by(); by != "" && (b.openedBy == by || b.closedBy == by) {
			c.before = append(c.before, b)
		}
		if b.ClosedAt.IsZero() {
			c.open = append(c.open, b)
		}
	}
	var numbers []struct {
		Level BatchLevel `db:"level"`
		Last  int64      `db:"last"`
	}
	if err := q.list(ctx, &numbers, "SELECT level, MAX(seq_no) AS last FROM batch WHERE client = ? GROUP BY level", c.owner.Client); err != nil {
		return err
	}
	for _, n := range numbers {
		c.last[n.Level] = n.Last
	}
	return c.peekMoved(ctx, q, c.pick())
}

// pick chooses the batches that are to be summed up, and returns since when what was
// delivered is wanted for that: no farther back than they reach, for all that while
// the float is locked.
func (c *batchChange) pick() (since time.Time) {
	since = c.store.now().Add(-2 * batchSkew) // farther back than any base reaches
	switch {
	case c.reference != "":
		slip := c.mine(BatchSlip)
		if slip == nil {
			return time.Time{} // the first covers all
		}
		c.asked = []Tally{*slip}
	case c.sum != nil:
		c.asked = c.family()
	}
	for _, b := range c.asked {
		if from := b.OpenedAt.Add(-batchSkew); from.Before(since) {
			since = from
		}
	}
	return since
}

// movedRow is an entry by which a sale was delivered or reversed.
type movedRow struct {
	EntryID   ID        `db:"entry_id"`
	At        time.Time `db:"at"`
	Body      string    `db:"body"`
	SaleID    ID        `db:"id"`
	Terminal  string    `db:"terminal"`
	Cashier   string    `db:"cashier"`
	Operation string    `db:"operation"`
	Product   string    `db:"product"`
	Tender    int64     `db:"tender"`
	Currency  string    `db:"currency"`
	ReceiptNo string    `db:"receipt_no"`
	Outcome   []byte    `db:"outcome"`
}

// peekMoved reads what was delivered and reversed since a time. What is delivered and
// costs something posts to the float, so the index of postings leads there; what costs
// nothing is in no batch.
func (c *batchChange) peekMoved(ctx context.Context, q queryer, since time.Time) error {
	const from = ` FROM posting AS p JOIN entry AS e ON e.id = p.entry_id AND e.at = p.at JOIN sale AS s ON s.id = e.sale_id`
	const cond = ` WHERE p.account = ? AND p.at >= ? AND s.client = ? AND e.kind IN ('` + EntrySaleSold + "', '" + EntrySaleMoved + "')"
	args := []any{floatPrefix + c.owner.Merchant, micro(since), c.owner.Client}
	outcome := "NULL"
	if c.sum != nil {
		outcome = "s.outcome"
	}
	var rows []movedRow
	err := q.list(ctx, &rows, `SELECT e.id AS entry_id, e.at, e.body, s.id, s.terminal, s.cashier, s.operation, s.product,
		s.tender, s.currency, s.receipt_no, `+outcome+" AS outcome"+from+cond+" ORDER BY p.at, p.entry_id, p.line", args...)
	if err != nil {
		return err
	}
	paid := make(map[ID]string)
	if c.sum != nil {
		var confirmed []struct {
			SaleID ID     `db:"sale_id"`
			Body   string `db:"body"`
		}
		err := q.list(ctx, &confirmed, "SELECT c.sale_id, c.body"+from+" JOIN entry AS c ON c.sale_id = s.id AND c.kind = '"+EntryConfirmed+"'"+
			cond+" ORDER BY c.at, c.id", args...)
		if err != nil {
			return err
		}
		for _, r := range confirmed {
			var b ConfirmedBody
			if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
				return fmt.Errorf("confirmation of sale %s: %w", r.SaleID, err)
			}
			if b.PayType != "" {
				paid[r.SaleID] = b.PayType
			}
		}
	}
	for _, r := range rows {
		if _, seen := c.at[r.EntryID]; seen {
			continue // another line of the same entry
		}
		var b MovedBody
		if err := json.Unmarshal([]byte(r.Body), &b); err != nil {
			return fmt.Errorf("entry %s: %w", r.EntryID, err)
		}
		sale := Sale{ID: r.SaleID, Merchant: c.owner.Merchant, Client: c.owner.Client, Terminal: r.Terminal, Cashier: r.Cashier,
			Operation: r.Operation, Product: r.Product, Tender: r.Tender, Currency: r.Currency, ReceiptNo: r.ReceiptNo}
		if len(r.Outcome) > 0 && slices.ContainsFunc(c.asked, func(b Tally) bool { return b.covers(sale.Terminal, sale.Cashier) }) {
			if sale.Outcome, err = c.store.sealer.Open(r.Outcome, aad("outcome", r.SaleID)); err != nil {
				return fmt.Errorf("outcome of sale %s: %w", r.SaleID, err)
			}
		}
		c.at[r.EntryID] = r.At
		c.moved = append(c.moved, Counted{EntryID: r.EntryID, Sale: sale, Reversed: b.To == SaleReversed, PayType: paid[r.SaleID]})
	}
	return nil
}

func (c *batchChange) decide(v *view) error {
	c.result = nil
	if v.floats[c.owner.Merchant] == nil {
		return fmt.Errorf("float of %q: %w", c.owner.Merchant, ErrNotFound)
	}
	return c.verb(c, v)
}

// mine is the open batch of the owner's at a level.
func (c *batchChange) mine(level BatchLevel) *Tally {
	for i := range c.open {
		if b := &c.open[i]; b.Level == level && b.covers(c.owner.Terminal, c.owner.Cashier) {
			return b
		}
	}
	return nil
}

func (c *batchChange) start(v *view) error {
	for _, b := range c.before {
		if b.openedBy == c.by() {
			c.result = append(c.result, b)
		}
	}
	if len(c.result) > 0 {
		slices.SortFunc(c.result, func(a, b Tally) int { return slices.Index(nested, a.Level) - slices.Index(nested, b.Level) })
		return nil
	}
	if c.level != "" && c.mine(c.level) != nil {
		return fmt.Errorf("%s batch is open: %w", c.level, ErrState)
	}
	var parent ID
	for _, level := range nested {
		if b := c.mine(level); b != nil {
			parent = b.ID
		} else {
			b := Tally{Level: level, Parent: parent}
			if level != BatchBank {
				b.Terminal = c.owner.Terminal
			}
			if level == BatchShift {
				b.Cashier = c.owner.Cashier
			}
			b = c.insert(v, b)
			parent = b.ID
			c.result = append(c.result, b)
		}
		if level == c.level {
			break
		}
	}
	if len(c.result) == 0 {
		return fmt.Errorf("all batches are open: %w", ErrState)
	}
	return nil
}

// insert opens a batch now. What was delivered already is not its own.
func (c *batchChange) insert(v *view, b Tally) Tally {
	b.ID, b.Merchant, b.Client, b.OpenedAt, b.openedBy = NewID(), c.owner.Merchant, c.owner.Client, v.now, c.by()
	c.last[b.Level]++
	b.SeqNo = c.last[b.Level]
	b.base = []ID{}
	for _, m := range c.moved {
		if !c.at[m.EntryID].Before(v.now.Add(-batchSkew)) && b.covers(m.Sale.Terminal, m.Sale.Cashier) {
			b.base = append(b.base, m.EntryID)
		}
	}
	c.write(v, b)
	return b
}

// write puts a batch that was opened into the journal.
func (c *batchChange) write(v *view, b Tally) {
	base, err := json.Marshal(b.base)
	if err != nil {
		v.err = err
	}
	v.exec(ErrChanged, "INSERT INTO batch ("+batchColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		b.ID, string(b.Level), b.Merchant, b.Client, b.Terminal, b.Cashier, b.SeqNo, nullable(b.Parent), "",
		b.OpenedAt, b.openedBy, string(base), nil, "", 0, 0, "")
	v.entry(NewID(), EntryBatchOpened, ID{}, ID{}, c.actor(), BatchOpenedBody{V: BodyVersion, ID: b.ID, Level: b.Level,
		Merchant: b.Merchant, Client: b.Client, Terminal: b.Terminal, Cashier: b.Cashier, SeqNo: b.SeqNo, Parent: b.Parent,
		OpenedAt: b.OpenedAt, Message: b.openedBy, Base: b.base}, nil)
}

func (c *batchChange) actor() string {
	return c.owner.Client + "/" + c.owner.Terminal + "/" + c.owner.Cashier
}

// covers reports whether what a cashier does at a terminal is in the scope of a batch.
func (b Tally) covers(terminal, cashier string) bool {
	return (b.Terminal == "" || b.Terminal == terminal) && (b.Cashier == "" || b.Cashier == cashier)
}

// count sums a batch up.
func (c *batchChange) count(b *Tally) error {
	base := make(map[ID]bool, len(b.base))
	for _, id := range b.base {
		base[id] = true
	}
	var list []Counted
	b.Sales, b.Amount, b.counted = 0, 0, []ID{}
	for _, m := range c.moved {
		if base[m.EntryID] || !b.covers(m.Sale.Terminal, m.Sale.Cashier) || c.at[m.EntryID].Before(b.OpenedAt.Add(-batchSkew)) {
			continue
		}
		one := int64(1)
		if m.Reversed {
			one = -1
		}
		b.Sales, b.Amount = b.Sales+one, b.Amount+one*m.Sale.Tender
		b.counted = append(b.counted, m.EntryID)
		list = append(list, m)
	}
	if c.sum == nil {
		return nil
	}
	summary, err := c.sum(list)
	b.Summary = summary
	return err
}

func (c *batchChange) end(v *view) error {
	for _, b := range c.before {
		if b.closedBy == c.by() && (len(c.result) == 0 || slices.Index(nested, b.Level) < slices.Index(nested, c.result[0].Level)) {
			c.result = []Tally{b}
		}
	}
	if len(c.result) > 0 {
		return nil
	}
	if err := c.total(); err != nil {
		return err
	}
	for i := range c.result {
		c.close(v, &c.result[i])
	}
	return nil
}

// total sums up the batches that are asked for.
func (c *batchChange) total() error {
	if len(c.asked) == 0 {
		return fmt.Errorf("no such batch is open: %w", ErrState)
	}
	c.result = slices.Clone(c.asked)
	for i := range c.result {
		if err := c.count(&c.result[i]); err != nil {
			return err
		}
	}
	return nil
}

// family is the owner's open batch at the level with all that is open inside it; nil
// if it is not open.
func (c *batchChange) family() []Tally {
	level := c.level
	if level == "" {
		level = BatchBank
	}
	top := c.mine(level)
	if top == nil {
		return nil
	}
	inside := map[ID]bool{top.ID: true}
	family := []Tally{*top}
	for _, level := range nested {
		for _, b := range c.open {
			if b.Level == level && inside[b.Parent] && !inside[b.ID] {
				inside[b.ID] = true
				family = append(family, b)
			}
		}
	}
	return family
}

// close ends a batch that was summed up.
func (c *batchChange) close(v *view, b *Tally) {
	b.ClosedAt, b.closedBy = v.now, c.by()
	v.exec(ErrChanged, `UPDATE batch SET closed_at = ?, closed_by = ?, reference = ?, sales = ?, amount = ?, summary = ?
		WHERE id = ? AND closed_at IS NULL`, b.ClosedAt, b.closedBy, b.Reference, b.Sales, b.Amount, string(b.Summary), b.ID)
	v.entry(NewID(), EntryBatchClosed, ID{}, ID{}, c.actor(), BatchClosedBody{V: BodyVersion, ID: b.ID, ClosedAt: b.ClosedAt,
		Message: b.closedBy, Reference: b.Reference, Sales: b.Sales, Amount: b.Amount, Counted: b.counted, Summary: string(b.Summary)}, nil)
}

func (c *batchChange) slip(v *view) error {
	for _, b := range c.before {
		if b.closedBy == c.by() && b.Level == BatchSlip {
			c.result = []Tally{b}
			return nil
		}
	}
	var slip Tally
	if b := c.mine(BatchSlip); b != nil {
		slip = *b
	} else {
		slip = Tally{ID: NewID(), Level: BatchSlip, Merchant: c.owner.Merchant, Client: c.owner.Client, SeqNo: 1, OpenedAt: time.Unix(0, 0).UTC(), base: []ID{}}
		c.last[BatchSlip] = 1
		c.write(v, slip)
	}
	slip.Reference = c.reference
	if err := c.count(&slip); err != nil {
		return err
	}
	c.close(v, &slip)
	c.result = []Tally{slip, c.insert(v, Tally{Level: BatchSlip})}
	return nil
}
