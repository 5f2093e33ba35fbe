package main

import (
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// What --json prints. All verbs keep to one style:
//
//   - keys are lowerCamelCase, and a thing has the same key wherever it appears;
//   - a record's own key is id, code or opName; a party, product or supplier that
//     it refers to is named by the noun (merchant, client, terminal, cashier,
//     product, supplier), and what is in the journal by saleID, legID, entryID;
//   - amounts are integers of minor units, rates basis points (…BP), durations
//     nanoseconds;
//   - times are RFC 3339 in UTC;
//   - what there is not (a time that has not come, a sale that it is not about, a
//     list without an end to choose from) is left out.
//
// Where a record has the fields of the ledger's own, it is converted as a whole,
// so that none can be forgotten.

type merchantRecord struct {
	Code     string        `json:"code"`
	Name     string        `json:"name"`
	Address  string        `json:"address"`
	Currency string        `json:"currency"`
	Status   ledger.Status `json:"status"`
}

// floatRecord is a merchant with its float.
type floatRecord struct {
	merchantRecord
	Posted     int64 `json:"posted"`
	Held       int64 `json:"held"`
	CreditLine int64 `json:"creditLine"`
	Available  int64 `json:"available"`

	Provisional int64 `json:"provisional"` // shown, not to be spent yet
}

type clientRecord struct {
	ID           string                 `json:"id"`
	Merchant     string                 `json:"merchant"`
	Dialect      string                 `json:"dialect"`
	Status       ledger.Status          `json:"status"`
	AnswerBudget time.Duration          `json:"answerBudget"`
	OnUnknown    ledger.UnknownAnswer   `json:"onUnknown"`
	OnDuplicate  ledger.DuplicateAnswer `json:"onDuplicate"`
	Rights       []string               `json:"rights,omitempty"`
}

type terminalRecord struct {
	Client string        `json:"client"`
	ID     string        `json:"id"`
	Status ledger.Status `json:"status"`
}

type cashierRecord struct {
	Client       string        `json:"client"`
	OpName       string        `json:"opName"`
	PasswordHash string        `json:"-"`
	Status       ledger.Status `json:"status"`
}

type operatorRecord struct {
	Name         string                `json:"name"`
	PasswordHash string                `json:"-"`
	Status       ledger.OperatorStatus `json:"status"`
	ProposedBy   string                `json:"proposedBy"`
}

type productRecord struct {
	Code         string             `json:"code"`
	Name         string             `json:"name"`
	Kind         ledger.ProductKind `json:"kind"`
	Supplier     string             `json:"supplier"`
	Face         int64              `json:"face"`
	Min          int64              `json:"min"`
	Max          int64              `json:"max"`
	Currency     string             `json:"currency"`
	CommissionBP int                `json:"commissionBP"`
	Instructions string             `json:"instructions"`
	Status       ledger.Status      `json:"status"`
}

type supplierRecord struct {
	Code         string              `json:"code"`
	Name         string              `json:"name"`
	Address      string              `json:"address"`
	TaxRef       string              `json:"taxRef"`
	Kind         ledger.SupplierKind `json:"kind"`
	VATBP        int                 `json:"vatBP"`
	CommissionBP int                 `json:"commissionBP"`
	Status       ledger.Status       `json:"status"`
	URL          string              `json:"url"`
	ClientID     string              `json:"clientID"` // ours there, as the next two
	TerminalID   string              `json:"terminalID"`
	OpName       string              `json:"opName"`
	Password     string              `json:"-"`
	Dialect      string              `json:"dialect"`
	Timeout      time.Duration       `json:"timeout"`
	SettleAfter  time.Duration       `json:"settleAfter"`
	UTCOffset    time.Duration       `json:"utcOffset"`
	Declined     []string            `json:"declined,omitempty"`
}

type routeRecord struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Supplier string `json:"supplier"`
}

// stockRecord is a ledger.StockLine, which has its keys already, by expiry date.
type stockRecord struct {
	ledger.StockLine
	State     ledger.StockState `json:"state"`
	ExpiresOn string            `json:"expiresOn,omitempty"`
}

// messageRecord is a message id as it was sent: its dateTime is a text, not a
// time.
type messageRecord struct {
	DateTime string `json:"dateTime"`
	Number   int    `json:"number"`
}

