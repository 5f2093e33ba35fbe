package xmlvend

// ReprintReq asks for earlier responses for a meter or customer; the server
// decides how many.
type ReprintReq struct {
	RequestHeader
	ID IDMethod
}

func (*ReprintReq) Element() QName { return revenue("reprintReq") }
func (*ReprintReq) Type() QName    { return revenue("ReprintReq") }

// ReprintResp brings earlier responses, one at least; none is a fault, [ReprintEx].
type ReprintResp struct {
	ResponseHeader
	Reprints []VendResponse
}

func (*ReprintResp) Element() QName { return revenue("reprintResp") }
func (*ReprintResp) Type() QName    { return revenue("ReprintResp") }
