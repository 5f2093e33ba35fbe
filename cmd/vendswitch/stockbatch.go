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
	Order          string                 `json:"order,omitempty"`
	Agreement      int                    `json:"agreement,omitempty"`
	CiphertextHash string                 `json:"ciphertextHash,omitempty"`
	CleartextHash  string                 `json:"cleartextHash,omitempty"`
	Lines          []ledger.StockLine     `json:"lines"` // as it was loaded
	DecidedBy      string                 `json:"decidedBy,omitempty"`
	DecidedAt      time.Time              `json:"decidedAt,omitzero"`
	Reason         string                 `json:"reason,omitempty"` // of a rejection

	Quarantined int             `json:"quarantined"` // now, as the next ones
	Returned    int             `json:"returned"`
	Expired     int             `json:"expired"`
	OnSale      *int            `json:"onSale,omitempty"` // if they were counted
	Sold        *int            `json:"sold,omitempty"`
	Held        *stockActRecord `json:"held,omitempty"` // the latest quarantine
}

// stockActRecord is what moved vouchers of a batch.
type stockActRecord struct {
	ID     ledger.ID `json:"entryID"`
	Kind   string    `json:"kind"`
	Actor  string    `json:"actor"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
}

func newStockActRecord(a *ledger.StockAct) *stockActRecord {
	if a == nil {
		return nil
	}
	return &stockActRecord{a.ID, a.Kind, a.Actor, a.At, a.Reason}
}

func newStockBatchRecord(b ledger.StockBatch) stockBatchRecord {
	r := stockBatchRecord{ID: b.ID, Supplier: b.Supplier, Name: b.Name, State: b.State, LoadedBy: b.LoadedBy, Unattended: b.Unattended,
		CheckedBy: b.CheckedBy, LoadedAt: b.LoadedAt, Source: b.Source, Order: b.Order, Agreement: b.Agreement, CiphertextHash: b.CiphertextHash,
		CleartextHash: b.CleartextHash, Lines: b.Lines, DecidedBy: b.DecidedBy, DecidedAt: b.DecidedAt, Reason: b.Reason,
		Quarantined: b.Quarantined, Returned: b.Returned, Expired: b.Expired, Held: newStockActRecord(b.Held)}
	if b.Counted {
		r.OnSale, r.Sold = &b.OnSale, &b.Sold
	}
	return r
}

// batchHints are what to do about a batch that cannot be decided on.
var batchHints = hints{
	ledger.ErrNotFound:   shows("stock batches"),
	ledger.ErrState:      `"vendswitch stock batches" shows who decided on it`,
	ledger.ErrSamePerson: "who loaded or checked a batch cannot approve it",
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
	Count    bool     `help:"Count what is on sale and what is sold of each too. It reads all that is on sale: some seconds for millions."`
	Limit    int      `default:"100" help:"At most so many, those loaded last first."`
}

// Help is printed below the flags.
func (stockBatchesCmd) Help() string {
	return `STATE is what was decided on the batch. VOUCHERS is how many were loaded; QUARANTINED, RETURNED and EXPIRED of them are off sale now, and the rest is on sale or sold, which --count tells apart. WHY is why a batch was rejected, or why the latest of it was quarantined.

Examples:

  vendswitch stock batches --state awaiting
  vendswitch stock batches --supplier CELLX --count`
}

// Run lists batches.
func (c stockBatchesCmd) Run(ctx context.Context, s *session) error {
	all := []string{string(ledger.StockBatchAwaiting), string(ledger.StockBatchActive), string(ledger.StockBatchRejected)}
	filter := ledger.StockBatchFilter{Supplier: c.Supplier, Limit: c.Limit, Count: c.Count}
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
	counts := "QUARANTINED | RETURNED | EXPIRED"
	if c.Count {
		counts = "ON SALE | SOLD | " + counts
	}
	return list(s, "SUPPLIER | BATCH | STATE | VOUCHERS | "+counts+" | LOADED | BY | FROM | DECIDED | BY | WHY", batches, func(b ledger.StockBatch) []any {
		row := []any{b.Supplier, b.Name, b.State, vouchersIn(b.Lines)}
		switch {
		case c.Count && b.Counted:
			row = append(row, b.OnSale, b.Sold)
		case c.Count:
			row = append(row, "", "")
		}
		why := b.Reason
		if b.Held != nil {
			why = fmt.Sprintf("%s (%s, %s)", b.Held.Reason, b.Held.Actor, s.stamp(b.Held.At))
		}
		decided := b.DecidedBy
		if decided == "" && b.CheckedBy != "" {
			decided = "checked: " + b.CheckedBy
		}
		return append(row, b.Quarantined, b.Returned, b.Expired, s.stamp(b.LoadedAt), b.LoadedBy, b.Source, s.stamp(b.DecidedAt), decided, why)
	})
}
