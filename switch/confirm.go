package vending

import (
	"context"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// Confirmation is what suppliers know of a meter.
type Confirmation struct {
	Supplier  upstream.Organisation
	Customers []upstream.Customer
}

// ConfirmCustomer asks whose meter it is. What it learns goes into the meter
// book.
//
// Faults: CodeUnknownMeter, CodeSupplier, CodeUnavailable, CodeRight.
func (s *Switch) ConfirmCustomer(ctx context.Context, caller Caller, r Request, meter upstream.Meter) (*Confirmation, error) {
	return lookup(ctx, s, caller, r, meter.Number, func(ctx context.Context) (*Confirmation, error) {
		candidates, _, err := s.candidates(ctx, meter)
		if err != nil {
			return nil, err
		}
		confirmation, _, err := s.confirmAmong(ctx, candidates, meter)
		return confirmation, err
	})
}

// confirmAmong asks suppliers in order until one knows the meter. Only when all
// of them say that they do not is the meter unknown; if one could not be asked,
// nobody can tell.
func (s *Switch) confirmAmong(ctx context.Context, candidates []ledger.Supplier, meter upstream.Meter) (*Confirmation, ledger.Supplier, error) {
	var silent *Fault
	for _, to := range candidates {
		guard, err := s.guard(ctx, to.Code)
		if err != nil {
			s.log.Warn("supplier is passed over", "supplier", to.Code, "error", err)
			silent = unavailable(to.Code)
			continue
		}
		var got upstream.Confirmation
		err = s.ask(ctx, ledger.ID{}, to, opConfirm, meter.Number, 0, func(ctx context.Context, id upstream.MessageID) exchange {
			got = guard.ConfirmCustomer(ctx, id, meter)
			return exchangeOfConfirmation(got)
		})
		if err != nil {
			return nil, to, err
		}
		switch {
		case got.Verdict == upstream.Accepted:
			s.learn(ctx, to, meter.Number, got.Customers)
			return &Confirmation{organisation(to), got.Customers}, to, nil
		case got.Verdict == upstream.Declined && got.Fault != nil && got.Fault.Class == classUnknownMeter:
			continue
		case got.Verdict == upstream.Declined && got.Fault != nil && !got.Account:
			return nil, to, exchangeOfConfirmation(got).refusal(to)
		default:
			silent = unavailable(to.Code)
		}
	}
	if silent != nil {
		return nil, ledger.Supplier{}, silent
	}
	return nil, ledger.Supplier{}, unknownMeter()
}

// learn puts what a supplier said about a meter into the meter book. A failure to
// do so costs a question at the next sale, no more.
func (s *Switch) learn(ctx context.Context, to ledger.Supplier, meter string, customers []upstream.Customer) {
	route := ledger.MeterRoute{Meter: meter, Supplier: to.Code}
	for _, c := range customers {
		if c.Meter != nil && c.Meter.Number == meter {
			route.SupplyGroup = c.Meter.SupplyGroup
		}
	}
	s.learnRoute(ctx, route)
}

func organisation(to ledger.Supplier) upstream.Organisation {
	return upstream.Organisation{Name: to.Name, Address: to.Address, TaxRef: to.TaxRef}
}

// TrialVend runs all checks and prices of a vend without selling.
//
// Faults: those of Vend but for funds and unknown outcomes.
func (s *Switch) TrialVend(ctx context.Context, caller Caller, r Request, order upstream.VendOrder) (*Receipt, error) {
	return lookup(ctx, s, caller, r, order.Meter.Number, func(ctx context.Context) (*Receipt, error) {
		plan, err := s.plan(ctx, caller, order)
		if err != nil {
			return nil, err
		}
		vend := plan.trial
		if vend == nil {
			if vend, err = s.trial(ctx, plan.routes[0], order); err != nil {
				return nil, err
			}
		}
		float, err := s.ledger.Float(ctx, caller.Merchant.Code)
		if err != nil {
			return nil, err
		}
		return &Receipt{Outcome: &Outcome{
			Version:   OutcomeVersion,
			ReceiptNo: trialReceiptNo,
			At:        s.now().UTC(),
			Available: float.Available(),
			Currency:  plan.price.currency,
			Tender:    plan.price.tender,
			Vendor:    vendor(caller),
			Supplier:  organisation(plan.routes[0].supplier),
			Vend:      vend,
		}}, nil
	})
}

// trialReceiptNo is the receipt number of a trial: nothing was sold.
const trialReceiptNo = "000000000000"

// trial asks a supplier for a trial vend.
func (s *Switch) trial(ctx context.Context, at route, order upstream.VendOrder) (*upstream.Vend, error) {
	return s.lookUp(ctx, at.supplier, opTrial, order, at.guard.Trial)
}

func vendor(c Caller) upstream.Organisation {
	return upstream.Organisation{Name: c.Merchant.Name, Address: c.Merchant.Address}
}
