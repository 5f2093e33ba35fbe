package xmlvend

// TotalBatchReq asks for the totals of a level so far, and closes nothing.
type TotalBatchReq struct {
	RequestHeader
	Level BatchLevel
}

func (*TotalBatchReq) Element() QName { return revenue("totalBatchReq") }

// Type returns the concrete type that the level selects.
func (m *TotalBatchReq) Type() QName { return revenue("Total" + m.Level.word()) }

// TotalBatchResp brings the totals, of one batch at least.
type TotalBatchResp struct {
	ResponseHeader
	Batches []Batch
}

func (*TotalBatchResp) Element() QName { return revenue("totalBatchResp") }
func (*TotalBatchResp) Type() QName    { return revenue("TotalBatchResp") }
