package xmlvend

// VoucherReprintReq asks for a copy of the receipt of a sale of vouchers
// (extension urn:vendswitch:xmlvend:evd:1.0).
type VoucherReprintReq struct {
	RequestHeader
	ReceiptNo string
}

func (*VoucherReprintReq) Element() QName { return voucher("voucherReprintReq") }
func (*VoucherReprintReq) Type() QName    { return voucher("VoucherReprintReq") }

// VoucherReprintResp brings the sale once more, marked as a copy.
type VoucherReprintResp struct {
	VoucherVendResp
	SoldAt DateTime // when the sale was made
}

func (*VoucherReprintResp) Element() QName { return voucher("voucherReprintResp") }
func (*VoucherReprintResp) Type() QName    { return voucher("VoucherReprintResp") }

func init() {
	register(VoucherReprintReq{})
	registerDerived(VoucherReprintResp{}, &VoucherVendResp{})
}

func (m *VoucherReprintReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.ReceiptNo = d.str(c.one(voucher("receiptNo")))
	c.done()
}

func (m *VoucherReprintReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.leaf("v:receiptNo", m.ReceiptNo)
}

func (m *VoucherReprintResp) decode(d *decoder, n ref) {
	if !d.boolean(n, d.must(n, "copy")) {
		d.fail(n, "copy is not true")
	}
	c := d.seq(n)
	d.voucherResp(&c, &m.VoucherVendResp)
	m.SoldAt = DateTime(d.collapsed(c.one(voucher("soldAt"))))
	c.done()
}

func (m *VoucherReprintResp) encode(e *encoder) {
	e.attr("copy", "true")
	m.VoucherVendResp.encode(e)
	e.leaf("v:soldAt", string(m.SoldAt))
}
