package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// stockBatchRecord is a batch of stock. Hashes are SHA-256 in hex.
type stockBatchRecord struct {
	ID             ledger.ID              `json:"id"`
	Supplier       string                 `json:"supplier"`
	Name           string                 `json:"name"`
	State          ledger.StockBatchState `json:"state"`
	LoadedBy       string                 `json:"loadedBy"`
	Unattended     bool                   `json:"unattended"`
	CheckedBy      string                 `json:"checkedBy,omitempty"`
	LoadedAt       time.Time              `json:"loadedAt"`
	Source         string                 `json:"source"`
	Order          string                 `json:"order"`
	Agreement      int                    `json:"agreement"`
	CiphertextHash string                 `json:"ciphertextHash"`
	CleartextHash  string                 `json:"cleartextHash"`
	Lines          []ledger.StockLine     `json:"lines"`
	DecidedBy      string                 `json:"decidedBy"`
	DecidedAt      time.Time              `json:"decidedAt,omitzero"`
	Reason         string                 `json:"reason"`
}

// batchHints are what to do about a batch that cannot be decided on.
var batchHints = hints{
	ledger.ErrNotFound:   shows("stock batches"),
	ledger.ErrState:      `"vendswitch stock batches" shows who decided on it`,
	ledger.ErrSamePerson: "who loaded a batch cannot approve it",
}

// stockStates wants states that vouchers can be in.
func stockStates(names []string) ([]ledger.StockState, error) {
	var states []ledger.StockState
	for _, name := range names {
		if !slices.Contains(ledger.StockStates, ledger.StockState(name)) {
			return nil, fmt.Errorf("a voucher is never %q; it is awaiting, active, reserved, quarantined, sold, expired or returned", name)
		}
		states = append(states, ledger.StockState(name))
	}
	return states, nil
}

type stockApproveCmd struct {
	Supplier string `arg:"" help:"Supplier code."`
	Batch    string `arg:"" help:"The supplier's batch number."`
}

// Help is printed below the flags.
func (stockApproveCmd) Help() string {
	return `Compare the batch with the order and the delivery note first: "stock batches" shows what was loaded. From then on its vouchers are sold, and their cost is owed to the supplier.

Example:

  vendswitch --by thandi stock approve CELLX 0042`
}

// Run approves the batch.
func (c stockApproveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	batch, err := store.ApproveStock(ctx, by, c.Supplier, c.Batch)
	if err != nil {
		return refusal("not approved", err, batchHints)
	}
	if batch.State == ledger.StockBatchAwaiting {
		return s.done(batch, "batch %s of %s is checked by %s; no person has loaded it, so a second operator must approve it too", batch.Name, batch.Supplier, batch.CheckedBy)
	}
	return s.done(batch, "batch %s of %s is on sale: %s", batch.Name, batch.Supplier, vouchersOf(vouchersIn(batch.Lines)))
}

func vouchersIn(lines []ledger.StockLine) (n int) {
	for _, l := range lines {
		n += l.Count
	}
	return n
}

// vouchersOf is a number of vouchers in words.
func vouchersOf(n int) string {
	if n == 1 {
		return "1 voucher"
	}
	return fmt.Sprintf("%d vouchers", n)
}

type stockRejectCmd struct {
	Supplier string `arg:"" help:"Supplier code."`
	Batch    string `arg:"" help:"The supplier's batch number."`
	Reason   string `required:"" help:"Why."`
}

// Help is printed below the flags.
func (stockRejectCmd) Help() string {
	return `Its vouchers are deleted, so a corrected file can be loaded under the same number; the same encrypted file cannot.

Example:

  vendswitch --by thandi stock reject CELLX 0042 --reason "400 vouchers too few, see their mail of today"`
}

// Run rejects the batch.
func (c stockRejectCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	batch, err := store.RejectStock(ctx, by, c.Supplier, c.Batch, c.Reason)
	if err != nil {
		return refusal("not rejected", err, batchHints)
	}
	return s.done(batch, "batch %s of %s is rejected: %s deleted", batch.Name, batch.Supplier, vouchersOf(vouchersIn(batch.Lines)))
}

type stockBatchesCmd struct {
	Supplier string   `help:"Only this supplier's."`
	State    []string `help:"Only these: awaiting, active, rejected."`
	Limit    int      `default:"100" help:"At most so many, those loaded last first."`
}

// Help is printed below the flags.
func (stockBatchesCmd) Help() string {
	return "Example:\n\n  vendswitch stock batches --state awaiting"
}

// Run lists batches.
func (c stockBatchesCmd) Run(ctx context.Context, s *session) error {
	all := []string{string(ledger.StockBatchAwaiting), string(ledger.StockBatchActive), string(ledger.StockBatchRejected)}
	filter := ledger.StockBatchFilter{Supplier: c.Supplier, Limit: c.Limit}
	for _, name := range c.State {
		if !slices.Contains(all, name) {
			return fmt.Errorf("a batch is never %q; it is %s", name, strings.Join(all, ", "))
		}
		filter.States = append(filter.States, ledger.StockBatchState(name))
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	batches, err := store.StockBatches(ctx, filter)
	if err != nil {
		return err
	}
	return list(s, "SUPPLIER | BATCH | STATE | VOUCHERS | LOADED | BY | FROM | DECIDED | BY | REASON", batches, func(b ledger.StockBatch) []any {
		return []any{b.Supplier, b.Name, b.State, vouchersIn(b.Lines), s.stamp(b.LoadedAt), b.LoadedBy, b.Source, s.stamp(b.DecidedAt), b.DecidedBy, b.Reason}
	})
}
