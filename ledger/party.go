package ledger

import "time"

// Status says whether a party, product or supplier may trade.
type Status string

const (
	Active  Status = "active"
	Blocked Status = "blocked"
)

// Merchant sells to consumers out of a prepaid float.
type Merchant struct {
	Code     string // the merchant key: unique, printed on deposit slips
	Name     string
	Address  string
	Currency string // ISO 4217, the currency of the float
	Status   Status
}

// UnknownAnswer is what a client is told when the outcome of its sale is not
// known within its answer budget.
type UnknownAnswer string

const (
	AnswerFault  UnknownAnswer = "fault"  // SystemEx: do not sell again, ask for the last response
	AnswerHangUp UnknownAnswer = "hangup" // the connection is closed unanswered
)

// DuplicateAnswer is what a client is told when it repeats a message id with
// the same content.
type DuplicateAnswer string

const (
	DuplicateReplay DuplicateAnswer = "replay" // the stored outcome again
	DuplicateRefuse DuplicateAnswer = "refuse" // a fault
)

// Client is a vending client: a POS concentrator or another EVD platform that
// speaks XMLVend to the switch on behalf of one merchant.
type Client struct {
	ID           string // the EAN or generic device id as sent in clientID
	Merchant     string
	Dialect      string
	Status       Status
	AnswerBudget time.Duration // the longest an answer may take; zero means the default
	OnUnknown    UnknownAnswer
	OnDuplicate  DuplicateAnswer
	Rights       []string // operations the vendor may not use by default; empty means the default set
}

// Terminal is a device behind a client. The terminal "1" stands for the client
// itself (XMLVend 2.1, common header).
type Terminal struct {
	Client string
	ID     string
	Status Status
}

// Cashier is a person or program that signs in with opName and password.
type Cashier struct {
	Client       string
	OpName       string
	PasswordHash string `json:"-"` // argon2id, PHC string form
	Status       Status
}

// ProductKind tells what is sold and so how a sale is fulfilled.
type ProductKind string

const (
	KindVoucher     ProductKind = "voucher"     // denominated, from own stock
	KindElectricity ProductKind = "electricity" // a token, bought online
)

// Product is something the catalogue offers.
type Product struct {
	Code         string
	Name         string
	Kind         ProductKind
	Supplier     string
	Face         int64 // price of a denominated product; zero where Min and Max hold
	Min, Max     int64 // range of a product of any amount
	Currency     string
	CommissionBP int    // merchant's commission in basis points of the tender
	Instructions string // how the consumer uses it, printed on the slip
	Status       Status
}

// SupplierKind tells how a supplier delivers.
type SupplierKind string

const (
	SupplierStock   SupplierKind = "stock"   // vouchers held in our own stock
	SupplierUtility SupplierKind = "utility" // an XMLVend prepaid server
)

// Supplier is a party we sell for.
type Supplier struct {
	Code         string
	Name         string
	Address      string
	TaxRef       string // ten digits
	Kind         SupplierKind
	VATBP        int // rate in basis points, 1500 = 15 %
	CommissionBP int // our commission including VAT, in basis points of the tender (online suppliers)
	Status       Status

	// The rest is for online suppliers.
	URL         string
	ClientID    string // our client id on the supplier's server
	TerminalID  string
	OpName      string
	Password    string `json:"-"` // sealed in the database; empty when read without the keys
	Dialect     string
	Timeout     time.Duration // of one call
	SettleAfter time.Duration // a LastResponseEx counts only this long after the vend was sent
	UTCOffset   time.Duration // of msgID dateTime, fixed: never a zone with DST
	Declined    []string      // fault classes that mean "nothing sold"; empty means the default list
}

// RouteRange sends meter numbers From..To (same length, inclusive) to a
// supplier.
type RouteRange struct {
	From, To string
	Supplier string
}

// MeterRoute is a line of the meter book: what a confirm, trial or vend has
// taught us about a meter.
type MeterRoute struct {
	Meter       string
	Supplier    string
	SupplyGroup string // STS supply group code, empty if not known
}
