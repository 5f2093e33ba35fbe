package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

type merchantCmd struct {
	Add     merchantAddCmd             `cmd:"" help:"Add a merchant."`
	Credit  merchantCreditCmd          `cmd:"" help:"Credit a deposit to a merchant's float."`
	List    merchantListCmd            `cmd:"" help:"List merchants and their floats."`
	Line    merchantLineCmd            `cmd:"" help:"Set how far below zero a float may go."`
	Contact merchantContactCmd         `cmd:"" help:"Where merchants are told of their money."`
	Key     merchantKeyCmd             `cmd:"" help:"What payers write as the reference."`
	Block   blockCmd[merchantTarget]   `cmd:"" help:"Stop a merchant's sales."`
	Unblock unblockCmd[merchantTarget] `cmd:"" help:"Let a merchant sell again."`
}

type merchantAddCmd struct {
	Code     string `arg:"" help:"Merchant code: unique, and the reference of deposits."`
	Name     string `required:"" help:"Trading name, printed on slips."`
	Address  string `default:"" help:"Printed on slips."`
	Currency string `default:"ZAR" help:"Currency of the float (ISO 4217)."`
	Line     amount `name:"credit-line" default:"0" help:"How far below zero the float may go."`
}

// Help is printed below the flags.
func (merchantAddCmd) Help() string {
	return `Example:

  vendswitch merchant add M0001 --name "Corner Store" --address "12 Main Road, Sampleton"`
}

