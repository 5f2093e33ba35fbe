package xmlvend

// CreditTransferDetail names the meter that was replaced.
type CreditTransferDetail struct {
	OldMSNO string
	RefNo   string // job reference; optional
}

// MeterCreditTransferReq asks for the units left in a replaced meter.
type MeterCreditTransferReq struct {
	VendRequestHeader
	ChgOutUnits Units
	Detail      CreditTransferDetail
}

func (*MeterCreditTransferReq) Element() QName { return revenue("meterCreditTransferReq") }
func (*MeterCreditTransferReq) Type() QName    { return revenue("MeterCreditTransferReq") }

// MeterCreditTransferResp brings the token for the new meter.
type MeterCreditTransferResp struct {
	VendResponseHeader
	Detail CreditTransferDetail
	Tx     CreditVendTx
}

func (*MeterCreditTransferResp) Element() QName { return revenue("meterCreditTransferResp") }
func (*MeterCreditTransferResp) Type() QName    { return revenue("MeterCreditTransferResp") }

func init() {
	register(MeterCreditTransferReq{})
	register(MeterCreditTransferResp{})
}

func (d *decoder) creditTransferDetail(n ref) CreditTransferDetail {
	c := d.seq(n)
	t := CreditTransferDetail{OldMSNO: d.str(c.one(revenue("oldMSNO"))), RefNo: d.str(c.opt(revenue("refNo")))}
	c.done()
	return t
}

func (e *encoder) creditTransferDetail(t CreditTransferDetail) {
	e.start("r:creditTransferDetail")
	e.leaf("r:oldMSNO", t.OldMSNO)
	e.leafOpt("r:refNo", t.RefNo)
	e.end("r:creditTransferDetail")
}

func (m *MeterCreditTransferReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendRequestHeader(&c, &m.VendRequestHeader)
	units := d.seq(c.one(revenue("chgOutUnits")))
	m.ChgOutUnits = d.units(units.one(revenue("units")))
	units.done()
	m.Detail = d.creditTransferDetail(c.one(revenue("creditTransferDetail")))
	c.done()
}

func (m *MeterCreditTransferReq) encode(e *encoder) {
	e.vendRequestHeader(&m.VendRequestHeader)
	e.start("r:chgOutUnits")
	e.units("r:units", m.ChgOutUnits)
	e.end("r:chgOutUnits")
	e.creditTransferDetail(m.Detail)
}

func (m *MeterCreditTransferResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	m.Detail = d.creditTransferDetail(c.one(revenue("creditTransferDetail")))
	m.Tx = *d.creditVendTx(c.one(revenue("creditTransferTx")))
	c.done()
}

func (m *MeterCreditTransferResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	e.creditTransferDetail(m.Detail)
	e.creditVendTx("r:creditTransferTx", &m.Tx)
}
