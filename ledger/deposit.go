package ledger

import (
	"time"
)

// A deposit is money that a bank says has come in. It is told of by messages, each
// of which may come again, and by more than one channel; whatever comes in whatever
// order on whichever node, a deposit is credited once. See deposit_match.go for how
// a notification is known to be another sight of a deposit, and deposit_state.go
// for what becomes of one.

// DepositState says where the money of a deposit is.
type DepositState string

const (
	DepositCredited    DepositState = "credited"    // on the merchant's float
	DepositProvisional DepositState = "provisional" // nothing is posted: what told of it does not suffice for the amount
	DepositSuspense    DepositState = "suspense"    // at the bank and in suspense: the merchant is not known
	DepositHeld        DepositState = "held"        // in suspense, for the merchant that it names: above the cap, a person must approve
	DepositReview      DepositState = "review"      // nothing is posted: it may be a deposit that is there already
	DepositReturned    DepositState = "returned"    // the bank took it back
	DepositRefused     DepositState = "refused"     // nothing was posted: two people say that there is no such money
)

// posted reports whether the state has the money in the books.
func (s DepositState) posted() bool {
	return s == DepositCredited || s == DepositSuspense || s == DepositHeld
}

// Why a deposit is in review.
const (
	doubtWeak      = "weak"      // the same content by the same channel, without a minute or a balance that would tell two apart
	doubtMatch     = "match"     // the same but for the balance
	doubtResembles = "resembles" // the same but for a minute close by, or for what one of the two does not show
)

// Deposit is the current state of a deposit.
type Deposit struct {
	ID        ID
	Bank      string
	Account   string // the operator's; empty if the bank does not show which
	Currency  string
	Amount    int64  // minor units
	Kind      string // how it was paid in, such as "eft" or "cash"
	Reference string // as the payer wrote it; sealed at rest
	Date      string // yyyy-mm-dd, as the bank says; empty if it does not
	BankedAt  time.Time
	Balance   *int64 // of the account afterwards, as the bank says
	Merchant  string // empty while it is not known
	State     DepositState
	Reason    string // why it waits, or what else is to be said
	Unmatched string // why no merchant is known
	Unproven  bool   // seen by nothing that suffices for the amount
	Capped    bool   // above the cap
	Alike     ID     // the deposit that it may be the same as
	Fee       int64  // VAT included
	FeeRule   string // which produced the fee
	SeenAt    time.Time
	SettledAt time.Time // when it got its state

	doubt string
	step  int // counts the entries that made it what it is
}

// SightRelation says what a notification is to a deposit.
type SightRelation string

const (
	SightFirst        SightRelation = "first"
	SightConfirmation SightRelation = "confirmation" // by another channel
	SightDuplicate    SightRelation = "duplicate"    // by the same channel again
)

// Sighting is one notification of a deposit.
type Sighting struct {
	Message   ID
	N         int // the notification in its message, from 1
	DepositID ID
	Relation  SightRelation
	Channel   Channel
	At        time.Time // when the message was received

	// What it says, which may be less than another says of the same deposit.
	Account  string
	Date     string
	BankedAt time.Time
	Balance  *int64
}

// Notification is what a bank's message says of one movement of money.
type Notification struct {
	Bank      string
	Account   string // the operator's; empty if the bank does not show which
	Currency  string
	Amount    int64
	Kind      string
	Reference string    // compared without regard to case
	Date      string    // yyyy-mm-dd; empty if the bank gives none
	BankedAt  time.Time // the minute; zero if the bank gives none
	Balance   *int64    // nil if the bank gives none
	Merchant  string    // whose key the reference has; empty: none, or more than one
	Unmatched string    // without a merchant: why
	Unproven  bool      // the channel does not suffice for this amount
	Capped    bool      // the amount is above the cap
}

// DepositEvent is what happens to a deposit, for its postings and for who is told.
type DepositEvent string

const (
	EventCredited    DepositEvent = "credited"    // bank to float
	EventSuspended   DepositEvent = "suspended"   // bank to suspense
	EventClaimed     DepositEvent = "claimed"     // suspense to float
	EventReturned    DepositEvent = "returned"    // float back to the bank
	EventWithdrawn   DepositEvent = "withdrawn"   // suspense back to the bank
	EventProvisional DepositEvent = "provisional" // shown, nothing posted
	EventWaiting     DepositEvent = "waiting"     // in review, nothing posted
	EventConfirmed   DepositEvent = "confirmed"   // seen by another channel, nothing else changed
	EventRefused     DepositEvent = "refused"     // nothing posted
)

// posts reports whether the event moves money.
func (e DepositEvent) posts() bool {
	switch e {
	case EventCredited, EventSuspended, EventClaimed, EventReturned, EventWithdrawn:
		return true
	}
	return false
}

// DepositFee is what we charge for a deposit.
type DepositFee struct {
	Amount int64  // VAT included
	Rule   string // which produced it, with its version
}

// DepositNews is what a merchant may be told of.
type DepositNews struct {
	Event     DepositEvent
	Deposit   Deposit    // as it is afterwards
	Available int64      // on the merchant's float, afterwards
	Sightings []Sighting // so far, the first one first
	Contacts  []Contact  // of the merchant
}

// DepositTerms are what the ledger is told of deposits by who calls it. Each func
// must be pure: it may be called more than once, under locks, and must be quick.
type DepositTerms struct {
	// Fee is what a deposit costs its merchant; nil is nothing. One of more than
	// the deposit is limited to it.
	Fee func(Deposit) DepositFee

	// Postings makes the lines of an event that moves money; chart.DepositPostings
	// is one.
	Postings func(DepositEvent, Deposit) []Posting

	// Tell makes what a deposit's merchant is told of an event; nil is nothing.
	Tell func(DepositNews) []NoticeDraft

	// Resemble is how far apart two deposits may be that are alike in all but the
	// minute, and may be one; zero means DefaultResemble, less than zero none.
	Resemble time.Duration
}

// DefaultResemble is how close together deposits of the same amount and reference
// to the same account are taken for what may be one, told of twice.
const DefaultResemble = 5 * time.Minute

func (t DepositTerms) resemble() time.Duration {
	if t.Resemble == 0 {
		return DefaultResemble
	}
	return max(t.Resemble, 0)
}
