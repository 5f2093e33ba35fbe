package ledger

import (
	"context"
	"errors"
	"fmt"
)

// maxAmount bounds every amount, so that sums of amounts cannot overflow:
// 10^15 minor units.
const maxAmount = 1_000_000_000_000_000

// Begin is commit 1 of an online sale, before a byte goes to the supplier: the
// message id is claimed, the sale held, its tender less commission held on the
// float, and both legs are open: the inbound one, whose id is the sale's, and
// the outbound one, which this node owns for Call.Lease.
//
// Errors: ErrFunds, ErrBlocked, ErrNotFound (no such merchant), ErrMessageTaken,
// ErrMessageVoid, ErrRepeated (with the sale that the same request made before),
// ErrUpstreamTaken (nothing was written: take the next number). Of a refused
// sale nothing is written, its message id included: see Refuse.
func (s *Store) Begin(ctx context.Context, o Order, c Call) (Sale, error) {
	if err := errors.Join(o.check(), c.check()); err != nil {
		return Sale{}, err
	}
	b := &begin{order: o, call: c}
	err := s.writer.do(ctx, b)
	if gaveUp(err) {
		return Sale{}, err
	}
	if b.seen(err) {
		return s.repeated(ctx, b.message, err)
	}
	if err == nil {
		s.places.remember(c.LegID, place{o.ID, o.Merchant})
	}
	return b.sale, err
}

// check refuses orders that no caller should make.
func (o Order) check() error {
	switch {
	case o.ID == ID{}:
		return errors.New("order: no id")
	case o.Message == MessageKey{}:
		return errors.New("order: no message id")
	case o.Tender < 0 || o.Tender > maxAmount: // nothing is paid for a free token
		return fmt.Errorf("order: tender of %d", o.Tender)
	case o.Commission < 0 || o.Commission > o.Tender:
		return fmt.Errorf("order: commission of %d on %d", o.Commission, o.Tender)
	}
	return nil
}

func (c Call) check() error {
	switch {
	case (c.LegID == ID{}) || c.Supplier == "" || c.Lease <= 0:
		return errors.New("call: leg id, supplier and lease must be given")
	case c.Number < 1 || c.Number > maxMessageNumber:
		return fmt.Errorf("call: message number %d", c.Number)
	}
	return nil
}

// hold is what a sale keeps on the float until it is settled.
func (o Order) hold() int64 { return o.Tender - o.Commission }

// sale is the sale that an order becomes.
func (o Order) sale(v *view, state SaleState) Sale {
	s := Sale{
		ID: o.ID, Message: o.Message, Channel: o.Channel, Operation: o.Operation,
		Merchant: o.Merchant, Client: o.Message.Client, Terminal: o.Terminal, Cashier: o.Cashier,
		Product: o.Product, Supplier: o.Supplier, Target: o.Target, Quantity: o.Quantity,
		Tender: o.Tender, Commission: o.Commission, Currency: o.Currency, ReceiptNo: o.ReceiptNo,
		State: state, OpenedAt: v.now,
	}
	if state == SaleHeld {
		s.Hold = o.hold()
	} else {
		s.SettledAt = v.now
	}
	return s
}

// message is the claim of an order.
func (o Order) message(v *view) Message {
	return Message{Key: o.Message, Kind: MessageSale, Operation: o.Operation, Digest: o.Digest, SaleID: o.ID, At: v.now}
}

// inbound is the leg of the request that an order came with. It has the id of
// the sale.
func (o Order) inbound(v *view, state LegState, code, note string) Leg {
	l := Leg{
		ID: o.ID, SaleID: o.ID, Direction: Inbound, Operation: o.Operation, Party: o.Message.Client,
		DateTime: o.Message.DateTime, Number: o.Message.Number, State: state, Code: code, Note: note,
		Amount: o.Tender, Target: o.Target, Node: v.store.node, OpenedAt: v.now,
	}
	if state != LegOpen {
		l.ClosedAt = v.now
	}
	return l
}

// funds reports whether the float may carry a hold of this order.
func (o Order) funds(v *view) error {
	f := v.floats[o.Merchant]
	switch {
	case f == nil:
		return fmt.Errorf("float of %q: %w", o.Merchant, ErrNotFound)
	case f.blocked:
		return ErrBlocked
	case f.Currency != o.Currency:
		return fmt.Errorf("float of %q is in %s, not %s", o.Merchant, f.Currency, o.Currency)
	case o.Tender > 0 && f.Available() < o.hold(): // what costs nothing needs no funds
		return ErrFunds
	}
	return nil
}

// claimant is a change that claims a message id for a sale.
type claimant struct {
	message Message // that has the id already
	done    bool    // by an earlier attempt of this very change
}

// claimable reports whether an order may have its message id.
func (c *claimant) claimable(v *view, o Order) (err error) {
	c.message, c.done, err = v.taken(o.Message, o.Digest, o.ID)
	return err
}

// seen reports whether the sale is there already, to be read.
func (c *claimant) seen(err error) bool {
	return err == nil && c.done || errors.Is(err, ErrRepeated)
}

// repeated reads the sale that has a message id, and returns it with err.
func (s *Store) repeated(ctx context.Context, m Message, err error) (Sale, error) {
	sale, readErr := s.Sale(ctx, m.SaleID)
	if readErr != nil {
		return Sale{}, readErr
	}
	return sale, err
}

type begin struct {
	claimant
	order Order
	call  Call
	sale  Sale
}

func (b *begin) need(n *needs) {
	n.messages = append(n.messages, b.order.Message)
	n.floats = append(n.floats, b.order.Merchant)
}

func (b *begin) decide(v *view) error {
	o := b.order
	if err := b.claimable(v, o); err != nil || b.done {
		return err
	}
	if err := o.funds(v); err != nil {
		return err
	}
	b.sale = o.sale(v, SaleHeld)
	in := o.inbound(v, LegOpen, "", "")
	out := v.outbound(o.ID, b.call, true)

	v.claim(o.message(v))
	f := v.floats[o.Merchant]
	f.Held += b.sale.Hold
	f.moved = true
	v.addSale(b.sale, nil)
	v.addLeg(in)
	v.addLeg(out)
	v.entry(NewID(), EntrySaleOpened, o.ID, out.ID, o.Cashier,
		OpenedBody{V: BodyVersion, Sale: o.facts(), Hold: b.sale.Hold, In: in.facts(), Out: out.facts()}, nil)
	return nil
}
