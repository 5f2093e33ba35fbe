package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// maxAgreement is the largest text of an agreement that is read, in bytes.
const maxAgreement = 1 << 20

// agreementRecord is a version of an agreement, without its text.
type agreementRecord struct {
	Supplier   string                `json:"supplier"`
	Version    int                   `json:"version"`
	Digest     string                `json:"digest"`
	ProposedBy string                `json:"proposedBy"`
	ProposedAt time.Time             `json:"proposedAt"`
	ApprovedBy string                `json:"approvedBy"`
	ApprovedAt time.Time             `json:"approvedAt,omitzero"`
	State      ledger.AgreementState `json:"state"`
}

func newAgreementRecord(a ledger.Agreement) agreementRecord {
	return agreementRecord{a.Supplier, a.Version, a.Digest, a.ProposedBy, a.ProposedAt, a.ApprovedBy, a.ApprovedAt, a.State}
}

// agreementHints are what to do about an agreement that cannot be decided on.
var agreementHints = hints{
	ledger.ErrNotFound:   `"vendswitch supplier list" and "vendswitch supplier agreements" show those there are`,
	ledger.ErrState:      shows("supplier agreements"),
	ledger.ErrExists:     "there is nothing to change",
	ledger.ErrSamePerson: "who proposed an agreement cannot approve it",
}

type supplierAgreeCmd struct {
	Code string `arg:"" help:"Supplier code."`
	File string `arg:"" help:"File with what is agreed."`
}

// Help is printed below the flags.
func (supplierAgreeCmd) Help() string {
	return `Proposes a new version of the agreement. It is in force once a second person has approved it.

Example:

  vendswitch --by ayanda supplier agree CELLX cellx.toml`
}

// Run proposes the agreement.
func (c supplierAgreeCmd) Run(ctx context.Context, s *session) error {
	info, err := os.Stat(c.File)
	if err != nil {
		return err
	}
	if info.Size() > maxAgreement {
		return fmt.Errorf("%s is larger than %d bytes", c.File, maxAgreement)
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	if len(text) == 0 {
		return fmt.Errorf("%s is empty", c.File)
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := c.acceptable(ctx, store, text); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	a, err := store.ProposeAgreement(ctx, by, c.Code, string(text))
	if err != nil {
		return refusal("not proposed", err, agreementHints)
	}
	return s.done(a, "agreement %d with %s is proposed; a second person must approve it%s", a.Version, a.Supplier, signs(a.Body))
}

// acceptable reports an agreement that cannot be read, or that does not fit what is on
// sale: its files would be refused, one by one.
func (c supplierAgreeCmd) acceptable(ctx context.Context, store *ledger.Store, text []byte) error {
	agreed, err := stockmail.ParseAgreement(text)
	if err != nil {
		return err
	}
	if agreed.Code != c.Code {
		return fmt.Errorf("it is an agreement with %s, not %s", agreed.Code, c.Code)
	}
	if agreed.PGPKey != "" {
		if _, err := envelope.NewKeyring(map[string][]string{c.Code: {agreed.PGPKey}}); err != nil {
			return err
		}
	}
	products, err := store.Products(ctx)
	if err != nil {
		return err
	}
	for _, p := range agreed.Products {
		i := slices.IndexFunc(products, func(sold ledger.Product) bool { return sold.Code == p.Ours })
		if i < 0 {
			return fmt.Errorf("product %s: not found; add it first with \"vendswitch product add\"", p.Ours)
		}
		if sold := products[i]; sold.Supplier != c.Code || sold.Kind != ledger.KindVoucher || sold.Face != p.Face || sold.Currency != p.Currency {
			return fmt.Errorf("product %s is on sale as %s of %s, %s %s, and not as a voucher of %s, %s %s", p.Ours, sold.Kind, sold.Supplier,
				formatMinor(sold.Face), sold.Currency, c.Code, formatMinor(p.Face), p.Currency)
		}
	}
	return nil
}

// signs says which key signs the supplier's files, for the telephone.
func signs(body string) string {
	agreed, err := stockmail.ParseAgreement([]byte(body))
	if err != nil || agreed.PGPKey == "" {
		return ""
	}
	fingerprint, err := envelope.Fingerprint(agreed.PGPKey)
	if err != nil {
		return ""
	}
	return "\nfiles are signed by " + fingerprint + ": compare it with the supplier by telephone"
}

type supplierApproveCmd struct {
	Code    string `arg:"" help:"Supplier code."`
	Version int    `arg:"" help:"Version that is proposed."`
}

// Help is printed below the flags.
func (supplierApproveCmd) Help() string {
	return `Read it first: "supplier agreements CELLX --text 2" prints it.

Example:

  vendswitch --by thandi supplier approve CELLX 2`
}

// Run puts the agreement in force.
func (c supplierApproveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	a, err := store.ApproveAgreement(ctx, by, c.Code, c.Version)
	if err != nil {
		return refusal("not approved", err, agreementHints)
	}
	return s.done(a, "agreement %d with %s is in force%s", a.Version, a.Supplier, signs(a.Body))
}

type supplierAgreementsCmd struct {
	Code string `arg:"" optional:"" help:"Supplier code; all if none is named."`
	Text int    `placeholder:"VERSION" help:"Print the text of this version."`
}

// Help is printed below the flags.
func (supplierAgreementsCmd) Help() string {
	return "Examples:\n\n  vendswitch supplier agreements\n  vendswitch supplier agreements CELLX --text 2"
}

// Run lists agreements, or prints one.
func (c supplierAgreementsCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	agreements, err := store.Agreements(ctx, c.Code)
	if err != nil {
		return err
	}
	if c.Text != 0 {
		for _, a := range agreements {
			if a.Supplier == c.Code && a.Version == c.Text {
				_, err := fmt.Fprint(s.Stdout, a.Body)
				return err
			}
		}
		return refusal(fmt.Sprintf("agreement %d with %s", c.Text, c.Code), ledger.ErrNotFound, agreementHints)
	}
	return list(s, "SUPPLIER | VERSION | STATE | PROPOSED | BY | APPROVED | BY | DIGEST", agreements, func(a ledger.Agreement) []any {
		return []any{a.Supplier, a.Version, a.State, s.stamp(a.ProposedAt), a.ProposedBy, s.stamp(a.ApprovedAt), a.ApprovedBy, a.Digest[:12]}
	})
}
