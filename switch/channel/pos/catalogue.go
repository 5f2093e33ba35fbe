package pos

import (
	"context"
	"regexp"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("catalogue", (*exchange).catalogue) }

// catalogue lists what the client may sell.
func (x *exchange) catalogue(ctx context.Context, _ *xmlvend.CatalogueReq) (xmlvend.Response, error) {
	items, err := x.sells.Catalogue(ctx, x.caller, x.request)
	if err != nil {
		return nil, err
	}
	return x.printer.catalogue(x.header(), items), nil
}

// productCode is what a request can ask for; a product whose code is different
// cannot be sold here, and is not shown.
var productCode = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._\-]{0,31}$`)

// unlimited is shown as the most that may be asked for of a product that has no
// limit, in minor units.
const unlimited = 999_999_99

func (p printer) catalogue(head xmlvend.ResponseHeader, items []vending.CatalogueItem) *xmlvend.CatalogueResp {
	head.DispHeader = "CATALOGUE"
	resp := &xmlvend.CatalogueResp{ResponseHeader: head}
	for _, item := range items {
		if !productCode.MatchString(item.Code) {
			continue
		}
		product := xmlvend.CatalogueProduct{
			Product: xmlvend.Product{Code: item.Code, Name: productName(item.Code, item.Name)},
		}
		switch item.Kind {
		case vending.KindVoucher:
			product.Kind, product.Price = xmlvend.VoucherProduct, optional(&item.Face, item.Currency)
		case vending.KindElectricity:
			most := item.Max
			if most == 0 {
				most = unlimited
			}
			product.Kind = xmlvend.ElectricityProduct
			product.Range = &xmlvend.PriceRange{Min: money(max(item.Min, 1), item.Currency), Max: money(most, item.Currency)}
		default:
			continue
		}
		resp.Products = append(resp.Products, product)
	}
	return resp
}
