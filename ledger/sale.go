package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// ID identifies a sale, a leg, an entry or an exception.
type ID = uuid.UUID

// NewID makes a time-ordered id (UUID version 7).
func NewID() ID { return uuid.Must(uuid.NewV7()) }

// MessageKey is a request's identity: XMLVend 2.1 makes clientID, dateTime and
// uniqueNumber together unique across the system. The dateTime is kept as sent,
// the number as an integer: 000412 is 412.
type MessageKey struct {
	Client   string
	DateTime string
	Number   int
}

// Digest is the SHA-256 of a request's content without its password.
type Digest [32]byte

// SaleState is the state of a sale. Refused, Declined, Delivered and Reversed
// are final but for the step from Delivered to Reversed.
type SaleState string

const (
	SaleRefused   SaleState = "refused"   // never held money
	SaleHeld      SaleState = "held"      // money held, an outbound leg open
	SaleUnknown   SaleState = "unknown"   // money held, outcome not known
	SaleDelivered SaleState = "delivered" // token or PIN handed out, money posted
	SaleDeclined  SaleState = "declined"  // nothing sold, hold released
	SaleReversed  SaleState = "reversed"  // undone by the supplier or by two people
)

// LegState is the state of one message exchange.
type LegState string

const (
	LegOpen        LegState = "open"
	LegAccepted    LegState = "accepted"
	LegDeclined    LegState = "declined"
	LegUnknown     LegState = "unknown"
	LegNotExecuted LegState = "not executed" // was unknown; the supplier never sold
)

// Final reports whether the state can still change.
func (s LegState) Final() bool { return s != LegOpen && s != LegUnknown }

// Direction of a leg, seen from the switch.
type Direction string

const (
	Inbound  Direction = "in"  // a request to us
	Outbound Direction = "out" // a request by us to a supplier
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotFound       = errors.New("not found")
	ErrExists         = errors.New("exists already")
	ErrFunds          = errors.New("insufficient funds")
	ErrStock          = errors.New("out of stock")
	ErrMessageTaken   = errors.New("message id was used for another request")
	ErrMessageVoid    = errors.New("message id was declared void")
	ErrRepeated       = errors.New("message id was seen before with the same content")
	ErrAlreadySettled = errors.New("leg has a different final state already")
	ErrTokenTaken     = errors.New("token belongs to another sale")
	ErrBlocked        = errors.New("account is blocked")
	ErrClosed         = errors.New("ledger is closed")
	ErrUpstreamTaken  = errors.New("our message id was used on this supplier's server before")
	ErrChanged        = errors.New("changed meanwhile by somebody else")
	ErrSamePerson     = errors.New("a second person must confirm")
	ErrNoOperator     = errors.New("not an active operator")
	ErrUnbalanced     = errors.New("postings do not sum to zero")
	ErrState          = errors.New("not possible in this state")
	ErrNoClaim        = errors.New("no single deposit that is nobody's is so")
	ErrClaims         = errors.New("claimed too often today")
	ErrStillUnknown   = errors.New("its sale is still unknown")
)

// MessageKind says what a message id was used for.
type MessageKind string

const (
	MessageSale   MessageKind = "sale"
	MessageLookup MessageKind = "lookup" // confirm, trial, catalogue, reprint, advice: may be asked again
	MessageVoid   MessageKind = "void"   // promised never to sell; see Store.Void
)

// Message is a claimed message id.
type Message struct {
	Key       MessageKey
	Kind      MessageKind
	Operation string
	Digest    Digest
	SaleID    ID // of a sale
	At        time.Time
}

// Sale is the current state of a sale.
type Sale struct {
	ID         ID
	Message    MessageKey
	Channel    string // "pos", later "sms", "ussd", "web"
	Operation  string // "creditVend", "voucherVend"
	Merchant   string
	Client     string
	Terminal   string
	Cashier    string
	Product    string
	Supplier   string // who fulfilled it, or was last asked to
	Target     string // meter number or recipient
	Quantity   int
	Tender     int64 // what the consumer pays
	Commission int64 // the merchant's, given at the sale
	Hold       int64 // Tender less Commission, while Held or Unknown
	Currency   string
	ReceiptNo  string // ours, printed on every slip
	State      SaleState
	Reason     string // closed set of codes; why it was refused or declined
	OpenedAt   time.Time
	SettledAt  time.Time
	Outcome    []byte `json:"-"` // opened (not sealed) outcome record, nil while there is none
}

// String leaves the outcome out, which holds tokens or PINs.
func (s Sale) String() string {
	return fmt.Sprintf("sale %s of %s, %s: %s", s.ID, s.Product, s.Merchant, s.State)
}

// Leg is one exchange of a request and its answer.
type Leg struct {
	ID         ID
	SaleID     ID // zero for a lookup
	Direction  Direction
	Vend       bool   // outbound: it buys, and its outcome decides its sale
	Operation  string // "creditVend", "trialCreditVend", "confirmCustomer", "lastResponse"
	Party      string // client id of an inbound leg, supplier code of an outbound one
	DateTime   string // message id as sent
	Number     int
	State      LegState
	Code       string // fault class or error code, empty when all is well
	Note       string // schema deviations, fault text; never a token or PIN
	Amount     int64  // tender asked for
	Target     string
	Node       string
	OpenedAt   time.Time
	LeaseUntil time.Time
	ClosedAt   time.Time
	Asked      int       // advices sent about it
	Absent     int       // of those, answers "no such transaction"
	NextAt     time.Time // when the resolver asks again
}

// Exception is something a person has to look at.
type Exception struct {
	ID       ID
	Kind     string // closed set: see exception.go
	SaleID   ID
	LegID    ID
	Note     string
	Owner    string // empty until somebody takes it
	OpenedAt time.Time
	ClosedAt time.Time
}
