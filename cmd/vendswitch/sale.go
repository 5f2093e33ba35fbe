package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

type saleCmd struct {
	List    saleListCmd    `cmd:"" help:"List sales, the newest first."`
	Show    saleShowCmd    `cmd:"" help:"Show a sale: its legs, entries and postings."`
	Resolve saleResolveCmd `cmd:"" help:"Decide what became of a sale. Takes two people."`
}

type saleListCmd struct {
	Merchant string   `help:"Only this merchant's."`
	Client   string   `help:"Only this client's."`
	Target   string   `help:"Only of this meter or recipient."`
	State    []string `help:"Only in these states: refused, held, unknown, delivered, declined, reversed."`
	Limit    int      `default:"50" help:"The most to list."`
}

// Help is printed below the flags.
func (saleListCmd) Help() string { return "Example:\n\n  vendswitch sale list --state unknown" }

// Run lists sales. Outcomes, and so tokens, are not read.
func (c saleListCmd) Run(ctx context.Context, s *session) error {
	if err := checkStates(c.State); err != nil {
		return err
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	filter := ledger.SaleFilter{Merchant: c.Merchant, Client: c.Client, Target: c.Target, Limit: c.Limit}
	for _, state := range c.State {
		filter.States = append(filter.States, ledger.SaleState(state))
	}
	sales, err := store.Sales(ctx, filter)
	if err != nil {
		return err
	}
	return list(s, "OPENED | SALE | RECEIPT | MERCHANT | PRODUCT | TARGET | TENDER | STATE | REASON", sales, func(sale ledger.Sale) []any {
		return []any{s.stamp(sale.OpenedAt), sale.ID, sale.ReceiptNo, sale.Merchant, sale.Product, sale.Target, formatMinor(sale.Tender), sale.State, sale.Reason}
	})
}

type saleShowCmd struct {
	Sale string `arg:"" help:"Sale id, or its receipt number with --merchant."`

	Merchant string `help:"Merchant code, to find a sale by its receipt number."`
}

// Help is printed below the flags.
func (saleShowCmd) Help() string {
	return "Example:\n\n  vendswitch sale show 123456789015 --merchant M0001"
}

// saleReport is a sale with everything the journal has on it, but for the token.
type saleReport struct {
	Sale     ledger.Sale
	Legs     []ledger.Leg
	Entries  []ledger.Entry
	Postings []ledger.PostedLine
	Proposal *ledger.ResolveRequest // of a first person, without its tokens
}

// gist is what an entry says besides its kind: the new state, the note, where the
// proof is.
func gist(e ledger.Entry) string {
	var body struct{ To, Reason, Note, Evidence string }
	if err := json.Unmarshal([]byte(e.Body), &body); err != nil {
		return e.Note
	}
	var parts []string
	for _, part := range []string{body.To, body.Reason, body.Note, body.Evidence} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "; ")
}

// Run shows the sale.
func (c saleShowCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	sale, err := findSale(ctx, store, c.Sale, c.Merchant)
	if err != nil {
		return err
	}
	sale.Outcome = nil
	r := saleReport{Sale: sale}
	if r.Legs, err = store.Legs(ctx, ledger.LegFilter{SaleID: sale.ID}); err != nil {
		return err
	}
	if r.Entries, err = store.Entries(ctx, ledger.EntryFilter{SaleID: sale.ID}); err != nil {
		return err
	}
	if r.Postings, err = store.Postings(ctx, ledger.PostingFilter{SaleID: sale.ID}); err != nil {
		return err
	}
	switch p, err := store.Proposal(ctx, sale.ID); {
	case err == nil:
		p.Tokens = nil
		r.Proposal = &p
	case !errors.Is(err, ledger.ErrNotFound):
		return err
	}
	if s.cli.JSON {
		return printJSON(s.Stdout, recordOf(r))
	}
	fmt.Fprintf(s.Stdout, "Sale %s, receipt %s: %s %s\n", sale.ID, sale.ReceiptNo, sale.State, sale.Reason)
	fmt.Fprintf(s.Stdout, "%s by %s, client %s, terminal %s, operator %s, message %s/%d\n", sale.Operation, sale.Merchant,
		sale.Client, sale.Terminal, sale.Cashier, sale.Message.DateTime, sale.Message.Number)
	fmt.Fprintf(s.Stdout, "%d of %s for %q: tender %s, commission %s, held %s %s\n\n", sale.Quantity, sale.Product, sale.Target,
		formatMinor(sale.Tender), formatMinor(sale.Commission), formatMinor(sale.Hold), sale.Currency)
	if err := list(s, legHeading, r.Legs, s.legColumns); err != nil {
		return err
	}
	fmt.Fprintln(s.Stdout)
	if err := list(s, "WRITTEN | ENTRY | BY | WHAT", r.Entries, func(e ledger.Entry) []any {
		return []any{s.stamp(e.At), e.Kind, e.Actor, gist(e)}
	}); err != nil {
		return err
	}
	if p := r.Proposal; p != nil {
		fmt.Fprintf(s.Stdout, "\n%s proposes: %s; %s; evidence %s. A second person must confirm it.\n", p.Actor, p.State, p.Note, p.Evidence)
	}
	if len(r.Postings) == 0 {
		return nil
	}
	fmt.Fprintln(s.Stdout)
	return list(s, "POSTED | ACCOUNT | DEBIT | CREDIT", r.Postings, s.postingColumns)
}

