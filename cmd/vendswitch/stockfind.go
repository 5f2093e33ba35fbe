package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// stockedRecord is a voucher without its PIN.
type stockedRecord struct {
	ID        ledger.ID         `json:"id"`
	Supplier  string            `json:"supplier"`
	Product   string            `json:"product"`
	Batch     string            `json:"batch"`
	Serial    string            `json:"serial"`
	State     ledger.StockState `json:"state"`
	Face      int64             `json:"face"`
	Cost      int64             `json:"cost"`
	Currency  string            `json:"currency"`
	ExpiresOn string            `json:"expiresOn,omitempty"`
	SaleID    ledger.ID         `json:"saleID,omitzero"`
	Merchant  string            `json:"merchant,omitempty"`
	Client    string            `json:"client,omitempty"`
	Terminal  string            `json:"terminal,omitempty"`
	Cashier   string            `json:"cashier,omitempty"`
	SoldAt    time.Time         `json:"soldAt,omitzero"`
	Sale      ledger.SaleState  `json:"saleState,omitempty"`
	Act       *stockActRecord   `json:"moved,omitempty"` // of one that is quarantined, returned or expired
}

func newStockedRecord(v ledger.StockedVoucher) stockedRecord {
	return stockedRecord{v.ID, v.Supplier, v.Product, v.Batch, v.Serial, v.State, v.Face, v.Cost, v.Currency, v.ExpiresOn, v.SaleID,
		v.Merchant, v.Client, v.Terminal, v.Cashier, v.SoldAt, v.Sale, newStockActRecord(v.Act)}
}

// serialArgs name a voucher.
type serialArgs struct {
	Serial   string `arg:"" help:"Serial number."`
	Supplier string `help:"Supplier code, where several have the number."`
}

// find finds the vouchers, and refuses if there is none.
func (c serialArgs) find(ctx context.Context, store *ledger.Store) ([]ledger.StockedVoucher, error) {
	if c.Supplier != "" {
		if _, err := store.Supplier(ctx, c.Supplier); err != nil {
			return nil, refusal("supplier "+c.Supplier, err, listed("supplier list"))
		}
	}
	found, err := store.FindSerial(ctx, c.Supplier, c.Serial)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("serial %s: %w; it may have been in a batch that was rejected", c.Serial, ledger.ErrNotFound)
	}
	return found, err
}

type stockFindCmd struct{ serialArgs }

// Help is printed below the flags.
func (stockFindCmd) Help() string {
	return "WHY is the reason why a voucher was quarantined or returned. Nobody is shown the PIN.\n\nExample:\n\n  vendswitch stock find CX100017"
}

// Run says where the voucher is.
func (c stockFindCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := c.find(ctx, store)
	if err != nil {
		return err
	}
	return list(s, "SUPPLIER | SERIAL | PRODUCT | BATCH | STATE | EXPIRES | SOLD | MERCHANT | TERMINAL | CASHIER | SALE | WHY", found, func(v ledger.StockedVoucher) []any {
		sale := ""
		if (v.SaleID != ledger.ID{}) {
			sale = v.SaleID.String()
		}
		why := ""
		if v.Act != nil && v.Act.Reason != "" {
			why = fmt.Sprintf("%s (%s, %s)", v.Act.Reason, v.Act.Actor, s.stamp(v.Act.At))
		}
		return []any{v.Supplier, v.Serial, v.Product, v.Batch, v.State, v.ExpiresOn, s.stamp(v.SoldAt), v.Merchant, v.Terminal, v.Cashier, sale, why}
	})
}

type stockProofCmd struct {
	serialArgs
	Check string `placeholder:"FILE" help:"Check a proof that was made before, without the database: the serial number must be its."`
}

// Help is printed below the flags.
func (stockProofCmd) Help() string {
	return `For a disputed PIN: every entry that tells how the voucher came, when it was sold and to whom its PIN was shown, each with its place in the chain of the journal and a signed head that covers it. It is JSON, holds no PIN, and can be checked on another machine that has the key file, or by whoever has the heads file and the public key; see docs/stock.md.

Examples:

  vendswitch stock proof CX100017 > proof.json
  vendswitch stock proof CX100017 --check proof.json`
}

// Run prints or checks the proof.
func (c stockProofCmd) Run(ctx context.Context, s *session) error {
	if c.Check != "" {
		return c.check(s)
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := c.find(ctx, store)
	if err != nil {
		return err
	}
	if len(found) > 1 {
		return fmt.Errorf("serial %s: several suppliers have it; name one with --supplier", c.Serial)
	}
	proof, err := audit.Prove(ctx, store, found[0], s.now())
	if err != nil {
		return err
	}
	return printJSON(s.Stdout, proof)
}

func (c stockProofCmd) check(s *session) error {
	text, err := os.ReadFile(c.Check)
	if err != nil {
		return err
	}
	var proof audit.Proof
	if err := json.Unmarshal(text, &proof); err != nil || proof.Voucher.Serial == "" {
		return fmt.Errorf("%s is not a proof", c.Check)
	}
	if proof.Voucher.Serial != c.Serial {
		return fmt.Errorf("%s is about serial %s", c.Check, proof.Voucher.Serial)
	}
	keys, err := vault.Load(s.config.Keys.File)
	if err != nil {
		return fmt.Errorf("keys: %w", err)
	}
	if err := proof.Check(keys); err != nil {
		return fmt.Errorf("%s: %w", c.Check, err)
	}
	record := map[string]any{"serial": c.Serial, "entries": len(proof.Entries), "holds": true}
	return s.done(record, "the proof holds: %d entries about serial %s; %d were not sealed yet", len(proof.Entries), c.Serial, len(proof.Loose))
}

// deliveryRecord is a stock file that arrived.
type deliveryRecord struct {
	ID             ledger.ID            `json:"id"`
	Supplier       string               `json:"supplier,omitempty"` // unless it is not known
	Source         string               `json:"source"`
	Actor          string               `json:"actor,omitempty"`
	MessageID      string               `json:"messageID,omitempty"` // of a mail
	CiphertextHash string               `json:"ciphertextHash"`
	ReceivedAt     time.Time            `json:"receivedAt"`
	State          ledger.DeliveryState `json:"state"`
	Reason         string               `json:"reason,omitempty"` // of a refusal
	Batch          string               `json:"batch,omitempty"`
}

type stockDeliveriesCmd struct {
	Supplier string `help:"Only this supplier's."`
	Limit    int    `default:"100" help:"At most so many, the latest first."`
}

// Help is printed below the flags.
func (stockDeliveriesCmd) Help() string {
	return "Every stock file that arrived, who brought it in, and what became of it. DELIVERY is what \"stock batches\" calls it by.\n\nExample:\n\n  vendswitch stock deliveries --supplier CELLX"
}

// Run lists deliveries.
func (c stockDeliveriesCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	deliveries, err := store.Deliveries(ctx, ledger.DeliveryFilter{Supplier: c.Supplier, Limit: c.Limit})
	if err != nil {
		return err
	}
	return list(s, "DELIVERY | RECEIVED | BY | SUPPLIER | FROM | STATE | BATCH | REASON | FILE", deliveries, func(d ledger.Delivery) []any {
		return []any{d.ID, s.stamp(d.ReceivedAt), d.Actor, d.Supplier, d.Source, d.State, d.Batch, d.Reason, d.CiphertextHash[:min(12, len(d.CiphertextHash))]}
	})
}
