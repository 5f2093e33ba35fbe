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
