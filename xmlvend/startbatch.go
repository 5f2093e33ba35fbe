package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

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

func init() {
	for _, level := range batchLevels {
		registerVariant(StartBatchReq{Level: level})
	}
	register(StartBatchResp{})
}

func (m *StartBatchReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	c.done()
}

func (m *StartBatchReq) encode(e *encoder) { e.requestHeader(&m.RequestHeader) }

func (d *decoder) shiftStart(n ref) ShiftStart {
	c := d.seq(n)
	s := ShiftStart{SeqNo: d.must(n, "seqNo"), Started: DateTime(d.collapsed(c.one(revenue("started"))))}
	c.done()
	return s
}

func (d *decoder) salesStart(n ref) SalesStart {
	c := d.seq(n)
	s := SalesStart{SeqNo: d.must(n, "seqNo"), Started: DateTime(d.collapsed(c.one(revenue("started"))))}
	c.all(revenue("shiftStartBatch"), func(n ref) { s.Shifts = append(s.Shifts, d.shiftStart(n)) })
	c.done()
	return s
}

func (d *decoder) bankStart(n ref) BankStart {
	c := d.seq(n)
	s := BankStart{SeqNo: d.must(n, "seqNo"), Started: DateTime(d.collapsed(c.one(revenue("started"))))}
	c.all(revenue("salesStartBatch"), func(n ref) { s.Sales = append(s.Sales, d.salesStart(n)) })
	c.done()
	return s
}

func (s *ShiftStart) encode(e *encoder) {
	e.attr("seqNo", s.SeqNo)
	e.leaf("r:started", string(s.Started))
}

func (s *SalesStart) encode(e *encoder) {
	e.attr("seqNo", s.SeqNo)
	e.leaf("r:started", string(s.Started))
	for i := range s.Shifts {
		e.start("r:shiftStartBatch")
		s.Shifts[i].encode(e)
		e.end("r:shiftStartBatch")
	}
}

func (s *BankStart) encode(e *encoder) {
	e.attr("seqNo", s.SeqNo)
	e.leaf("r:started", string(s.Started))
	for i := range s.Sales {
		e.start("r:salesStartBatch")
		s.Sales[i].encode(e)
		e.end("r:salesStartBatch")
	}
}

// startedBatch reads an element declared as StartBatch, which is abstract.
func (d *decoder) startedBatch(n ref) StartedBatch {
	switch d.kind(n, schemas.NSRevenue, "") {
	case "ShiftStartBatch":
		s := d.shiftStart(n)
		return &s
	case "SalesStartBatch":
		s := d.salesStart(n)
		return &s
	case "BankStartBatch":
		s := d.bankStart(n)
		return &s
	}
	d.alien(n)
	return nil
}

func (e *encoder) startedBatch(name string, b StartedBatch) {
	e.start(name)
	switch b := b.(type) {
	case *ShiftStart:
		e.revenueType("ShiftStartBatch")
		b.encode(e)
	case *SalesStart:
		e.revenueType("SalesStartBatch")
		b.encode(e)
	case *BankStart:
		e.revenueType("BankStartBatch")
		b.encode(e)
	}
	e.end(name)
}

func (m *StartBatchResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	m.Batch = d.startedBatch(c.one(revenue("startedBatch")))
	c.done()
}

func (m *StartBatchResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.startedBatch("r:startedBatch", m.Batch)
}
