package xmlvend

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
