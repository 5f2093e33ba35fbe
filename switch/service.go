package vending

import (
	"context"
	"errors"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/upstream"
)

// EngineeringKeyChange is the operation by which a meter is given another key, for
// engineers. A vendor needs the right to it by name.
const EngineeringKeyChange = "engineeringKeyChange"

// operationOf is how the leg of an order is called.
func operationOf(order upstream.VendOrder) string {
	if order.Service == nil {
		return opVend
	}
	return string(order.Service.Kind)
}

// services are those that live as a sale does, by the operation of the sale.
var services = map[string]upstream.ServiceKind{
	string(upstream.FreeBasic):      upstream.FreeBasic,
	string(upstream.FreeIssue):      upstream.FreeIssue,
	string(upstream.CreditTransfer): upstream.CreditTransfer,
	string(upstream.AccountPayment): upstream.AccountPayment,
	string(upstream.KeyUpdate):      upstream.KeyUpdate,
	string(upstream.MeterToken):     upstream.MeterToken,
	EngineeringKeyChange:            upstream.MeterToken,
	string(upstream.TypeToken):      upstream.TypeToken,
	string(upstream.FaultReport):    upstream.FaultReport,
	string(upstream.Cancellation):   upstream.Cancellation,
}

// serviceOf is the service that a leg of an operation was for, as far as its last
// response is judged by; nil of a sale of credit.
func serviceOf(operation string) *upstream.Service {
	kind, is := services[operation]
	if !is {
		return nil
	}
	return &upstream.Service{Kind: kind}
}

// Inquire asks the meter's utility for a service that changes nothing; of several that
// may be meant, the next one if one does not know the meter.
//
// Faults: CodeRight, CodeMeter, CodeUnknownMeter, CodeProduct, CodeSupplier,
// CodeUnavailable, CodeUnsupported.
func (s *Switch) Inquire(ctx context.Context, caller Caller, r Request, order upstream.VendOrder) (*upstream.Vend, error) {
	return lookup(ctx, s, caller, r, order.Meter.Number, func(ctx context.Context) (*upstream.Vend, error) {
		order.Currency = caller.Merchant.Currency
		p, err := s.routed(ctx, caller, order)
		if err != nil {
			return nil, err
		}
		var found *upstream.Vend
		for _, at := range p.routes {
			found, err = s.lookUp(ctx, at.supplier, operationOf(order), order, at.guard.Inquire)
			if err == nil || AsFault(err).Class != classUnknownMeter {
				break
			}
		}
		return found, err
	})
}

// lookUp asks a supplier for what changes nothing.
func (s *Switch) lookUp(ctx context.Context, to ledger.Supplier, operation string, order upstream.VendOrder,
	send func(context.Context, upstream.MessageID, upstream.VendOrder) upstream.Result,
) (*upstream.Vend, error) {
	var got upstream.Result
	err := s.ask(ctx, ledger.ID{}, to, operation, order.Meter.Number, order.Amount, func(ctx context.Context, id upstream.MessageID) exchange {
		got = send(ctx, id, order)
		return exchangeOf(got)
	})
	switch {
	case err != nil:
		return nil, err
	case got.Verdict == upstream.Accepted:
		return got.Vend, nil
	case got.Verdict == upstream.Declined:
		return nil, exchangeOf(got).refusal(to)
	}
	return nil, unavailable(to.Code)
}

// cancellable finds the sale that a token was sold by, and its supplier, who alone can
// undo it. It must be a delivered one of the caller's merchant, for that meter.
func (s *Switch) cancellable(ctx context.Context, caller Caller, order upstream.VendOrder) ([]ledger.Supplier, error) {
	c, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	for _, to := range c.utilities {
		sale, err := s.ledger.SaleByToken(ctx, to.Code, order.Service.Token)
		if errors.Is(err, ledger.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if sale.State == ledger.SaleReversed && sale.Merchant == caller.Merchant.Code {
			return nil, &Fault{Code: CodeSupplier, Class: "CancelEx", Text: "that sale was cancelled or reversed already",
				Operator: "This sale is cancelled already.", Customer: "This purchase is cancelled already."}
		}
		if sale.State == ledger.SaleDelivered && sale.Merchant == caller.Merchant.Code && sale.Target == order.Meter.Number && sale.Operation == opVend {
			return []ledger.Supplier{to}, nil
		}
	}
	return nil, &Fault{Code: CodeSupplier, Class: "CancelEx", Text: "no sale of yours for that meter has that token", Operator: "Check the token and the meter.", Customer: "This cannot be cancelled."}
}

// undone is the sale that a cancellation has undone, with what undoes its postings. It
// is found by the token that the supplier tells; nil for an answer that cancels nothing.
func (s *Switch) undone(ctx context.Context, to ledger.Supplier, vend *upstream.Vend) (*ledger.Cancels, error) {
	if vend == nil || vend.Served == nil || vend.Served.Kind != upstream.Cancellation {
		return nil, nil
	}
	sale, err := s.ledger.SaleByToken(ctx, to.Code, vend.Lines[0].Token)
	if errors.Is(err, ledger.ErrNotFound) {
		return &ledger.Cancels{}, nil // which is told as an exception
	}
	if err != nil {
		return nil, err
	}
	lines, err := s.ledger.Postings(ctx, ledger.PostingFilter{SaleID: sale.ID})
	if err != nil {
		return nil, err
	}
	return &ledger.Cancels{SaleID: sale.ID, Postings: chart.Reversal(summed(lines))}, nil
}
