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

func init() {
	for _, level := range batchLevels {
		registerVariant(TotalBatchReq{Level: level})
	}
	register(TotalBatchResp{})
}

func (m *TotalBatchReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *TotalBatchReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (m *TotalBatchResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	c.some(revenue("totalBatch"), func(n ref) { m.Batches = append(m.Batches, d.batch(n)) })
	c.done()
}

func (m *TotalBatchResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	for _, b := range m.Batches {
		e.batch("r:totalBatch", b)
	}
}
