package xmlvend

// VerifyReq asks for an issued token to be decoded.
type VerifyReq struct {
	RequestHeader
	Token Token
	Meter MeterIdentifier
}

func (*VerifyReq) Element() QName { return revenue("verifyReq") }
func (*VerifyReq) Type() QName    { return revenue("VerifyReq") }

// VerifyResp brings the transaction of a token and what the token says.
type VerifyResp struct {
	VendResponseHeader
	Tx        CreditVendTx
	TokenInfo TokenInfo
}

func (*VerifyResp) Element() QName { return revenue("verifyResp") }
func (*VerifyResp) Type() QName    { return revenue("VerifyResp") }

func init() {
	register(VerifyReq{})
	register(VerifyResp{})
}

func (m *VerifyReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.Token = d.token(c.one(revenue("token")))
	m.Meter = d.vendIDMethod(c.one(revenue("idMethod")))
	c.done()
}

func (m *VerifyReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.token("r:token", m.Token)
	e.vendIDMethod("r:idMethod", m.Meter)
}

func (m *VerifyResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	m.Tx = *d.creditVendTx(c.one(revenue("creditVendTx")))
	m.TokenInfo = d.tokenInfo(c.one(revenue("tokenInfo")))
	c.done()
}

func (m *VerifyResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	e.creditVendTx("r:creditVendTx", &m.Tx)
	e.tokenInfo("r:tokenInfo", m.TokenInfo)
}
