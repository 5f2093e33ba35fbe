package ledger

import (
	"context"
	"errors"
	"fmt"
)

// Confirm journals that a client is through with a delivered sale, and how the
// customer has paid in the end. It moves nothing. It may be said again: the last
// one that names a pay type holds. Errors: ErrNotFound.
func (s *Store) Confirm(ctx context.Context, saleID ID, actor, payType string) error {
	var there int
	if err := s.row(ctx, "SELECT 1 FROM sale WHERE id = ?", saleID).Scan(&there); err != nil {
		return fmt.Errorf("sale %s: %w", saleID, notFound(err))
	}
	if actor == "" {
		return errors.New("confirm: actor must be given")
	}
	return s.writer.do(ctx, &confirm{saleID, actor, payType})
}

type confirm struct {
	saleID         ID
	actor, payType string
}

func (c *confirm) need(*needs) {}

func (c *confirm) decide(v *view) error {
	v.entry(NewID(), EntryConfirmed, c.saleID, ID{}, c.actor, ConfirmedBody{V: BodyVersion, PayType: c.payType}, nil)
	return nil
}
