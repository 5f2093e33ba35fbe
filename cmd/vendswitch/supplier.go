package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

type supplierCmd struct {
	Add     supplierAddCmd     `cmd:"" help:"Add a supplier."`
	Set     supplierSetCmd     `cmd:"" help:"Change a supplier's address, password, commission or time-out."`
	Route   supplierRouteCmd   `cmd:"" help:"Say that a range of meter numbers is a supplier's."`
	Unroute supplierUnrouteCmd `cmd:"" help:"Take a range of meter numbers away again."`
	Routes  supplierRoutesCmd  `cmd:"" help:"List the ranges of meter numbers."`
	List    supplierListCmd    `cmd:"" help:"List suppliers."`

	Agree      supplierAgreeCmd      `cmd:"" help:"Propose what is agreed with a supplier."`
	Approve    supplierApproveCmd    `cmd:"" help:"Put an agreement in force that somebody else has proposed."`
	Agreements supplierAgreementsCmd `cmd:"" help:"List agreements."`

	Block   blockCmd[supplierTarget]   `cmd:"" help:"Stop selling for a supplier."`
	Unblock unblockCmd[supplierTarget] `cmd:"" help:"Sell for a supplier again."`
}

// Defaults of an online supplier.
const (
	defaultSettleAfter = 10 * time.Minute
	defaultUTCOffset   = 2 * time.Hour // South Africa: no daylight saving time
)

type supplierAddCmd struct {
	Code       string  `arg:"" help:"Supplier code."`
	Name       string  `required:"" help:"Printed on slips."`
	Address    string  `default:"" help:"Printed on slips."`
	TaxRef     string  `default:"" help:"VAT registration, ten digits."`
	Kind       string  `enum:"stock,utility" required:"" help:"stock: vouchers from our own stock. utility: an XMLVend prepaid server."`
	VAT        percent `default:"15" help:"VAT rate in percent."`
	Commission percent `default:"0" help:"What the supplier pays us, VAT included, in percent of the tender (utilities)."`

	URL          string        `placeholder:"URL" help:"Of the prepaid server (utilities)."`
	ClientID     string        `help:"Our client id there."`
	TerminalID   string        `default:"1" help:"Our terminal id there."`
	OpName       string        `help:"Our operator name there."`
	PasswordFile string        `placeholder:"FILE" help:"File whose first line is our password there; - reads standard input."`
	Dialect      string        `default:"strict" help:"How the server departs from the standard (strict, hexing, conlog-2016, conlog-2021, itron)."`
	Timeout      time.Duration `default:"${supplier_timeout}" help:"The longest one call may take."`
	SettleAfter  time.Duration `default:"${settle_after}" help:"A \"never seen\" counts only this long after the vend was sent."`
	UTCOffset    time.Duration `default:"${utc_offset}" help:"Fixed offset of our message ids from UTC."`
	Declined     []string      `help:"Fault classes that mean nothing was sold; none named means the standard list."`
}

// Help is printed below the flags.
func (supplierAddCmd) Help() string {
	return `Examples:

  vendswitch supplier add CELLX --kind stock --name "Cell X" --tax-ref 4123456789
  vendswitch supplier add TOWN --kind utility --name "Sample Town" --commission 3.45 \
    --url https://prepaid.example/xmlvend --client-id 6001234567899 --op-name SWITCH --password-file town.password`
}

