package ledger

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Settle is commit 2: the end of an outbound leg, as a compare-and-set.
//
//   - Accepted: the sale is delivered, its hold becomes postings, its tokens
//     are claimed.
//     With Cancels, the sale that it undoes is reversed in the same commit; if
//     that is not a delivered one of the merchant's, an exception says so.
//   - Declined or NotExecuted: the hold is released and the sale declined, or,
//     with Next and while the leg is open, tried at another supplier. Which of
//     the two the leg becomes depends on where it was: declined if open, not
//     executed if unknown.
//   - Unknown: the hold stays, the resolver asks from NextAt on.
//
// When the sale leaves unknown, its exceptions of kind ExceptionUnresolved are
// closed with it.
//
// If the leg is in that final state already, or the news is only that its
// outcome is not known, the sale is returned as it is and nothing is written.
//
// Errors: ErrNotFound, ErrState (not a leg that buys), ErrAlreadySettled (the
// leg has another final state, or other tokens: nothing moves, and an exception
// keeps the answer), ErrTokenTaken (the leg becomes unknown, and an exception
// is opened), ErrUpstreamTaken (of Next; nothing was written), ErrUnbalanced,
// and others if the postings take more off the float than was held.
func (s *Store) Settle(ctx context.Context, c Closing) (Sale, error) {
	change, err := s.closing(c)
	if err != nil {
		return Sale{}, err
	}
	if change.place, err = s.place(ctx, c.LegID); err != nil {
		return Sale{}, fmt.Errorf("leg %s: %w", c.LegID, err)
	}
	if err := s.writer.do(ctx, change); err != nil {
		return Sale{}, err
	}
	if c.Next != nil && change.sale.State == SaleHeld {
		s.places.remember(c.Next.LegID, change.place)
	}
	if change.sale.State != SaleUnknown {
		s.places.forget(c.LegID)
	}
	if change.again {
		return s.Sale(ctx, change.sale.ID)
	}
	return change.sale, nil
}

// closing prepares the change outside of the writer.
func (s *Store) closing(c Closing) (*settle, error) {
	change := &settle{Closing: c}
	if c.Next != nil {
		if err := c.Next.check(); err != nil {
			return nil, err
		}
	}
	switch c.State {
	case LegAccepted, LegDeclined, LegNotExecuted, LegUnknown:
	default:
		return nil, fmt.Errorf("settle: a leg cannot become %q", c.State)
	}
	if len(c.Evidence) > 0 {
		change.evidence = s.sealer.Seal(c.Evidence, aad("evidence", c.LegID))
	}
	for _, token := range c.Tokens {
		change.hashes = append(change.hashes, s.sealer.Hash("token", token))
	}
	return change, nil
}

// aad binds a sealed value to what it is and to the record it belongs to.
func aad(what string, id ID) []byte { return append([]byte(what+":"), id[:]...) }

type settle struct {
	Closing
	place    place
	evidence []byte   // sealed
	hashes   [][]byte // of Tokens
	by       []string // if two persons decided it
	proof    string   // where their proof is
	sale     Sale     // afterwards
	again    bool     // nothing was written: read the sale
}

func (c *settle) need(n *needs) {
	c.place.need(n, c.LegID)
	n.ends = append(n.ends, c.LegID)
	n.tokens = append(n.tokens, c.hashes...)
	n.postings(c.Postings)
	if c.Cancels != nil {
		n.sales = append(n.sales, c.Cancels.SaleID)
		n.postings(c.Cancels.Postings)
	}
}

func (c *settle) decide(v *view) error {
	c.again = false
	leg := v.legs[c.LegID]
	if leg == nil {
		return fmt.Errorf("leg %s: %w", c.LegID, ErrNotFound)
	}
	if !leg.Vend {
		return fmt.Errorf("leg %s buys nothing: %w", c.LegID, ErrState)
	}
	sale := v.sales[leg.SaleID]
	switch {
	case leg.State.Final():
		return c.late(v, leg, sale)
	case c.State == LegAccepted:
		return c.accept(v, leg, sale)
	case c.State == LegUnknown:
		return c.forget(v, leg, sale)
	case c.Next != nil && leg.State == LegOpen:
		return c.next(v, leg, sale)
	}
	return c.decline(v, leg, sale)
}

// late is an answer to a leg that has its final state.
func (c *settle) late(v *view, leg *legRow, sale *saleRow) error {
	nothing := func(s LegState) bool { return s == LegDeclined || s == LegNotExecuted }
	own := func(hash []byte) bool { return v.tokens[tokenKey{leg.Party, string(hash)}] == sale.ID }
	switch {
	case c.State == LegUnknown,
		nothing(c.State) && nothing(leg.State),
		c.State == LegAccepted && leg.State == LegAccepted && !slices.ContainsFunc(c.hashes, func(h []byte) bool { return !own(h) }):
		c.sale, c.again = sale.Sale, true
		return nil
	}
	note := fmt.Sprintf("leg is %s; then came: %s %s", leg.State, c.State, c.Code)
	v.exception(ExceptionSecondAnswer, sale.ID, leg.ID, note, c.keep(v, leg.ID))
	return ErrAlreadySettled
}

