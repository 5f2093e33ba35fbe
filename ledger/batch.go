package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jmoiron/sqlx"
)

// A batch counts what was sold while it was open. A shift belongs to a client's
// terminal and the cashier at it, as the cash in a drawer does; a sales batch to
// the terminal, a banking batch to the client, which is the vendor's account. A
// shift is open only within an open sales batch, that only within an open banking
// batch: what is missing above is opened along, and what is open below is closed
// along. Selling needs no batch.
//
// A sale belongs to the batches of its client, terminal and cashier that are open
// when its delivery is committed, not when it was begun; a reversal counts against
// those that are open when it is committed. So what a closed batch has summed up
// never changes.
//
// Which side of a batch's beginning or end a delivery is on is decided by the lock
// of the merchant's float: every delivery that costs something moves the float and
// waits for that lock, on whichever node, and a batch is opened and closed under it.
// What costs nothing is in no batch. The sale's path neither knows nor pays, but that
// it waits while a batch of the merchant's is closed. Of the journal, entries are dated by the clocks of nodes,
// which differ, so a date alone does not tell the sides apart: a batch that is
// opened writes down which entries of the last hour (batchSkew) were there already,
// and one that is closed which it has counted. The two bodies tell all.
//
// A deposit slip is a batch of the client that is always open: to make a slip
// closes it and opens the next. The first has been open since ever.

// BatchLevel is a kind of batch.
type BatchLevel string

const (
	BatchBank  BatchLevel = "bank"
	BatchSales BatchLevel = "sales"
	BatchShift BatchLevel = "shift"
	BatchSlip  BatchLevel = "slip"
)

// nested are the levels that hold each other, widest first.
var nested = []BatchLevel{BatchBank, BatchSales, BatchShift}

// batchSkew is how far the clocks of nodes may differ for a batch to count all
// that is delivered while it is open.
const batchSkew = time.Hour

// BatchOwner is whose batches are meant.
type BatchOwner struct{ Merchant, Client, Terminal, Cashier string }

// Tally is a batch of sales or a deposit slip. Of one that is open, Sales and Amount are
// what they have come to, and Summary is what its Summarise said of that, if it
// was asked.
type Tally struct {
	ID        ID
	Level     BatchLevel
	Merchant  string
	Client    string
	Terminal  string // of a sales batch or shift
	Cashier   string // of a shift
	SeqNo     int64  // counts the batches of a level of the client from 1
	Parent    ID     // the batch that it is in
	Reference string // the banking reference of a slip
	OpenedAt  time.Time
	ClosedAt  time.Time       // zero while it is open
	Sales     int64           // delivered, less reversed
	Amount    int64           // their tender, minor units
	Summary   json.RawMessage // the caller's
	Inside    []Tally         // by number

	openedBy, closedBy string
	base               []ID
	counted            []ID
}

// Counted is a delivery that a batch counts, or a reversal that it takes off.
type Counted struct {
	EntryID  ID
	Sale     Sale // with its outcome
	Reversed bool
	PayType  string // as the client has confirmed; see Confirm
}

// Summarise says what a batch has come to, as JSON without secrets. It must be a
// pure function, as Deliver.
type Summarise func([]Counted) ([]byte, error)

// StartBatch opens a batch of a level and those above it that are not open, and
// returns them, widest first. With an empty level it opens all that are not open.
// The same message again returns what it has opened. Errors: ErrState (it is open
// already), ErrNotFound (merchant).
func (s *Store) StartBatch(ctx context.Context, o BatchOwner, level BatchLevel, message MessageKey) ([]Tally, error) {
	c := &batchChange{store: s, owner: o, level: level, message: message, verb: (*batchChange).start}
	if err := s.changeBatch(ctx, c); err != nil {
		return nil, err
	}
	return c.result, nil
}

// EndBatch closes a batch with all that is open inside it, and returns it. An empty
// level is the widest. The same message again returns what it has closed. Errors:
// ErrState (it is not open), ErrNotFound (merchant).
func (s *Store) EndBatch(ctx context.Context, o BatchOwner, level BatchLevel, message MessageKey, sum Summarise) (Tally, error) {
	c := &batchChange{store: s, owner: o, level: level, message: message, sum: sum, verb: (*batchChange).end}
	if err := s.changeBatch(ctx, c); err != nil {
		return Tally{}, err
	}
	return s.withInside(ctx, c.result[0], nil)
}

