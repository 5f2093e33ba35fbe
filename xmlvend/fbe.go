package xmlvend

// FBEReq asks for a free basic electricity token.
type FBEReq struct{ VendRequestHeader }

func (*FBEReq) Element() QName { return revenue("fbeReq") }
func (*FBEReq) Type() QName    { return revenue("FBEReq") }

// FBEResp brings the token; its amount is 0.
type FBEResp struct{ CreditVendResp }

func (*FBEResp) Element() QName { return revenue("fbeResp") }
func (*FBEResp) Type() QName    { return revenue("FBEResp") }
