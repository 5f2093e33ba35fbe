package pos

import (
	"context"
	"fmt"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("reprint", (*exchange).reprint) }

// reprint gives copies of the last receipts for a meter. Nothing is found by what
// is known of a customer: receipts are kept by meter.
func (x *exchange) reprint(ctx context.Context, m *xmlvend.ReprintReq) (xmlvend.Response, error) {
	number := ""
	if by, ok := m.ID.(xmlvend.VendIDMethod); ok {
		number = meter(by.Meter).Number
	}
	receipts, err := x.sells.Reprint(ctx, x.caller, x.request, number)
	if err != nil {
		return nil, err
	}
	resp := &xmlvend.ReprintResp{ResponseHeader: x.header()}
	resp.DispHeader = "REPRINT"
	for _, r := range receipts {
		copied, err := x.printer.outcome(r, x.head, x.dialect.Has)
		if err != nil {
			return nil, err
		}
		vend, ok := copied.(xmlvend.VendResponse)
		if !ok {
			return nil, fmt.Errorf("sale %s: a copy is a %T", r.Sale.ID, copied)
		}
		resp.Reprints = append(resp.Reprints, vend)
	}
	return resp, nil
}
