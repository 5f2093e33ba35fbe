package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Kinds of exceptions. One that is unresolved ends with its sale's being
// unknown; all others end when a person says so. See Store.CloseException.
const (
	ExceptionSecondAnswer   = "second answer"      // a leg with a final state got another one
	ExceptionTokenTaken     = "token taken"        // a supplier answered with a token of another sale
	ExceptionAmount         = "amount differs"     // a supplier's figure is not what was asked
	ExceptionCancelled      = "cancelled"          // a supplier has undone what is not a delivered sale
	ExceptionDepositBlocked = "deposit to blocked" // money was credited to a merchant whose account is blocked
	ExceptionNoticeDead     = "notice dead"        // somebody could not be told
	ExceptionMailUnread     = "mail unread"        // a mail that may be a bank's or a supplier's was too large to be read
	ExceptionUnresolved     = "unresolved"         // a sale stays unknown although the supplier was asked
)

// exception opens an exception. Evidence is sealed for the leg.
func (v *view) exception(kind string, saleID, legID ID, note string, evidence []byte) {
	v.raise(Exception{ID: NewID(), Kind: kind, SaleID: saleID, LegID: legID, Note: note}, evidence, v.store.node)
}

func (v *view) raise(e Exception, evidence []byte, actor string) {
	v.rows.add(newExceptions, e.ID, e.Kind, e.SaleID, e.LegID, e.Note, evidence, e.Owner, v.now, time.Time{})
	v.entry(NewID(), EntryException, e.SaleID, e.LegID, actor,
		ExceptionBody{V: BodyVersion, ID: e.ID, Kind: e.Kind, Note: e.Note, Evidence: fingerprint(evidence)}, nil)
}

// Raise opens an exception. OpenedAt is set by the ledger, an ID made if there
// is none, and the sale is that of the leg. Of a kind that is open for the same
// leg already no second one is opened, nor one that calls a sale unresolved which
// is not unknown any more.
func (s *Store) Raise(ctx context.Context, e Exception) error {
	if e.Kind == "" || e.Note == "" {
		return errors.New("exception: kind and note must be given")
	}
	if (e.ID == ID{}) {
		e.ID = NewID()
	}
	if (e.SaleID == ID{}) && (e.LegID != ID{}) {
		at, err := s.place(ctx, e.LegID)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		e.SaleID = at.sale
	}
	return s.writer.do(ctx, &raise{exception: e})
}

type raise struct {
	exception Exception
	open      int // of the kind, for the leg
}

func (c *raise) need(n *needs) {
	if (c.exception.LegID != ID{}) {
		n.legs = append(n.legs, c.exception.LegID)
	}
	if (c.exception.SaleID != ID{}) {
		n.sales = append(n.sales, c.exception.SaleID)
	}
}

func (c *raise) peek(ctx context.Context, q queryer) error {
	return q.get(ctx, &c.open, "SELECT COUNT(*) FROM exception WHERE closed_at IS NULL AND kind = ? AND leg_id = ?",
		c.exception.Kind, nullable(c.exception.LegID))
}

func (c *raise) decide(v *view) error {
	sale := v.sales[c.exception.SaleID]
	known := c.exception.Kind == ExceptionUnresolved && sale != nil && sale.State != SaleUnknown
	if c.open == 0 && !known {
		v.raise(c.exception, nil, v.store.node)
	}
	return nil
}

// stuckRow is an open exception that ends with its sale's being unknown.
type stuckRow struct {
	ID     ID `db:"id"`
	SaleID ID `db:"sale_id"`
}

// lookStuck reads which exceptions end with the sales of legs, if these get
// their final states. Only what is unknown can have any, so for legs that are
// open nothing is read. The legs are locked, and so the answer stays true:
// Raise locks them too.
func (v *view) lookStuck(ctx context.Context, q queryer, legs []ID) error {
	var args []any
	for _, id := range legs {
		if leg := v.legs[id]; leg != nil && leg.State == LegUnknown {
			args = append(args, leg.SaleID)
		}
	}
	if len(args) == 0 {
		return nil
	}
	var found []stuckRow
	err := q.list(ctx, &found, "SELECT id, sale_id FROM exception WHERE closed_at IS NULL AND kind = '"+ExceptionUnresolved+
		"' AND sale_id IN (?"+strings.Repeat(", ?", len(args)-1)+") ORDER BY id", args...)
	if err != nil {
		return err
	}
	v.stuck = make(map[ID][]stuckRow, len(args))
	for _, e := range found {
		v.stuck[e.SaleID] = append(v.stuck[e.SaleID], e)
	}
	return nil
}

// unstick closes the exceptions that end with a sale's being unknown. Whoever
// took one stays its owner.
func (v *view) unstick(after *Sale, legID ID, actor string) {
	for _, e := range v.stuck[after.ID] {
		v.rows.add(exceptionEnds, e.ID, v.now)
		v.entry(NewID(), EntryClosed, after.ID, legID, actor, ExceptionStepBody{
			V: BodyVersion, ID: e.ID, Note: fmt.Sprintf("the sale is %s", after.State), Sale: after.State}, nil)
	}
	delete(v.stuck, after.ID)
}

