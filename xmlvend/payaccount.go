package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// PayAccount names an account to pay towards.
type PayAccount struct {
	Kind AccountKind
	Desc string // optional
	ID   IDMethod
}

// PayAccReq pays a debt, a service charge or another account.
type PayAccReq struct {
	RequestHeader
	ReqAmt  Currency
	PayType PayType // optional
	Account PayAccount
}

func (*PayAccReq) Element() QName { return revenue("payAccReq") }
func (*PayAccReq) Type() QName    { return revenue("PayAccReq") }

// PayAccResp brings the receipt of an account payment.
type PayAccResp struct {
	VendResponseHeader
	Receipt PayAccReceipt
}

func (*PayAccResp) Element() QName { return revenue("payAccResp") }
func (*PayAccResp) Type() QName    { return revenue("PayAccResp") }

func init() {
	register(PayAccReq{})
	register(PayAccResp{})
}

// payAccount reads an element declared as PayAccount.
func (d *decoder) payAccount(n ref) PayAccount {
	var a PayAccount
	switch kind := d.kind(n, schemas.NSRevenue, "PayAccount"); kind {
	case "PayAccount":
	case string(AccountDebtRecovery), string(AccountServiceCharge):
		a.Kind = AccountKind(kind)
	default:
		d.alien(n)
	}
	c := d.seq(n)
	a.Desc = d.str(c.opt(revenue("desc")))
	a.ID = d.idMethod(c.one(revenue("idMethod")))
	c.done()
	return a
}

func (e *encoder) payAccount(name string, a PayAccount) {
	e.start(name)
	if a.Kind != AccountOther {
		e.revenueType(string(a.Kind))
	}
	e.msgOpt("r:desc", a.Desc)
	e.idMethod("r:idMethod", a.ID)
	e.end(name)
}

func (m *PayAccReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.ReqAmt = d.currency(c.one(revenue("reqAmt")))
	m.PayType = d.payType(c.opt(revenue("payType")))
	m.Account = d.payAccount(c.one(revenue("payAccount")))
	c.done()
}

func (m *PayAccReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.currency("r:reqAmt", m.ReqAmt)
	e.payType("r:payType", m.PayType)
	e.payAccount("r:payAccount", m.Account)
}

func (m *PayAccResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	rn := c.one(revenue("payAccReceipt"))
	rc := d.seq(rn)
	m.Receipt.Receipt = d.receipt(rn, &rc)
	m.Receipt.MeterDetail = d.meterDetailOpt(rc.opt(revenue("meterDetail")))
	rc.done()
	c.done()
}

func (m *PayAccResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	e.start("r:payAccReceipt")
	e.receipt(&m.Receipt.Receipt)
	e.meterDetailOpt("r:meterDetail", m.Receipt.MeterDetail)
	e.end("r:payAccReceipt")
}
