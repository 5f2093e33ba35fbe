package ledger

import (
	"time"
)

// DepositAct is what two people do with a deposit.
type DepositAct string

const (
	ActAllocate DepositAct = "allocate" // to a merchant
	ActRefuse   DepositAct = "refuse"   // it is no money
	ActReturn   DepositAct = "return"   // the bank took it back
)

// DepositProposal is what one person, or a merchant by its claim, wants done.
type DepositProposal struct {
	DepositID ID
	Act       DepositAct
	Merchant  string // of an allocation
	Actor     string
	Evidence  string // where the proof is
	At        time.Time
}

type proposedRow struct {
	DepositID ID         `db:"deposit_id"`
	Act       DepositAct `db:"act"`
	Merchant  string     `db:"merchant"`
	Actor     string     `db:"actor"`
	Evidence  string     `db:"evidence"`
	At        time.Time  `db:"at"`
}

const proposedSelect = "SELECT deposit_id, act, merchant, actor, evidence, at FROM deposit_proposal"

func (r proposedRow) proposal() DepositProposal {
	r.At = r.At.UTC()
	return DepositProposal(r)
}
