package xmlvend

// Token is what the customer keys in: an [STS1Token] or a [KCToken].
type Token interface{ token() }

// STS1Token is one token of 20 digits, never grouped on the wire. Twenty zeros
// are the worthless token of a trial.
type STS1Token struct{ Cipher Secret }

// KCToken is a key change in two tokens, to be keyed in before any credit token.
type KCToken struct {
	Set1stMeterKey STS1Token
	Set2ndMeterKey STS1Token
}

func (STS1Token) token() {}
func (KCToken) token()   {}

// TokenIssue is what every token issued for a meter comes with
// (MeterSpecificTokenIssue).
type TokenIssue struct {
	Desc        string // at most 160 characters
	MeterDetail MeterDetail
	Token       Token
}

// CreditKind is the schema type of a credit token's issue.
type CreditKind string

// The kinds of credit token.
const (
	CreditToken     CreditKind = "CreditTokenIssue"   // any
	SaleCreditToken CreditKind = "SaleCredTokenIssue" // normal sale
	FBECreditToken  CreditKind = "FBECredTokenIssue"  // free basic electricity
	FreeCreditToken CreditKind = "FreeCredTokenIssue" // free issue
	MCTCreditToken  CreditKind = "MCTCredTokenIssue"  // meter credit transfer
)

// CreditTokenIssue is a credit token and what it is worth.
type CreditTokenIssue struct {
	TokenIssue
	Kind     CreditKind
	Units    Units
	Resource Resource
}

// KCTokenIssue is a key change token; its MeterDetail holds the new keys.
type KCTokenIssue struct {
	TokenIssue
	KCTData     KCTData
	PwrLmtToken *PwrLmtTokenIssue // optional
}

// PwrLmtTokenIssue is a token that sets a power limit.
type PwrLmtTokenIssue struct {
	TokenIssue
	PwrLmt PwrLmt
}

// NonMeterTokenIssue is a token that works in any meter of a type
// (NonMeterSpecificTokenIssue).
type NonMeterTokenIssue struct {
	Desc      string
	MeterType MeterType
	Token     Token
}

// TokenClass says what a decoded token does; exactly one part is set.
type TokenClass struct {
	Credit             string // a CreditTokenSubClassType: "Electricity Token"
	NonMeterManagement string // a NonMeterSpecificEng: "TestDisp"
	MeterManagement    string // a MeterSpecificEng: "ClearTamper"
}

// TokenInfo is a decoded token (STS1TokenInfo).
type TokenInfo struct {
	TokenID     Decimal
	TransferAmt Decimal
	Class       TokenClass
}
