package xmlvend

// ConfirmMeterReq asks for a meter's configuration.
type ConfirmMeterReq struct {
	RequestHeader
	Meter MeterIdentifier
}

func (*ConfirmMeterReq) Element() QName { return meter("confirmMeterReq") }
func (*ConfirmMeterReq) Type() QName    { return meter("ConfirmMeterReq") }

// ConfirmMeterResp brings a meter's configuration.
type ConfirmMeterResp struct {
	ResponseHeader
	MeterDetail MeterDetail
}

func (*ConfirmMeterResp) Element() QName { return meter("confirmMeterResp") }
func (*ConfirmMeterResp) Type() QName    { return meter("ConfirmMeterResp") }

func init() {
	register(ConfirmMeterReq{})
	register(ConfirmMeterResp{})
}

func (m *ConfirmMeterReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.Meter = d.vendIDMethod(c.one(meter("idMethod")))
	c.done()
}

func (m *ConfirmMeterReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.vendIDMethod("m:idMethod", m.Meter)
}

func (m *ConfirmMeterResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	r := d.seq(c.one(meter("confirmMeterResult")))
	m.MeterDetail = d.meterDetail(r.one(meter("meterDetail")))
	r.done()
	c.done()
}

func (m *ConfirmMeterResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.start("m:confirmMeterResult")
	e.meterDetail("m:meterDetail", m.MeterDetail)
	e.end("m:confirmMeterResult")
}
