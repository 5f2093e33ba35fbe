package xmlvend

// CancelVendReq asks to cancel a vend: only for meters with magnetic card
// tokens, and only where reprinting is disabled.
type CancelVendReq struct {
	VendRequestHeader
	Token Token
}

func (*CancelVendReq) Element() QName { return revenue("cancelVendReq") }
func (*CancelVendReq) Type() QName    { return revenue("CancelVendReq") }

// CancelVendResp brings the transaction that was cancelled.
type CancelVendResp struct {
	VendResponseHeader
	CancelRefNo string // optional
	OrigTx      CreditVendTx
}

func (*CancelVendResp) Element() QName { return revenue("cancelVendResp") }
func (*CancelVendResp) Type() QName    { return revenue("CancelVendResp") }
