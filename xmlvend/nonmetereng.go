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
