package xmlvend

// StartBatchReq opens a batch of a level, or of all levels.
type StartBatchReq struct {
	RequestHeader
	Level BatchLevel
}

func (*StartBatchReq) Element() QName { return revenue("startBatchReq") }

// Type returns the concrete type that the level selects.
func (m *StartBatchReq) Type() QName { return revenue("Start" + m.Level.word()) }

// StartedBatch is a batch just opened: [ShiftStart], [SalesStart] or [BankStart].
type StartedBatch interface{ startedBatch() }

// ShiftStart is a shift just opened.
type ShiftStart struct {
	SeqNo   string
	Started DateTime
}

// SalesStart is a sales batch just opened, with the shifts opened in it.
type SalesStart struct {
	SeqNo   string
	Started DateTime
	Shifts  []ShiftStart
}

// BankStart is a banking batch just opened, with the sales batches opened in it.
type BankStart struct {
	SeqNo   string
	Started DateTime
	Sales   []SalesStart
}

func (*ShiftStart) startedBatch() {}
func (*SalesStart) startedBatch() {}
func (*BankStart) startedBatch()  {}

// StartBatchResp brings the batch opened.
type StartBatchResp struct {
	ResponseHeader
	Batch StartedBatch
}

func (*StartBatchResp) Element() QName { return revenue("startBatchResp") }
func (*StartBatchResp) Type() QName    { return revenue("StartBatchResp") }
