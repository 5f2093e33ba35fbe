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

func init() {
	for _, level := range []BatchLevel{BankLevel, SalesLevel, ShiftLevel} {
		registerVariant(ReprintEndBatchReq{Level: level})
	}
	register(ReprintEndBatchResp{})
}

func (m *ReprintEndBatchReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.SeqNo = d.str(c.opt(revenue("seqNo")))
	if m.Level != ShiftLevel {
		m.All = d.maybe(c.opt(revenue("all")))
	}
	c.done()
}

func (m *ReprintEndBatchReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.leafOpt("r:seqNo", m.SeqNo)
	if m.Level != ShiftLevel {
		e.boolOpt("r:all", m.All)
	}
}

func (m *ReprintEndBatchResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	m.Reprint.decode(d, c.one(revenue("endBatchReprint")))
	c.done()
}

func (m *ReprintEndBatchResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.start("r:endBatchReprint")
	m.Reprint.encode(e)
	e.end("r:endBatchReprint")
}
