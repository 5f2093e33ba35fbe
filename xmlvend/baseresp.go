package xmlvend

// BaseResp is a response of which nothing but the header is given. It occurs
// only inside a [LastRespAdviceResp], where the schema allows it.
type BaseResp struct{ ResponseHeader }

// Element returns the zero name: no element has this type.
func (*BaseResp) Element() QName { return QName{} }
func (*BaseResp) Type() QName    { return base("BaseResp") }

// BaseVendResp is a response of which nothing but the vend header is given. It
// occurs only inside a [ReprintResp] or a [LastRespAdviceResp], where the schema
// allows it.
type BaseVendResp struct{ VendResponseHeader }

// Element returns the zero name: no element has this type.
func (*BaseVendResp) Element() QName { return QName{} }
func (*BaseVendResp) Type() QName    { return base("BaseVendResp") }

func init() {
	registerVariant(BaseResp{})
	registerVariant(BaseVendResp{})
}

func (m *BaseResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	c.done()
}

func (m *BaseResp) encode(e *encoder) { e.responseHeader(&m.ResponseHeader) }

func (m *BaseVendResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	c.done()
}

func (m *BaseVendResp) encode(e *encoder) { e.vendResponseHeader(&m.VendResponseHeader) }