type saleRecord struct {
	ID         ledger.ID        `json:"id"`
	Message    messageRecord    `json:"message"`
	Channel    string           `json:"channel"`
	Operation  string           `json:"operation"`
	Merchant   string           `json:"merchant"`
	Client     string           `json:"client"`
	Terminal   string           `json:"terminal"`
	Cashier    string           `json:"cashier"`
	Product    string           `json:"product"`
	Supplier   string           `json:"supplier"`
	Target     string           `json:"target"`
	Quantity   int              `json:"quantity"`
	Tender     int64            `json:"tender"`
	Commission int64            `json:"commission"`
	Hold       int64            `json:"hold"`
	Currency   string           `json:"currency"`
	ReceiptNo  string           `json:"receiptNo"`
	State      ledger.SaleState `json:"state"`
	Reason     string           `json:"reason"`
	OpenedAt   time.Time        `json:"openedAt"`
	SettledAt  time.Time        `json:"settledAt,omitzero"`
}

func newSaleRecord(s ledger.Sale) saleRecord {
	return saleRecord{
		ID: s.ID, Message: messageRecord{s.Message.DateTime, s.Message.Number}, Channel: s.Channel, Operation: s.Operation,
		Merchant: s.Merchant, Client: s.Client, Terminal: s.Terminal, Cashier: s.Cashier, Product: s.Product,
		Supplier: s.Supplier, Target: s.Target, Quantity: s.Quantity, Tender: s.Tender, Commission: s.Commission,
		Hold: s.Hold, Currency: s.Currency, ReceiptNo: s.ReceiptNo, State: s.State, Reason: s.Reason,
		OpenedAt: s.OpenedAt, SettledAt: s.SettledAt,
	}
}

type legRecord struct {
	ID         ledger.ID        `json:"id"`
	SaleID     ledger.ID        `json:"saleID,omitzero"`
	Direction  ledger.Direction `json:"direction"`
	Vend       bool             `json:"vend"`
	Operation  string           `json:"operation"`
	Party      string           `json:"party"` // the client of an inbound leg, the supplier of an outbound one
	Message    messageRecord    `json:"message"`
	State      ledger.LegState  `json:"state"`
	Code       string           `json:"code"`
	Note       string           `json:"note"`
	Amount     int64            `json:"amount"`
	Target     string           `json:"target"`
	Node       string           `json:"node"`
	OpenedAt   time.Time        `json:"openedAt"`
	LeaseUntil time.Time        `json:"leaseUntil,omitzero"`
	ClosedAt   time.Time        `json:"closedAt,omitzero"`
	Asked      int              `json:"asked"`
	Absent     int              `json:"absent"`
	NextAt     time.Time        `json:"nextAt,omitzero"`
}

func newLegRecord(l ledger.Leg) legRecord {
	return legRecord{
		ID: l.ID, SaleID: l.SaleID, Direction: l.Direction, Vend: l.Vend, Operation: l.Operation, Party: l.Party,
		Message: messageRecord{l.DateTime, l.Number}, State: l.State, Code: l.Code, Note: l.Note, Amount: l.Amount,
		Target: l.Target, Node: l.Node, OpenedAt: l.OpenedAt, LeaseUntil: l.LeaseUntil, ClosedAt: l.ClosedAt,
		Asked: l.Asked, Absent: l.Absent, NextAt: l.NextAt,
	}
}

// entryRecord is a line of the journal. Its body is the text that was written and
// is hashed by the seal.
type entryRecord struct {
	ID     ledger.ID `json:"id"`
	At     time.Time `json:"at"`
	Kind   string    `json:"kind"`
	SaleID ledger.ID `json:"saleID,omitzero"`
	LegID  ledger.ID `json:"legID,omitzero"`
	Actor  string    `json:"actor"`
	Body   string    `json:"body"`
}

