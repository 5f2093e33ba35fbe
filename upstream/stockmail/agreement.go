package stockmail

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// MaxAgreement is the longest agreement file, in bytes.
const MaxAgreement = 1 << 20

// Agreement is what was agreed with a supplier. It is made by ParseAgreement only, and
// not changed.
type Agreement struct {
	Code     string
	Name     string
	Address  string
	TaxRef   string
	VATBP    int    // basis points
	Mail     string // the From address of its stock mails, in small letters; empty if there are none
	PGPKey   string // its armoured public keys; empty only if Unsigned
	Unsigned bool   // its files need no signature
	Products []Product
	Order    *Ordering // nil if nothing is ordered by file

	form *form
}

// Product is a kind of voucher that the supplier delivers.
type Product struct {
	Ours          string // our code
	Theirs        string // the supplier's, in its files and in orders
	Face          int64  // cents
	Cost          int64  // cents, VAT included
	Currency      string
	CommissionBP  int // the merchant's, basis points of the face value
	LeadDays      int // from an order to its delivery
	SafetyDays    int // of sales to keep in stock beyond that
	OrderMultiple int // vouchers are ordered in multiples of it; at least 1
	OrderMinimum  int // and at least so many

	layout *layout
}

// Ordering is how vouchers are ordered by file.
type Ordering struct {
	Mail    string // where orders are sent
	Format  string // one of OrderFormats
	Encrypt bool   // to one of the keys of PGPKey
}

// Days from an order to its delivery, and of sales to keep in stock beyond that, where
// an agreement does not say.
const (
	DefaultLeadDays   = 3
	DefaultSafetyDays = 4
)

