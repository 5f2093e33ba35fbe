package ledger

import (
	"context"
	"errors"
)

var errStub = errors.New("not yet")

// ResolveRequest is what one person says became of a sale. Everything but
// Actor and Note must be equal in the proposal and its confirmation.
type ResolveRequest struct {
	Actor    string
	Note     string
	Evidence string    // reference to what proves it
	State    SaleState // SaleDelivered or SaleDeclined of an unknown sale, SaleReversed of a delivered one
	Code     string
	Tokens   []string
	Postings []Posting
	Deliver  Deliver
}

// Resolution is what came of a ResolveRequest.
type Resolution struct {
	Sale    Sale
	Settled bool   // false: proposed, waits for a second person
	By      string // who proposed
}

func (s *Store) Resolve(ctx context.Context, saleID ID, r ResolveRequest) (Resolution, error) {
	return Resolution{}, errStub
}

// Proposal of a sale that waits for a second person, Deliver and Postings
// apart. Errors: ErrNotFound.
func (s *Store) Proposal(ctx context.Context, saleID ID) (ResolveRequest, error) {
	return ResolveRequest{}, errStub
}
