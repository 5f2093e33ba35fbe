package ledger

import "context"

// GroupSupplier finds the supplier of a supply group in the meter book. Errors:
// ErrNotFound, also when the book has meters of the group at several suppliers.
func (s *Store) GroupSupplier(ctx context.Context, group string) (string, error) {
	var supplier string
	var suppliers int
	err := s.row(ctx, "SELECT coalesce(min(supplier), ''), count(DISTINCT supplier) FROM meter WHERE supply_group = ?", group).Scan(&supplier, &suppliers)
	if err != nil {
		return "", err
	}
	if suppliers != 1 {
		return "", ErrNotFound
	}
	return supplier, nil
}
