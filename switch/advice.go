package vending

import (
	"context"

	"github.com/vendswitch/vendswitch/ledger"
)

// ConfirmSale tells whether the sale under a message id is delivered, and notes
// how the customer has paid, if the client says so. A sale that was refused,
// declined or reversed is not confirmed. An id that was never seen is claimed as
// void before the answer, as by LastResponse.
//
// Faults: CodeConfirmation (never seen), CodeIndeterminate, CodeMessageTaken,
// CodeRight.
func (s *Switch) ConfirmSale(ctx context.Context, caller Caller, r Request, asked ledger.MessageKey, payType string) (confirmed bool, err error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (bool, error) {
		sale, err := s.advised(ctx, r, asked, CodeConfirmation)
		if err != nil || sale.State != ledger.SaleDelivered {
			return false, err
		}
		return true, s.ledger.Confirm(ctx, sale.ID, caller.actor(), payType)
	})
}

// ReverseSale tells whether the sale under a message id is undone. It undoes
// nothing: a token or PIN that was handed out cannot be taken back, so a delivered
// sale stays as it is; what was refused, declined or reversed is undone already,
// and an id that was never seen is claimed as void.
//
// Faults: CodeReversal (never seen), CodeIndeterminate, CodeMessageTaken,
// CodeRight.
func (s *Switch) ReverseSale(ctx context.Context, caller Caller, r Request, asked ledger.MessageKey) (reversed bool, err error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (bool, error) {
		sale, err := s.advised(ctx, r, asked, CodeReversal)
		return err == nil && sale.State != ledger.SaleDelivered, err
	})
}

// advised finds the settled sale that an advice is about. never is the code of the
// fault if its id was not seen before.
func (s *Switch) advised(ctx context.Context, r Request, asked ledger.MessageKey, never Code) (ledger.Sale, error) {
	if asked == r.Message {
		return ledger.Sale{}, faultf(CodeMessageTaken, "", "", "the advice has the message id of the request it is about")
	}
	message, err := s.ledger.Void(ctx, asked, r.Operation)
	if err != nil {
		return ledger.Sale{}, err
	}
	if message.Kind != ledger.MessageSale {
		return ledger.Sale{}, faultf(never, "Nothing was sold. You may sell again.", "", "no transaction under that message id")
	}
	sale, err := s.ledger.Sale(ctx, message.SaleID)
	if err != nil {
		return ledger.Sale{}, err
	}
	if sale, err = s.await(ctx, sale); err != nil {
		return ledger.Sale{}, err
	}
	if sale.State == ledger.SaleHeld || sale.State == ledger.SaleUnknown {
		return ledger.Sale{}, faultf(CodeIndeterminate, "The outcome is not known yet. Do not sell again; ask again.",
			"Your purchase is being checked. Do not pay again.", "outcome not known yet")
	}
	return sale, nil
}
