package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/delivery"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// agreementRecord is a version of an agreement. Its text is there only where one
// version was asked for.
type agreementRecord struct {
	Supplier   string                `json:"supplier"`
	Version    int                   `json:"version"`
	Digest     string                `json:"digest"`
	ProposedBy string                `json:"proposedBy"`
	ProposedAt time.Time             `json:"proposedAt"`
	ApprovedBy string                `json:"approvedBy"`
	ApprovedAt time.Time             `json:"approvedAt,omitzero"`
	State      ledger.AgreementState `json:"state"`

	Fingerprints []string `json:"fingerprints,omitempty"` // of the PGP keys that sign the supplier's files
	Unsigned     bool     `json:"unsigned"`               // files need no signature
	Differs      []string `json:"differs,omitempty"`      // from what is on sale
	Text         string   `json:"text,omitempty"`
}

func newAgreementRecord(a ledger.Agreement) agreementRecord {
	pinned, unsigned := signers(a.Body)
	return agreementRecord{Supplier: a.Supplier, Version: a.Version, Digest: a.Digest, ProposedBy: a.ProposedBy, ProposedAt: a.ProposedAt,
		ApprovedBy: a.ApprovedBy, ApprovedAt: a.ApprovedAt, State: a.State, Fingerprints: pinned, Unsigned: unsigned}
}

// signers are the fingerprints of the keys that an agreement pins, and whether files
// without a signature are taken too.
func signers(body string) (fingerprints []string, unsigned bool) {
	agreed, err := stockmail.ParseAgreement([]byte(body))
	if err != nil || agreed.PGPKey == "" {
		return nil, agreed.Unsigned
	}
	if fingerprints, err = envelope.Fingerprints(agreed.PGPKey); err != nil {
		return nil, agreed.Unsigned
	}
	return fingerprints, agreed.Unsigned
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
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no file %s; the supplier's code comes first, and then the file", c.File)
	}
	if err != nil {
		return err
	}
	if info.Size() > stockmail.MaxAgreement {
		return fmt.Errorf("%s is larger than %d bytes", c.File, stockmail.MaxAgreement)
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
	if err := acceptable(ctx, store, c.Code, text, s.now()); err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	differs, err := differing(ctx, store, text)
	if err != nil {
		return err
	}
	a, err := store.ProposeAgreement(ctx, by, c.Code, string(text))
	if err != nil {
		return refusal("not proposed", err, agreementHints)
	}
	return s.agreed(a, differs, "is proposed; a second person must approve it")
}

// acceptable reports an agreement that cannot be read, or that does not fit what is on
// sale: its files would be refused, one by one.
func acceptable(ctx context.Context, store *ledger.Store, code string, text []byte, now time.Time) error {
	agreed, err := stockmail.ParseAgreement(text)
	if err != nil {
		return err
	}
	if agreed.Code != code {
		return fmt.Errorf("it is an agreement with %s, not %s", agreed.Code, code)
	}
	if err := distinct(ctx, store, agreed, now); err != nil {
		return err
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
		if sold := products[i]; sold.Supplier != code || sold.Kind != ledger.KindVoucher || sold.Face != p.Face || sold.Currency != p.Currency {
			return fmt.Errorf("product %s is on sale as %s of %s at %s %s, and agreed as voucher of %s at %s %s; a product stays what it is: "+
				"if that is wrong, take it off sale with \"vendswitch product block %s\", add another code, and name that in the agreement", p.Ours, sold.Kind, sold.Supplier,
				formatMinor(sold.Face), sold.Currency, code, formatMinor(p.Face), p.Currency, p.Ours)
		}
	}
	return nil
}

// differing tells where the agreement and what is on sale are not of one mind, though its
// files can be read: sales go by the product's and the supplier's own.
func differing(ctx context.Context, store *ledger.Store, text []byte) ([]string, error) {
	agreed, err := stockmail.ParseAgreement(text)
	if err != nil {
		return nil, err
	}
	supplier, err := store.Supplier(ctx, agreed.Code)
	if err != nil {
		return nil, refusal("supplier "+agreed.Code, err, listed("supplier list"))
	}
	products, err := store.Products(ctx)
	if err != nil {
		return nil, err
	}
	var differs []string
	if supplier.VATBP != agreed.VATBP {
		differs = append(differs, fmt.Sprintf("VAT of %s is %s on slips, and %s in the agreement", agreed.Code, percent(supplier.VATBP), percent(agreed.VATBP)))
	}
	for _, p := range agreed.Products {
		for _, sold := range products {
			if sold.Code == p.Ours && sold.CommissionBP != p.CommissionBP {
				differs = append(differs, fmt.Sprintf("the commission of %s is %s in sales, and %s in the agreement", p.Ours, percent(sold.CommissionBP), percent(p.CommissionBP)))
			}
		}
	}
	return differs, nil
}

// agreed says where an agreement stands, and where it differs from what is on sale.
func (s *session) agreed(a ledger.Agreement, differs []string, stands string) error {
	record := newAgreementRecord(a)
	record.Differs = differs
	text := ""
	for _, d := range differs {
		text += "\n" + d
	}
	return s.done(record, "agreement %d with %s %s%s%s", a.Version, a.Supplier, stands, signs(a.Body), text)
}

