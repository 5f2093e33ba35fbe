package xmlvend

// CatalogueReq asks what the client may sell
// (extension urn:vendswitch:xmlvend:evd:1.0).
type CatalogueReq struct{ RequestHeader }

func (*CatalogueReq) Element() QName { return voucher("catalogueReq") }
func (*CatalogueReq) Type() QName    { return voucher("CatalogueReq") }

// CatalogueResp lists what the client may sell; it may be nothing.
type CatalogueResp struct {
	ResponseHeader
	Products []CatalogueProduct
}

func (*CatalogueResp) Element() QName { return voucher("catalogueResp") }
func (*CatalogueResp) Type() QName    { return voucher("CatalogueResp") }

// ProductKind says how a product is delivered, and so which request sells it.
type ProductKind string

// The kinds of product.
const (
	VoucherProduct     ProductKind = "voucher"     // voucherVendReq
	AirtimeProduct     ProductKind = "airtime"     // credited straight to a telephone
	ElectricityProduct ProductKind = "electricity" // creditVendReq
	WaterProduct       ProductKind = "water"       // creditVendReq
	GasProduct         ProductKind = "gas"         // creditVendReq
	BillProduct        ProductKind = "bill"        // payAccReq
)

// CatalogueProduct is one product and what it costs: one price or a range.
type CatalogueProduct struct {
	Product
	Kind  ProductKind
	Price *Currency   // nil when Range is set
	Range *PriceRange // nil when Price is set
}

// PriceRange holds the least and the most that may be asked for.
type PriceRange struct{ Min, Max Currency }