// TotalBatch tells what an open batch has come to, and leaves it open. An empty
// level is the widest. Errors: ErrState (it is not open), ErrNotFound (merchant).
func (s *Store) TotalBatch(ctx context.Context, o BatchOwner, level BatchLevel, sum Summarise) (Tally, error) {
	c := &batchChange{store: s, owner: o, level: level, sum: sum}
	if err := c.check(); err != nil {
		return Tally{}, err
	}
	err := s.View(ctx, func(tx *sqlx.Tx) error { return c.look(ctx, session{tx}) })
	if err != nil {
		return Tally{}, err
	}
	sofar := make(map[ID]Tally)
	for _, b := range c.result {
		sofar[b.ID] = b
	}
	return s.withInside(ctx, c.result[0], sofar)
}

// DepositSlip makes a slip of what the client has sold since the last one: the
// tender of what was delivered, less that of what was reversed, which may be less
// than zero. reference must be unique. The same message again returns its slip.
// Errors: ErrNotFound (merchant).
func (s *Store) DepositSlip(ctx context.Context, o BatchOwner, message MessageKey, reference string) (Tally, error) {
	c := &batchChange{store: s, owner: o, message: message, reference: reference, verb: (*batchChange).slip}
	if err := s.changeBatch(ctx, c); err != nil {
		return Tally{}, err
	}
	return c.result[0], nil
}

// BatchFilter picks batches; empty fields pick all.
type BatchFilter struct {
	Client, Terminal, Cashier string
	Level                     BatchLevel
	SeqNo                     int64
	Closed                    bool // no open ones
	Limit                     int  // zero means 100, less than zero all
}

// Batches lists batches, the latest first, without what is inside them. Open ones
// have no amounts yet.
func (s *Store) Batches(ctx context.Context, f BatchFilter) ([]Tally, error) {
	var w where
	w.text("client", f.Client)
	w.text("terminal", f.Terminal)
	w.text("cashier", f.Cashier)
	w.text("level", string(f.Level))
	if f.SeqNo != 0 {
		w.and("seq_no = ?", f.SeqNo)
	}
	if f.Closed {
		w.and("closed_at IS NOT NULL")
	}
	return collect(ctx, s, scanBatch, "SELECT "+batchColumns+" FROM batch"+w.limited("opened_at DESC, seq_no DESC, id DESC", f.Limit), w.args...)
}

// ClosedBatch finds a closed batch of the owner's with what is inside it: the one
// of a number, or with zero the last. Errors: ErrNotFound.
func (s *Store) ClosedBatch(ctx context.Context, o BatchOwner, level BatchLevel, seqNo int64) (Tally, error) {
	f := BatchFilter{Client: o.Client, Level: level, SeqNo: seqNo, Closed: true, Limit: 1}
	if level != BatchBank {
		f.Terminal = o.Terminal
	}
	if level == BatchShift {
		f.Cashier = o.Cashier
	}
	found, err := s.Batches(ctx, f)
	if err != nil || len(found) == 0 {
		return Tally{}, errors.Join(err, ErrNotFound)
	}
	return s.withInside(ctx, found[0], nil)
}

// withInside reads what is inside a batch. What sofar knows replaces what is
// stored; with none, open batches are left out.
func (s *Store) withInside(ctx context.Context, b Tally, sofar map[ID]Tally) (Tally, error) {
	inside, err := collect(ctx, s, scanBatch, "SELECT "+batchColumns+" FROM batch WHERE parent = ? ORDER BY seq_no", b.ID)
	if err != nil {
		return b, err
	}
	b.Inside = nil
	for _, child := range inside {
		known, open := sofar[child.ID]
		switch {
		case open:
			child = known
		case child.ClosedAt.IsZero():
			continue
		}
		if child, err = s.withInside(ctx, child, sofar); err != nil {
			return b, err
		}
		b.Inside = append(b.Inside, child)
	}
	return b, nil
}

const batchColumns = `id, level, merchant, client, terminal, cashier, seq_no, parent, reference,
	opened_at, opened_by, base, closed_at, closed_by, sales, amount, summary`

// scanBatch reads batchColumns.
func scanBatch(from scanner) (Tally, error) {
	var (
		b       Tally
		parent  uuid.NullUUID
		closed  sql.NullTime
		base    string
		summary string
	)
	err := from.Scan(&b.ID, &b.Level, &b.Merchant, &b.Client, &b.Terminal, &b.Cashier, &b.SeqNo, &parent, &b.Reference,
		&b.OpenedAt, &b.openedBy, &base, &closed, &b.closedBy, &b.Sales, &b.Amount, &summary)
	if err != nil {
		return b, err
	}
	b.Parent, b.OpenedAt, b.ClosedAt = parent.UUID, b.OpenedAt.UTC(), closed.Time.UTC()
	if summary != "" {
		b.Summary = json.RawMessage(summary)
	}
	if err := json.Unmarshal([]byte(base), &b.base); err != nil {
		return b, fmt.Errorf("batch %s: %w", b.ID, err)
	}
	return b, nil
}
