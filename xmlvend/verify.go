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
