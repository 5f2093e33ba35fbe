package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Float is a merchant's prepaid money, in minor units of Currency.
type Float struct {
	Merchant   string
	Posted     int64 // what the merchant owns; negative if it owes. The negated balance of its account
	Held       int64 // by open sales
	CreditLine int64 // how far below zero sales may take it
	Currency   string
}

// Available is what sales may still spend.
func (f Float) Available() int64 { return f.Posted + f.CreditLine - f.Held }

// Float reads a merchant's float. Errors: ErrNotFound.
func (s *Store) Float(ctx context.Context, merchant string) (Float, error) {
	f := Float{Merchant: merchant}
	err := s.row(ctx, "SELECT currency, posted, held, credit_line FROM float WHERE merchant = ?", merchant).
		Scan(&f.Currency, &f.Posted, &f.Held, &f.CreditLine)
	return f, notFound(err)
}

// SetCreditLine sets how far below zero a merchant's sales may take its float.
// It may be set below what is used already: that only blocks sales. Errors:
// ErrNotFound.
func (s *Store) SetCreditLine(ctx context.Context, actor, merchant string, amount int64) error {
	if amount < 0 || amount > maxAmount {
		return fmt.Errorf("credit line of %d", amount)
	}
	return s.writer.do(ctx, &creditLine{actor, merchant, amount})
}

type creditLine struct {
	actor, merchant string
	amount          int64
}

func (c *creditLine) need(n *needs) { n.floats = append(n.floats, c.merchant) }

func (c *creditLine) decide(v *view) error {
	f := v.floats[c.merchant]
	if f == nil {
		return fmt.Errorf("float of %q: %w", c.merchant, ErrNotFound)
	}
	v.entry(NewID(), EntryCreditLine, ID{}, ID{}, c.actor, CreditLineBody{
		V: BodyVersion, Merchant: c.merchant, Before: f.CreditLine, After: c.amount, Currency: f.Currency,
	}, nil)
	f.CreditLine, f.moved = c.amount, true
	return nil
}

// Post writes an entry that is no sale: a deposit, a fee, a correction. It may
// take a float below its limit, which then blocks selling. With a Reference,
// unique among entries of its kind, it can be repeated safely.
//
// Errors: ErrExists (with the id of the entry that has the reference),
// ErrUnbalanced, ErrNotFound (a float).
func (s *Store) Post(ctx context.Context, e Entry) (ID, error) {
	switch {
	case e.Kind == "" || e.Actor == "" || len(e.Postings) == 0:
		return ID{}, errors.New("post: kind, actor and postings must be given")
	case ownKinds[e.Kind]:
		return ID{}, fmt.Errorf("post: entries of kind %q are the ledger's own", e.Kind)
	}
	if (e.ID == ID{}) {
		e.ID = NewID()
	}
	c := &post{entry: e}
	err := s.writer.do(ctx, c)
	if gaveUp(err) {
		return ID{}, err
	}
	return c.id, err
}

// ownKinds are those that Post refuses.
var ownKinds = map[string]bool{
	EntrySaleOpened: true, EntrySaleMoved: true, EntrySaleSold: true, EntrySaleRefused: true,
	EntryLegOpened: true, EntryLegClosed: true, EntryMessageVoid: true, EntryDisclosure: true, EntryConfirmed: true,
	EntryBatchOpened: true, EntryBatchClosed: true,
	EntryOperator: true, EntryCreditLine: true, EntryStock: true, EntryProposal: true,
	EntryStockApproved: true, EntryStockRejected: true, EntryStockQuarantined: true, EntryStockReleased: true,
	EntryStockReturned: true, EntryStockExpired: true, EntryStockProposed: true, EntryStockOrdered: true, EntryStockWithdrawn: true,
	EntryException: true, EntryTaken: true, EntryClosed: true,
	EntryBankMessage: true, EntryDeposit: true, EntryDepositMoved: true, EntryDepositProposal: true, EntryDepositClaim: true,
}

type post struct {
	entry Entry
	id    ID
}

// reference is the claim of the entry. An entry without one claims its own id,
// so that it too is written once.
func (c *post) reference() referenceKey {
	if c.entry.Reference == "" {
		return referenceKey{c.entry.Kind, c.entry.ID.String()}
	}
	return referenceKey{c.entry.Kind, c.entry.Reference}
}

func (c *post) need(n *needs) {
	n.references = append(n.references, c.reference())
	n.postings(c.entry.Postings)
}

func (c *post) decide(v *view) error {
	key, e := c.reference(), c.entry
	if id, used := v.references[key]; used {
		c.id = id
		if id == e.ID {
			return nil // an earlier attempt went through
		}
		return ErrExists
	}
	if err := v.checkPostings(e.Postings); err != nil {
		return err
	}
	v.references[key] = e.ID
	v.rows.add(newReferences, key.kind, key.reference, e.ID)
	v.entry(e.ID, e.Kind, e.SaleID, e.LegID, e.Actor,
		PostedBody{V: BodyVersion, Reference: e.Reference, Note: e.Note}, e.Postings)
	c.id = e.ID
	return nil
}

// AccountBalance is the sum of an account's postings; debits are positive.
type AccountBalance struct {
	Account  string
	Currency string
	Balance  int64
}

// PostingFilter picks lines of entries; empty fields pick all.
type PostingFilter struct {
	Account  string
	EntryID  ID
	SaleID   ID
	From, To time.Time // posted in [From, To)
	Limit    int       // zero means 100, less than zero all
}

// PostedLine is a posting with the entry it belongs to.
type PostedLine struct {
	EntryID ID
	At      time.Time
	Kind    string
	SaleID  ID
	Line    int // counts from 1
	Posting
}

// Postings lists lines of entries in the order in which they were posted: the
// statement of an account, or what a sale has moved.
func (s *Store) Postings(ctx context.Context, f PostingFilter) ([]PostedLine, error) {
	var w where
	w.text("p.account", f.Account)
	if f.EntryID != (ID{}) {
		w.and("p.entry_id = ?", f.EntryID)
	}
	if f.SaleID != (ID{}) {
		w.and("e.sale_id = ?", f.SaleID)
	}
	w.within("p.at", f.From, f.To)
	return collect(ctx, s, scanLine,
		`SELECT p.entry_id, p.at, e.kind, e.sale_id, p.line, p.account, p.amount, p.currency
		FROM posting AS p JOIN entry AS e ON e.id = p.entry_id AND e.at = p.at`+
			w.limited("p.at, p.entry_id, p.line", f.Limit), w.args...)
}

// EntryFilter picks entries; empty fields pick all.
type EntryFilter struct {
	Kind     string
	SaleID   ID
	LegID    ID
	From, To time.Time // written in [From, To)
	Limit    int       // zero means 100, less than zero all
}

// Entries lists entries, oldest first, without their postings.
func (s *Store) Entries(ctx context.Context, f EntryFilter) ([]Entry, error) {
	var w where
	w.text("kind", f.Kind)
	if f.SaleID != (ID{}) {
		w.and("sale_id = ?", f.SaleID)
	}
	if f.LegID != (ID{}) {
		w.and("leg_id = ?", f.LegID)
	}
	w.within("at", f.From, f.To)
	return collect(ctx, s, scanEntry,
		"SELECT id, at, kind, sale_id, leg_id, actor, body FROM entry"+w.limited("at, id", f.Limit), w.args...)
}

// floats reads floats as writers see them.
func (s *Store) floats(ctx context.Context, limit int) ([]*floatRow, error) {
	return collect(ctx, s, scanFloat, "SELECT "+floatColumns+" FROM float LIMIT "+strconv.Itoa(limit))
}
