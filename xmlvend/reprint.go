package xmlvend

// ReprintReq asks for earlier responses for a meter or customer; the server
// decides how many.
type ReprintReq struct {
	RequestHeader
	ID IDMethod
}

func (*ReprintReq) Element() QName { return revenue("reprintReq") }
func (*ReprintReq) Type() QName    { return revenue("ReprintReq") }

// ReprintResp brings earlier responses, one at least; none is a fault, [ReprintEx].
type ReprintResp struct {
	ResponseHeader
	Reprints []VendResponse
}

func (*ReprintResp) Element() QName { return revenue("reprintResp") }
func (*ReprintResp) Type() QName    { return revenue("ReprintResp") }

func init() {
	register(ReprintReq{})
	register(ReprintResp{})
}

func (m *ReprintReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.ID = d.idMethod(c.one(revenue("idMethod")))
	c.done()
}

func (m *ReprintReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.idMethod("r:idMethod", m.ID)
}

func (m *ReprintResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	c.some(revenue("reprint"), func(n ref) {
		r, ok := d.nested(n, base("BaseVendResp")).(VendResponse)
		if !ok {
			d.fail(n, "not a response to a vend")
			return
		}
		m.Reprints = append(m.Reprints, r)
	})
	c.done()
}

func (m *ReprintResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	for _, r := range m.Reprints {
		e.nested("r:reprint", r, base("BaseVendResp"))
	}
}
