package xmlvend

// Advice is a request about an earlier request.
type Advice interface {
	Request
	// Advised is the message id of the earlier request.
	Advised() MsgID
}

// AdviceHeader is what every advice request starts with (AdviceReq).
type AdviceHeader struct {
	RequestHeader
	AdviceReqMsgID MsgID // of the earlier request
}

// Advised returns AdviceReqMsgID.
func (h *AdviceHeader) Advised() MsgID { return h.AdviceReqMsgID }

// ConfirmationAdviceReq tells the server that the client completed the use case.
type ConfirmationAdviceReq struct {
	AdviceHeader
	PayType PayType // the way of paying finally used; optional
}

// ReversalAdviceReq asks the server to undo a request.
type ReversalAdviceReq struct{ AdviceHeader }

// LastRespAdviceReq asks the server for its response to a request once more.
type LastRespAdviceReq struct{ AdviceHeader }

// AdviceRespHeader is what every advice response starts with (AdviceResp).
type AdviceRespHeader struct {
	ResponseHeader
	AdviceReqMsgID MsgID // of the earlier request
}

// ConfirmationAdviceResp answers a ConfirmationAdviceReq.
type ConfirmationAdviceResp struct {
	AdviceRespHeader
	TxConfirmed bool
}

// ReversalAdviceResp answers a ReversalAdviceReq.
type ReversalAdviceResp struct {
	AdviceRespHeader
	TxReversed bool
}

// LastRespAdviceResp carries the whole stored response, with its own header.
type LastRespAdviceResp struct {
	AdviceRespHeader
	LastResponse Response
}

func (*ConfirmationAdviceReq) Element() QName  { return base("adviceReq") }
func (*ConfirmationAdviceReq) Type() QName     { return base("ConfirmationAdviceReq") }
func (*ReversalAdviceReq) Element() QName      { return base("adviceReq") }
func (*ReversalAdviceReq) Type() QName         { return base("ReversalAdviceReq") }
func (*LastRespAdviceReq) Element() QName      { return base("adviceReq") }
func (*LastRespAdviceReq) Type() QName         { return base("LastRespAdviceReq") }
func (*ConfirmationAdviceResp) Element() QName { return base("adviceResp") }
func (*ConfirmationAdviceResp) Type() QName    { return base("ConfirmationAdviceResp") }
func (*ReversalAdviceResp) Element() QName     { return base("adviceResp") }
func (*ReversalAdviceResp) Type() QName        { return base("ReversalAdviceResp") }
func (*LastRespAdviceResp) Element() QName     { return base("adviceResp") }
func (*LastRespAdviceResp) Type() QName        { return base("LastRespAdviceResp") }

func init() {
	registerVariant(ConfirmationAdviceReq{})
	registerVariant(ConfirmationAdviceResp{})
	registerVariant(ReversalAdviceReq{})
	registerVariant(ReversalAdviceResp{})
	registerVariant(LastRespAdviceReq{})
	registerVariant(LastRespAdviceResp{})
}

func (d *decoder) adviceHeader(c *cursor, h *AdviceHeader) {
	d.requestHeader(c, &h.RequestHeader)
	h.AdviceReqMsgID = d.msgID(c.one(base("adviceReqMsgID")))
}

func (e *encoder) adviceHeader(h *AdviceHeader) {
	e.requestHeader(&h.RequestHeader)
	e.msgID("b:adviceReqMsgID", h.AdviceReqMsgID)
}

func (d *decoder) adviceRespHeader(c *cursor, h *AdviceRespHeader) {
	d.responseHeader(c, &h.ResponseHeader)
	h.AdviceReqMsgID = d.msgID(c.one(base("adviceReqMsgID")))
}

func (e *encoder) adviceRespHeader(h *AdviceRespHeader) {
	e.responseHeader(&h.ResponseHeader)
	e.msgID("b:adviceReqMsgID", h.AdviceReqMsgID)
}

func (m *ConfirmationAdviceReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.adviceHeader(&c, &m.AdviceHeader)
	m.PayType = d.payType(c.opt(base("payType")))
	c.done()
}

func (m *ConfirmationAdviceReq) encode(e *encoder) {
	e.adviceHeader(&m.AdviceHeader)
	e.payType("b:payType", m.PayType)
}

func (m *ReversalAdviceReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.adviceHeader(&c, &m.AdviceHeader)
	c.done()
}

func (m *ReversalAdviceReq) encode(e *encoder) { e.adviceHeader(&m.AdviceHeader) }

func (m *LastRespAdviceReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.adviceHeader(&c, &m.AdviceHeader)
	c.done()
}

func (m *LastRespAdviceReq) encode(e *encoder) { e.adviceHeader(&m.AdviceHeader) }

func (m *ConfirmationAdviceResp) decode(d *decoder, n ref) {
	m.TxConfirmed = d.boolean(n, d.must(n, "txConfirmed"))
	c := d.seq(n)
	d.adviceRespHeader(&c, &m.AdviceRespHeader)
	c.done()
}

func (m *ConfirmationAdviceResp) encode(e *encoder) {
	e.attr("txConfirmed", boolText(m.TxConfirmed))
	e.adviceRespHeader(&m.AdviceRespHeader)
}

func (m *ReversalAdviceResp) decode(d *decoder, n ref) {
	m.TxReversed = d.boolean(n, d.must(n, "txReversed"))
	c := d.seq(n)
	d.adviceRespHeader(&c, &m.AdviceRespHeader)
	c.done()
}

func (m *ReversalAdviceResp) encode(e *encoder) {
	e.attr("txReversed", boolText(m.TxReversed))
	e.adviceRespHeader(&m.AdviceRespHeader)
}

func (m *LastRespAdviceResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.adviceRespHeader(&c, &m.AdviceRespHeader)
	m.LastResponse = d.nested(c.one(base("lastResponse")), base("BaseResp"))
	c.done()
}

func (m *LastRespAdviceResp) encode(e *encoder) {
	e.adviceRespHeader(&m.AdviceRespHeader)
	e.nested("b:lastResponse", m.LastResponse, base("BaseResp"))
}
