package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Kinds of exceptions.
const (
	ExceptionSecondAnswer = "second answer"  // a leg with a final state got another one
	ExceptionTokenTaken   = "token taken"    // a supplier answered with a token of another sale
	ExceptionAmount       = "amount differs" // a supplier's figure is not what was asked
	ExceptionUnresolved   = "unresolved"     // a sale stays unknown although the supplier was asked
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
// is none. Of a kind that is open for the same leg already no second one is
// opened.
func (s *Store) Raise(ctx context.Context, e Exception) error {
	if e.Kind == "" || e.Note == "" {
		return errors.New("exception: kind and note must be given")
	}
	if (e.ID == ID{}) {
		e.ID = NewID()
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
}

func (c *raise) peek(ctx context.Context, q queryer) error {
	return q.get(ctx, &c.open, "SELECT COUNT(*) FROM exception WHERE closed_at IS NULL AND kind = ? AND leg_id = ?",
		c.exception.Kind, nullable(c.exception.LegID))
}

func (c *raise) decide(v *view) error {
	if c.open == 0 {
		v.raise(c.exception, nil, v.store.node)
	}
	return nil
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
	return s.writer.do(ctx, &exceptionStep{
		kind: EntryTaken, actor: owner, body: ExceptionStepBody{V: BodyVersion, ID: id},
		sql: "UPDATE exception SET owner = ? WHERE id = ? AND closed_at IS NULL", args: []any{owner, id}})
}

// CloseException ends an open exception with a note on what was done. Errors:
// ErrNotFound (no such open exception).
func (s *Store) CloseException(ctx context.Context, id ID, actor, note string) error {
	if actor == "" || note == "" {
		return errors.New("exception: who closes it and a note must be given")
	}
	return s.writer.do(ctx, &exceptionStep{
		kind: EntryClosed, actor: actor, body: ExceptionStepBody{V: BodyVersion, ID: id, Note: note},
		sql:  "UPDATE exception SET closed_at = ?, owner = ? WHERE id = ? AND closed_at IS NULL",
		args: []any{micro(s.now()), actor, id}})
}

type exceptionStep struct {
	kind  string
	actor string
	body  ExceptionStepBody
	sql   string
	args  []any
}

func (c *exceptionStep) need(*needs) {}

func (c *exceptionStep) decide(v *view) error {
	v.exec(fmt.Errorf("exception %s: %w", c.body.ID, ErrNotFound), c.sql, c.args...)
	v.entry(NewID(), c.kind, ID{}, ID{}, c.actor, c.body, nil)
	return nil
}
