package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

type stockCmd struct {
	Load    stockLoadCmd    `cmd:"" help:"Load a file of vouchers, all or nothing; a second person approves it."`
	Import  stockImportCmd  `cmd:"" help:"Import an encrypted file or mail of a supplier's, all or nothing; a second person approves it."`
	Approve stockApproveCmd `cmd:"" help:"Put a batch on sale that somebody else has loaded."`
	Reject  stockRejectCmd  `cmd:"" help:"Refuse a batch that awaits approval; its vouchers are deleted."`
	Batches stockBatchesCmd `cmd:"" help:"List batches."`
	List    stockListCmd    `cmd:"" help:"What there is, by product, state and expiry date."`
	Cover   stockCoverCmd   `cmd:"" help:"How long the stock lasts, and what to order."`
	Order   stockOrderCmd   `cmd:"" help:"Order from a supplier: write a file for him."`
	Orders  stockOrdersCmd  `cmd:"" help:"List orders."`

	Quarantine stockQuarantineCmd `cmd:"" help:"Stop selling a batch, or vouchers of it."`
	Release    stockReleaseCmd    `cmd:"" help:"Sell again what is quarantined; takes two people."`
	Return     stockReturnCmd     `cmd:"" help:"Give what is unsold of a batch back to the supplier; takes two people."`
	Proposals  stockProposalsCmd  `cmd:"" help:"List releases and returns that wait for a second person."`
	Withdraw   stockWithdrawCmd   `cmd:"" help:"Withdraw a release or return that one person has proposed."`
	Expire     stockExpireCmd     `cmd:"" help:"Write off what has expired."`
	Find       stockFindCmd       `cmd:"" help:"Where a voucher is, by its serial number."`
	Proof      stockProofCmd      `cmd:"" help:"Prove how a voucher came and who was shown its PIN."`
	Reseal     stockResealCmd     `cmd:"" help:"Seal PINs under the new key."`
	Deliveries stockDeliveriesCmd `cmd:"" help:"List the stock files that arrived."`
}

type stockLoadCmd struct {
	File     string `arg:"" help:"CSV file with the heading product,serial,pin,face,cost,expires; - reads standard input."`
	Supplier string `required:"" help:"Supplier code."`
	Batch    string `required:"" help:"The supplier's batch number; the same one is loaded once."`
}

// Help is printed below the flags.
func (stockLoadCmd) Help() string {
	return `The batch is not on sale until a second person has approved it, with "stock approve". A line is one voucher: face value and cost (VAT included) in the currency of the product, expiry as yyyy-mm-dd or empty.

Example:

  vendswitch stock load cellx-0042.csv --supplier CELLX --batch 0042`
}

// Run loads the file. A line that is wrong refuses the file and is named without
// its PIN.
func (c stockLoadCmd) Run(ctx context.Context, s *session) error {
	in := s.Stdin
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	products, err := store.Products(ctx)
	if err != nil {
		return err
	}
	currency := make(map[string]string)
	for _, p := range products {
		currency[p.Code] = p.Currency
	}
	loaded, err := store.LoadStock(ctx, ledger.Batch{Supplier: c.Supplier, Name: c.Batch, Actor: by, Source: c.File, Zone: s.config.Zone.Location},
		vouchers(in, s.now().In(s.config.Zone.Location), c.Supplier, c.Batch, currency))
	if err != nil {
		err = fmt.Errorf("batch %s of %s: %w", c.Batch, c.Supplier, err)
		return refusal(c.File+": nothing loaded", err, hints{
			ledger.ErrExists:   "a batch, a serial and a PIN are loaded once",
			ledger.ErrNotFound: `"vendswitch supplier list" and "vendswitch product list" show those there are`})
	}
	return list(s, "PRODUCT | VOUCHERS | FACE VALUE | COST", loaded.Lines, func(l ledger.StockLine) []any {
		return []any{l.Product, l.Count, formatMinor(l.Face), formatMinor(l.Cost)}
	})
}

// vouchers are those of a plain stock file, of which none has expired before today.
func vouchers(in io.Reader, today time.Time, supplier, batch string, currency map[string]string) iter.Seq2[ledger.Voucher, error] {
	return func(yield func(ledger.Voucher, error) bool) {
		for v, err := range stockmail.ReadPlain(currency, in, stockmail.Options{Today: today, Batch: batch}).Vouchers() {
			if !yield(ledger.Voucher{ID: ledger.NewID(), Supplier: supplier, Product: v.Product, Batch: v.Batch, Serial: v.Serial, PIN: v.PIN.Reveal(),
				Face: v.Face, Cost: v.Cost, Currency: v.Currency, ExpiresOn: v.ExpiresOn}, err) || err != nil {
				return
			}
		}
	}
}

type stockListCmd struct {
	State []string `help:"Only these states; all but sold if none is named."`
}

// Help is printed below the flags.
func (stockListCmd) Help() string {
	return "Examples:\n\n  vendswitch stock list --json\n  vendswitch stock list --state quarantined"
}

// Run lists the stock. No PIN is read.
func (c stockListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	states, err := stockStates(c.State)
	if err != nil {
		return err
	}
	levels, err := store.StockCount(ctx, states...)
	if err != nil {
		return err
	}
	return list(s, "PRODUCT | SUPPLIER | STATE | EXPIRES | VOUCHERS | FACE VALUE | COST", levels, func(l ledger.StockLevel) []any {
		return []any{l.Product, l.Supplier, l.State, l.ExpiresOn, l.Count, formatMinor(l.Face), formatMinor(l.Cost)}
	})
}
