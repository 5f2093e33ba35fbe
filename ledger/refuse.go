package ledger

import (
	"context"
	"errors"
)

// Refuse stores a request that was authenticated and then refused: its message
// id is claimed, the sale refused without a hold, the inbound leg declined, and
// the fault stored as its outcome, so that a repetition gets the same answer.
//
// Errors: ErrMessageTaken, ErrMessageVoid, ErrRepeated (with the sale that the
// same request made before).
func (s *Store) Refuse(ctx context.Context, r Refusal) (Sale, error) {
	if (r.ID == ID{}) || r.Order.Message == (MessageKey{}) || r.Code == "" {
		return Sale{}, errors.New("refuse: id, message id and code must be given")
	}
	c := &refuse{Refusal: r}
	err := s.writer.do(ctx, c)
	if gaveUp(err) {
		return Sale{}, err
	}
	if c.seen(err) {
		return s.repeated(ctx, c.message, err)
	}
	return c.sale, err
}

type refuse struct {
	claimant
	Refusal
	sale Sale
}

func (c *refuse) need(n *needs) { n.messages = append(n.messages, c.Order.Message) }

func (c *refuse) decide(v *view) error {
	o := c.Order
	if err := c.claimable(v, o); err != nil || c.done {
		return err
	}
	sale := o.sale(v, SaleRefused)
	sale.Reason = c.Code
	sealed, err := v.deliver(c.Deliver, &sale, 0, nil)
	if err != nil {
		return err
	}
	v.claim(o.message(v))
	in := o.inbound(v, LegDeclined, c.Code, c.Note)
	v.addSale(sale, sealed)
	v.addLeg(in)
	v.entry(NewID(), EntrySaleRefused, o.ID, in.ID, o.Cashier,
		RefusedBody{V: BodyVersion, Sale: o.facts(), In: in.facts(), Reason: c.Code, Outcome: fingerprint(sealed)}, nil)
	c.sale = sale
	return nil
}
