package xmlvend

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