// keep returns what an exception must keep of an answer, sealed for the leg.
func (c *settle) keep(v *view, legID ID) []byte {
	if c.evidence != nil || len(c.Tokens) == 0 {
		return c.evidence
	}
	return v.store.sealer.Seal(fmt.Appendf(nil, "tokens %v", c.Tokens), aad("evidence", legID))
}

func (c *settle) accept(v *view, leg *legRow, sale *saleRow) error {
	for _, hash := range c.hashes {
		owner, taken := v.tokens[tokenKey{leg.Party, string(hash)}]
		if taken && owner != sale.ID {
			return c.stolen(v, leg, sale)
		}
	}
	spent, err := v.spent(c.Postings, sale.Merchant, sale.Hold)
	if err != nil {
		return err
	}
	undone, refund, err := c.undoes(v, sale)
	if err != nil {
		return err
	}
	after := sale.Sale
	after.State, after.Supplier, after.Hold, after.SettledAt = SaleDelivered, leg.Party, 0, v.now
	after.Reason = ""
	available := v.floats[sale.Merchant].Available() + sale.Hold - spent + refund
	sealed, err := v.deliver(c.Deliver, &after, available, nil)
	if err != nil {
		return err
	}

	tokens := make([]string, len(c.hashes))
	for i, hash := range c.hashes {
		tokens[i] = hex.EncodeToString(hash)
		if _, ours := v.tokens[tokenKey{leg.Party, string(hash)}]; !ours {
			v.tokens[tokenKey{leg.Party, string(hash)}] = sale.ID
			v.rows.add(newTokens, hash, leg.Party, sale.ID, leg.ID)
		}
	}
	c.cancel(v, leg, sale, undone)
	c.move(v, leg, sale, step{sale: after, outcome: sealed, leg: LegAccepted, postings: c.Postings,
		body: MovedBody{Tokens: tokens}})
	if c.Overrun != "" {
		v.exception(ExceptionAmount, sale.ID, leg.ID, c.Overrun, nil)
	}
	return nil
}

// ReasonCancelled is the reason of a sale that its supplier has undone.
const ReasonCancelled = "cancelled"

// undoes finds the sale that the supplier has undone, and what that gives back to the
// float; nil if that is not a delivered one of the merchant's.
func (c *settle) undoes(v *view, by *saleRow) (sale *saleRow, refund int64, err error) {
	if c.Cancels == nil {
		return nil, 0, nil
	}
	sale = v.sales[c.Cancels.SaleID]
	if sale == nil || sale.State != SaleDelivered || sale.Merchant != by.Merchant {
		return nil, 0, nil
	}
	spent, err := v.spent(c.Cancels.Postings, sale.Merchant, 0)
	return sale, -spent, err
}

// cancel reverses the sale that the supplier has undone, or calls a person.
func (c *settle) cancel(v *view, leg *legRow, by, sale *saleRow) {
	switch {
	case c.Cancels == nil:
	case sale == nil:
		v.exception(ExceptionCancelled, by.ID, leg.ID, c.notThere(), c.keep(v, leg.ID))
	default:
		after := sale.Sale
		after.State, after.Reason, after.SettledAt = SaleReversed, ReasonCancelled, v.now
		v.moveSale(sale, after, nil, MovedBody{Note: "cancelled by sale " + by.ID.String()}, ID{}, v.store.node, c.Cancels.Postings)
	}
}

// notThere says what the supplier has cancelled that is no delivered sale of the
// merchant's.
func (c *settle) notThere() string {
	if (c.Cancels.SaleID == ID{}) {
		return "the supplier has cancelled a token that no sale here has"
	}
	return fmt.Sprintf("the supplier has cancelled sale %s, which is not a delivered one of this merchant", c.Cancels.SaleID)
}

// stolen is an answer with a token that belongs to another sale.
func (c *settle) stolen(v *view, leg *legRow, sale *saleRow) error {
	after := sale.Sale
	after.State = SaleUnknown
	// Never due: a person must look, as asking again brings the same token.
	c.move(v, leg, sale, step{sale: after, leg: LegUnknown})
	v.exception(ExceptionTokenTaken, sale.ID, leg.ID, "the supplier answered with a token of another sale", c.keep(v, leg.ID))
	return ErrTokenTaken
}

func (c *settle) decline(v *view, leg *legRow, sale *saleRow) error {
	after := sale.Sale
	after.State, after.Reason, after.Hold, after.SettledAt = SaleDeclined, c.Code, 0, v.now
	sealed, err := v.deliver(c.Deliver, &after, v.floats[sale.Merchant].Available()+sale.Hold, nil)
	if err != nil {
		return err
	}
	state := LegDeclined
	if leg.State == LegUnknown {
		state = LegNotExecuted
	}
	c.move(v, leg, sale, step{sale: after, outcome: sealed, leg: state})
	return nil
}

