package xmlvend

// FreeIssueReq asks for a free token for a purpose.
type FreeIssueReq struct{ VendRequestHeader }

func (*FreeIssueReq) Element() QName { return revenue("freeIssueReq") }
func (*FreeIssueReq) Type() QName    { return revenue("FreeIssueReq") }

// FreeIssueResp brings the token.
type FreeIssueResp struct{ CreditVendResp }

func (*FreeIssueResp) Element() QName { return revenue("freeIssueResp") }
func (*FreeIssueResp) Type() QName    { return revenue("FreeIssueResp") }

func init() {
	register(FreeIssueReq{})
	registerDerived(FreeIssueResp{}, &CreditVendResp{})
}

func (m *FreeIssueReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendRequestHeader(&c, &m.VendRequestHeader)
	c.done()
}

func (m *FreeIssueReq) encode(e *encoder) { e.vendRequestHeader(&m.VendRequestHeader) }
