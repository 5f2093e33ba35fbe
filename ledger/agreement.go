package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// AgreementState is where a version of an agreement stands.
type AgreementState string

const (
	AgreementProposed  AgreementState = "proposed"  // a second person must approve it
	AgreementActive    AgreementState = "active"    // in force
	AgreementReplaced  AgreementState = "replaced"  // it was in force
	AgreementWithdrawn AgreementState = "withdrawn" // another was proposed in its place
)

// Agreement is what is agreed with a supplier: how its files are read, who signs
// them, what they cost. The body is the caller's; it holds no secrets.
type Agreement struct {
	Supplier   string
	Version    int // counts a supplier's agreements from 1
	Body       string
	Digest     string // SHA-256 of the body, hex
	ProposedBy string
	ProposedAt time.Time
	ApprovedBy string
	ApprovedAt time.Time
	State      AgreementState
}

const agreementColumns = "supplier, version, body, digest, proposed_by, proposed_at, approved_by, approved_at, state"

func scanAgreement(row scanner) (a Agreement, err error) {
	var approved *time.Time
	err = row.Scan(&a.Supplier, &a.Version, &a.Body, &a.Digest, &a.ProposedBy, &a.ProposedAt, &a.ApprovedBy, &approved, &a.State)
	a.ProposedAt = a.ProposedAt.UTC()
	if approved != nil {
		a.ApprovedAt = approved.UTC()
	}
	return a, err
}

// ProposeAgreement proposes a new version of a supplier's agreement, in the place
// of one that is proposed already. Errors: ErrNotFound (the supplier), ErrExists
// (it is in force, word for word), ErrBusy.
func (s *Store) ProposeAgreement(ctx context.Context, actor, supplier, body string) (Agreement, error) {
	if strings.TrimSpace(actor) == "" || strings.TrimSpace(body) == "" {
		return Agreement{}, errors.New("who proposes it, and its text, must be given")
	}
	if !storable(supplier) || !storable(body) {
		return Agreement{}, errText
	}
	sum := sha256.Sum256([]byte(body))
	a := Agreement{Supplier: supplier, Body: body, Digest: hex.EncodeToString(sum[:]), ProposedBy: actor, State: AgreementProposed}
	err := s.retried(ctx, func(tx transaction) error {
		if err := lockSupplier(ctx, tx, supplier); err != nil {
			return err
		}
		var same int
		err := tx.get(ctx, &same, "SELECT COUNT(*) FROM agreement WHERE supplier = ? AND state = 'active' AND digest = ?", supplier, a.Digest)
		if err != nil {
			return err
		}
		if same > 0 {
			return saying(ErrExists, "this very agreement is in force")
		}
		if err := tx.get(ctx, &a.Version, "SELECT COALESCE(MAX(version), 0) + 1 FROM agreement WHERE supplier = ?", supplier); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "UPDATE agreement SET state = 'withdrawn' WHERE supplier = ? AND state = 'proposed'", supplier); err != nil {
			return err
		}
		if a.ProposedAt, err = s.journalAgreement(ctx, tx, actor, "agreement.propose", a); err != nil {
			return err
		}
		_, err = tx.exec(ctx, "INSERT INTO agreement ("+agreementColumns+") VALUES (?, ?, ?, ?, ?, ?, '', NULL, 'proposed')",
			a.Supplier, a.Version, a.Body, a.Digest, actor, a.ProposedAt)
		return err
	})
	if err != nil {
		return Agreement{}, fmt.Errorf("agreement with %s: %w", supplier, err)
	}
	return a, nil
}

// ApproveAgreement puts the proposed version in force. Only somebody else than
// who proposed it may. Errors: ErrNotFound (the supplier, or no such version),
// ErrState (it is not proposed), ErrSamePerson, ErrBusy.
func (s *Store) ApproveAgreement(ctx context.Context, actor, supplier string, version int) (a Agreement, err error) {
	if strings.TrimSpace(actor) == "" {
		return a, errors.New("who approves it must be given")
	}
	err = s.retried(ctx, func(tx transaction) error {
		if err := lockSupplier(ctx, tx, supplier); err != nil {
			return err
		}
		var row struct {
			State, Digest string
			By            string `db:"proposed_by"`
		}
		err := tx.get(ctx, &row, "SELECT state, digest, proposed_by FROM agreement WHERE supplier = ? AND version = ?", supplier, version)
		switch {
		case err != nil:
			return err
		case row.State != string(AgreementProposed):
			return saying(ErrState, "it is %s, not proposed", row.State)
		case SamePerson(row.By, actor):
			return ErrSamePerson
		}
		if _, err := tx.exec(ctx, "UPDATE agreement SET state = 'replaced' WHERE supplier = ? AND state = 'active'", supplier); err != nil {
			return err
		}
		at, err := s.journalAgreement(ctx, tx, actor, "agreement.approve", Agreement{Supplier: supplier, Version: version, Digest: row.Digest, ProposedBy: row.By})
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, "UPDATE agreement SET state = 'active', approved_by = ?, approved_at = ? WHERE supplier = ? AND version = ?",
			actor, at, supplier, version)
		return err
	})
	if err != nil {
		return Agreement{}, fmt.Errorf("agreement %d with %s: %w", version, supplier, err)
	}
	return scanAgreement(s.row(ctx, "SELECT "+agreementColumns+" FROM agreement WHERE supplier = ? AND version = ?", supplier, version))
}

// lockSupplier keeps others from changing what is agreed with a supplier.
func lockSupplier(ctx context.Context, tx transaction, supplier string) error {
	n, err := tx.exec(ctx, "UPDATE supplier SET code = code WHERE code = ?", supplier)
	if err == nil && n == 0 {
		return fmt.Errorf("supplier %w", ErrNotFound)
	}
	return err
}

func (s *Store) journalAgreement(ctx context.Context, tx transaction, actor, action string, a Agreement) (time.Time, error) {
	return s.journal(ctx, tx, NewID(), EntryOperator, actor, OperatorBody{V: BodyVersion, Action: action,
		Key: fmt.Sprintf("%s/%d", a.Supplier, a.Version), After: map[string]string{"digest": a.Digest, "proposed_by": a.ProposedBy}}, nil)
}

// Agreement is the one in force with a supplier. Errors: ErrNotFound.
func (s *Store) Agreement(ctx context.Context, supplier string) (Agreement, error) {
	a, err := scanAgreement(s.row(ctx, "SELECT "+agreementColumns+" FROM agreement WHERE supplier = ? AND state = 'active'", supplier))
	return a, notFound(err)
}

// Agreements lists the versions of all agreements, or of one supplier's, the
// latest first.
func (s *Store) Agreements(ctx context.Context, supplier string) ([]Agreement, error) {
	var w where
	w.text("supplier", supplier)
	return collect(ctx, s, scanAgreement, "SELECT "+agreementColumns+" FROM agreement"+w.limited("supplier, version DESC", -1), w.args...)
}