func findSale(ctx context.Context, store *ledger.Store, name, merchant string) (ledger.Sale, error) {
	if merchant != "" {
		sale, err := store.SaleByReceipt(ctx, merchant, name)
		if err != nil {
			return sale, refusal(fmt.Sprintf("receipt %s of %s", name, merchant), err, hints{ledger.ErrNotFound: shows("sale list --merchant " + merchant)})
		}
		return sale, nil
	}
	id, err := uuid.Parse(name)
	if err != nil {
		return ledger.Sale{}, fmt.Errorf("%q is not a sale id; for a receipt number name its --merchant", name)
	}
	sale, err := store.Sale(ctx, id)
	if err != nil {
		return sale, refusal("sale "+name, err, hints{ledger.ErrNotFound: shows("sale list")})
	}
	return sale, nil
}

const legHeading = "LEG OPENED | DIRECTION | OPERATION | PARTY | MESSAGE | STATE | CODE | NOTE"

func (s *session) legColumns(l ledger.Leg) []any {
	return []any{s.stamp(l.OpenedAt), l.Direction, l.Operation, l.Party, fmt.Sprintf("%s/%d", l.DateTime, l.Number), l.State, l.Code, l.Note}
}

func (s *session) postingColumns(p ledger.PostedLine) []any {
	if p.Amount < 0 {
		return []any{s.stamp(p.At), p.Account, "", formatMinor(-p.Amount)}
	}
	return []any{s.stamp(p.At), p.Account, formatMinor(p.Amount), ""}
}

// stamp writes a time in the operator's zone.
func (s *session) stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.config.Zone.Location).Format("2006-01-02 15:04:05")
}

type saleResolveCmd struct {
	Sale     string `arg:"" help:"Sale id."`
	As       string `enum:"delivered,declined,reversed" required:"" help:"What became of it: delivered, declined or reversed."`
	Note     string `required:"" help:"Why."`
	Evidence string `required:"" help:"Reference to what proves it: the supplier's mail, a statement line."`

	Replace   bool   `help:"Put this in the place of another person's proposal that differs."`
	TokenFile string `placeholder:"FILE" help:"Of a delivered sale: file whose first line is the token; - reads standard input."`
	Units     string `default:"0" help:"Of a delivered sale: units of the token."`
	Receipt   string `help:"Of a delivered sale: the supplier's receipt number."`
}

// Help is printed below the flags.
func (saleResolveCmd) Help() string {
	return `The first person proposes; it is done when a second person gives the same command as another operator, with the same evidence; the notes may differ. "sale show" shows what is proposed.

Example:

  vendswitch --by AYANDA --credential ayanda.password sale resolve 0198c1f2-... --as declined --note "not on their statement" --evidence mail-4711`
}

// decidable wants a sale that can become what is said of it.
func (c saleResolveCmd) decidable(sale ledger.Sale) error {
	switch as := ledger.SaleState(c.As); {
	case as == ledger.SaleReversed && sale.State != ledger.SaleDelivered:
		return fmt.Errorf("sale %s is %s: only one that is delivered can be reversed", sale.ID, sale.State)
	case as != ledger.SaleReversed && sale.State != ledger.SaleUnknown:
		return fmt.Errorf("sale %s is %s: only of one that is unknown can be decided that it was %s", sale.ID, sale.State, as)
	}
	return nil
}

// Run proposes or confirms the decision.
func (c saleResolveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	sale, err := findSale(ctx, store, c.Sale, "")
	if err != nil {
		return err
	}
	if err := c.decidable(sale); err != nil {
		return err
	}
	d := vending.Decision{State: ledger.SaleState(c.As), Actor: by, Note: c.Note, Evidence: c.Evidence, Replace: c.Replace, Units: c.Units, SIUnit: "kWh", ReceiptNo: c.Receipt}
	if c.TokenFile != "" {
		if d.Token, err = s.secret(c.TokenFile); err != nil {
			return err
		}
	}
	resolution, err := vending.Decide(ctx, store, s.now(), sale.ID, d)
	switch {
	case errors.Is(err, ledger.ErrSamePerson):
		return fmt.Errorf("%s has proposed this already; a second person must confirm it", by)
	case err != nil:
		return fmt.Errorf("sale %s: %w", c.Sale, err)
	}
	record := map[string]any{"id": sale.ID, "state": resolution.Sale.State, "settled": resolution.Settled, "proposedBy": resolution.By}
	if !resolution.Settled {
		return s.done(record, "proposed by %s: sale %s %s; a second person must confirm it", resolution.By, sale.ID, c.As)
	}
	return s.done(record, "sale %s is %s: proposed by %s, confirmed by %s", sale.ID, resolution.Sale.State, resolution.By, by)
}
