package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// Kinds of entries that the ledger itself writes, each with the type of its
// body. Entries written by Store.Post have the kind that the caller gives and
// the body PostedBody.
const (
	EntrySaleOpened  = "sale.opened"  // OpenedBody: commit 1 of an online sale
	EntrySaleMoved   = "sale.moved"   // MovedBody: commit 2, and each later step
	EntrySaleSold    = "sale.sold"    // SoldBody: a sale from stock
	EntrySaleRefused = "sale.refused" // RefusedBody

	EntryLegOpened   = "leg.opened"   // LegOpenedBody: a lookup, trial or advice
	EntryLegClosed   = "leg.closed"   // LegClosedBody
	EntryMessageVoid = "message.void" // VoidedBody

	EntryDisclosure  = "disclosure"     // DisclosedBody: a token or PIN left again
	EntryConfirmed   = "sale.confirmed" // ConfirmedBody: the client says that it is through with a sale
	EntryBatchOpened = "batch.opened"   // BatchOpenedBody
	EntryBatchClosed = "batch.closed"   // BatchClosedBody
	EntryOperator    = "operator"       // OperatorBody: party or catalogue changed
	EntryCreditLine  = "credit_line"    // CreditLineBody
	EntryStock       = "stock.loaded"   // StockBody
	EntryProposal    = "sale.proposal"  // ProposalBody
	EntryException   = "exception.open" // ExceptionBody
	EntryTaken       = "exception.take" // ExceptionStepBody
	EntryClosed      = "exception.done" // ExceptionStepBody

	EntryBankMessage     = "bank_message"     // BankMessageBody: a bank's message was dealt with
	EntryDeposit         = "deposit.recorded" // DepositBody
	EntryDepositMoved    = "deposit.moved"    // DepositMovedBody
	EntryDepositProposal = "deposit.proposal" // DepositProposalBody
	EntryDepositClaim    = "deposit.claim"    // DepositClaimBody

	EntryStockApproved    = "stock.approved"    // StockMovedBody, as the next ones
	EntryStockRejected    = "stock.rejected"    // the vouchers are deleted
	EntryStockQuarantined = "stock.quarantined" // held back
	EntryStockReleased    = "stock.released"    // out of quarantine
	EntryStockReturned    = "stock.returned"    // to the supplier
	EntryStockExpired     = "stock.expired"     // not sold in time
	EntryStockProposed    = "stock.proposed"    // StockProposedBody: the first of two persons
	EntryStockWithdrawn   = "stock.withdrawn"   // StockWithdrawnBody: what the first proposed is off
	EntryStockOrdered     = "stock.ordered"     // StockOrderedBody
)

// BodyVersion is the version of the body types below. A field may be added
// under the same version; any other change makes a new version and leaves the
// old type in place, for the entries that were written with it.
//
// The bodies, with the columns of entry and the postings, tell all that the
// rows of sale, leg, float and voucher say, so that these can be checked
// against them:
//
//   - a sale's or leg's opened_at is the time of the entry that opened it, its
//     settled_at or closed_at that of the entry that gave it its state;
//   - a float's posted is the negated sum of the postings to "float:" and its
//     merchant, its held the sum of the holds of its sales, its credit line that
//     of the latest CreditLineBody;
//   - a voucher belongs to the sale whose SoldBody names it, and how many of a
//     batch are in which other state follows from its StockMovedBodies;
//   - a leg's node, lease, counts of advices and next time are not journaled:
//     they say whose turn it is, not what happened.
const BodyVersion = 1

// SaleFacts is what does not change about a sale.
type SaleFacts struct {
	ID         ID     `json:"id"`
	Client     string `json:"client"`
	DateTime   string `json:"date_time"`
	Number     int    `json:"number"`
	Digest     string `json:"digest"` // hex
	Channel    string `json:"channel"`
	Operation  string `json:"operation"`
	Merchant   string `json:"merchant"`
	Terminal   string `json:"terminal"`
	Cashier    string `json:"cashier"`
	Product    string `json:"product"`
	Supplier   string `json:"supplier"` // asked first
	Target     string `json:"target"`
	Quantity   int    `json:"quantity"`
	Tender     int64  `json:"tender"`
	Commission int64  `json:"commission"`
	Currency   string `json:"currency"`
	ReceiptNo  string `json:"receipt_no"`
}

