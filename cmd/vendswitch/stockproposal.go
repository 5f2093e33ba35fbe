package main

import (
	"context"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// stockProposalRecord is what waits for a second person.
type stockProposalRecord struct {
	Action   string    `json:"action"`
	Supplier string    `json:"supplier"`
	Batch    string    `json:"batch"`
	Serials  []string  `json:"serials"` // none: the whole batch
	Actor    string    `json:"proposedBy"`
	Reason   string    `json:"reason"`
	At       time.Time `json:"proposedAt"`
}

type stockProposalsCmd struct{}

// Help is printed below the flags.
func (stockProposalsCmd) Help() string {
	return `Releases and returns that one person has proposed: a second one gives the same command, or "stock withdraw". Batches that await approval are in "stock batches --state awaiting", agreements in "supplier agreements".

Example:

  vendswitch stock proposals`
}

// Run lists what waits.
func (stockProposalsCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	proposals, err := store.StockProposals(ctx)
	if err != nil {
		return err
	}
	return list(s, "ACTION | SUPPLIER | BATCH | SERIALS | PROPOSED | BY | REASON", proposals, func(p ledger.StockProposal) []any {
		serials := "all"
		if len(p.Serials) > 0 {
			serials = strings.Join(p.Serials, ",")
		}
		return []any{p.Action, p.Supplier, p.Batch, serials, s.stamp(p.At), p.Actor, p.Reason}
	})
}

type stockWithdrawCmd struct {
	Action string `arg:"" enum:"release,return" help:"What was proposed: release or return."`
	selectArgs
}

// Help is printed below the flags.
func (stockWithdrawCmd) Help() string {
	return `For the vouchers for which it was proposed: the same --serial, or none for the whole batch. Any operator may.

Example:

  vendswitch stock withdraw return CELLX 0042 --reason "Cell X takes nothing back, mail of today"`
}

// Run withdraws a proposal.
func (c stockWithdrawCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	err = store.WithdrawStock(ctx, c.Action, ledger.StockSelection{Actor: by, Supplier: c.Supplier, Batch: c.Batch, Serials: c.Serial, Reason: c.Reason})
	if err != nil {
		return refusal("not withdrawn", err, listed("stock proposals"))
	}
	record := map[string]any{"action": c.Action, "supplier": c.Supplier, "batch": c.Batch, "serials": append([]string{}, c.Serial...)}
	return s.done(record, "the %s of batch %s of %s is withdrawn", c.Action, c.Batch, c.Supplier)
}
