package vending

import (
	"context"
	"errors"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// VoucherOrder is a purchase of denominated vouchers.
type VoucherOrder struct {
	Product   string
	Quantity  int    // 1 to MaxQuantity
	Recipient string // MSISDN of the consumer, if the PIN is to be sent on
}

// SellVouchers sells vouchers from stock. The whole sale is one transaction of
// the ledger: message id, vouchers, postings and outcome. All vouchers are
// delivered or none.
//
// A repeated message id yields the stored outcome. Faults: CodeRight,
// CodeProduct, CodeAmount, CodeFunds, CodeMerchant, CodeStock, CodeMessageTaken,
// CodeMessageVoid.
func (s *Switch) SellVouchers(ctx context.Context, caller Caller, r Request, order VoucherOrder) (*Receipt, error) {
	s.inFlight.Add(1)
	defer s.inFlight.Done()
	ctx, cancel := s.detached(ctx, caller)
	defer cancel()

	ticket := s.ticket(caller, r)
	ticket.Product, ticket.Target, ticket.Quantity, ticket.Currency = order.Product, order.Recipient, order.Quantity, caller.Merchant.Currency
	product, supplier, cost, err := s.offer(ctx, caller, r, order)
	if err != nil {
		return s.refuse(ctx, caller, ticket, err)
	}
	ticket.Supplier = supplier.Code
	ticket.Tender, ticket.Commission, ticket.Currency = cost.tender, cost.commission, cost.currency
	if ticket.ReceiptNo, err = s.ledger.ReceiptNumber(ctx); err != nil {
		return nil, err
	}
	fresh := deliverVouchers(caller, supplier, product, order)
	sold, err := s.ledger.Sell(ctx, ledger.Purchase{
		Order:   ticket,
		Cutoff:  s.now().In(s.settings.Zone).Add(s.settings.ExpiryMargin),
		Deliver: fresh.deliver,
		Postings: func(vouchers []ledger.Voucher) []ledger.Posting {
			return stockSale(ticket, supplier, vouchers).Postings()
		},
	})
	switch {
	case errors.Is(err, ledger.ErrRepeated):
		return s.repeat(ctx, caller, sold.Sale)
	case errors.Is(err, ledger.ErrFunds), errors.Is(err, ledger.ErrBlocked), errors.Is(err, ledger.ErrStock):
		return s.refuse(ctx, caller, ticket, refusalFor(err))
	case err != nil:
		return nil, s.turnAway(ctx, s.note(r, order.Recipient), err)
	}
	s.sold(sold.Sale, "")
	outcome, err := fresh.outcome(sold.Sale)
	if err != nil {
		return nil, err
	}
	return &Receipt{Sale: sold.Sale, Outcome: outcome, Vouchers: sold.Vouchers}, nil
}

// offer checks and prices a purchase of vouchers.
func (s *Switch) offer(ctx context.Context, caller Caller, r Request, order VoucherOrder) (ledger.Product, ledger.Supplier, price, error) {
	if err := caller.may(r.Operation); err != nil {
		return ledger.Product{}, ledger.Supplier{}, price{}, err
	}
	c, err := s.current(ctx)
	if err != nil {
		return ledger.Product{}, ledger.Supplier{}, price{}, err
	}
	product, supplier, err := c.product(order.Product)
	if err != nil {
		return product, supplier, price{}, err
	}
	cost, err := voucherPrice(product, order.Quantity, caller.Merchant.Currency)
	return product, supplier, cost, err
}

func stockSale(ticket ledger.Order, supplier ledger.Supplier, vouchers []ledger.Voucher) chart.StockSale {
	sale := chart.StockSale{
		Merchant:   ticket.Merchant,
		Supplier:   supplier.Code,
		Currency:   ticket.Currency,
		Tender:     ticket.Tender,
		Commission: ticket.Commission,
		VATBP:      supplier.VATBP,
	}
	for _, v := range vouchers {
		sale.Cost += v.Cost
	}
	return sale
}

func deliverVouchers(caller Caller, supplier ledger.Supplier, product ledger.Product, order VoucherOrder) *delivery {
	return &delivery{caller: caller, fill: func(o *Outcome) {
		o.Supplier = organisation(supplier)
		o.Vouchers = &VoucherSale{
			Product:      product.Code,
			Name:         product.Name,
			Face:         product.Face,
			VATBP:        supplier.VATBP,
			Instructions: product.Instructions,
			Recipient:    order.Recipient,
		}
	}}
}
