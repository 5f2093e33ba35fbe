package xmlvend

// ReprintDepositReq asks for the last deposit slips; the server decides how many.
type ReprintDepositReq struct{ RequestHeader }

func (*ReprintDepositReq) Element() QName { return revenue("reprintDepReq") }
func (*ReprintDepositReq) Type() QName    { return revenue("ReprintDepositReq") }

// ReprintDepositResp brings earlier deposit responses, one at least.
type ReprintDepositResp struct {
	ResponseHeader
	Reprints []DepositResp
}

func (*ReprintDepositResp) Element() QName { return revenue("reprintDepResp") }
func (*ReprintDepositResp) Type() QName    { return revenue("ReprintDepositResp") }

func init() {
	register(ReprintDepositReq{})
	register(ReprintDepositResp{})
}

func (m *ReprintDepositReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *ReprintDepositReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (m *ReprintDepositResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	c.some(revenue("reprint"), func(n ref) {
		var r DepositResp
		r.decode(d, n)
		m.Reprints = append(m.Reprints, r)
	})
	c.done()
}

func (m *ReprintDepositResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	for i := range m.Reprints {
		e.start("r:reprint")
		m.Reprints[i].encode(e)
		e.end("r:reprint")
	}
}
