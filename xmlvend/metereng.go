package xmlvend

// MeterEng is the kind of a meter specific engineering token.
type MeterEng string

// The kinds.
const (
	ClearCredit    MeterEng = "ClearCredit"
	ClearTamper    MeterEng = "ClearTamper"
	DefaultCredit  MeterEng = "DefCredit"
	EngKeyChange   MeterEng = "EngKCT"
	PhaseUnbalance MeterEng = "PhUnbal"
	PowerLimit     MeterEng = "PwrLmt"
	SetWaterFactor MeterEng = "SetWaterFactor"
)

// MeterSpecificEngReq asks for an engineering token for one meter.
type MeterSpecificEngReq struct {
	VendRequestHeader
	Kind        MeterEng
	KCTData     *KCTData // EngKeyChange: the keys to change from and to
	PwrLmt      *PwrLmt  // PowerLimit and PhaseUnbalance
	WaterFactor string   // SetWaterFactor: 1 to 6 digits
}

func (*MeterSpecificEngReq) Element() QName { return meter("meterSpecificEngReq") }

// Type returns the concrete type that the kind selects.
func (m *MeterSpecificEngReq) Type() QName { return meter(string(m.Kind) + "Req") }

// MeterSpecificEngResp brings an engineering token. Exactly one issue is set:
// Credit for DefaultCredit, KC for EngKeyChange, Eng for all others.
type MeterSpecificEngResp struct {
	VendResponseHeader
	Kind   MeterEng
	Credit *CreditTokenIssue
	KC     *KCTokenIssue
	Eng    *EngTokenIssue
}

// EngTokenIssue is an engineering token for one meter.
type EngTokenIssue struct {
	TokenIssue
	PwrLmt      *PwrLmt // PowerLimit and PhaseUnbalance
	WaterFactor string  // SetWaterFactor
}

func (*MeterSpecificEngResp) Element() QName { return meter("meterSpecificEngResp") }

// Type returns the concrete type that the kind selects.
func (m *MeterSpecificEngResp) Type() QName { return meter(string(m.Kind) + "Resp") }

// meterEngElements names the element that holds the token in each response.
var meterEngElements = map[MeterEng]string{
	ClearCredit: "clearCredit", ClearTamper: "clearTamper", DefaultCredit: "defCredit", EngKeyChange: "engKCToken",
	PhaseUnbalance: "phUnbalance", PowerLimit: "pwrLmtToken", SetWaterFactor: "waterFactor",
}

func init() {
	for kind := range meterEngElements {
		registerVariant(MeterSpecificEngReq{Kind: kind})
		registerVariant(MeterSpecificEngResp{Kind: kind})
	}
}

func (m *MeterSpecificEngReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendRequestHeader(&c, &m.VendRequestHeader)
	switch m.Kind {
	case EngKeyChange:
		k := d.kctData(c.one(meter("kctData")))
		m.KCTData = &k
	case PowerLimit, PhaseUnbalance:
		p := d.pwrLmt(c.one(meter("pwrLmt")))
		m.PwrLmt = &p
	case SetWaterFactor:
		m.WaterFactor = d.str(c.one(meter("waterFactor")))
	}
	c.done()
}

func (m *MeterSpecificEngReq) encode(e *encoder) {
	e.vendRequestHeader(&m.VendRequestHeader)
	if m.KCTData != nil {
		e.kctData("m:kctData", *m.KCTData)
	}
	if m.PwrLmt != nil {
		e.pwrLmt("m:pwrLmt", *m.PwrLmt)
	}
	e.leafOpt("m:waterFactor", m.WaterFactor)
}

func (m *MeterSpecificEngResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.vendResponseHeader(&c, &m.VendResponseHeader)
	issue := c.one(meter(meterEngElements[m.Kind]))
	switch m.Kind {
	case DefaultCredit:
		t := d.creditTokenIssue(issue)
		m.Credit = &t
	case EngKeyChange:
		t := d.kcTokenIssue(issue)
		m.KC = &t
	default:
		m.Eng = d.engTokenIssue(issue, m.Kind)
	}
	c.done()
}

func (d *decoder) engTokenIssue(n ref, kind MeterEng) *EngTokenIssue {
	c := d.seq(n)
	t := &EngTokenIssue{TokenIssue: d.tokenIssue(&c)}
	switch kind {
	case PowerLimit, PhaseUnbalance:
		p := d.pwrLmt(c.one(base("pwrLmt")))
		t.PwrLmt = &p
	case SetWaterFactor:
		t.WaterFactor = d.str(c.one(base("waterFactor")))
	}
	c.done()
	return t
}

func (m *MeterSpecificEngResp) encode(e *encoder) {
	e.vendResponseHeader(&m.VendResponseHeader)
	name := "m:" + meterEngElements[m.Kind]
	if m.Credit != nil {
		e.creditTokenIssue(name, m.Credit)
	}
	if m.KC != nil {
		e.kcTokenIssue(name, m.KC)
	}
	if t := m.Eng; t != nil {
		e.start(name)
		e.tokenIssue(&t.TokenIssue)
		if t.PwrLmt != nil {
			e.pwrLmt("b:pwrLmt", *t.PwrLmt)
		}
		e.leafOpt("b:waterFactor", t.WaterFactor)
		e.end(name)
	}
}
