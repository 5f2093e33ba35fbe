package vending

import (
	"context"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// ReprintLength is how many sales a reprint has at most.
const ReprintLength = 5

// unprintable are the operations of sales that cannot be printed again: a report has no
// slip, and the token that a cancellation tells of is worth nothing.
var unprintable = []string{string(upstream.FaultReport), string(upstream.Cancellation)}

// Reprint finds the last delivered token sales of the caller's merchant for a
// meter, newest first. Each is disclosed in the journal before it leaves. It moves
// no money. A sale knows its meter by its number alone: by a card, which must not
// be taken apart, nothing is found.
//
// Faults: CodeReprint, CodeRight.
func (s *Switch) Reprint(ctx context.Context, caller Caller, r Request, meter string) ([]*Receipt, error) {
	return lookup(ctx, s, caller, r, meter, func(ctx context.Context) ([]*Receipt, error) {
		var receipts []*Receipt
		if meter != "" {
			sales, err := s.ledger.Sales(ctx, ledger.SaleFilter{Merchant: caller.Merchant.Code, Target: meter,
				States: []ledger.SaleState{ledger.SaleDelivered}, Without: unprintable, Limit: ReprintLength})
			if err != nil {
				return nil, err
			}
			for _, found := range sales {
				receipt, err := s.reprint(ctx, caller, found.ID)
				if err != nil {
					return nil, err
				}
				if receipt != nil {
					receipts = append(receipts, receipt)
				}
			}
		}
		if len(receipts) == 0 {
			return nil, faultf(CodeReprint, "There is nothing to print again for this meter.", "", "nothing to reprint for that meter")
		}
		return receipts, nil
	})
}

// reprint reads a copy of a token sale; nil if it is none, or not delivered any
// more.
func (s *Switch) reprint(ctx context.Context, caller Caller, id ledger.ID) (*Receipt, error) {
	sale, err := s.ledger.Sale(ctx, id)
	if err != nil || sale.State != ledger.SaleDelivered {
		return nil, err
	}
	outcome, err := decodeOutcome(sale.Outcome)
	if err != nil || outcome.Vend == nil {
		return nil, err
	}
	if err := s.disclose(ctx, caller, sale, "reprint"); err != nil {
		return nil, err
	}
	return &Receipt{Sale: sale, Outcome: outcome, Copy: true}, nil
}
