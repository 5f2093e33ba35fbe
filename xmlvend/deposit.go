package xmlvend

// DepositReq asks for a deposit slip covering the sales since the last one.
type DepositReq struct{ RequestHeader }

func (*DepositReq) Element() QName { return revenue("depositReq") }
func (*DepositReq) Type() QName    { return revenue("DepositReq") }

// DepositSlip says how much to bank, and where.
type DepositSlip struct {
	BankingRefNo string
	Header       string // optional
	Amt          Currency
	Beneficiary  *Beneficiary // optional
}

// Beneficiary is the account to bank into.
type Beneficiary struct {
	AccName, AccNo, BranchCode, BankName, BankRegNo string
}

// DepositResp brings the slip.
type DepositResp struct {
	ResponseHeader
	Slip DepositSlip
}

func (*DepositResp) Element() QName { return revenue("depositResp") }
func (*DepositResp) Type() QName    { return revenue("DepositResp") }

func init() {
	register(DepositReq{})
	register(DepositResp{})
}

func (m *DepositReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *DepositReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (d *decoder) depositSlip(n ref) DepositSlip {
	c := d.seq(n)
	s := DepositSlip{
		BankingRefNo: d.must(n, "bankingRefNo"),
		Header:       d.str(c.opt(revenue("header"))),
		Amt:          d.currency(c.one(revenue("amt"))),
	}
	if n := c.opt(revenue("beneficiary")); n != none {
		s.Beneficiary = &Beneficiary{
			AccName: d.must(n, "accName"), AccNo: d.must(n, "accNo"), BranchCode: d.must(n, "branchCode"),
			BankName: d.must(n, "bankName"), BankRegNo: d.must(n, "bankRegNo"),
		}
	}
	c.done()
	return s
}

func (e *encoder) depositSlip(name string, s *DepositSlip) {
	e.start(name)
	e.attr("bankingRefNo", s.BankingRefNo)
	e.msgOpt("r:header", s.Header)
	e.currency("r:amt", s.Amt)
	if b := s.Beneficiary; b != nil {
		e.start("r:beneficiary")
		e.attr("accName", b.AccName)
		e.attr("accNo", b.AccNo)
		e.attr("branchCode", b.BranchCode)
		e.attr("bankName", b.BankName)
		e.attr("bankRegNo", b.BankRegNo)
		e.end("r:beneficiary")
	}
	e.end(name)
}

func (m *DepositResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	m.Slip = d.depositSlip(c.one(revenue("depSlip")))
	c.done()
}

func (m *DepositResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.depositSlip("r:depSlip", &m.Slip)
}