// LegFacts is a leg as it was opened; State is not open if it was closed in
// the same commit.
type LegFacts struct {
	ID        ID        `json:"id"`
	SaleID    ID        `json:"sale_id"`
	Direction Direction `json:"direction"`
	Vend      bool      `json:"vend"`
	Operation string    `json:"operation"`
	Party     string    `json:"party"`
	DateTime  string    `json:"date_time"`
	Number    int       `json:"number"`
	Amount    int64     `json:"amount"`
	Target    string    `json:"target"`
	Node      string    `json:"node"`
	State     LegState  `json:"state"`
	Code      string    `json:"code,omitempty"`
	Note      string    `json:"note,omitempty"`
}

// LegEnd is what became of a leg. Code and Note replace the earlier ones.
type LegEnd struct {
	ID       ID       `json:"id"`
	State    LegState `json:"state"`
	Code     string   `json:"code,omitempty"`
	Note     string   `json:"note,omitempty"`
	Evidence string   `json:"evidence,omitempty"` // SHA-256 of the sealed answer, hex; empty: as before
}

// OpenedBody: the sale is held, both legs are open.
type OpenedBody struct {
	V    int       `json:"v"`
	Sale SaleFacts `json:"sale"`
	Hold int64     `json:"hold"`
	In   LegFacts  `json:"in"`
	Out  LegFacts  `json:"out"`
}

// MovedBody: the sale went from one state to another, or stayed held and went
// to another supplier.
type MovedBody struct {
	V        int       `json:"v"`
	SaleID   ID        `json:"sale_id"`
	From     SaleState `json:"from"`
	To       SaleState `json:"to"`
	Reason   string    `json:"reason,omitempty"`
	Supplier string    `json:"supplier"`
	Released int64     `json:"released,omitempty"` // taken off the hold and the float's held
	Leg      *LegEnd   `json:"leg,omitempty"`      // the outbound leg
	In       *LegEnd   `json:"in,omitempty"`       // the inbound leg; its note stays
	Next     *LegFacts `json:"next,omitempty"`     // opened in the same commit
	Outcome  string    `json:"outcome,omitempty"`  // SHA-256 of the sealed outcome, hex; empty: as before
	Tokens   []string  `json:"tokens,omitempty"`   // keyed hashes, hex
	By       []string  `json:"by,omitempty"`       // the two persons who decided it
	Note     string    `json:"note,omitempty"`
	Evidence string    `json:"evidence,omitempty"` // where the persons' proof is
}

// SoldBody: vouchers were sold from stock.
type SoldBody struct {
	V        int       `json:"v"`
	Sale     SaleFacts `json:"sale"`
	In       LegFacts  `json:"in"`
	Vouchers []ID      `json:"vouchers"`
	Outcome  string    `json:"outcome"` // SHA-256 of the sealed outcome, hex
}

// RefusedBody: the request was authenticated and refused.
type RefusedBody struct {
	V       int       `json:"v"`
	Sale    SaleFacts `json:"sale"`
	In      LegFacts  `json:"in"`
	Reason  string    `json:"reason"`
	Outcome string    `json:"outcome,omitempty"`
}

// LegOpenedBody: a lookup came in, or a lookup, trial or advice is about to go out.
// Digest is given where the leg claims its message id.
type LegOpenedBody struct {
	V      int      `json:"v"`
	Leg    LegFacts `json:"leg"`
	Digest string   `json:"digest,omitempty"`
}

// LegClosedBody: such a leg was answered.
type LegClosedBody struct {
	V   int    `json:"v"`
	Leg LegEnd `json:"leg"`
}

