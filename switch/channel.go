package vending

import "context"

// Operations are what a vendor may have rights to, by the names that requests have
// in the journal.
var Operations = []string{"confirmCustomer", "trialCreditVend", "creditVend", "voucherVend", "voucherReprint", "catalogue", "lastResponse",
	"confirmation", "reversal", "vendorStatement", "reprint", "deposit", "reprintDeposit", "startBatch", "endBatch", "totalBatch", "reprintEndBatch",
	"fbe", "freeIssue", "meterCreditTransfer", "payAccount", "updateMeterKey", "meterSpecificEng", "nonMeterSpecificEng",
	EngineeringKeyChange, "custReportFault", "cancelVend", "confirmMeter", "verify"}

// RefuseSale journals a request for a sale that a channel has authenticated but
// cannot put into the switch's terms (an amount with three decimals). The fault
// becomes the outcome of the message id. What it returns is what Vend would: that
// fault, or what the same message id ended in before.
func (s *Switch) RefuseSale(ctx context.Context, caller Caller, r Request, target string, fault *Fault) (*Receipt, error) {
	s.inFlight.Add(1)
	defer s.inFlight.Done()
	ctx, cancel := s.detached(ctx, caller)
	defer cancel()
	ticket := s.ticket(caller, r)
	ticket.Target, ticket.Quantity, ticket.Currency = target, 1, caller.Merchant.Currency
	return s.refuse(ctx, caller, ticket, fault)
}

// RefuseLookup journals such a request that would sell nothing, and returns the
// fault to answer with.
func (s *Switch) RefuseLookup(ctx context.Context, caller Caller, r Request, target string, fault *Fault) error {
	_, err := lookup(ctx, s, caller, r, target, func(context.Context) (struct{}, error) {
		return struct{}{}, fault
	})
	return err
}
