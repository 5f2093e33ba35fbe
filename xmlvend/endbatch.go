package xmlvend

// EndBatchReq closes a batch of a level, or of all levels.
type EndBatchReq struct {
	RequestHeader
	Level BatchLevel
}

func (*EndBatchReq) Element() QName { return revenue("endBatchReq") }

// Type returns the concrete type that the level selects.
func (m *EndBatchReq) Type() QName { return revenue("End" + m.Level.word()) }

// EndBatchResp brings the summary of the batch closed.
type EndBatchResp struct {
	ResponseHeader
	Batch Batch
}

func (*EndBatchResp) Element() QName { return revenue("endBatchResp") }
func (*EndBatchResp) Type() QName    { return revenue("EndBatchResp") }
