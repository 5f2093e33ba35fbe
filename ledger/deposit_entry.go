package ledger

import (
	"encoding/hex"
	"time"
)

// DepositFacts is what does not change about a deposit. The reference is kept as
// its keyed hash, as payers write names into it and the journal is for ever.
type DepositFacts struct {
	ID        ID         `json:"id"`
	Bank      string     `json:"bank"`
	Account   string     `json:"account"`
	Currency  string     `json:"currency"`
	Amount    int64      `json:"amount"`
	Kind      string     `json:"kind"`
	Reference string     `json:"reference"` // keyed hash, hex
	Date      string     `json:"date,omitempty"`
	BankedAt  *time.Time `json:"banked_at,omitempty"`
	Balance   *int64     `json:"balance,omitempty"`
	SeenAt    time.Time  `json:"seen_at"`
}

// DepositStanding is what may change about a deposit, as it is after the entry.
type DepositStanding struct {
	Step      int          `json:"step"` // counts a deposit's entries of this kind from 0
	State     DepositState `json:"state"`
	Merchant  string       `json:"merchant,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Unmatched string       `json:"unmatched,omitempty"`
	Unproven  bool         `json:"unproven,omitempty"`
	Capped    bool         `json:"capped,omitempty"`
	Doubt     string       `json:"doubt,omitempty"`
	Alike     ID           `json:"alike,omitzero"`
	Fee       int64        `json:"fee,omitempty"`
	FeeRule   string       `json:"fee_rule,omitempty"`
}

// DepositBody: a deposit was told of for the first time.
type DepositBody struct {
	V        int             `json:"v"`
	Facts    DepositFacts    `json:"facts"`
	Standing DepositStanding `json:"standing"`
	Message  ID              `json:"message,omitzero"` // that told of it
	By       []string        `json:"by,omitempty"`     // who entered it by hand
	Note     string          `json:"note,omitempty"`
}

// DepositMovedBody: what is known of a deposit has changed, and with it perhaps
// its state.
type DepositMovedBody struct {
	V        int             `json:"v"`
	ID       ID              `json:"id"`
	From     DepositState    `json:"from"`
	Standing DepositStanding `json:"standing"`
	Message  ID              `json:"message,omitzero"` // that brought it about
	By       []string        `json:"by,omitempty"`     // who decided it
	Evidence string          `json:"evidence,omitempty"`
	Note     string          `json:"note,omitempty"`
}

// DepositProposalBody: the first of two persons, or a merchant by its claim, says
// what is to be done with a deposit.
type DepositProposalBody struct {
	V        int        `json:"v"`
	ID       ID         `json:"id"`
	Act      DepositAct `json:"act"`
	Merchant string     `json:"merchant,omitempty"`
	Evidence string     `json:"evidence"`
}

// DepositClaimBody: a merchant has claimed money. ID is zero if no deposit was
// found that is so, and is nobody's.
type DepositClaimBody struct {
	V        int    `json:"v"`
	Merchant string `json:"merchant"`
	ID       ID     `json:"id,omitzero"`
	Amount   int64  `json:"amount"`
	Date     string `json:"date,omitempty"`
	Minute   string `json:"minute,omitempty"`
	Account  string `json:"account"` // its last digits
}

// SightingFacts is a notification of a message and the deposit that it tells of.
type SightingFacts struct {
	N        int           `json:"n"`
	Deposit  ID            `json:"deposit"`
	Relation SightRelation `json:"relation"`

	// What it says.
	Account  string     `json:"account,omitempty"`
	Date     string     `json:"date,omitempty"`
	BankedAt *time.Time `json:"banked_at,omitempty"`
	Balance  *int64     `json:"balance,omitempty"`
}

// BankMessageBody: a bank's message was dealt with.
type BankMessageBody struct {
	V         int             `json:"v"`
	ID        ID              `json:"id"`
	Channel   Channel         `json:"channel"`
	Hash      string          `json:"hash"` // of the content, keyed, hex
	Action    string          `json:"action"`
	Reason    string          `json:"reason,omitempty"`
	Template  string          `json:"template,omitempty"`
	Review    bool            `json:"review,omitempty"`
	Sightings []SightingFacts `json:"sightings,omitempty"`
}

func (s Sighting) facts() SightingFacts {
	return SightingFacts{N: s.N, Deposit: s.DepositID, Relation: s.Relation, Account: s.Account, Date: s.Date, BankedAt: given(s.BankedAt), Balance: s.Balance}
}

// given is a time, or nil for none.
func given(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	at = micro(at)
	return &at
}

func (d *Deposit) facts(s *Store) DepositFacts {
	return DepositFacts{ID: d.ID, Bank: d.Bank, Account: d.Account, Currency: d.Currency, Amount: d.Amount, Kind: d.Kind,
		Reference: hex.EncodeToString(s.referenceHash(d.Reference)), Date: d.Date, BankedAt: given(d.BankedAt), Balance: d.Balance,
		SeenAt: d.SeenAt}
}

func (d *Deposit) standing() DepositStanding {
	return DepositStanding{Step: d.step, State: d.State, Merchant: d.Merchant, Reason: d.Reason, Unmatched: d.Unmatched, Unproven: d.Unproven, Capped: d.Capped,
		Doubt: d.doubt, Alike: d.Alike, Fee: d.Fee, FeeRule: d.FeeRule}
}