// Run adds the merchant and its float.
func (c merchantAddCmd) Run(ctx context.Context, s *session) error {
	if err := errors.Join(checkKey("merchant key", c.Code), checkName(c.Name)); err != nil {
		return err
	}
	if c.Line < 0 {
		return errNegativeLine
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	m := ledger.Merchant{Code: c.Code, Name: c.Name, Address: c.Address, Currency: c.Currency, Status: ledger.Active}
	if err := store.AddMerchant(ctx, by, m); err != nil {
		return refusal("merchant "+c.Code, err, listed("merchant list"))
	}
	if c.Line > 0 {
		if err := store.SetCreditLine(ctx, by, c.Code, int64(c.Line)); err != nil {
			return err
		}
	}
	return s.done(m, "merchant %s added", c.Code)
}

type merchantCreditCmd struct {
	Code      string  `arg:"" help:"Merchant code."`
	Amount    amount  `arg:"" help:"What arrived at the bank."`
	Reference string  `required:"" help:"The bank's reference; the same one is credited once."`
	Fee       amount  `default:"0" help:"Our fee, VAT included, taken off the float."`
	VAT       percent `default:"15" help:"VAT rate of the fee, in percent."`
	Note      string  `default:"" help:"Kept with the entry."`
}

// Help is printed below the flags.
func (merchantCreditCmd) Help() string {
	return `For money that no bank's message told of. Once there are operators it takes two: the first proposes, and it is credited when a second gives the same command; their notes may differ.

Example:

  vendswitch merchant credit M0001 500.00 --reference FNB-20261123-0007 --fee 5.00`
}

// Run posts the deposit.
func (c merchantCreditCmd) Run(ctx context.Context, s *session) error {
	if c.Amount <= 0 {
		return fmt.Errorf("a deposit is more than zero, not %s", c.Amount)
	}
	if c.Fee < 0 || c.Fee >= c.Amount {
		return fmt.Errorf("a fee is not negative, and less than the deposit")
	}
	if c.Reference == "" {
		return fmt.Errorf("--reference is empty: the bank's reference keeps a deposit from being credited twice")
	}
	store, named, err := s.identify(ctx)
	if err != nil {
		return err
	}
	if _, err := store.Merchant(ctx, c.Code); err != nil {
		return refusal("merchant "+c.Code, err, listed("merchant list"))
	}
	terms := s.depositTerms()
	terms.Postings = chart.DepositPostings(int(c.VAT))
	d, settled, err := store.CreditByHand(ctx, s.cli.By, ledger.HandCredit{Merchant: c.Code, Amount: int64(c.Amount), Fee: int64(c.Fee),
		Reference: c.Reference, Note: c.Note}, !named, terms)
	if err != nil {
		return refusal("deposit "+c.Reference, err, hints{
			ledger.ErrExists:     "a reference is credited once, \"vendswitch report postings --account " + chart.Float(c.Code) + "\" shows what was",
			ledger.ErrChanged:    "\"vendswitch deposit list\" shows it; two people may refuse it with \"vendswitch deposit refuse\"",
			ledger.ErrSamePerson: "who has proposed it cannot confirm it"})
	}
	float, err := store.Float(ctx, c.Code)
	if err != nil {
		return err
	}
	record := map[string]any{"depositID": d.ID, "merchant": c.Code, "amount": d.Amount, "fee": d.Fee, "settled": settled, "available": float.Available()}
	if !settled {
		return s.done(record, "proposed by %s: %s to %s; it is credited when a second person gives the same command", s.cli.By, c.Amount, c.Code)
	}
	return s.done(record, "%s credited to %s, available now %s", c.Amount, c.Code, formatMinor(float.Available()))
}

// merchantFloat is a merchant with its float.
type merchantFloat struct {
	ledger.Merchant
	ledger.Float
	provisional int64 // shown, not to be spent yet
}

type merchantListCmd struct{}

// Help is printed below the flags.
func (merchantListCmd) Help() string { return "Example:\n\n  vendswitch merchant list --json" }

// Run lists the merchants.
func (merchantListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	merchants, err := store.Merchants(ctx)
	if err != nil {
		return err
	}
	provisional, err := store.Provisional(ctx)
	if err != nil {
		return err
	}
	rows := make([]merchantFloat, len(merchants))
	for i, m := range merchants {
		f, err := store.Float(ctx, m.Code)
		if err != nil {
			return err
		}
		rows[i] = merchantFloat{m, f, provisional[m.Code]}
	}
	return list(s, "CODE | NAME | STATUS | FLOAT | HELD | CREDIT LINE | AVAILABLE | PROVISIONAL | CURRENCY", rows, func(r merchantFloat) []any {
		return []any{r.Code, r.Name, r.Status, formatMinor(r.Posted), formatMinor(r.Held), formatMinor(r.CreditLine), formatMinor(r.Available()), formatMinor(r.provisional), r.Merchant.Currency}
	})
}

// errNegativeLine refuses a credit line.
var errNegativeLine = errors.New("a credit line is not negative: it says how far below zero a float may go")

type merchantLineCmd struct {
	Code   string `arg:"" help:"Merchant code."`
	Amount amount `arg:"" help:"How far below zero the float may go."`
}

// Help is printed below the flags.
func (merchantLineCmd) Help() string { return "Example:\n\n  vendswitch merchant line M0001 2000.00" }

// Run sets the credit line.
func (c merchantLineCmd) Run(ctx context.Context, s *session) error {
	if c.Amount < 0 {
		return errNegativeLine
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if _, err := store.Merchant(ctx, c.Code); err != nil {
		return refusal("merchant "+c.Code, err, listed("merchant list"))
	}
	if err := store.SetCreditLine(ctx, by, c.Code, int64(c.Amount)); err != nil {
		return fmt.Errorf("merchant %s: %w", c.Code, err)
	}
	return s.done(map[string]any{"code": c.Code, "creditLine": int64(c.Amount)}, "credit line of %s is %s", c.Code, c.Amount)
}

// merchantTarget is a merchant to block or unblock.
type merchantTarget struct {
	Code string `arg:"" help:"Merchant code."`
}

func (merchantTarget) noun() string   { return "merchant" }
func (merchantTarget) sample() string { return "M0001" }

func (t merchantTarget) set(ctx context.Context, s *session, to ledger.Status) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.SetMerchantStatus(ctx, by, t.Code, to); err != nil {
		return refusal("merchant "+t.Code, err, listed("merchant list"))
	}
	return s.done(map[string]any{"code": t.Code, "status": to}, "merchant %s is %s", t.Code, to)
}
