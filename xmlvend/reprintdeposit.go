package xmlvend

// ReprintDepositReq asks for the last deposit slips; the server decides how many.
type ReprintDepositReq struct{ RequestHeader }

func (*ReprintDepositReq) Element() QName { return revenue("reprintDepReq") }
func (*ReprintDepositReq) Type() QName    { return revenue("ReprintDepositReq") }

// ReprintDepositResp brings earlier deposit responses, one at least.
type ReprintDepositResp struct {
	ResponseHeader
	Reprints []DepositResp
}

func (*ReprintDepositResp) Element() QName { return revenue("reprintDepResp") }
func (*ReprintDepositResp) Type() QName    { return revenue("ReprintDepositResp") }
