package ledger

import (
	"context"
	"errors"
	"fmt"
)

// Sell sells vouchers from stock in one transaction: the message id is
// claimed, the vouchers that expire first are taken, all or none, the float
// pays, and the outcome is stored.
//
// Errors: ErrStock, ErrFunds, ErrBlocked, ErrNotFound (no such merchant),
// ErrMessageTaken, ErrMessageVoid, ErrRepeated (with the sale that the same
// request made before). Of a sale that is refused nothing is written.
func (s *Store) Sell(ctx context.Context, p Purchase) (Settlement, error) {
	if err := p.check(); err != nil {
		return Settlement{}, err
	}
	if p.Quantity < 1 || p.Deliver == nil || p.Postings == nil {
		return Settlement{}, errors.New("sell: quantity, postings and outcome must be given")
	}
	c := &sell{Purchase: p}
	err := s.writer.do(ctx, c)
	if gaveUp(err) {
		return Settlement{}, err
	}
	if c.seen(err) {
		sale, err := s.repeated(ctx, c.message, err)
		return Settlement{Sale: sale}, err
	}
	return c.settlement, err
}

type sell struct {
	claimant
	Purchase
	settlement Settlement
}

func (c *sell) need(n *needs) {
	n.messages = append(n.messages, c.Order.Message)
	n.floats = append(n.floats, c.Merchant)
	n.voucher(c.want())
}

func (c *sell) want() want {
	return want{c.Product, c.Quantity, c.Cutoff.Format(dateLayout)}
}

func (c *sell) decide(v *view) error {
	o := c.Order
	if err := c.claimable(v, o); err != nil || c.done {
		return err
	}
	if err := o.funds(v); err != nil {
		return err
	}
	picked := v.pick(c.want())
	if picked == nil {
		return ErrStock
	}
	vouchers, err := v.open(picked, o.ID)
	if err != nil {
		return err
	}
	lines, err := c.lines(vouchers)
	if err != nil {
		return err
	}
	spent, err := v.spent(lines, o.Merchant, o.hold())
	if err != nil {
		return err
	}
	sale := o.sale(v, SaleDelivered)
	available := v.floats[o.Merchant].Available() - spent
	sealed, err := v.deliver(c.Deliver, &sale, available, vouchers)
	if err != nil {
		return err
	}

	v.take(picked, o.ID)
	v.claim(o.message(v))
	in := o.inbound(v, LegAccepted, "", "")
	v.addSale(sale, sealed)
	v.addLeg(in)
	ids := make([]ID, len(picked))
	for i := range picked {
		ids[i] = picked[i].ID
	}
	v.entry(NewID(), EntrySaleSold, o.ID, in.ID, o.Cashier,
		SoldBody{V: BodyVersion, Sale: o.facts(), In: in.facts(), Vouchers: ids, Outcome: fingerprint(sealed)}, lines)
	c.settlement = Settlement{Sale: sale, Available: available, Vouchers: vouchers, At: v.now}
	return nil
}

// lines asks for the postings, which depend on what the vouchers cost.
func (c *sell) lines(vouchers []Voucher) (lines []Posting, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("postings of sale %s: panic: %v", c.ID, p)
		}
	}()
	priced := make([]Voucher, len(vouchers))
	for i, voucher := range vouchers {
		voucher.PIN = ""
		priced[i] = voucher
	}
	return c.Postings(priced), nil
}

// pick chooses from the locked vouchers, in the order of selling, without
// taking them. It returns nil if there are not enough.
func (v *view) pick(w want) []stocked {
	var picked []stocked
	for _, s := range v.stock[w.product] {
		if s.expiry() >= w.cutoff {
			if picked = append(picked, s); len(picked) == w.quantity {
				return picked
			}
		}
	}
	return nil
}

// open opens the PINs of vouchers for the sale that will own them.
func (v *view) open(picked []stocked, saleID ID) ([]Voucher, error) {
	vouchers := make([]Voucher, len(picked))
	for i, s := range picked {
		pin, err := v.store.sealer.Open(s.sealed, aad("pin", s.ID))
		if err != nil {
			return nil, fmt.Errorf("voucher %s: %w", s.ID, err)
		}
		vouchers[i] = s.Voucher
		vouchers[i].PIN, vouchers[i].SaleID = string(pin), saleID
	}
	return vouchers, nil
}

// take removes picked vouchers from stock.
func (v *view) take(picked []stocked, saleID ID) {
	product := picked[0].Product
	left := v.stock[product][:0:0]
	for _, s := range v.stock[product] {
		if !contains(picked, s.ID) {
			left = append(left, s)
		}
	}
	v.stock[product] = left
	for _, s := range picked {
		v.rows.add(soldVouchers, s.ID, saleID, string(StockSold))
	}
}

func contains(list []stocked, id ID) bool {
	for _, s := range list {
		if s.ID == id {
			return true
		}
	}
	return false
}