// Run adds the supplier. Its password is sealed in the database.
func (c supplierAddCmd) Run(ctx context.Context, s *session) error {
	if err := errors.Join(checkKey("supplier code", c.Code), checkName(c.Name), checkTaxRef(c.TaxRef)); err != nil {
		return err
	}
	if c.Kind == string(ledger.SupplierStock) && c.URL != "" {
		return fmt.Errorf("a supplier of stock has no --url")
	}
	p := ledger.Supplier{
		Code: c.Code, Name: c.Name, Address: c.Address, TaxRef: c.TaxRef, Kind: ledger.SupplierKind(c.Kind),
		VATBP: int(c.VAT), CommissionBP: int(c.Commission), Status: ledger.Active,
	}
	if p.Kind == ledger.SupplierUtility {
		if c.URL == "" || c.ClientID == "" || c.OpName == "" || c.PasswordFile == "" {
			return fmt.Errorf("a utility needs --url, --client-id, --op-name and --password-file")
		}
		if err := errors.Join(xmlvend.CheckDialect(c.Dialect), checkURL(c.URL), checkEAN(c.ClientID)); err != nil {
			return err
		}
		if c.Timeout <= 0 || c.SettleAfter <= 0 {
			return fmt.Errorf("--timeout and --settle-after are more than zero")
		}
		password, err := s.secret(c.PasswordFile)
		if err != nil {
			return err
		}
		p.URL, p.ClientID, p.TerminalID, p.OpName, p.Password = c.URL, c.ClientID, c.TerminalID, c.OpName, password
		p.Dialect, p.Timeout, p.SettleAfter, p.UTCOffset, p.Declined = c.Dialect, c.Timeout, c.SettleAfter, c.UTCOffset, c.Declined
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.AddSupplier(ctx, by, p); err != nil {
		return refusal("supplier "+c.Code, err, listed("supplier list"))
	}
	p.Password = ""
	return s.done(p, "supplier %s added", c.Code)
}

type supplierRouteCmd struct {
	Code string `arg:"" help:"Supplier code."`
	From string `arg:"" help:"First meter number."`
	To   string `arg:"" help:"Last meter number, as long as the first."`
}

// Help is printed below the flags.
func (supplierRouteCmd) Help() string {
	return "Example:\n\n  vendswitch supplier route TOWN 14100000000 14199999999"
}

// Run adds the range.
func (c supplierRouteCmd) Run(ctx context.Context, s *session) error {
	if !digits(c.From) || !digits(c.To) || len(c.From) != len(c.To) || c.From > c.To {
		return fmt.Errorf("%s to %s is not a range of meter numbers of one length", c.From, c.To)
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	r := ledger.RouteRange{From: c.From, To: c.To, Supplier: c.Code}
	if err := store.AddRoute(ctx, by, r); err != nil {
		return refusal(fmt.Sprintf("route %s to %s of %s", c.From, c.To, c.Code), err, hints{
			ledger.ErrExists: shows("supplier routes"), ledger.ErrNotFound: added("", "supplier")[ledger.ErrNotFound]})
	}
	return s.done(r, "meters %s to %s are %s's", c.From, c.To, c.Code)
}

type supplierUnrouteCmd struct {
	Code string `arg:"" help:"Supplier code."`
	From string `arg:"" help:"First meter number."`
	To   string `arg:"" help:"Last meter number."`
}

// Help is printed below the flags.
func (supplierUnrouteCmd) Help() string {
	return "Meters that the meter book knows stay where it has them.\n\nExample:\n\n  vendswitch supplier unroute TOWN 14100000000 14199999999"
}

// Run removes the range.
func (c supplierUnrouteCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	r := ledger.RouteRange{From: c.From, To: c.To, Supplier: c.Code}
	if err := store.RemoveRoute(ctx, by, r); err != nil {
		return refusal(fmt.Sprintf("route %s to %s of %s", c.From, c.To, c.Code), err, listed("supplier routes"))
	}
	return s.done(r, "meters %s to %s are no longer %s's", c.From, c.To, c.Code)
}

type supplierRoutesCmd struct{}

// Help is printed below the flags.
func (supplierRoutesCmd) Help() string { return "Example:\n\n  vendswitch supplier routes" }

// Run lists the ranges.
func (supplierRoutesCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	routes, err := store.Routes(ctx)
	if err != nil {
		return err
	}
	return list(s, "FROM | TO | SUPPLIER", routes, func(r ledger.RouteRange) []any { return []any{r.From, r.To, r.Supplier} })
}

type supplierSetCmd struct {
	Code         string         `arg:"" help:"Supplier code."`
	URL          string         `placeholder:"URL" help:"New address of the prepaid server."`
	PasswordFile string         `placeholder:"FILE" help:"File whose first line is our new password there; - reads standard input."`
	Commission   *percent       `help:"New commission to us, VAT included, in percent of the tender."`
	Timeout      *time.Duration `help:"New limit of one call."`
}

// Help is printed below the flags.
func (supplierSetCmd) Help() string {
	return "What is not named stays as it is.\n\nExample:\n\n  vendswitch supplier set TOWN --commission 3.60 --timeout 15s"
}

// Run changes the supplier.
func (c supplierSetCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	p, err := store.Supplier(ctx, c.Code)
	if err != nil {
		return refusal("supplier "+c.Code, err, listed("supplier list"))
	}
	if c.URL != "" {
		if err := checkURL(c.URL); err != nil {
			return err
		}
		p.URL = c.URL
	}
	if c.PasswordFile != "" {
		if p.Password, err = s.secret(c.PasswordFile); err != nil {
			return err
		}
	}
	if c.Commission != nil {
		p.CommissionBP = int(*c.Commission)
	}
	if c.Timeout != nil {
		if *c.Timeout <= 0 {
			return fmt.Errorf("--timeout is more than zero")
		}
		p.Timeout = *c.Timeout
	}
	if err := store.SetSupplier(ctx, by, p); err != nil {
		return fmt.Errorf("supplier %s: %w", c.Code, err)
	}
	p.Password = ""
	return s.done(p, "supplier %s changed", c.Code)
}

type supplierListCmd struct{}

// Help is printed below the flags.
func (supplierListCmd) Help() string { return "Example:\n\n  vendswitch supplier list" }

// Run lists the suppliers, without their passwords.
func (supplierListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	suppliers, err := store.Suppliers(ctx)
	if err != nil {
		return err
	}
	for i := range suppliers {
		suppliers[i].Password = ""
	}
	return list(s, "CODE | NAME | KIND | STATUS | COMMISSION | VAT | URL", suppliers, func(p ledger.Supplier) []any {
		return []any{p.Code, p.Name, p.Kind, p.Status, percent(p.CommissionBP), percent(p.VATBP), p.URL}
	})
}

// supplierTarget is a supplier to block or unblock.
//
// Outcomes still unknown at a blocked supplier are asked after all the same.
type supplierTarget struct {
	Code string `arg:"" help:"Supplier code."`
}

func (supplierTarget) noun() string   { return "supplier" }
func (supplierTarget) sample() string { return "TOWN" }

func (t supplierTarget) set(ctx context.Context, s *session, to ledger.Status) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.SetSupplierStatus(ctx, by, t.Code, to); err != nil {
		return refusal("supplier "+t.Code, err, listed("supplier list"))
	}
	return s.done(map[string]any{"code": t.Code, "status": to}, "supplier %s is %s", t.Code, to)
}

// supplierDefaults are the defaults that help texts show.
func supplierDefaults() map[string]string {
	return map[string]string{
		"supplier_timeout": upstream.DefaultTimeout.String(),
		"settle_after":     defaultSettleAfter.String(),
		"utc_offset":       defaultUTCOffset.String(),
	}
}
