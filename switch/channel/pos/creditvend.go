package pos

import (
	"context"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("creditVend", (*exchange).creditVend) }

// creditVend sells a token for a meter.
func (x *exchange) creditVend(ctx context.Context, m *xmlvend.CreditVendReq) (xmlvend.Response, error) {
	var r *vending.Receipt
	var err error
	order, fault := order(&m.VendRequestHeader, m.PurchaseValue)
	if fault != nil {
		r, err = x.sells.RefuseSale(ctx, x.caller, x.request, order.Meter.Number, fault)
	} else {
		r, err = x.sells.Vend(ctx, x.caller, x.request, order)
	}
	if err != nil {
		return nil, err
	}
	return x.printer.outcome(r, x.head, x.dialect.Has)
}
