package pos

import (
	"cmp"
	"context"
	"errors"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("confirmCustomer", (*exchange).confirmCustomer) }

// confirmCustomer looks customers up by their meter. By name, address or account
// the switch cannot tell whose customer it is.
func (x *exchange) confirmCustomer(ctx context.Context, m *xmlvend.ConfirmCustomerReq) (xmlvend.Response, error) {
	by, ok := m.ID.(xmlvend.VendIDMethod)
	if !ok {
		return nil, x.sells.RefuseLookup(ctx, x.caller, x.request, "", unsupported("looking up a customer other than by meter"))
	}
	asked := meter(by.Meter)
	c, err := x.sells.ConfirmCustomer(ctx, x.caller, x.request, asked)
	if err != nil {
		return nil, err
	}
	return x.printer.confirmation(x.header(), c, asked.Number, x.caller.Merchant.Currency)
}

// confirmation renders what a supplier knows of a meter.
func (p printer) confirmation(head xmlvend.ResponseHeader, c *vending.Confirmation, meter, currency string) (*xmlvend.ConfirmCustomerResp, error) {
	if len(c.Customers) == 0 {
		return nil, errors.New("a confirmation without a customer")
	}
	head.DispHeader = "CONFIRM CUSTOMER"
	resp := &xmlvend.ConfirmCustomerResp{ResponseHeader: head}
	for _, found := range c.Customers {
		currency := cmp.Or(found.Currency, currency)
		result := xmlvend.ConfirmCustResult{
			Customer: customer(found.Person),
			Config: xmlvend.CustVendConfig{
				CanVend:    found.CanVend,
				FBEDue:     found.FreeDue,
				MaxVendAmt: optional(found.MaxAmount, currency),
				MinVendAmt: optional(found.MinAmount, currency),
			},
		}
		if found.Meter != nil {
			detail := meterDetail(*found.Meter, meter)
			result.MeterDetail = &detail
		}
		resp.Results = append(resp.Results, result)
	}
	return resp, nil
}
