package xmlvend

// UpdateMeterKeyReq asks for the tokens that change a meter's keys from those
// found in the field to those of the server's database.
type UpdateMeterKeyReq struct {
	RequestHeader
	Meter MeterConfig
}

func (*UpdateMeterKeyReq) Element() QName { return meter("updateMeterKeyReq") }
func (*UpdateMeterKeyReq) Type() QName    { return meter("UpdateMeterKeyReq") }

// UpdateMeterKeyResp brings the key change tokens.
type UpdateMeterKeyResp struct {
	VendResponseHeader
	Issue KCTokenIssue
}

func (*UpdateMeterKeyResp) Element() QName { return meter("updateMeterKeyResp") }
func (*UpdateMeterKeyResp) Type() QName    { return meter("UpdateMeterKeyResp") }

func init() {
	register(UpdateMeterKeyReq{})
	register(UpdateMeterKeyResp{})
}

func (m *UpdateMeterKeyReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	if id := c.one(meter("idMethod")); id != none {
		config, ok := d.meterIdentifier(id).(MeterConfig)
		if !ok {
			d.fail(id, "a meter's configuration is needed, not its number")
		}
		m.Meter = config
	}
	c.done()
}

func (m *UpdateMeterKeyReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.meterIdentifier("m:idMethod", m.Meter)
}

func (m *UpdateMeterKeyResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	m.Issue = d.kcTokenIssue(c.one(meter("updateMeterKey")))
	c.done()
}

func (m *UpdateMeterKeyResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	e.kcTokenIssue("m:updateMeterKey", &m.Issue)
}
