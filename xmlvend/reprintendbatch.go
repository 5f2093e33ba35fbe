package xmlvend

// ReprintEndBatchReq asks for the summary of a closed batch once more. Its level
// is never [AllBatches].
type ReprintEndBatchReq struct {
	RequestHeader
	Level BatchLevel
	SeqNo string // the last one closed when empty
	All   *bool  // with the batches inside it; true when absent; not for a shift
}

func (*ReprintEndBatchReq) Element() QName { return revenue("reprintEndBatchReq") }

// Type returns the concrete type that the level selects.
func (m *ReprintEndBatchReq) Type() QName {
	if m.Level == BankLevel {
		return revenue("ReprintEndBankingBatchReq")
	}
	return revenue("ReprintEnd" + m.Level.word())
}

// ReprintEndBatchResp brings the earlier response.
type ReprintEndBatchResp struct {
	ResponseHeader
	Reprint EndBatchResp
}

func (*ReprintEndBatchResp) Element() QName { return revenue("reprintEndBatchResp") }
func (*ReprintEndBatchResp) Type() QName    { return revenue("ReprintEndBatchResp") }
