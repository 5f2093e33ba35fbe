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

func init() {
	for _, level := range batchLevels {
		registerVariant(EndBatchReq{Level: level})
	}
	register(EndBatchResp{})
}

func (m *EndBatchReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *EndBatchReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (m *EndBatchResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	m.Batch = d.batch(c.one(revenue("endBatch")))
	c.done()
}

func (m *EndBatchResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.batch("r:endBatch", m.Batch)
}