// nullable is an id as a parameter, NULL for the zero one.
func nullable(id ID) uuid.NullUUID { return uuid.NullUUID{UUID: id, Valid: id != ID{}} }

const exceptionColumns = "id, kind, sale_id, leg_id, note, owner, opened_at, closed_at"

func scanException(from scanner) (Exception, error) {
	var (
		e         Exception
		sale, leg uuid.NullUUID
		closed    sql.NullTime
	)
	err := from.Scan(&e.ID, &e.Kind, &sale, &leg, &e.Note, &e.Owner, &e.OpenedAt, &closed)
	e.SaleID, e.LegID = sale.UUID, leg.UUID
	e.OpenedAt, e.ClosedAt = e.OpenedAt.UTC(), closed.Time.UTC()
	return e, err
}

// Exceptions lists exceptions, oldest first.
func (s *Store) Exceptions(ctx context.Context, openOnly bool) ([]Exception, error) {
	query := "SELECT " + exceptionColumns + " FROM exception"
	if openOnly {
		query += " WHERE closed_at IS NULL"
	}
	return collect(ctx, s, scanException, query+" ORDER BY opened_at, id")
}

// ExceptionEvidence opens the answer that an exception keeps; nil if it keeps
// none. It may hold tokens. Errors: ErrNotFound.
func (s *Store) ExceptionEvidence(ctx context.Context, id ID) ([]byte, error) {
	var (
		sealed []byte
		leg    uuid.NullUUID
	)
	if err := s.row(ctx, "SELECT evidence, leg_id FROM exception WHERE id = ?", id).Scan(&sealed, &leg); err != nil {
		return nil, notFound(err)
	}
	if len(sealed) == 0 {
		return nil, nil
	}
	return s.sealer.Open(sealed, aad("evidence", leg.UUID))
}

// TakeException makes somebody the owner of an open exception. Errors:
// ErrNotFound (no such open exception).
func (s *Store) TakeException(ctx context.Context, id ID, owner string) error {
	if owner == "" {
		return errors.New("exception: an owner must be given")
	}
	return s.step(ctx, &exceptionStep{
		kind: EntryTaken, actor: owner, body: ExceptionStepBody{V: BodyVersion, ID: id},
		sql: "UPDATE exception SET owner = ? WHERE id = ? AND closed_at IS NULL", args: []any{owner, id}})
}

// CloseException ends an open exception with a note on what was done. One that
// says that a sale is unresolved, or that its token is another sale's, is not
// closed while that sale is unknown, as it is what calls a person to it: the
// sale must be resolved first, with which an unresolved one closes by itself.
// Errors: ErrNotFound (no such open exception), ErrStillUnknown.
func (s *Store) CloseException(ctx context.Context, id ID, actor, note string) error {
	if actor == "" || note == "" {
		return errors.New("exception: who closes it and a note must be given")
	}
	return s.step(ctx, &exceptionStep{
		kind: EntryClosed, actor: actor, body: ExceptionStepBody{V: BodyVersion, ID: id, Note: note},
		sql:  "UPDATE exception SET closed_at = ?, owner = ? WHERE id = ? AND closed_at IS NULL",
		args: []any{micro(s.now()), actor, id}})
}

// exceptionStep is what a person does with an exception. It is committed alone,
// with the sale locked that the exception is about, so that it and what ends
// with the sale know of each other.
type exceptionStep struct {
	kind  string
	actor string
	body  ExceptionStepBody
	sql   string
	args  []any

	about Exception // its kind, and what it is about, which never change
	open  int       // whether it is
}

func (s *Store) step(ctx context.Context, c *exceptionStep) error {
	about, err := scanException(s.row(ctx, "SELECT "+exceptionColumns+" FROM exception WHERE id = ?", c.body.ID))
	if err != nil {
		return notFound(err)
	}
	c.about = about
	return s.writer.do(ctx, c)
}

func (c *exceptionStep) need(n *needs) {
	if (c.about.SaleID != ID{}) {
		n.sales = append(n.sales, c.about.SaleID)
	}
}

func (c *exceptionStep) peek(ctx context.Context, q queryer) error {
	return q.get(ctx, &c.open, "SELECT COUNT(*) FROM exception WHERE id = ? AND closed_at IS NULL", c.body.ID)
}

func (c *exceptionStep) decide(v *view) error {
	if c.open == 0 {
		return ErrNotFound
	}
	sale := v.sales[c.about.SaleID]
	if c.kind == EntryClosed && sale != nil && sale.State == SaleUnknown {
		if err := c.refused(sale.ID); err != nil {
			return err
		}
	}
	v.exec(ErrNotFound, c.sql, c.args...)
	v.entry(NewID(), c.kind, c.about.SaleID, c.about.LegID, c.actor, c.body, nil)
	return nil
}

// refused says what is to be done before the exception of an unknown sale is
// closed.
func (c *exceptionStep) refused(saleID ID) error {
	then := "and the exception closes with it"
	switch c.about.Kind {
	case ExceptionUnresolved:
	case ExceptionTokenTaken:
		then = "then close the exception"
	default:
		return nil
	}
	return fmt.Errorf("%w: find out what became of it and settle it with \"vendswitch sale resolve %s\", %s", ErrStillUnknown, saleID, then)
}
