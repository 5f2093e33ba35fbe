package xmlvend

// VendorStatementReq asks for the last entries of the vendor's account; the
// server decides how many.
type VendorStatementReq struct{ RequestHeader }

func (*VendorStatementReq) Element() QName { return revenue("vendorStatementReq") }
func (*VendorStatementReq) Type() QName    { return revenue("VendorStatementReq") }

// VendorStatementResp brings the statement.
type VendorStatementResp struct {
	ResponseHeader
	AccNo       string
	AccBal      Currency
	AvailCredit Currency
	Lines       []VendorStatementLine
}

// VendorStatementLine is one entry of a vendor's account.
type VendorStatementLine struct {
	Desc        string
	Amt         Currency
	AppliedDate DateTime
}

func (*VendorStatementResp) Element() QName { return revenue("vendorStatementResp") }
func (*VendorStatementResp) Type() QName    { return revenue("VendorStatementResp") }

func init() {
	register(VendorStatementReq{})
	register(VendorStatementResp{})
}

func (m *VendorStatementReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *VendorStatementReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (m *VendorStatementResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	s := d.seq(c.one(revenue("statement")))
	m.AccNo = d.str(s.one(revenue("accNo")))
	m.AccBal = d.currency(s.one(revenue("accBal")))
	m.AvailCredit = d.currency(s.one(revenue("availCredit")))
	s.all(revenue("lineItem"), func(n ref) {
		c := d.seq(n)
		m.Lines = append(m.Lines, VendorStatementLine{
			Desc:        d.str(c.one(revenue("desc"))),
			Amt:         d.currency(c.one(revenue("amt"))),
			AppliedDate: DateTime(d.collapsed(c.one(revenue("appliedDate")))),
		})
		c.done()
	})
	s.done()
	c.done()
}

func (m *VendorStatementResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.start("r:statement")
	e.leaf("r:accNo", m.AccNo)
	e.currency("r:accBal", m.AccBal)
	e.currency("r:availCredit", m.AvailCredit)
	for _, l := range m.Lines {
		e.start("r:lineItem")
		e.msg("r:desc", l.Desc)
		e.currency("r:amt", l.Amt)
		e.leaf("r:appliedDate", string(l.AppliedDate))
		e.end("r:lineItem")
	}
	e.end("r:statement")
}
