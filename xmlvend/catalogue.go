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

func init() {
	register(CatalogueReq{})
	register(CatalogueResp{})
}

func (m *CatalogueReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *CatalogueReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (m *CatalogueResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	c.all(voucher("product"), func(n ref) {
		c := d.seq(n)
		p := CatalogueProduct{
			Product: d.product(n),
			Kind:    ProductKind(d.must(n, "kind")),
			Price:   d.currencyOpt(c.opt(voucher("price"))),
		}
		if p.Price == nil {
			r := d.seq(c.one(voucher("priceRange")))
			p.Range = &PriceRange{Min: d.currency(r.one(voucher("min"))), Max: d.currency(r.one(voucher("max")))}
			r.done()
		}
		c.done()
		m.Products = append(m.Products, p)
	})
	c.done()
}

func (m *CatalogueResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	for i := range m.Products {
		p := &m.Products[i]
		e.start("v:product")
		e.attr("code", p.Code)
		e.attr("name", p.Name)
		e.attr("kind", string(p.Kind))
		e.currencyOpt("v:price", p.Price)
		if p.Range != nil {
			e.start("v:priceRange")
			e.currency("v:min", p.Range.Min)
			e.currency("v:max", p.Range.Max)
			e.end("v:priceRange")
		}
		e.end("v:product")
	}
}