// next tries the sale at another supplier.
func (c *settle) next(v *view, leg *legRow, sale *saleRow) error {
	after := sale.Sale
	after.Supplier = c.Next.Supplier
	out := v.outbound(sale.ID, *c.Next, true)
	facts := out.facts()
	c.move(v, leg, sale, step{sale: after, leg: LegDeclined, body: MovedBody{Next: &facts}})
	v.addLeg(out)
	return nil
}

// forget is the news that the outcome is not known.
func (c *settle) forget(v *view, leg *legRow, sale *saleRow) error {
	if leg.State == LegUnknown && c.evidence == nil {
		c.sale, c.again = sale.Sale, true
		return nil
	}
	due := micro(c.NextAt)
	if leg.State == LegUnknown && c.NextAt.IsZero() {
		due = leg.NextAt
	}
	after := sale.Sale
	after.State = SaleUnknown
	c.move(v, leg, sale, step{sale: after, leg: LegUnknown, due: due})
	return nil
}

// step is what one closing makes of a sale and its leg.
type step struct {
	sale     Sale // afterwards
	outcome  []byte
	leg      LegState
	due      time.Time
	postings []Posting
	body     MovedBody // what is special about it
}

// move puts a step into the view: the leg's new state, the sale's, and the
// entry that tells of both.
func (c *settle) move(v *view, leg *legRow, sale *saleRow, to step) {
	leg.State, leg.Code, leg.Note = to.leg, c.Code, c.Note
	leg.LeaseUntil, leg.NextAt = time.Time{}, to.due
	if to.leg.Final() {
		leg.ClosedAt = v.now
	}
	leg.evidence, leg.moved = c.evidence, true

	body := to.body
	body.Leg = &LegEnd{ID: leg.ID, State: to.leg, Code: c.Code, Note: c.Note, Evidence: fingerprint(c.evidence)}
	actor := v.store.node
	if len(c.by) > 0 {
		actor = c.by[len(c.by)-1]
		body.By, body.Note, body.Evidence = c.by, c.Note, c.proof
	}
	v.moveSale(sale, to.sale, to.outcome, body, leg.ID, actor, to.postings)
	c.sale = to.sale
}

// moveSale gives a sale its next state, with its hold, its inbound leg, the
// exceptions that end with that, and the entry.
func (v *view) moveSale(sale *saleRow, after Sale, sealed []byte, body MovedBody, legID ID, actor string, lines []Posting) {
	body.V, body.SaleID, body.From, body.To = BodyVersion, sale.ID, sale.State, after.State
	body.Reason, body.Supplier, body.Outcome = after.Reason, after.Supplier, fingerprint(sealed)
	if body.Released = sale.Hold - after.Hold; body.Released != 0 {
		f := v.floats[sale.Merchant]
		f.Held -= body.Released
		f.moved = true
	}
	if in, ends := inboundStates[after.State]; ends && after.State != sale.State {
		v.endInbound(&after, in, after.Reason)
		body.In = &LegEnd{ID: sale.ID, State: in, Code: after.Reason}
	}
	if sale.State == SaleUnknown && after.State != SaleUnknown {
		v.unstick(&after, legID, actor)
	}
	sale.Sale, sale.sealed, sale.moved = after, sealed, true
	v.entry(NewID(), EntrySaleMoved, sale.ID, legID, actor, body, lines)
}

// inboundStates is what the request's leg becomes when the sale gets a state.
var inboundStates = map[SaleState]LegState{
	SaleDelivered: LegAccepted,
	SaleDeclined:  LegDeclined,
	SaleUnknown:   LegUnknown,
}

// spent checks the postings of a sale and returns what they take off the
// merchant's float: at most limit, and nothing off any other float.
func (v *view) spent(lines []Posting, merchant string, limit int64) (int64, error) {
	if err := v.checkPostings(lines); err != nil {
		return 0, err
	}
	var spent int64
	for _, p := range lines {
		switch owner, ok := floatOf(p.Account); {
		case ok && owner == merchant:
			spent += p.Amount
		case ok && p.Amount > 0:
			return 0, fmt.Errorf("a sale of %q may not take from %s", merchant, p.Account)
		}
	}
	if spent > limit {
		return 0, fmt.Errorf("postings take %d off the float of %q, %d were held", spent, merchant, limit)
	}
	return spent, nil
}

// deliver makes a sale's outcome, puts it into the sale, and seals it.
func (v *view) deliver(d Deliver, after *Sale, available int64, vouchers []Voucher) (sealed []byte, err error) {
	if d == nil {
		return nil, nil
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("outcome of sale %s: panic: %v", after.ID, p)
		}
	}()
	plain, err := d(Settlement{Sale: *after, Available: available, Vouchers: vouchers, At: v.now})
	if err != nil {
		return nil, fmt.Errorf("outcome of sale %s: %w", after.ID, err)
	}
	if len(plain) == 0 {
		return nil, errors.New("outcome is empty")
	}
	after.Outcome = plain
	return v.store.sealer.Seal(plain, aad("outcome", after.ID)), nil
}