// VoidedBody: a message id was promised never to sell.
type VoidedBody struct {
	V         int    `json:"v"`
	Client    string `json:"client"`
	DateTime  string `json:"date_time"`
	Number    int    `json:"number"`
	Operation string `json:"operation"`
}

// DisclosedBody: tokens or PINs of a sale left once more.
type DisclosedBody struct {
	V      int    `json:"v"`
	Reason string `json:"reason"`
}

// ConfirmedBody: the client has confirmed a delivered sale. PayType is how the
// customer has paid in the end, empty if the client did not say.
type ConfirmedBody struct {
	V       int    `json:"v"`
	PayType string `json:"pay_type,omitempty"`
}

// BatchOpenedBody: a batch or a deposit slip began to count.
type BatchOpenedBody struct {
	V        int        `json:"v"`
	ID       ID         `json:"id"`
	Level    BatchLevel `json:"level"`
	Merchant string     `json:"merchant"`
	Client   string     `json:"client"`
	Terminal string     `json:"terminal,omitempty"`
	Cashier  string     `json:"cashier,omitempty"`
	SeqNo    int64      `json:"seq_no"`
	Parent   ID         `json:"parent"`
	OpenedAt time.Time  `json:"opened_at"`
	Message  string     `json:"message,omitempty"`
	Base     []ID       `json:"base"` // entries in its scope and reach that were there already
}

// BatchClosedBody: it has counted these entries, and they come to this.
type BatchClosedBody struct {
	V         int       `json:"v"`
	ID        ID        `json:"id"`
	ClosedAt  time.Time `json:"closed_at"`
	Message   string    `json:"message"`
	Reference string    `json:"reference,omitempty"` // of a deposit slip
	Sales     int64     `json:"sales"`
	Amount    int64     `json:"amount"`
	Counted   []ID      `json:"counted"`
	Summary   string    `json:"summary,omitempty"`
}

// OperatorBody: a party, product or route was made or changed. After is the
// record as it is now, without secrets.
type OperatorBody struct {
	V      int    `json:"v"`
	Action string `json:"action"` // such as "merchant.add"
	Key    string `json:"key"`
	After  any    `json:"after,omitempty"`
}

// CreditLineBody: a float's limit was moved.
type CreditLineBody struct {
	V        int    `json:"v"`
	Merchant string `json:"merchant"`
	Before   int64  `json:"before"`
	After    int64  `json:"after"`
	Currency string `json:"currency"`
}

// StockBody: a batch of vouchers was loaded.
type StockBody struct {
	V        int         `json:"v"`
	Supplier string      `json:"supplier"`
	Batch    string      `json:"batch"`
	Lines    []StockLine `json:"lines"`

	Awaiting       bool   `json:"awaiting,omitempty"` // approval; without it, all was on sale at once
	Source         string `json:"source,omitempty"`
	Order          string `json:"order,omitempty"`
	Agreement      int    `json:"agreement,omitempty"`
	Unattended     bool   `json:"unattended,omitempty"`
	CiphertextHash string `json:"ciphertext_hash,omitempty"` // SHA-256, hex
	CleartextHash  string `json:"cleartext_hash,omitempty"`
}

// StockMovedBody: vouchers went from one state to another. ProposedBy is the
// first of two persons, where it takes two.
type StockMovedBody struct {
	V          int          `json:"v"`
	Moves      []StockMoved `json:"moves"`
	Serials    []string     `json:"serials,omitempty"` // where they were named one by one
	Reason     string       `json:"reason,omitempty"`
	ProposedBy string       `json:"proposed_by,omitempty"`
}

// StockProposedBody: the first of two persons asks for a release or return, or
// approves what no person has loaded.
type StockProposedBody struct {
	V        int      `json:"v"`
	Action   string   `json:"action"`
	Supplier string   `json:"supplier"`
	Batch    string   `json:"batch"`
	Serials  []string `json:"serials,omitempty"`
	Reason   string   `json:"reason"`
}