type postingRecord struct {
	Account  string `json:"account"`
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// lineRecord is a posting with the entry that it belongs to.
type lineRecord struct {
	EntryID ledger.ID `json:"entryID"`
	At      time.Time `json:"at"`
	Kind    string    `json:"kind"`
	SaleID  ledger.ID `json:"saleID,omitzero"`
	Line    int       `json:"line"`
	postingRecord
}

type balanceRecord struct {
	Account  string `json:"account"`
	Currency string `json:"currency"`
	Balance  int64  `json:"balance"`
}

type closingRecord struct {
	EndedAt time.Time `json:"endedAt"` // the day
	balanceRecord
}

type exceptionRecord struct {
	ID       ledger.ID `json:"id"`
	Kind     string    `json:"kind"`
	SaleID   ledger.ID `json:"saleID,omitzero"`
	LegID    ledger.ID `json:"legID,omitzero"`
	Note     string    `json:"note"`
	Owner    string    `json:"owner"`
	OpenedAt time.Time `json:"openedAt"`
	ClosedAt time.Time `json:"closedAt,omitzero"`
}

// proposalRecord is what a first person proposes of a sale, without its tokens.
type proposalRecord struct {
	Actor    string           `json:"actor"`
	Note     string           `json:"note"`
	Evidence string           `json:"evidence"`
	State    ledger.SaleState `json:"state"`
	Code     string           `json:"code"`
	Postings []postingRecord  `json:"postings,omitempty"`
}

// storyRecord is a sale with everything the journal has on it.
type storyRecord struct {
	Sale     saleRecord      `json:"sale"`
	Legs     []legRecord     `json:"legs"`
	Entries  []entryRecord   `json:"entries"`
	Postings []lineRecord    `json:"postings"`
	Proposal *proposalRecord `json:"proposal,omitempty"`
}

func newStoryRecord(r saleReport) storyRecord {
	story := storyRecord{
		Sale: newSaleRecord(r.Sale), Legs: records(r.Legs, newLegRecord),
		Entries: records(r.Entries, newEntryRecord), Postings: records(r.Postings, newLineRecord),
	}
	if p := r.Proposal; p != nil {
		story.Proposal = &proposalRecord{p.Actor, p.Note, p.Evidence, p.State, p.Code, records(p.Postings, newPostingRecord)}
	}
	return story
}

func newEntryRecord(e ledger.Entry) entryRecord {
	return entryRecord{e.ID, e.At, e.Kind, e.SaleID, e.LegID, e.Actor, e.Body}
}

func newPostingRecord(p ledger.Posting) postingRecord { return postingRecord(p) }

func newLineRecord(p ledger.PostedLine) lineRecord {
	return lineRecord{p.EntryID, p.At, p.Kind, p.SaleID, p.Line, postingRecord(p.Posting)}
}

// records makes a record of each item; none make an empty list.
func records[T, R any](items []T, record func(T) R) []R {
	list := make([]R, len(items))
	for i, item := range items {
		list[i] = record(item)
	}
	return list
}

// recordOf is what --json prints of something.
func recordOf(v any) any {
	switch v := v.(type) {
	case ledger.Merchant:
		return merchantRecord(v)
	case merchantFloat:
		return floatRecord{merchantRecord(v.Merchant), v.Posted, v.Held, v.CreditLine, v.Available(), v.provisional}
	case ledger.Client:
		return clientRecord(v)
	case ledger.Terminal:
		return terminalRecord(v)
	case ledger.Operator:
		return operatorRecord(v)
	case ledger.Cashier:
		return cashierRecord(v)
	case ledger.Product:
		return productRecord(v)
	case ledger.Supplier:
		return supplierRecord(v)
	case ledger.RouteRange:
		return routeRecord(v)
	case ledger.StockBatch:
		return newStockBatchRecord(v)
	case ledger.StockProposal:
		return stockProposalRecord(v)
	case ledger.StockOrder:
		return newStockOrderRecord(v)
	case ledger.Cover:
		return newCoverRecord(v)
	case ledger.StockedVoucher:
		return newStockedRecord(v)
	case ledger.Delivery:
		return deliveryRecord(v)
	case ledger.Agreement:
		return newAgreementRecord(v)
	case ledger.StockLevel:
		return stockRecord(v)
	case ledger.Sale:
		return newSaleRecord(v)
	case ledger.Leg:
		return newLegRecord(v)
	case ledger.PostedLine:
		return newLineRecord(v)
	case ledger.AccountBalance:
		return balanceRecord(v)
	case ledger.ClosingBalance:
		return closingRecord{v.Cut, balanceRecord(v.AccountBalance)}
	case ledger.Tally:
		return newBatchRecord(v)
	case ledger.Exception:
		return exceptionRecord(v)
	case saleReport:
		return newStoryRecord(v)
	}
	if r := depositRecordOf(v); r != nil {
		return r
	}
	return v
}