var (
	codeText     = regexp.MustCompile(`^\S{1,64}$`)
	productText  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._\-]{0,31}$`)
	mailText     = regexp.MustCompile(`^[^\s@<>,;"]+@[^\s@<>,;"]+$`)
	taxRefText   = regexp.MustCompile(`^\d{10}$`)
	currencyText = regexp.MustCompile(`^[A-Z]{3}$`)
)

// maxDays bounds lead times and the like, maxOrder what one order may ask for.
const (
	maxDays  = 3650
	maxOrder = 100_000_000
)

// ParseAgreement reads an agreement file. An unknown key is an error; every error
// names the place and the key.
func ParseAgreement(text []byte) (Agreement, error) {
	var f agreementFile
	if len(text) > MaxAgreement {
		return Agreement{}, fmt.Errorf("agreement: longer than %d bytes", MaxAgreement)
	}
	meta, err := toml.Decode(string(text), &f)
	if err != nil {
		return Agreement{}, fmt.Errorf("agreement: %w", err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return Agreement{}, fmt.Errorf("agreement: unknown key %s", unknown[0])
	}
	a, err := f.agreement()
	if err != nil {
		return Agreement{}, fmt.Errorf("agreement: %w", err)
	}
	return a, nil
}

func (f *agreementFile) agreement() (Agreement, error) {
	a := Agreement{Code: f.Code, Name: strings.TrimSpace(f.Name), Address: strings.TrimSpace(f.Address), TaxRef: f.TaxRef,
		Mail: strings.ToLower(f.Mail), PGPKey: strings.TrimSpace(f.PGPKey), Unsigned: f.Unsigned}
	if err := f.check(a); err != nil {
		return a, err
	}
	var err error
	if a.VATBP, err = rate(f.VAT); err != nil {
		return a, fmt.Errorf("vat: %w", err)
	}
	if a.form, err = f.File.form(); err != nil {
		return a, fmt.Errorf("file: %w", err)
	}
	if err := a.form.addLayouts(f.Layout); err != nil {
		return a, err
	}
	if err := a.addProducts(f.Product); err != nil {
		return a, err
	}
	if f.Order != nil {
		if a.Order, err = f.Order.ordering(a.PGPKey); err != nil {
			return a, fmt.Errorf("order: %w", err)
		}
	}
	return a, nil
}

// check judges what is text only.
func (f *agreementFile) check(a Agreement) error {
	switch {
	case !codeText.MatchString(a.Code):
		return fmt.Errorf("code %q is not 1 to 64 characters without a space", a.Code)
	case a.Name == "":
		return errors.New("name is missing")
	case a.TaxRef != "" && !taxRefText.MatchString(a.TaxRef):
		return fmt.Errorf("tax_ref %q is not ten digits", a.TaxRef)
	case a.Mail != "" && !mailText.MatchString(a.Mail):
		return fmt.Errorf("mail %q is not a mail address", f.Mail)
	case strings.Contains(a.PGPKey, "PRIVATE KEY"):
		return errors.New("pgp_key is a private key; the supplier's public one is wanted")
	case a.PGPKey != "" && !strings.Contains(a.PGPKey, "-----BEGIN PGP PUBLIC KEY BLOCK-----"):
		return errors.New("pgp_key is no armoured public key")
	case a.PGPKey == "" && !a.Unsigned:
		return errors.New("pgp_key is missing; a supplier who does not sign needs unsigned = true")
	}
	for _, text := range []string{f.Code, f.Name, f.Address, f.Mail} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			return errors.New("text is not UTF-8")
		}
	}
	return nil
}

func (a *Agreement) addProducts(files []productFile) error {
	if len(files) == 0 {
		return errors.New("there is no [[product]]")
	}
	ours := make(map[string]bool)
	for i, f := range files {
		p, err := f.product(a.form)
		switch {
		case err != nil:
		case ours[p.Ours]:
			err = errors.New("ours: there is such a product already")
		case p.Currency != a.currency(p):
			err = fmt.Errorf("currency %s: an agreement is in one currency, and this one in %s", p.Currency, a.currency(p))
		default:
			err = a.form.addCode(i, p)
		}
		if err != nil {
			return fmt.Errorf("product %d (%s): %w", i+1, f.Ours, err)
		}
		ours[p.Ours] = true
		a.Products = append(a.Products, p)
	}
	return nil
}

// currency is that of the products so far.
func (a *Agreement) currency(p Product) string {
	if len(a.Products) == 0 {
		return p.Currency
	}
	return a.Products[0].Currency
}

func (f *productFile) product(form *form) (Product, error) {
	p := Product{Ours: f.Ours, Theirs: f.Theirs, Currency: f.Currency, LeadDays: daysOr(f.LeadDays, DefaultLeadDays), SafetyDays: daysOr(f.SafetyDays, DefaultSafetyDays),
		OrderMultiple: max(f.OrderMultiple, 1), OrderMinimum: f.OrderMinimum}
	switch {
	case !productText.MatchString(p.Ours):
		return p, errors.New("ours is not 1 to 32 letters, digits, dots, dashes and underscores")
	case strings.TrimSpace(p.Theirs) != p.Theirs || strings.ContainsAny(p.Theirs, "|,;\t\r\n\"") || len(p.Theirs) > 64 || !utf8.ValidString(p.Theirs):
		return p, errors.New("theirs is not a code of at most 64 characters without |, comma, semicolon, quote and tab")
	case !currencyText.MatchString(p.Currency):
		return p, fmt.Errorf("currency %q is not three capital letters, as in ZAR", p.Currency)
	case p.LeadDays < 0 || p.LeadDays > maxDays:
		return p, fmt.Errorf("lead_days is not from 0 to %d", maxDays)
	case p.SafetyDays < 0 || p.SafetyDays > maxDays:
		return p, fmt.Errorf("safety_days is not from 0 to %d", maxDays)
	case f.OrderMultiple < 0 || f.OrderMultiple > maxOrder:
		return p, fmt.Errorf("order_multiple is not from 1 to %d", maxOrder)
	case p.OrderMinimum < 0 || p.OrderMinimum > maxOrder:
		return p, fmt.Errorf("order_minimum is not from 0 to %d", maxOrder)
	}
	var err error
	if p.layout, err = form.layout(f.Layout); err != nil {
		return p, fmt.Errorf("layout: %w", err)
	}
	return p, f.price(&p)
}

func daysOr(days *int, otherwise int) int {
	if days == nil {
		return otherwise
	}
	return *days
}

func (f *productFile) price(p *Product) error {
	var err error
	if p.Face, err = cents(f.Face); err != nil || p.Face == 0 {
		return fmt.Errorf("face: %q is not an amount above zero such as 10 or 9.50", string(f.Face))
	}
	if p.Cost, err = costOf(f.Cost, p.Face); err != nil {
		return fmt.Errorf("cost: %w", err)
	}
	if p.CommissionBP, err = rate(f.Commission); err != nil {
		return fmt.Errorf("commission: %w", err)
	}
	return nil
}

func (f *orderFile) ordering(key string) (*Ordering, error) {
	o := &Ordering{Mail: strings.ToLower(f.Mail), Format: f.Format, Encrypt: f.Encrypt}
	if o.Format == "" {
		o.Format = OrderFormats[0]
	}
	if !mailText.MatchString(o.Mail) {
		return nil, fmt.Errorf("mail %q is not a mail address", f.Mail)
	}
	if o.Encrypt && key == "" {
		return nil, errors.New("encrypt: there is no pgp_key to encrypt to")
	}
	return o, checkOrderFormat(o.Format)
}

// Product finds a product by our code.
func (a Agreement) Product(ours string) (Product, bool) {
	for _, p := range a.Products {
		if p.Ours == ours {
			return p, true
		}
	}
	return Product{}, false
}

// Canonical is the agreement as a file: the same for every file that says the same,
// with amounts and rates in full and defaults spelt out. ParseAgreement reads it.
func (a Agreement) Canonical() []byte {
	f := agreementFile{Code: a.Code, Name: a.Name, Address: a.Address, TaxRef: a.TaxRef, VAT: formatRate(a.VATBP),
		Mail: a.Mail, PGPKey: a.PGPKey, Unsigned: a.Unsigned}
	for _, p := range a.Products {
		f.Product = append(f.Product, productFile{Ours: p.Ours, Theirs: p.Theirs, Face: decimal(formatCents(p.Face)),
			Cost: decimal(formatCents(p.Cost)), Currency: p.Currency, Commission: formatRate(p.CommissionBP), Layout: p.layout.name,
			LeadDays: &p.LeadDays, SafetyDays: &p.SafetyDays, OrderMultiple: p.OrderMultiple, OrderMinimum: p.OrderMinimum})
	}
	if a.Order != nil {
		f.Order = &orderFile{Mail: a.Order.Mail, Format: a.Order.Format, Encrypt: a.Order.Encrypt}
	}
	f.File = a.form.file()
	for _, l := range a.form.layouts {
		f.Layout = append(f.Layout, l.file())
	}
	var out bytes.Buffer
	if err := toml.NewEncoder(&out).Encode(f); err != nil {
		panic(err) // the fields are text, numbers, and lists of them
	}
	return out.Bytes()
}

// ManyBatches reports whether the lines of one file may be of several batches, so that
// none of them is the file's.
func (a Agreement) ManyBatches() bool { return a.form.manyBatches }
