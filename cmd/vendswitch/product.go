package main

import (
	"context"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
)

type productCmd struct {
	Add     productAddCmd             `cmd:"" help:"Put a product on sale."`
	List    productListCmd            `cmd:"" help:"List products."`
	Block   blockCmd[productTarget]   `cmd:"" help:"Take a product off sale."`
	Unblock unblockCmd[productTarget] `cmd:"" help:"Put a product on sale again."`
}

type productAddCmd struct {
	Code         string  `arg:"" help:"Product code."`
	Supplier     string  `required:"" help:"Supplier code."`
	Name         string  `required:"" help:"Printed on slips."`
	Kind         string  `enum:"voucher,electricity" required:"" help:"voucher: denominated, from stock. electricity: a token of any amount, bought online."`
	Face         amount  `default:"0" help:"Price of a voucher."`
	Min          amount  `default:"0" help:"Least amount of a token; 0 means none."`
	Max          amount  `default:"0" help:"Greatest amount of a token; 0 means none."`
	Currency     string  `default:"ZAR" help:"ISO 4217."`
	Commission   percent `default:"0" help:"The merchant's, in percent of the tender."`
	Instructions string  `default:"" help:"How the consumer uses it, printed on the slip."`
}

// Help is printed below the flags.
func (productAddCmd) Help() string {
	return `Examples:

  vendswitch product add CELLX10 --supplier CELLX --kind voucher --face 10 --commission 5 --name "Cell X R10" --instructions "Dial *100*PIN#"
  vendswitch product add TOWNELEC --supplier TOWN --kind electricity --min 10 --max 5000 --commission 1.5 --name "Town prepaid electricity"`
}

// Run adds the product.
func (c productAddCmd) Run(ctx context.Context, s *session) error {
	if err := checkName(c.Name); err != nil {
		return err
	}
	kind := ledger.ProductKind(c.Kind)
	switch {
	case kind == ledger.KindVoucher && c.Face <= 0:
		return fmt.Errorf("a voucher needs its --face value")
	case kind == ledger.KindElectricity && c.Face != 0:
		return fmt.Errorf("a token has no --face value, but --min and --max")
	case c.Min < 0 || c.Max < 0 || c.Max > 0 && c.Min > c.Max:
		return fmt.Errorf("%s to %s is not a range of amounts", c.Min, c.Max)
	}
	if !productCode.MatchString(c.Code) {
		return fmt.Errorf("product code %q is not 1 to 32 letters, digits, dots, dashes and underscores", c.Code)
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	supplier, err := store.Supplier(ctx, c.Supplier)
	if err != nil {
		return refusal("product "+c.Code, fmt.Errorf("supplier %s %w", c.Supplier, err), added("product list", "supplier"))
	}
	if err := checkFulfilment(kind, supplier.Kind); err != nil {
		return fmt.Errorf("product %s: %w", c.Code, err)
	}
	p := ledger.Product{
		Code: c.Code, Name: c.Name, Kind: kind, Supplier: c.Supplier,
		Face: int64(c.Face), Min: int64(c.Min), Max: int64(c.Max), Currency: c.Currency,
		CommissionBP: int(c.Commission), Instructions: c.Instructions, Status: ledger.Active,
	}
	if err := store.AddProduct(ctx, by, p); err != nil {
		return refusal("product "+c.Code, err, added("product list", "supplier"))
	}
	return s.done(p, "product %s added", c.Code)
}

type productListCmd struct{}

// Help is printed below the flags.
func (productListCmd) Help() string { return "Example:\n\n  vendswitch product list" }

// Run lists the products.
func (productListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	products, err := store.Products(ctx)
	if err != nil {
		return err
	}
	return list(s, "CODE | NAME | KIND | SUPPLIER | PRICE | COMMISSION | STATUS", products, func(p ledger.Product) []any {
		return []any{p.Code, p.Name, p.Kind, p.Supplier, priceOf(p), percent(p.CommissionBP), p.Status}
	})
}

func priceOf(p ledger.Product) string {
	switch {
	case p.Kind == ledger.KindVoucher:
		return formatMinor(p.Face)
	case p.Max == 0:
		return formatMinor(p.Min) + " or more"
	}
	return formatMinor(p.Min) + " to " + formatMinor(p.Max)
}

// productTarget is a product to block or unblock.
type productTarget struct {
	Code string `arg:"" help:"Product code."`
}

func (productTarget) noun() string   { return "product" }
func (productTarget) sample() string { return "CELLX10" }

func (t productTarget) set(ctx context.Context, s *session, to ledger.Status) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.SetProductStatus(ctx, by, t.Code, to); err != nil {
		return refusal("product "+t.Code, err, listed("product list"))
	}
	return s.done(map[string]any{"code": t.Code, "status": to}, "product %s is %s", t.Code, to)
}
