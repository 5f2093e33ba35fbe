package xmlvend

// FBEReq asks for a free basic electricity token.
type FBEReq struct{ VendRequestHeader }

func (*FBEReq) Element() QName { return revenue("fbeReq") }
func (*FBEReq) Type() QName    { return revenue("FBEReq") }

// FBEResp brings the token; its amount is 0.
type FBEResp struct{ CreditVendResp }

func (*FBEResp) Element() QName { return revenue("fbeResp") }
func (*FBEResp) Type() QName    { return revenue("FBEResp") }

func init() {
	register(FBEReq{})
	registerDerived(FBEResp{}, &CreditVendResp{})
}

func (m *FBEReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendRequestHeader(&c, &m.VendRequestHeader)
	c.done()
}

func (m *FBEReq) encode(e *encoder) { e.vendRequestHeader(&m.VendRequestHeader) }
