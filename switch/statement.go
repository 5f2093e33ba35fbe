package vending

import (
	"context"

	"github.com/vendswitch/vendswitch/ledger"
)

// StatementLength is how many entries a vendor's statement has at most.
const StatementLength = 20

// Statement reads the float of the caller's merchant with its last entries.
//
// Faults: CodeRight.
func (s *Switch) Statement(ctx context.Context, caller Caller, r Request) (ledger.Statement, error) {
	return lookup(ctx, s, caller, r, "", func(ctx context.Context) (ledger.Statement, error) {
		return s.ledger.Statement(ctx, caller.Merchant.Code, StatementLength)
	})
}
