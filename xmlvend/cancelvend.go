package xmlvend

// CancelVendReq asks to cancel a vend: only for meters with magnetic card
// tokens, and only where reprinting is disabled.
type CancelVendReq struct {
	VendRequestHeader
	Token Token
}

func (*CancelVendReq) Element() QName { return revenue("cancelVendReq") }
func (*CancelVendReq) Type() QName    { return revenue("CancelVendReq") }

// CancelVendResp brings the transaction that was cancelled.
type CancelVendResp struct {
	VendResponseHeader
	CancelRefNo string // optional
	OrigTx      CreditVendTx
}

func (*CancelVendResp) Element() QName { return revenue("cancelVendResp") }
func (*CancelVendResp) Type() QName    { return revenue("CancelVendResp") }

func init() {
	register(CancelVendReq{})
	register(CancelVendResp{})
}

func (m *CancelVendReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendRequestHeader(&c, &m.VendRequestHeader)
	m.Token = d.token(c.one(revenue("token")))
	c.done()
}

func (m *CancelVendReq) encode(e *encoder) {
	e.vendRequestHeader(&m.VendRequestHeader)
	e.token("r:token", m.Token)
}

func (m *CancelVendResp) decode(d *decoder, n ref) {
	m.CancelRefNo = d.may(n, "cancelRefNo")
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	m.OrigTx = *d.creditVendTx(c.one(revenue("origTx")))
	c.done()
}

func (m *CancelVendResp) encode(e *encoder) {
	e.attrOpt("cancelRefNo", m.CancelRefNo)
	e.vendResponseHeader(&m.VendResponseHeader)
	e.creditVendTx("r:origTx", &m.OrigTx)
}
