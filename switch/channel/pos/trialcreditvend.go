package pos

import (
	"context"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("trialCreditVend", (*exchange).trialCreditVend) }

// trialCreditVend checks and prices a sale of a token without making it.
func (x *exchange) trialCreditVend(ctx context.Context, m *xmlvend.TrialCreditVendReq) (xmlvend.Response, error) {
	order, fault := order(&m.VendRequestHeader, m.PurchaseValue)
	if fault != nil {
		return nil, x.sells.RefuseLookup(ctx, x.caller, x.request, order.Meter.Number, fault)
	}
	r, err := x.sells.TrialVend(ctx, x.caller, x.request, order)
	if err != nil {
		return nil, err
	}
	return x.printer.trial(x.printer.header(x.head, r.Outcome.At), r, order.Meter.Number)
}
