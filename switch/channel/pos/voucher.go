package pos

import (
	"context"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() {
	offer("voucherVend", (*exchange).voucherVend)
	offer("voucherReprint", (*exchange).voucherReprint)
}

// voucherVend sells vouchers from stock.
func (x *exchange) voucherVend(ctx context.Context, m *xmlvend.VoucherVendReq) (xmlvend.Response, error) {
	r, err := x.sells.SellVouchers(ctx, x.caller, x.request, vending.VoucherOrder{
		Product:   m.ProductCode,
		Quantity:  m.Quantity,
		Recipient: m.Recipient,
	})
	if err != nil {
		return nil, err
	}
	return x.printer.outcome(r, x.head, x.dialect.Has)
}

// voucherReprint gives a copy of the receipt of a sale of vouchers.
func (x *exchange) voucherReprint(ctx context.Context, m *xmlvend.VoucherReprintReq) (xmlvend.Response, error) {
	r, err := x.sells.ReprintVouchers(ctx, x.caller, x.request, m.ReceiptNo)
	if err != nil {
		return nil, err
	}
	if r.Outcome.Vouchers == nil {
		return nil, &vending.Fault{Code: vending.CodeReprint, Text: "the receipt is not that of a sale of vouchers"}
	}
	return x.printer.reprint(r, x.head, x.now())
}
