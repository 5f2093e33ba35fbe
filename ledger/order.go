package ledger

import (
	"fmt"
	"time"
)

// Order is what the switch knows of a sale before anything has happened: what
// commit 1 writes.
type Order struct {
	ID         ID
	Message    MessageKey
	Digest     Digest
	Channel    string
	Operation  string
	Merchant   string
	Terminal   string
	Cashier    string
	Product    string
	Supplier   string
	Target     string // meter number or recipient
	Quantity   int    // vouchers; 1 for a token
	Tender     int64
	Commission int64
	Currency   string
	ReceiptNo  string
}

// Call is an outbound message to be sent as soon as its leg is committed.
type Call struct {
	LegID     ID
	Operation string
	Supplier  string
	DateTime  string // our message id on the supplier's server
	Number    int
	Amount    int64
	Target    string
	Lease     time.Duration // supplier's time-out and a margin; after it another node may take over
}

// Posting is one line of an entry. Positive amounts are debits, negative ones
// credits, in minor units of Currency. The postings of an entry sum to zero.
type Posting struct {
	Account  string
	Amount   int64
	Currency string
}

// Settlement is what the ledger tells the writer of an outcome, under the lock
// in which it is stored.
type Settlement struct {
	Sale      Sale      // as it will be after the commit
	Available int64     // on the merchant's float, after this sale
	Vouchers  []Voucher // of a stock sale, with their PINs
	At        time.Time
}

// Deliver renders the outcome record of a sale from its settlement. It must be
// a pure function: it may be called more than once, and only the result of the
// last call is kept. It runs while accounts are locked, so it must be quick.
type Deliver func(Settlement) (outcome []byte, err error)

// Closing is the end of an outbound leg of a sale: what commit 2 writes.
type Closing struct {
	LegID    ID
	State    LegState // Accepted, Declined, Unknown or NotExecuted
	Code     string
	Note     string
	Evidence []byte    // the supplier's raw answer, sealed by the ledger; nil if there was none
	NextAt   time.Time // of an unknown leg: when the resolver asks first

	// Of an accepted leg.
	Postings []Posting
	Tokens   []string // 20-digit credit tokens, for the rule that a token is sold once
	Overrun  string   // not empty: an exception is opened with this note (supplier's figure differs)
	Cancels  *Cancels // what the supplier has undone by it; nil of all but a cancellation

	// Deliver makes the stored outcome of a delivered, declined or not executed
	// sale. It is not called for Unknown, nor when Next is set.
	Deliver Deliver

	// Next, on a declined leg, opens another leg at another supplier in the same
	// commit; the sale stays held.
	Next *Call
}

// Cancels is a delivered sale that its supplier has undone.
type Cancels struct {
	SaleID   ID
	Postings []Posting // that undo the sale's
}

// String leaves out the tokens and the supplier's answer.
func (c Closing) String() string { return fmt.Sprintf("leg %s: %s %s", c.LegID, c.State, c.Code) }

// Purchase asks for vouchers from stock in one transaction.
type Purchase struct {
	Order
	Cutoff  time.Time // vouchers whose last day is before its day, in its zone, are not sold
	Deliver Deliver
	// Postings computes the entry's lines from the vouchers' costs.
	Postings func([]Voucher) []Posting
}

// Refusal is a request that was authenticated and then refused.
type Refusal struct {
	Order
	Code    string
	Note    string
	Deliver Deliver // renders the stored fault
}

// Lookup is an authenticated request that sells nothing.
type Lookup struct {
	LegID     ID // of its inbound leg, made by the caller with NewID, to be closed with Store.End
	Message   MessageKey
	Digest    Digest
	Operation string
	Target    string
}

// Voucher is one PIN of stock. PIN is sealed at rest; it is filled in only by
// the reads and sales that disclose it.
type Voucher struct {
	ID        ID
	Supplier  string
	Product   string
	Batch     string
	Serial    string
	PIN       string `json:"-"`
	Face      int64
	Cost      int64 // what the supplier charges us, including VAT
	Currency  string
	ExpiresOn string // yyyy-mm-dd, empty if it never does
	SaleID    ID
}

// String leaves the PIN out.
func (v Voucher) String() string { return v.Supplier + " " + v.Product + " " + v.Serial }
