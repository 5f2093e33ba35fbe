package xmlvend

// Advice is a request about an earlier request.
type Advice interface {
	Request
	// Advised is the message id of the earlier request.
	Advised() MsgID
}

// AdviceHeader is what every advice request starts with (AdviceReq).
type AdviceHeader struct {
	RequestHeader
	AdviceReqMsgID MsgID // of the earlier request
}

// Advised returns AdviceReqMsgID.
func (h *AdviceHeader) Advised() MsgID { return h.AdviceReqMsgID }

// ConfirmationAdviceReq tells the server that the client completed the use case.
type ConfirmationAdviceReq struct {
	AdviceHeader
	PayType PayType // the way of paying finally used; optional
}

// ReversalAdviceReq asks the server to undo a request.
type ReversalAdviceReq struct{ AdviceHeader }

// LastRespAdviceReq asks the server for its response to a request once more.
type LastRespAdviceReq struct{ AdviceHeader }

// AdviceRespHeader is what every advice response starts with (AdviceResp).
type AdviceRespHeader struct {
	ResponseHeader
	AdviceReqMsgID MsgID // of the earlier request
}

// ConfirmationAdviceResp answers a ConfirmationAdviceReq.
type ConfirmationAdviceResp struct {
	AdviceRespHeader
	TxConfirmed bool
}

// ReversalAdviceResp answers a ReversalAdviceReq.
type ReversalAdviceResp struct {
	AdviceRespHeader
	TxReversed bool
}

// LastRespAdviceResp carries the whole stored response, with its own header.
type LastRespAdviceResp struct {
	AdviceRespHeader
	LastResponse Response
}

func (*ConfirmationAdviceReq) Element() QName  { return base("adviceReq") }
func (*ConfirmationAdviceReq) Type() QName     { return base("ConfirmationAdviceReq") }
func (*ReversalAdviceReq) Element() QName      { return base("adviceReq") }
func (*ReversalAdviceReq) Type() QName         { return base("ReversalAdviceReq") }
func (*LastRespAdviceReq) Element() QName      { return base("adviceReq") }
func (*LastRespAdviceReq) Type() QName         { return base("LastRespAdviceReq") }
func (*ConfirmationAdviceResp) Element() QName { return base("adviceResp") }
func (*ConfirmationAdviceResp) Type() QName    { return base("ConfirmationAdviceResp") }
func (*ReversalAdviceResp) Element() QName     { return base("adviceResp") }
func (*ReversalAdviceResp) Type() QName        { return base("ReversalAdviceResp") }
func (*LastRespAdviceResp) Element() QName     { return base("adviceResp") }
func (*LastRespAdviceResp) Type() QName        { return base("LastRespAdviceResp") }
