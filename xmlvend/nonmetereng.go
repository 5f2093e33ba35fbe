package xmlvend

// NonMeterEng is the kind of an engineering token that works in any meter of a type.
type NonMeterEng string

// The kinds.
const (
	TestAll               NonMeterEng = "TestAll"
	TestBreaker           NonMeterEng = "TestBreaker"
	TestDisplay           NonMeterEng = "TestDisplay"
	DisplayPowerLimit     NonMeterEng = "DispPwrLmt"
	DisplayTariffIndex    NonMeterEng = "DispTI"
	DisplayKeyRevision    NonMeterEng = "DispKRN"
	DisplayTamper         NonMeterEng = "DispTamper"
	DisplayPower          NonMeterEng = "DispInstPwr"
	DisplayConsumption    NonMeterEng = "DispConsTot"
	DisplayPhaseUnbalance NonMeterEng = "DispPhUnbalance"
	DisplayVersion        NonMeterEng = "DispVer"
)

// NonMeterSpecificEngReq asks for a test or display token.
type NonMeterSpecificEngReq struct {
	RequestHeader
	Kind      NonMeterEng
	MeterType MeterType
}

func (*NonMeterSpecificEngReq) Element() QName { return meter("nonMeterSpecificEngReq") }

// Type returns the concrete type that the kind selects.
func (m *NonMeterSpecificEngReq) Type() QName { return meter(string(m.Kind) + "Req") }

// NonMeterSpecificEngResp brings the token.
type NonMeterSpecificEngResp struct {
	ResponseHeader
	Kind  NonMeterEng
	Issue NonMeterTokenIssue
}

func (*NonMeterSpecificEngResp) Element() QName { return meter("nonMeterSpecificEngResp") }

// Type returns the concrete type that the kind selects.
func (m *NonMeterSpecificEngResp) Type() QName { return meter(string(m.Kind) + "Resp") }

// nonMeterEngElements names the element that holds the token in each response.
var nonMeterEngElements = map[NonMeterEng]string{
	TestAll: "testAll", TestBreaker: "testBreaker", TestDisplay: "testDisp", DisplayPowerLimit: "dispPwrLmt",
	DisplayTariffIndex: "dispTI", DisplayKeyRevision: "dispKRN", DisplayTamper: "dispTamper",
	DisplayPower: "dispInstPwr", DisplayConsumption: "dispConsTot", DisplayPhaseUnbalance: "dispPhUnbalance",
	DisplayVersion: "dispVer",
}

func init() {
	for kind := range nonMeterEngElements {
		registerVariant(NonMeterSpecificEngReq{Kind: kind})
		registerVariant(NonMeterSpecificEngResp{Kind: kind})
	}
}

func (m *NonMeterSpecificEngReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.MeterType = d.meterType(c.one(meter("meterType")))
	c.done()
}

func (m *NonMeterSpecificEngReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.meterType("m:meterType", m.MeterType)
}

func (m *NonMeterSpecificEngResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	t := d.seq(c.one(meter(nonMeterEngElements[m.Kind])))
	m.Issue = NonMeterTokenIssue{
		Desc:      d.str(t.one(meter("desc"))),
		MeterType: d.meterType(t.one(meter("meterType"))),
		Token:     d.token(t.one(meter("token"))),
	}
	t.done()
	c.done()
}

func (m *NonMeterSpecificEngResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	name := "m:" + nonMeterEngElements[m.Kind]
	e.start(name)
	e.msg("m:desc", m.Issue.Desc)
	e.meterType("m:meterType", m.Issue.MeterType)
	e.token("m:token", m.Issue.Token)
	e.end(name)
}
