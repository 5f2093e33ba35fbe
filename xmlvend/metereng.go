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
