package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// Note claims the id of a lookup and opens its inbound leg, Lookup.LegID, to
// be closed with End. The same lookup may come again under the same id: each
// time it gets a leg, and the message is the first one's.
//
// Errors: ErrMessageTaken (by a sale, or by a lookup with other content),
// ErrMessageVoid.
func (s *Store) Note(ctx context.Context, l Lookup) (Message, error) {
	if (l.LegID == ID{}) || l.Message == (MessageKey{}) {
		return Message{}, errors.New("note: leg id and message id must be given")
	}
	c := &note{Lookup: l}
	err := s.writer.do(ctx, c)
	if gaveUp(err) {
		return Message{}, err
	}
	return c.message, err
}

type note struct {
	Lookup
	message Message
}

func (c *note) need(n *needs) {
	n.messages = append(n.messages, c.Message)
	n.opens = c.LegID
}

func (c *note) decide(v *view) error {
	known, seen := v.messages[c.Message]
	switch {
	case seen && known.Kind == MessageVoid:
		return ErrMessageVoid
	case seen && (known.Kind != MessageLookup || known.Digest != c.Digest):
		return ErrMessageTaken
	case seen:
		c.message = known
	default:
		c.message = Message{Key: c.Message, Kind: MessageLookup, Operation: c.Operation, Digest: c.Digest, At: v.now}
		v.claim(c.message)
	}
	v.openLookup(c.inbound(v, LegOpen), hex.EncodeToString(c.Digest[:]))
	return nil
}

// inbound is the leg of a lookup.
func (l Lookup) inbound(v *view, state LegState) Leg {
	return Leg{
		ID: l.LegID, Direction: Inbound, Operation: l.Operation, Party: l.Message.Client,
		DateTime: l.Message.DateTime, Number: l.Message.Number, State: state, Target: l.Target,
		Node: v.store.node, OpenedAt: v.now, LeaseUntil: v.clock.Add(LookupLease),
	}
}

// LookupLease is for how long the inbound leg of a lookup may stay open before
// its node is taken for gone; see Store.TakeDue.
const LookupLease = 10 * time.Minute

// openLookup puts a leg of its own, which no sale depends on, into the journal.
func (v *view) openLookup(l Leg, digest string) {
	v.addLeg(l)
	v.entry(NewID(), EntryLegOpened, l.SaleID, l.ID, v.store.node,
		LegOpenedBody{V: BodyVersion, Leg: l.facts(), Digest: digest}, nil)
}

// TurnAway journals an authenticated request that cannot have its message id,
// because that was used for another request or declared void. Its inbound leg
// is declined with code; nothing is claimed.
func (s *Store) TurnAway(ctx context.Context, l Lookup, code, note string) error {
	if (l.LegID == ID{}) {
		return errors.New("turn away: leg id must be given")
	}
	return s.writer.do(ctx, &turnAway{l, code, note})
}

type turnAway struct {
	Lookup
	code, note string
}

func (c *turnAway) need(*needs) {}

func (c *turnAway) decide(v *view) error {
	l := c.inbound(v, LegDeclined)
	l.Code, l.Note, l.ClosedAt, l.LeaseUntil = c.code, c.note, v.now, time.Time{}
	v.openLookup(l, "")
	return nil
}

// OpenLeg commits the leg of an outbound lookup, trial or advice before its
// first byte. saleID is the sale it is about, zero if there is none.
//
// Errors: ErrUpstreamTaken (nothing was written: take the next number).
func (s *Store) OpenLeg(ctx context.Context, saleID ID, c Call) error {
	if err := c.check(); err != nil {
		return err
	}
	return s.writer.do(ctx, &openLeg{saleID, c})
}

type openLeg struct {
	saleID ID
	call   Call
}

func (c *openLeg) need(n *needs) { n.opens = c.call.LegID }

func (c *openLeg) decide(v *view) error {
	v.openLookup(v.outbound(c.saleID, c.call, false), "")
	return nil
}

// End closes the inbound leg of a lookup: Accepted, or Declined with a code.
// Closing it again in the same way changes nothing.
//
// Errors: ErrNotFound, ErrAlreadySettled (closed in another way), ErrState (the
// leg of a sale, which Settle closes).
func (s *Store) End(ctx context.Context, legID ID, state LegState, code string) error {
	return s.CloseLeg(ctx, Closing{LegID: legID, State: state, Code: code})
}

// CloseLeg closes a leg that no sale depends on: an inbound lookup, or an
// outbound lookup, trial or advice. Of the closing, only State, Code, Note and
// Evidence count. Unknown is final here: nobody will ask again.
//
// Errors: as End.
func (s *Store) CloseLeg(ctx context.Context, c Closing) error {
	if c.State == LegOpen || c.State == "" {
		return fmt.Errorf("close: a leg cannot become %q", c.State)
	}
	change := &closeLeg{Closing: c}
	if len(c.Evidence) > 0 {
		change.evidence = s.sealer.Seal(c.Evidence, aad("evidence", c.LegID))
	}
	return s.writer.do(ctx, change)
}

type closeLeg struct {
	Closing
	evidence []byte
}

func (c *closeLeg) need(n *needs) { n.legs = append(n.legs, c.LegID) }

func (c *closeLeg) decide(v *view) error {
	leg := v.legs[c.LegID]
	switch {
	case leg == nil:
		return fmt.Errorf("leg %s: %w", c.LegID, ErrNotFound)
	case leg.Vend || leg.Direction == Inbound && leg.SaleID != ID{}:
		return fmt.Errorf("leg %s belongs to a sale: %w", c.LegID, ErrState)
	case leg.State == c.State && leg.Code == c.Code:
		return nil
	case leg.State != LegOpen:
		return fmt.Errorf("leg %s is %s: %w", c.LegID, leg.State, ErrAlreadySettled)
	}
	leg.State, leg.Code, leg.Note, leg.ClosedAt = c.State, c.Code, c.Note, v.now
	leg.LeaseUntil = time.Time{}
	leg.evidence, leg.moved = c.evidence, true
	v.entry(NewID(), EntryLegClosed, leg.SaleID, leg.ID, v.store.node, LegClosedBody{
		V:   BodyVersion,
		Leg: LegEnd{ID: leg.ID, State: leg.State, Code: leg.Code, Note: leg.Note, Evidence: fingerprint(c.evidence)},
	}, nil)
	return nil
}
