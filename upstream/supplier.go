package upstream

import (
	"context"
	"time"
)

// MessageID is our message id on a supplier's server.
type MessageID struct {
	DateTime string // 14 digits, the supplier's fixed UTC offset
	Number   int    // 1..999999
}

// Utility is an online supplier of meter tokens. Every method sends exactly one
// message, under the given id, and never sends it again. Callers have committed
// a leg for it before. The context carries the call's deadline.
//
// Methods do not return errors: what went wrong is a verdict.
type Utility interface {
	// ConfirmCustomer asks who owns a meter. Verdict Declined with a fault of
	// class UnknownMeterEx means: not this supplier's meter.
	ConfirmCustomer(ctx context.Context, id MessageID, meter Meter) Confirmation

	// Trial runs all checks and prices of a vend without selling.
	Trial(ctx context.Context, id MessageID, order VendOrder) Result

	// Vend buys a credit token, or has a service done that the order names.
	Vend(ctx context.Context, id MessageID, order VendOrder) Result

	// Inquire asks for a service that changes nothing.
	Inquire(ctx context.Context, id MessageID, order VendOrder) Result

	// LastResponse asks, under a new id, what became of the vend sent under
	// asked. The verdict is about that vend, never about the advice: Declined
	// always carries the fault in which the vend ended, Absent means that the
	// supplier says it never saw it, and an advice that could not be sent or was
	// itself refused is Unknown.
	LastResponse(ctx context.Context, id, asked MessageID, order VendOrder) Result

	// Probe is a harmless lookup: it tells whether the supplier answers at all.
	// Any well-formed answer will do, a refusal too.
	Probe(ctx context.Context, id MessageID) error
}

// VendOrder is a purchase for a meter by amount, or by units when Amount is zero; or
// a service, of which only a payment has an amount.
type VendOrder struct {
	Meter    Meter
	Amount   int64  // tender in minor units of Currency
	Units    string // exact decimal, for a purchase by units
	SIUnit   string // of Units, "kWh"
	Currency string // ISO 4217
	Resource Resource
	Service  *Service // nil: credit
}

// Resource is what a meter measures.
type Resource string

const (
	Electricity    Resource = "Electricity"
	Water          Resource = "Water"
	Gas            Resource = "Gas"
	ConnectionTime Resource = "ConnectionTime"
	CurrencyCredit Resource = "CurrencyResource"
)

// Meter names a meter. Number alone suffices for a registered one; the other
// fields are what an operator read off an old token or what a supplier told us.
// Track2 is only ever what was swiped from a meter card (vendor rule: never made
// up, never taken apart).
type Meter struct {
	Number      string `json:"number"`
	SupplyGroup string `json:"sgc,omitempty"`
	KeyRevision string `json:"krn,omitempty"`
	TariffIndex string `json:"ti,omitempty"`
	Algorithm   string `json:"at,omitempty"` // 07 = STS edition 1
	Technology  string `json:"tt,omitempty"` // 01 card, 02 numeric
	Track2      string `json:"-"`
}

// Verdict is what an answer, or the lack of one, means for the money.
type Verdict int

const (
	// Unknown: the supplier may or may not have sold. The zero value, so that
	// what nobody judged is unknown.
	Unknown Verdict = iota
	// Accepted: the answer is ours and complete.
	Accepted
	// Declined: nothing was sold, for certain: an answer on the supplier's closed
	// list, or not a byte was sent.
	Declined
	// Absent: the answer to LastResponse says there is no such transaction. It
	// becomes "not executed" only by the resolver's rule.
	Absent
)

func (v Verdict) String() string {
	switch v {
	case Accepted:
		return "accepted"
	case Declined:
		return "declined"
	case Absent:
		return "absent"
	default:
		return "unknown"
	}
}

// Fault is a supplier's refusal in the supplier's words.
type Fault struct {
	Class       string `json:"class"` // local name of the XMLVend fault class
	Code        string `json:"code,omitempty"`
	Text        string `json:"text"`
	OperatorMsg string `json:"operatorMsg,omitempty"`
	CustomerMsg string `json:"custMsg,omitempty"`
}

// Result is the judged answer to a trial, vend or last response.
type Result struct {
	Verdict    Verdict
	Vend       *Vend    // of an accepted one
	Fault      *Fault   // of a declined one; also of an unknown one that was a fault
	Account    bool     // the fault is about our account at the supplier: an alarm for the operator, not for the client
	Sent       bool     // a byte of the request may have reached the supplier
	Pending    bool     // unknown because the supplier says it is still at work on the message
	Reason     string   // for the journal and the log: why it was judged so; no token
	Deviations []string // where the answer strays from the schema
	Raw        []byte   // the answer as received, to be sealed; nil without one
}

// Confirmation is the judged answer to ConfirmCustomer.
type Confirmation struct {
	Verdict    Verdict
	Customers  []Customer
	Fault      *Fault
	Account    bool
	Sent       bool
	Reason     string
	Deviations []string
	Raw        []byte
}

