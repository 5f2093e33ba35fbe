package main

import (
	"context"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

type batchCmd struct {
	List batchListCmd `cmd:"" help:"List batches and deposit slips, the latest first."`
}

type batchListCmd struct {
	Client string `help:"Only of this client."`
	Level  string `enum:",bank,sales,shift,slip" default:"" help:"Only of this level: bank, sales, shift, slip."`
	Closed bool   `help:"Only closed ones."`
	Limit  int    `default:"50" help:"The most to list."`
}

// Help is printed below the flags.
func (batchListCmd) Help() string {
	return `Batches are opened and closed by clients. What one has come to is known once it is closed.

Example:

  vendswitch batch list --client 6009990000018 --level slip`
}

// Run lists batches.
func (c batchListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	batches, err := store.Batches(ctx, ledger.BatchFilter{Client: c.Client, Level: ledger.BatchLevel(c.Level), Closed: c.Closed, Limit: c.Limit})
	if err != nil {
		return err
	}
	return list(s, "LEVEL | NUMBER | CLIENT | TERMINAL | CASHIER | OPENED | CLOSED | SALES | AMOUNT | REFERENCE", batches, func(b ledger.Tally) []any {
		return []any{b.Level, b.SeqNo, b.Client, b.Terminal, b.Cashier, s.stamp(b.OpenedAt), s.stamp(b.ClosedAt), b.Sales, formatMinor(b.Amount), b.Reference}
	})
}

// batchRecord is a batch as --json prints it. Amounts are minor units.
type batchRecord struct {
	ID        ledger.ID         `json:"id"`
	Level     ledger.BatchLevel `json:"level"`
	Number    int64             `json:"number"`
	Merchant  string            `json:"merchant"`
	Client    string            `json:"client"`
	Terminal  string            `json:"terminal,omitempty"`
	Cashier   string            `json:"cashier,omitempty"`
	Reference string            `json:"reference,omitempty"`
	OpenedAt  time.Time         `json:"openedAt"`
	ClosedAt  time.Time         `json:"closedAt,omitzero"`
	Sales     int64             `json:"sales"`
	Amount    int64             `json:"amount"`
}

func newBatchRecord(b ledger.Tally) batchRecord {
	return batchRecord{ID: b.ID, Level: b.Level, Number: b.SeqNo, Merchant: b.Merchant, Client: b.Client, Terminal: b.Terminal,
		Cashier: b.Cashier, Reference: b.Reference, OpenedAt: b.OpenedAt, ClosedAt: b.ClosedAt, Sales: b.Sales, Amount: b.Amount}
}