// distinct reports an agreement whose key cannot be used, or that has a key or an address
// in common with another supplier's in force: whose a stock mail is could not be told.
func distinct(ctx context.Context, store *ledger.Store, agreed stockmail.Agreement, now time.Time) error {
	others, err := delivery.InForce(ctx, store)
	if err != nil {
		return err
	}
	delete(others, agreed.Code)
	pinned := make(map[string][]string)
	for code, other := range others {
		if agreed.Mail != "" && other.Mail == agreed.Mail {
			return fmt.Errorf("mail: the stock mails of %s come from %s too, and whose a mail is could not be told", code, agreed.Mail)
		}
		if other.PGPKey != "" {
			pinned[code] = []string{other.PGPKey}
		}
	}
	if agreed.PGPKey == "" {
		return nil
	}
	pinned[agreed.Code] = []string{agreed.PGPKey}
	ring, err := envelope.NewKeyring(pinned)
	if err == nil {
		err = ring.Usable(agreed.Code, agreed.Order != nil && agreed.Order.Encrypt, now)
	}
	if err != nil {
		return fmt.Errorf("pgp_key: %w", err)
	}
	return nil
}

// signs says which keys sign the supplier's files, for the telephone.
func signs(body string) string {
	pinned, unsigned := signers(body)
	text := ""
	if len(pinned) > 0 {
		text = "\nfiles are signed by " + strings.Join(pinned, " or ") + ": compare it with the supplier by telephone"
	}
	if unsigned {
		text += "\nfiles without a signature are taken"
	}
	return text
}

// signedBy is signs in a table's cell.
func signedBy(body string) string {
	pinned, unsigned := signers(body)
	if unsigned {
		pinned = append(pinned, "unsigned")
	}
	return strings.Join(pinned, ", ")
}

type supplierApproveCmd struct {
	Code    string `arg:"" help:"Supplier code."`
	Version int    `arg:"" help:"Version that is proposed."`
}

// Help is printed below the flags.
func (supplierApproveCmd) Help() string {
	return `Read it first: "supplier agreements CELLX --text 2" prints it, and the fingerprint of the key that signs the supplier's files. Compare that with the supplier by telephone.

Example:

  vendswitch --by thandi supplier approve CELLX 2`
}

// Run puts the agreement in force.
func (c supplierApproveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	versions, err := store.Agreements(ctx, c.Code)
	if err != nil {
		return err
	}
	var differs []string
	for _, a := range versions {
		if a.Version != c.Version || a.State != ledger.AgreementProposed {
			continue
		}
		// What was good when it was proposed may have changed: a key, a price.
		if err := acceptable(ctx, store, c.Code, []byte(a.Body), s.now()); err != nil {
			return fmt.Errorf("not approved: agreement %d with %s: %w", c.Version, c.Code, err)
		}
		if differs, err = differing(ctx, store, []byte(a.Body)); err != nil {
			return err
		}
	}
	a, err := store.ApproveAgreement(ctx, by, c.Code, c.Version)
	if err != nil {
		return refusal("not approved", err, agreementHints)
	}
	return s.agreed(a, differs, "is in force")
}

type supplierAgreementsCmd struct {
	Code string `arg:"" optional:"" help:"Supplier code; all if none is named."`
	Text int    `placeholder:"VERSION" help:"Print the text of this version."`
}

// Help is printed below the flags.
func (supplierAgreementsCmd) Help() string {
	return `SIGNED BY is the fingerprint of the PGP key that signs the supplier's files: whoever approves compares it with the supplier by telephone first. With --text it goes to standard error, so that standard output is the text as it was proposed.

Examples:

  vendswitch supplier agreements
  vendswitch supplier agreements CELLX --text 2`
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
				return s.agreementText(a)
			}
		}
		return refusal(fmt.Sprintf("agreement %d with %s", c.Text, c.Code), ledger.ErrNotFound, agreementHints)
	}
	return list(s, "SUPPLIER | VERSION | STATE | PROPOSED | BY | APPROVED | BY | DIGEST | SIGNED BY", agreements, func(a ledger.Agreement) []any {
		return []any{a.Supplier, a.Version, a.State, s.stamp(a.ProposedAt), a.ProposedBy, s.stamp(a.ApprovedAt), a.ApprovedBy, a.Digest[:12], signedBy(a.Body)}
	})
}

// agreementText prints a version as it was proposed. What we say of it is kept apart
// from what its text says of itself.
func (s *session) agreementText(a ledger.Agreement) error {
	if s.cli.JSON {
		r := newAgreementRecord(a)
		r.Text = a.Body
		return printJSON(s.Stdout, r)
	}
	if _, err := fmt.Fprint(s.Stdout, a.Body); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.Stderr, "agreement %d with %s is %s; proposed by %s%s\n", a.Version, a.Supplier, a.State, a.ProposedBy, signs(a.Body))
	return err
}
