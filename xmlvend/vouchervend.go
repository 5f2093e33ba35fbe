package xmlvend

import "strconv"

// maxInstructions is the length in characters of a voucher's instructions.
const maxInstructions = 1000

// VoucherVendReq asks for vouchers of one product from stock: airtime, for one
// (extension urn:vendswitch:xmlvend:evd:1.0).
type VoucherVendReq struct {
	RequestHeader
	ProductCode string // 1 to 32 characters
	Quantity    int    // 1 to 10
	Recipient   string // MSISDN the vouchers are to be sent to as well; optional
}

func (*VoucherVendReq) Element() QName { return voucher("voucherVendReq") }
func (*VoucherVendReq) Type() QName    { return voucher("VoucherVendReq") }

// VoucherVendResp brings the vouchers, as [VoucherTx] on the receipt; Utility
// is the supplier of the product.
type VoucherVendResp struct {
	VendResponseHeader
	Receipt Receipt
}

func (*VoucherVendResp) Element() QName { return voucher("voucherVendResp") }
func (*VoucherVendResp) Type() QName    { return voucher("VoucherVendResp") }

// VoucherTx is a movement that sold vouchers of one product.
type VoucherTx struct {
	TxCommon
	Product  Product
	Vouchers []Voucher // 1 to 10
}

// Product names a product.
type Product struct {
	Code string // 1 to 32 characters
	Name string // 1 to 80 characters
}

// Voucher is one voucher sold.
type Voucher struct {
	Serial       string // 1 to 40 characters, not a secret
	PIN          Secret // 4 to 40 characters
	FaceValue    Currency
	Expiry       string // xs:date, YYYY-MM-DD, the last day; optional
	Instructions string // how to redeem it, at most 1000 characters; optional
}

func init() {
	register(VoucherVendReq{})
	register(VoucherVendResp{})
	txTypes[voucher("VoucherTx")] = func(d *decoder, n ref) Tx { return d.voucherTx(n) }
}

func (m *VoucherVendReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.ProductCode = d.str(c.one(voucher("productCode")))
	if q := c.one(voucher("quantity")); q != none {
		var err error
		if m.Quantity, err = strconv.Atoi(d.collapsed(q)); err != nil {
			d.fail(q, "%q is not a number of vouchers", d.str(q))
		}
	}
	m.Recipient = d.str(c.opt(voucher("recipient")))
	c.done()
}

func (m *VoucherVendReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.leaf("v:productCode", m.ProductCode)
	e.leaf("v:quantity", strconv.Itoa(m.Quantity))
	e.leafOpt("v:recipient", m.Recipient)
}

func (d *decoder) voucherResp(c *cursor, m *VoucherVendResp) {
	d.vendResponseHeader(c, &m.VendResponseHeader)
	rn := c.one(voucher("voucherVendReceipt"))
	rc := d.seq(rn)
	m.Receipt = d.receipt(rn, &rc)
	rc.done()
}

func (m *VoucherVendResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.voucherResp(&c, m)
	c.done()
}

func (m *VoucherVendResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	e.start("v:voucherVendReceipt")
	e.receipt(&m.Receipt)
	e.end("v:voucherVendReceipt")
}

func (d *decoder) product(n ref) Product {
	return Product{Code: d.must(n, "code"), Name: d.must(n, "name")}
}

func (d *decoder) voucherTx(n ref) *VoucherTx {
	c := d.seq(n)
	t := &VoucherTx{TxCommon: d.txCommon(n, &c), Product: d.product(c.one(voucher("product")))}
	c.some(voucher("voucher"), func(n ref) {
		c := d.seq(n)
		t.Vouchers = append(t.Vouchers, Voucher{
			Serial:       d.str(c.one(voucher("serial"))),
			PIN:          Secret(d.str(c.one(voucher("pin")))),
			FaceValue:    d.currency(c.one(voucher("faceValue"))),
			Expiry:       d.collapsed(c.opt(voucher("expiry"))),
			Instructions: d.str(c.opt(voucher("instructions"))),
		})
		c.done()
	})
	c.done()
	return t
}

func (t *VoucherTx) encode(e *encoder, _ QName) {
	e.xsiType(voucher("VoucherTx"))
	e.txCommon(&t.TxCommon)
	e.start("v:product")
	e.attr("code", t.Product.Code)
	e.attr("name", t.Product.Name)
	e.end("v:product")
	for i := range t.Vouchers {
		v := &t.Vouchers[i]
		e.start("v:voucher")
		e.leaf("v:serial", v.Serial)
		e.leaf("v:pin", v.PIN.Reveal())
		e.currency("v:faceValue", v.FaceValue)
		e.leafOpt("v:expiry", v.Expiry)
		e.leafOpt("v:instructions", clip(v.Instructions, maxInstructions))
		e.end("v:voucher")
	}
}
