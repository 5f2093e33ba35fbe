package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
)

// stockBatchHints are what to do about a batch that cannot be decided on.
var stockBatchHints = hints{
	ledger.ErrNotFound:   shows("stock batches"),
	ledger.ErrState:      shows("stock batches"),
	ledger.ErrSamePerson: "who loaded it does not approve it",
	ledger.ErrBusy:       "nothing was changed",
}

type stockBatchesCmd struct {
	Supplier string `help:"Of this supplier."`
	State    string `enum:",awaiting,active,rejected" default:"" help:"Only those that are awaiting, active or rejected."`
}

// Help is printed below the flags.
func (stockBatchesCmd) Help() string {
	return "Example:\n\n  vendswitch stock batches --state awaiting"
}

// Run lists the batches, the latest first.
func (c stockBatchesCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	f := ledger.StockBatchFilter{Supplier: c.Supplier}
	if c.State != "" {
		f.States = []ledger.StockBatchState{ledger.StockBatchState(c.State)}
	}
	batches, err := store.StockBatches(ctx, f)
	if err != nil {
		return err
	}
	return list(s, "SUPPLIER | BATCH | STATE | VOUCHERS | LOADED | BY | DECIDED BY | REASON", batches, func(b ledger.StockBatch) []any {
		return []any{b.Supplier, b.Name, b.State, stockLines(b.Lines), s.stamp(b.LoadedAt), b.LoadedBy, b.DecidedBy, b.Reason}
	})
}

// stockLines says what is in a batch: "20 CELLX10, 5 CELLX29".
func stockLines(lines []ledger.StockLine) string {
	var parts []string
	for _, l := range lines {
		parts = append(parts, fmt.Sprintf("%d %s", l.Count, l.Product))
	}
	return strings.Join(parts, ", ")
}

type stockApproveCmd struct {
	Supplier string `arg:"" help:"Supplier code."`
	Batch    string `arg:"" help:"The supplier's batch number."`
}

// Help is printed below the flags.
func (stockApproveCmd) Help() string {
	return `Its vouchers go on sale, and their cost is owed to the supplier. Compare "stock batches" with the supplier's invoice or your order first.

Example:

  vendswitch --by NOMSA --credential nomsa.password stock approve CELLX 0042`
}

// Run approves the batch.
func (c stockApproveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	b, err := store.ApproveStock(ctx, by, c.Supplier, c.Batch)
	if err != nil {
		return refusal("nothing approved", err, stockBatchHints)
	}
	return s.done(b, "batch %s of %s is on sale: %s", b.Name, b.Supplier, stockLines(b.Lines))
}

type stockRejectCmd struct {
	Supplier string `arg:"" help:"Supplier code."`
	Batch    string `arg:"" help:"The supplier's batch number."`
	Reason   string `required:"" help:"Why."`
}

// Help is printed below the flags.
func (stockRejectCmd) Help() string {
	return `Its vouchers are deleted; a corrected file may come under the same batch number, the same encrypted file never again.

Example:

  vendswitch --by NOMSA --credential nomsa.password stock reject CELLX 0042 --reason "not what we ordered"`
}

// Run rejects the batch.
func (c stockRejectCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	b, err := store.RejectStock(ctx, by, c.Supplier, c.Batch, c.Reason)
	if err != nil {
		return refusal("nothing rejected", err, stockBatchHints)
	}
	return s.done(b, "batch %s of %s is rejected: its vouchers are gone", b.Name, b.Supplier)
}
