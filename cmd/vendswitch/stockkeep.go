package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
)

// keptRecord is what came of a quarantine, release or return.
type keptRecord struct {
	Supplier   string              `json:"supplier"`
	Batch      string              `json:"batch"`
	Done       bool                `json:"done"`
	ProposedBy string              `json:"proposedBy"`
	Moves      []ledger.StockMoved `json:"moves,omitempty"`
}

// selectArgs choose vouchers of a batch.
type selectArgs struct {
	Supplier string   `arg:"" help:"Supplier code."`
	Batch    string   `arg:"" help:"The supplier's batch number."`
	Serial   []string `help:"Only the vouchers with these serial numbers."`
	Reason   string   `required:"" help:"Why."`
}

// keepHints are what to do about vouchers that cannot be kept.
var keepHints = hints{
	ledger.ErrNotFound:   `"vendswitch stock batches" shows the batches, and "vendswitch stock find" a voucher`,
	ledger.ErrState:      `"vendswitch stock list" shows what there is`,
	ledger.ErrSamePerson: "it is proposed already",
}

// keep does one of the three things with what is selected.
func (c selectArgs) keep(ctx context.Context, s *session, by, past string, store *ledger.Store,
	do func(*ledger.Store, context.Context, ledger.StockSelection) (ledger.StockKept, error)) error {
	kept, err := do(store, ctx, ledger.StockSelection{Actor: by, Supplier: c.Supplier, Batch: c.Batch, Serials: c.Serial, Reason: c.Reason})
	if err != nil {
		return refusal("not "+past, err, keepHints)
	}
	record := keptRecord{c.Supplier, c.Batch, kept.Done, kept.By, kept.Moves}
	if !kept.Done {
		return s.done(record, "proposed by %s; vouchers of batch %s of %s are %s when a second person gives the same command", by, c.Batch, c.Supplier, past)
	}
	n := 0
	for _, m := range kept.Moves {
		n += m.Count()
	}
	are := "are"
	if n == 1 {
		are = "is"
	}
	return s.done(record, "%s of batch %s of %s %s %s", vouchersOf(n), c.Batch, c.Supplier, are, past)
}

type stockQuarantineCmd struct{ selectArgs }

// Help is printed below the flags.
func (stockQuarantineCmd) Help() string {
	return `What is on sale of the batch is not sold any more, at once. One person does.

Examples:

  vendswitch stock quarantine CELLX 0042 --reason "PINs are said to be used"
  vendswitch stock quarantine CELLX 0042 --serial CX100017 --reason "complaint 12"`
}

// Run quarantines.
func (c stockQuarantineCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	return c.keep(ctx, s, by, "quarantined", store, (*ledger.Store).QuarantineStock)
}

type stockReleaseCmd struct{ selectArgs }

// Help is printed below the flags.
func (stockReleaseCmd) Help() string {
	return `The first person proposes; it is done when a second person gives the same command for the same vouchers.

Example:

  vendswitch --by thandi stock release CELLX 0042 --reason "Cell X says they are good, mail of today"`
}

// Run proposes or confirms a release.
func (c stockReleaseCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	return c.keep(ctx, s, by, "released", store, (*ledger.Store).ReleaseStock)
}

type stockReturnCmd struct{ selectArgs }

// Help is printed below the flags.
func (stockReturnCmd) Help() string {
	return `What is on sale or quarantined of the batch goes back to the supplier, who is owed so much less. The first person proposes; it is done when a second person gives the same command for the same vouchers.

Example:

  vendswitch --by thandi stock return CELLX 0042 --reason "withdrawn by Cell X, letter of 3 June"`
}

// Run proposes or confirms a return.
func (c stockReturnCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	return c.keep(ctx, s, by, "returned", store, (*ledger.Store).ReturnStock)
}

type stockExpireCmd struct{}

// Help is printed below the flags.
func (stockExpireCmd) Help() string {
	return "Vouchers whose date of expiry has passed are written off. It may be run at any time.\n\nExample:\n\n  vendswitch stock expire"
}

// Run writes off what has expired.
func (stockExpireCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	moves, err := store.ExpireStock(ctx, by, s.now().In(s.config.Zone.Location))
	if err != nil {
		return err
	}
	type expired struct {
		ledger.StockMoved
		line ledger.StockLine
	}
	var rows []expired
	for _, m := range moves {
		for _, line := range m.Lines {
			rows = append(rows, expired{m, line})
		}
	}
	if s.cli.JSON {
		return list(s, "", moves, func(ledger.StockMoved) []any { return nil })
	}
	return list(s, "SUPPLIER | BATCH | PRODUCT | VOUCHERS | FACE VALUE | COST", rows, func(r expired) []any {
		return []any{r.Supplier, r.Batch, r.line.Product, r.line.Count, formatMinor(r.line.Face), formatMinor(r.line.Cost)}
	})
}

type stockResealCmd struct {
	Limit int `default:"0" help:"Seal at most so many anew; 0 is all."`
}

// Help is printed below the flags.
func (stockResealCmd) Help() string {
	return `After a new sealing key was put into the key file, PINs are sealed under it while the switch sells. It may be broken off and run again. While PINs are left under an old key, that key stays in the key file; outcomes of sales and answers of suppliers stay sealed under theirs.

Example:

  vendswitch stock reseal`
}

// Run seals PINs anew.
func (c stockResealCmd) Run(ctx context.Context, s *session) error {
	if c.Limit < 0 {
		return fmt.Errorf("--limit is not negative")
	}
	store, _, err := s.act(ctx)
	if err != nil {
		return err
	}
	done, err := store.ResealStock(ctx, c.Limit, nil)
	if err != nil {
		return err
	}
	left, keys := 0, []string{}
	for key, n := range done.Left {
		left += n
		keys = append(keys, fmt.Sprintf("%d under %s", n, key))
	}
	record := map[string]any{"seen": done.Seen, "resealed": done.Resealed, "left": left}
	if left == 0 {
		return s.done(record, "%d of %d PINs sealed anew; none is left under another key", done.Resealed, done.Seen)
	}
	return s.done(record, "%d of %d PINs sealed anew; left: %s", done.Resealed, done.Seen, strings.Join(keys, ", "))
}
