package upstream

// ServiceKind is what a utility is asked to do beside selling credit.
type ServiceKind string

// Services that issue a token, take money or change something. They are ordered as
// a vend is, by Utility.Vend, and like it are sent once and asked after.
const (
	FreeBasic      ServiceKind = "fbe"                 // the month's free basic electricity
	FreeIssue      ServiceKind = "freeIssue"           // a free token for a purpose
	CreditTransfer ServiceKind = "meterCreditTransfer" // the units left in a meter that was replaced
	AccountPayment ServiceKind = "payAccount"          // towards a debt, a service charge or another account
	KeyUpdate      ServiceKind = "updateMeterKey"      // from the key in the field to the one in the utility's books
	MeterToken     ServiceKind = "meterSpecificEng"    // an engineering token for one meter
	TypeToken      ServiceKind = "nonMeterSpecificEng" // a test or display token for any meter of a type
	FaultReport    ServiceKind = "custReportFault"     // logs what a customer reports
	Cancellation   ServiceKind = "cancelVend"          // undoes a sale: of magnetic card tokens only, where nothing is reprinted
)

// Services that change nothing: they are asked for by Utility.Inquire, and may be
// asked for again.
const (
	MeterInquiry ServiceKind = "confirmMeter" // a meter's configuration
	Verification ServiceKind = "verify"       // what an issued token says
)

// Service is what is asked for beside credit. Of the fields below Kind only those
// of that kind count.
type Service struct {
	Kind ServiceKind

	Engineering string // MeterToken, TypeToken: which token, by its XMLVend 2.1 name ("ClearTamper"); empty: whichever was asked for
	From, To    Key    // MeterToken "EngKCT"
	PowerLimit  *Limit // MeterToken "PwrLmt" and "PhUnbal"
	WaterFactor string // MeterToken "SetWaterFactor": 1 to 6 digits

	Transfer *Transfer // CreditTransfer; how much is Units of the order
	Account  *Account  // AccountPayment
	Report   *Report   // FaultReport
	Token    string    `json:"-"` // Verification, Cancellation: 20 digits; empty: whichever was asked for
}

// NeedsMeter reports that the service is about a meter, which then leads to the
// utility. The others are for whichever utility there is.
func (s *Service) NeedsMeter() bool {
	if s == nil {
		return true
	}
	switch s.Kind {
	case TypeToken, FaultReport:
		return false
	case AccountPayment:
		return s.Account == nil || s.Account.Number == ""
	}
	return true
}

// Limit is a power limit.
type Limit struct {
	Value  string `json:"value"`  // up to three digits, a point and one decimal
	SIUnit string `json:"siUnit"` // kW
}

// Transfer names the meter that was replaced.
type Transfer struct {
	OldMeter  string `json:"oldMeter"`
	Reference string `json:"reference,omitempty"` // of the job
}

// Account is what a payment is towards. Number is the customer's account, of a
// payment that names no meter.
type Account struct {
	Kind         LineKind `json:"kind"` // LineDebt, LineCharge or LinePayment
	Description  string   `json:"desc,omitempty"`
	Number       string   `json:"number,omitempty"`
	Organisation string   `json:"organisation,omitempty"` // that keeps the account
}

// Report is what a customer reports. A report about a meter names it.
type Report struct {
	Kind        string `json:"kind,omitempty"` // MeterFaultReport, NetworkFaultReport, or empty
	Description string `json:"desc,omitempty"`
	Customer    Person `json:"customer"`
	Meter       *Meter `json:"meter,omitempty"`
	Reference   string `json:"reference,omitempty"` // of the utility's log, in its answer
}

// Management is a token that is no credit.
type Management struct {
	Description string `json:"desc"`
	Token       string `json:"token"` // 20 digits
	Meter       Meter  `json:"meter"` // of a TypeToken its technologies alone
	PowerLimit  *Limit `json:"powerLimit,omitempty"`
	WaterFactor string `json:"waterFactor,omitempty"`
}

// TokenInfo is what a token says of itself. One of the last three is set, by its
// XMLVend 2.1 name.
type TokenInfo struct {
	TokenID            string // exact decimal
	TransferAmount     string // exact decimal
	Credit             string // "Electricity Token"
	MeterManagement    string // "ClearTamper"
	NonMeterManagement string // "TestDisp"
}

// Served is what came of a service: what its kind has, as the supplier returned it.
// The lines of a receipt are the Vend's.
type Served struct {
	Kind        ServiceKind `json:"kind"`
	Engineering string      `json:"engineering,omitempty"`
	Management  *Management `json:"management,omitempty"` // MeterToken, TypeToken
	KeyChange   *KeyChange  `json:"keyChange,omitempty"`  // KeyUpdate, MeterToken "EngKCT"
	Transfer    *Transfer   `json:"transfer,omitempty"`
	Meter       *Meter      `json:"meter,omitempty"` // AccountPayment, MeterInquiry
	Report      *Report     `json:"report,omitempty"`
	Reference   string      `json:"reference,omitempty"` // Cancellation; its line is that of the sale undone
	TokenInfo   *TokenInfo  `json:"-"`                   // Verification
}
