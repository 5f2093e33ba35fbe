package vending

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// answer renders a sale's state for the client that asked for it. fresh is what made
// the sale's outcome just now; nil if it was not made for this request.
func (s *Switch) answer(ctx context.Context, sale ledger.Sale, fresh *delivery) (*Receipt, error) {
	receipt, err := s.receipt(ctx, sale, fresh)
	if err != nil {
		return nil, err
	}
	if receipt == nil {
		return nil, unknownOutcome()
	}
	if fault := receipt.Outcome.Fault; fault != nil {
		said := *fault
		said.At = receipt.Outcome.At
		return nil, &said
	}
	return receipt, nil
}

// receipt reads the stored outcome of a sale, PINs included. It is nil while the
// sale has none. fresh is as in answer.
func (s *Switch) receipt(ctx context.Context, sale ledger.Sale, fresh *delivery) (*Receipt, error) {
	if sale.State == ledger.SaleHeld || sale.State == ledger.SaleUnknown {
		return nil, nil
	}
	outcome, err := fresh.outcome(sale)
	if err != nil {
		return nil, err
	}
	if sale.State == ledger.SaleReversed {
		outcome.Vend, outcome.Vouchers = nil, nil
		outcome.Fault = faultf(CodeReversed, "This sale was reversed; its token or PIN is not to be used.", "This purchase was reversed.", "the sale was reversed")
	}
	r := &Receipt{Sale: sale, Outcome: outcome}
	if outcome.Vouchers != nil {
		if r.Vouchers, err = s.ledger.Vouchers(ctx, sale.ID); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// repeat answers a message id that was seen before with the same content: with
// the stored outcome, or, for a client that wants it so, with a refusal. While
// the first request is still at work, on whichever node, the second waits.
func (s *Switch) repeat(ctx context.Context, caller Caller, sale ledger.Sale) (*Receipt, error) {
	if caller.Client.OnDuplicate == ledger.DuplicateRefuse {
		return nil, faultf(CodeRepeated, "This message id was used before; ask for the last response.", "", "message id was used before")
	}
	sale, err := s.await(ctx, sale)
	if err != nil {
		return nil, err
	}
	if err := s.disclose(ctx, caller, sale, "repeated request"); err != nil {
		return nil, err
	}
	return s.answer(ctx, sale, nil)
}

// await waits for a held sale until it is settled or time is nearly up.
func (s *Switch) await(ctx context.Context, sale ledger.Sale) (ledger.Sale, error) {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for sale.State == ledger.SaleHeld {
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < 2*pollInterval {
			return sale, nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return sale, nil
		}
		next, err := s.ledger.Sale(ctx, sale.ID)
		if ctx.Err() != nil {
			return sale, nil
		}
		if err != nil {
			return sale, err
		}
		sale = next
	}
	return sale, nil
}

// disclose writes down that a token or PIN is about to leave again.
func (s *Switch) disclose(ctx context.Context, caller Caller, sale ledger.Sale, reason string) error {
	if sale.State != ledger.SaleDelivered {
		return nil
	}
	return s.ledger.Disclose(ctx, sale.ID, caller.actor(), reason)
}

// LastResponse tells what became of the request sent under asked. A receipt
// whose outcome is a fault is a request that was refused or declined.
//
// An id that was never seen is claimed as void before the answer, so that a
// request that arrives later under it cannot sell: CodeNotFound is a promise.
// CodeIndeterminate means: ask again.
func (s *Switch) LastResponse(ctx context.Context, caller Caller, r Request, asked ledger.MessageKey) (*Receipt, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (*Receipt, error) {
		sale, err := s.advised(ctx, r, asked, CodeNotFound)
		if err != nil {
			return nil, err
		}
		if err := s.disclose(ctx, caller, sale, "last response"); err != nil {
			return nil, err
		}
		return s.receipt(ctx, sale, nil)
	})
}

// ReprintVouchers finds delivered vouchers of the caller's merchant by their
// receipt number. It moves no money.
//
// Faults: CodeReprint, CodeRight.
func (s *Switch) ReprintVouchers(ctx context.Context, caller Caller, r Request, receiptNo string) (*Receipt, error) {
	return lookup(ctx, s, caller, r, receiptNo, func(ctx context.Context) (*Receipt, error) {
		sale, err := s.ledger.SaleByReceipt(ctx, caller.Merchant.Code, receiptNo)
		nothing := faultf(CodeReprint, "Check the receipt number.", "", "nothing to reprint under that receipt number")
		if errors.Is(err, ledger.ErrNotFound) || err == nil && sale.State != ledger.SaleDelivered {
			return nil, nothing
		}
		if err != nil {
			return nil, err
		}
		if outcome, err := decodeOutcome(sale.Outcome); err != nil || outcome.Vouchers == nil {
			return nil, cmp.Or(err, error(nothing))
		}
		if err := s.disclose(ctx, caller, sale, "reprint"); err != nil {
			return nil, err
		}
		receipt, err := s.receipt(ctx, sale, nil)
		if err != nil {
			return nil, err
		}
		receipt.Copy = true
		return receipt, nil
	})
}