// Customer is a line of a confirmation.
type Customer struct {
	Person
	Meter     *Meter
	CanVend   bool
	FreeDue   *bool
	MinAmount *int64 // minor units
	MaxAmount *int64
	Currency  string
}

// Person is a customer as the supplier knows him.
type Person struct {
	Name             string `json:"name,omitempty"`
	Address          string `json:"address,omitempty"`
	Contact          string `json:"contact,omitempty"`
	AccountNo        string `json:"accNo,omitempty"`
	LocationRef      string `json:"locRef,omitempty"`
	DaysLastPurchase *int   `json:"daysLastPurchase,omitempty"`
}

// Organisation is a utility or a vendor as printed on a slip.
type Organisation struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	TaxRef  string `json:"taxRef,omitempty"` // ten digits
}

// Vend is what a supplier sold: every line it returned, as it returned them. The
// switch computes none of it.
type Vend struct {
	ReceiptNo   string       `json:"receiptNo"` // the supplier's
	At          time.Time    `json:"at"`
	Utility     Organisation `json:"utility"`
	Customer    *Person      `json:"customer,omitempty"`
	Lines       []Line       `json:"lines"`
	Tendered    int64        `json:"tendered"` // minor units: sum of amounts and taxes of the lines
	Change      *int64       `json:"change,omitempty"`
	Rounding    *int64       `json:"rounding,omitempty"`
	Currency    string       `json:"currency"`
	Heading     string       `json:"heading,omitempty"`
	OperatorMsg string       `json:"operatorMsg,omitempty"`
	CustomerMsg string       `json:"custMsg,omitempty"`
	Served      *Served      `json:"served,omitempty"` // of a service; nil: a sale of credit
}

// LineKind is the kind of a receipt line.
type LineKind string

const (
	LineSale        LineKind = "sale"        // SaleCredTokenIssue
	LineFreeBasic   LineKind = "fbe"         // FBECredTokenIssue
	LineFree        LineKind = "free"        // FreeCredTokenIssue
	LineReplacement LineKind = "replacement" // MCTCredTokenIssue
	LineCredit      LineKind = "credit"      // CreditTokenIssue, not told what for
	LineDebt        LineKind = "debt"        // DebtRecoveryTx
	LineCharge      LineKind = "charge"      // ServiceChrgTx
	LinePayment     LineKind = "payment"     // PayAccTx
)

// Line is one transaction of a receipt.
type Line struct {
	Kind        LineKind   `json:"kind"`
	ReceiptNo   string     `json:"receiptNo,omitempty"`
	Description string     `json:"desc"`
	Amount      int64      `json:"amount"` // without its taxes
	Taxes       []Tax      `json:"taxes,omitempty"`
	Token       string     `json:"token,omitempty"` // 20 digits
	Units       string     `json:"units,omitempty"` // exact decimal
	SIUnit      string     `json:"siUnit,omitempty"`
	Resource    Resource   `json:"resource,omitempty"`
	Meter       *Meter     `json:"meter,omitempty"`
	KeyChange   *KeyChange `json:"keyChange,omitempty"` // shown before Token
	Tariff      *Tariff    `json:"tariff,omitempty"`
	AccountNo   string     `json:"accNo,omitempty"`
	Balance     *int64     `json:"balance,omitempty"` // debt left
}

// Tax is a line's value added tax.
type Tax struct {
	RateBP int   `json:"rateBP"` // basis points, 1500 = 15 %
	Amount int64 `json:"amount"`
}

// Tariff is free text of the supplier.
type Tariff struct {
	Name string `json:"name"`
	Desc string `json:"desc,omitempty"`
}

// KeyChange is a pair of tokens that moves a meter to a new key. They are keyed
// in before the credit token.
type KeyChange struct {
	Description string `json:"desc"`
	First       string `json:"first"`
	Second      string `json:"second"`
	From, To    Key
	PowerLimit  *PowerLimit `json:"powerLimit,omitempty"`
	Meter       *Meter      `json:"meter,omitempty"`
}

// Key names a meter key.
type Key struct {
	SupplyGroup string `json:"sgc"`
	KeyRevision string `json:"krn"`
	TariffIndex string `json:"ti"`
}

// PowerLimit is the power limit token that may accompany a key change.
type PowerLimit struct {
	Token  string `json:"token"`
	Value  string `json:"value"`
	SIUnit string `json:"siUnit"`
}

// OnceTokens lists the tokens that no other answer may bring: those that carry an
// identifier of their own. Key changes and tokens for a type of meter carry none, and
// repeat by nature; a cancellation tells the token of another sale.
func (v *Vend) OnceTokens() []string {
	if v.Served != nil && v.Served.Kind == Cancellation {
		return nil
	}
	tokens := v.CreditTokens()
	if s := v.Served; s != nil && s.Kind == MeterToken && s.Management != nil {
		tokens = append(tokens, s.Management.Token)
	}
	return tokens
}

// CreditTokens lists the credit tokens of a vend in the order of its lines.
func (v *Vend) CreditTokens() []string {
	var tokens []string
	for _, l := range v.Lines {
		if l.Token != "" {
			tokens = append(tokens, l.Token)
		}
	}
	return tokens
}
