package pos

import (
	"context"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("creditVend", (*exchange).creditVend) }

// creditVend sells a token for a meter.
func (x *exchange) creditVend(ctx context.Context, m *xmlvend.CreditVendReq) (xmlvend.Response, error) {
	order, fault := order(&m.VendRequestHeader, m.PurchaseValue)
	return x.order(ctx, order, fault)
}
