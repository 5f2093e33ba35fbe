package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// ErrKeys means that the keys are not those that the database was sealed with.
// What is sealed in it cannot be read with them, and what they would seal could
// not be read with the right ones.
var ErrKeys = errors.New("the keys are not those of this database: restore your copy of its key file")

const keyCheck = "vendswitch"

// checkKeys compares the keys at hand with those that the database was first
// opened with.
func (s *Store) checkKeys(ctx context.Context) error {
	bound := []byte("key check")
	hash := s.sealer.Hash("key check", keyCheck)
	_, err := s.db.ExecContext(ctx, s.db.Rebind(`INSERT INTO key_check (id, sealed, hash) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING`),
		s.sealer.Seal([]byte(keyCheck), bound), hash)
	if err != nil {
		return fmt.Errorf("key check: %w", err)
	}
	var sealed, first []byte
	if err := s.row(ctx, "SELECT sealed, hash FROM key_check WHERE id = 1").Scan(&sealed, &first); err != nil {
		return fmt.Errorf("key check: %w", err)
	}
	plain, err := s.sealer.Open(sealed, bound)
	if err != nil || string(plain) != keyCheck || !bytes.Equal(hash, first) {
		return ErrKeys
	}
	return nil
}
