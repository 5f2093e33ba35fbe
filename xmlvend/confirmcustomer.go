package xmlvend

// ConfirmCustomerReq looks customers up by meter, or by what is known of them.
type ConfirmCustomerReq struct {
	RequestHeader
	ID IDMethod
}

func (*ConfirmCustomerReq) Element() QName { return revenue("confirmCustomerReq") }
func (*ConfirmCustomerReq) Type() QName    { return revenue("ConfirmCustomerReq") }

// ConfirmCustomerResp lists the customers found, one at least; finding none is
// a fault, [ConfirmCustomerEx].
type ConfirmCustomerResp struct {
	ResponseHeader
	Results []ConfirmCustResult
}

// ConfirmCustResult is one customer found.
type ConfirmCustResult struct {
	Customer    CustVendDetail
	Config      CustVendConfig
	MeterDetail *MeterDetail // optional
}

// CustVendConfig says what may be sold to a customer.
type CustVendConfig struct {
	CanVend    bool
	FBEDue     *bool     // free basic electricity may be had; optional
	MaxVendAmt *Currency // optional
	MinVendAmt *Currency // optional
}

func (*ConfirmCustomerResp) Element() QName { return revenue("confirmCustomerResp") }
func (*ConfirmCustomerResp) Type() QName    { return revenue("ConfirmCustomerResp") }

func init() {
	register(ConfirmCustomerReq{})
	register(ConfirmCustomerResp{})
}

func (m *ConfirmCustomerReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.ID = d.idMethod(c.one(revenue("idMethod")))
	c.done()
}

func (m *ConfirmCustomerReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.idMethod("r:idMethod", m.ID)
}

func (m *ConfirmCustomerResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	c.some(revenue("confirmCustResult"), func(n ref) {
		c := d.seq(n)
		m.Results = append(m.Results, ConfirmCustResult{
			Customer:    d.custVendDetail(c.one(revenue("custVendDetail"))),
			Config:      d.custVendConfig(c.one(revenue("custVendConfig"))),
			MeterDetail: d.meterDetailOpt(c.opt(revenue("meterDetail"))),
		})
		c.done()
	})
	c.done()
}

func (d *decoder) custVendConfig(n ref) CustVendConfig {
	c := d.seq(n)
	can := c.one(revenue("canVend"))
	v := CustVendConfig{
		CanVend:    d.boolean(can, d.str(can)),
		FBEDue:     d.maybe(c.opt(revenue("fbeDue"))),
		MaxVendAmt: d.currencyOpt(c.opt(revenue("maxVendAmt"))),
		MinVendAmt: d.currencyOpt(c.opt(revenue("minVendAmt"))),
	}
	c.done()
	return v
}

func (m *ConfirmCustomerResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	for i := range m.Results {
		r := &m.Results[i]
		e.start("r:confirmCustResult")
		e.custVendDetail("r:custVendDetail", r.Customer)
		e.start("r:custVendConfig")
		e.leaf("r:canVend", boolText(r.Config.CanVend))
		e.boolOpt("r:fbeDue", r.Config.FBEDue)
		e.currencyOpt("r:maxVendAmt", r.Config.MaxVendAmt)
		e.currencyOpt("r:minVendAmt", r.Config.MinVendAmt)
		e.end("r:custVendConfig")
		e.meterDetailOpt("r:meterDetail", r.MeterDetail)
		e.end("r:confirmCustResult")
	}
}
