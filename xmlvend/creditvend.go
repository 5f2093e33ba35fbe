package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// PurchaseValue is what a customer wants to buy: an amount or a number of units.
type PurchaseValue interface{ purchaseValue() }

// PurchaseValueCurrency buys for an amount, taxes included.
type PurchaseValueCurrency struct{ Amt Currency }

// PurchaseValueUnits buys a number of units.
type PurchaseValueUnits struct{ Units Units }

func (PurchaseValueCurrency) purchaseValue() {}
func (PurchaseValueUnits) purchaseValue()    {}

// CreditVendReq asks for a credit token.
type CreditVendReq struct {
	VendRequestHeader
	PurchaseValue PurchaseValue
	PayType       PayType // optional
}

func (*CreditVendReq) Element() QName { return revenue("creditVendReq") }
func (*CreditVendReq) Type() QName    { return revenue("CreditVendReq") }

// CreditVendResp brings the token and its receipt.
type CreditVendResp struct {
	VendResponseHeader
	Receipt Receipt
}

func (*CreditVendResp) Element() QName { return revenue("creditVendResp") }
func (*CreditVendResp) Type() QName    { return revenue("CreditVendResp") }

// CreditReceipt returns the receipt; every response that issues credit has one.
func (m *CreditVendResp) CreditReceipt() *Receipt { return &m.Receipt }

// CreditResponse is a response that issues credit: to a vend, a trial, a free
// basic electricity or a free issue request.
type CreditResponse interface {
	VendResponse
	CreditReceipt() *Receipt
}

func init() {
	register(CreditVendReq{})
	register(CreditVendResp{})
}

// purchase reads what vend and trial requests hold beside the header.
func (d *decoder) purchase(n ref, h *VendRequestHeader) (v PurchaseValue, p PayType) {
	c := d.seq(n)
	d.vendRequestHeader(&c, h)
	v = d.purchaseValue(c.one(revenue("purchaseValue")))
	p = d.payType(c.opt(revenue("payType")))
	c.done()
	return v, p
}

func (e *encoder) purchase(h *VendRequestHeader, v PurchaseValue, p PayType) {
	e.vendRequestHeader(h)
	e.purchaseValue("r:purchaseValue", v)
	e.payType("r:payType", p)
}

// purchaseValue reads an element declared as PurchaseValue, which is abstract.
func (d *decoder) purchaseValue(n ref) PurchaseValue {
	if n == none {
		return nil
	}
	c := d.seq(n)
	defer c.done()
	switch d.kind(n, schemas.NSRevenue, "") {
	case "PurchaseValueCurrency":
		return PurchaseValueCurrency{Amt: d.currency(c.one(revenue("amt")))}
	case "PurchaseValueUnits":
		return PurchaseValueUnits{Units: d.units(c.one(revenue("units")))}
	}
	d.alien(n)
	return nil
}

func (e *encoder) purchaseValue(name string, v PurchaseValue) {
	e.start(name)
	switch v := v.(type) {
	case PurchaseValueCurrency:
		e.revenueType("PurchaseValueCurrency")
		e.currency("r:amt", v.Amt)
	case PurchaseValueUnits:
		e.revenueType("PurchaseValueUnits")
		e.units("r:units", v.Units)
	}
	e.end(name)
}

func (m *CreditVendReq) decode(d *decoder, n ref) {
	m.PurchaseValue, m.PayType = d.purchase(n, &m.VendRequestHeader)
}

func (m *CreditVendReq) encode(e *encoder) {
	e.purchase(&m.VendRequestHeader, m.PurchaseValue, m.PayType)
}

func (m *CreditVendResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	rn := c.one(revenue("creditVendReceipt"))
	rc := d.seq(rn)
	m.Receipt = d.receipt(rn, &rc)
	rc.done()
	c.done()
}

func (m *CreditVendResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	e.start("r:creditVendReceipt")
	e.receipt(&m.Receipt)
	e.end("r:creditVendReceipt")
}
