package ledger

import (
	"context"
	"crypto/hmac"
	"database/sql"
	"errors"
	"fmt"

	"github.com/jmoiron/sqlx"
)

// byKey makes PostgreSQL reach rows by their keys. Queries of View and Exclusive
// read tables in pages, and left to itself the planner joins a page by walking
// the other table from its beginning.
const byKey = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"

// View reads from a snapshot: all queries of one call see the database as it
// was at the first of them. Each should read a page of rows by their keys. It is
// for package audit. While it runs, what was deleted or replaced cannot be
// reclaimed, so it should not run for hours.
func (s *Store) View(ctx context.Context, read func(*sqlx.Tx) error) error {
	tx, err := s.db.BeginTxx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer tx.Rollback() // there is nothing to commit
	if _, isEmbedded := s.engine.(*sqlite); !isEmbedded {
		if _, err := tx.ExecContext(ctx, byKey); err != nil {
			return fmt.Errorf("ledger: %w", err)
		}
	}
	return read(tx)
}

// Exclusive runs write in a transaction of which, among all nodes and for one
// lock number, there is only one at a time. It is for package audit. If another
// one runs it returns false at once, without having called write; SQLite, which
// has a single writer, waits for its turn instead.
func (s *Store) Exclusive(ctx context.Context, lock int64, write func(*sqlx.Tx) error) (ran bool, err error) {
	db := s.db // its sessions are not the writer's, whose pool is small
	embedded, isEmbedded := s.engine.(*sqlite)
	if isEmbedded {
		db = embedded.db
	}
	tx, err := db.BeginTxx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("ledger: %w", err)
	}
	defer tx.Rollback() // does nothing after a commit
	if !isEmbedded {
		if _, err := tx.ExecContext(ctx, byKey); err != nil {
			return false, fmt.Errorf("ledger: %w", err)
		}
		var got bool
		if err := tx.GetContext(ctx, &got, "SELECT pg_try_advisory_xact_lock($1)", lock); err != nil || !got {
			return false, err
		}
	}
	if err := write(tx); err != nil {
		return false, err
	}
	return true, tx.Commit()
}

// OpenOutcome opens the outcome stored for a sale.
func OpenOutcome(keys Sealer, saleID ID, sealed []byte) ([]byte, error) {
	return keys.Open(sealed, aad("outcome", saleID))
}

// CheckPIN opens a voucher's PIN and compares it with its keyed hash. The error
// never tells the PIN.
func CheckPIN(keys Sealer, voucherID ID, sealed, hash []byte) error {
	pin, err := keys.Open(sealed, aad("pin", voucherID))
	if err != nil {
		return err
	}
	if !hmac.Equal(keys.Hash("pin", string(pin)), hash) {
		return errors.New("the keyed hash is not that of the PIN")
	}
	return nil
}

// CheckBankMessage opens the content of a bank's message and compares it with its
// keyed hash.
func CheckBankMessage(keys Sealer, id ID, sealed, hash []byte) error {
	content, err := keys.Open(sealed, aad("bank message", id))
	if err != nil {
		return err
	}
	if !hmac.Equal(keys.Hash("bank message", string(content)), hash) {
		return errors.New("the keyed hash is not that of the content")
	}
	return nil
}

// CheckReference opens the reference of a deposit and compares it with its keyed
// hash.
func CheckReference(keys Sealer, id ID, sealed, hash []byte) error {
	reference, err := keys.Open(sealed, aad("deposit reference", id))
	if err != nil {
		return err
	}
	if !hmac.Equal(hashReference(keys, string(reference)), hash) {
		return errors.New("the keyed hash is not that of the reference")
	}
	return nil
}

func hashReference(keys Sealer, reference string) []byte {
	return keys.Hash("deposit reference", foldReference(reference))
}