// StockWithdrawnBody: what ProposedBy has proposed is withdrawn, by that person or
// another one.
type StockWithdrawnBody struct {
	V          int      `json:"v"`
	Action     string   `json:"action"`
	Supplier   string   `json:"supplier"`
	Batch      string   `json:"batch"`
	Serials    []string `json:"serials,omitempty"`
	Reason     string   `json:"reason"`
	ProposedBy string   `json:"proposed_by"`
}

// StockOrderedBody: vouchers were ordered from a supplier, or the file of that order
// is written again. Lines are as in the order, the sums those of all.
type StockOrderedBody struct {
	V         int         `json:"v"`
	Supplier  string      `json:"supplier"`
	Number    int64       `json:"number"`
	Agreement int         `json:"agreement"`
	Lines     []StockLine `json:"lines"`
	Count     int         `json:"count"`
	Face      int64       `json:"face"`
	Cost      int64       `json:"cost"`
	Again     bool        `json:"again,omitempty"`
}

// ExceptionBody: something for a person to look at.
type ExceptionBody struct {
	V        int    `json:"v"`
	ID       ID     `json:"id"`
	Kind     string `json:"kind"`
	Note     string `json:"note"`
	Evidence string `json:"evidence,omitempty"` // SHA-256 of the sealed evidence, hex
}

// ExceptionStepBody: somebody took it, or is done with it. The actor is the
// owner from then on, unless it ended with its sale: then it keeps the one it
// had.
type ExceptionStepBody struct {
	V    int       `json:"v"`
	ID   ID        `json:"id"`
	Note string    `json:"note,omitempty"`
	Sale SaleState `json:"sale,omitempty"` // what its sale became, which ended it
}

// ProposalBody: the first of two persons says what became of a sale.
type ProposalBody struct {
	V        int       `json:"v"`
	SaleID   ID        `json:"sale_id"`
	To       SaleState `json:"to"`
	Code     string    `json:"code,omitempty"`
	Note     string    `json:"note"`
	Evidence string    `json:"evidence"`
	Tokens   []string  `json:"tokens,omitempty"` // keyed hashes, hex
}

// PostedBody: a deposit, fee, correction or transfer.
type PostedBody struct {
	V         int    `json:"v"`
	Reference string `json:"reference,omitempty"`
	Note      string `json:"note,omitempty"`
}

// Entry is a line of the journal. Store.Post takes one; Store.Entries gives
// them back with their time and body.
type Entry struct {
	ID        ID        // made by Store.Post if zero
	At        time.Time // set by the ledger
	Kind      string
	SaleID    ID
	LegID     ID
	Actor     string
	Note      string
	Reference string // unique per kind if not empty
	Postings  []Posting
	Body      string // JSON, as stored
}

// fingerprint is how a body refers to sealed bytes: their SHA-256 in hex, and
// nothing if there are none.
func fingerprint(sealed []byte) string {
	if len(sealed) == 0 {
		return ""
	}
	sum := sha256.Sum256(sealed)
	return hex.EncodeToString(sum[:])
}

// facts of an order.
func (o Order) facts() SaleFacts {
	return SaleFacts{
		ID: o.ID, Client: o.Message.Client, DateTime: o.Message.DateTime, Number: o.Message.Number,
		Digest: hex.EncodeToString(o.Digest[:]), Channel: o.Channel, Operation: o.Operation,
		Merchant: o.Merchant, Terminal: o.Terminal, Cashier: o.Cashier, Product: o.Product,
		Supplier: o.Supplier, Target: o.Target, Quantity: o.Quantity, Tender: o.Tender,
		Commission: o.Commission, Currency: o.Currency, ReceiptNo: o.ReceiptNo,
	}
}

// facts of a leg.
func (l Leg) facts() LegFacts {
	return LegFacts{
		ID: l.ID, SaleID: l.SaleID, Direction: l.Direction, Vend: l.Vend, Operation: l.Operation,
		Party: l.Party, DateTime: l.DateTime, Number: l.Number, Amount: l.Amount, Target: l.Target,
		Node: l.Node, State: l.State, Code: l.Code, Note: l.Note,
	}
}
