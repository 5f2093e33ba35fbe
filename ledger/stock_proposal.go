package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// StockProposal is what a first person has asked for and a second must.
type StockProposal struct {
	Action   string // "release" or "return"
	Supplier string
	Batch    string
	Serials  []string // sorted; none is the whole batch
	Actor    string
	Reason   string
	At       time.Time
}

// StockProposals lists what waits for a second person, the oldest first.
func (s *Store) StockProposals(ctx context.Context) ([]StockProposal, error) {
	return collect(ctx, s, func(row scanner) (p StockProposal, err error) {
		var serials string
		if err = row.Scan(&p.Action, &p.Supplier, &p.Batch, &serials, &p.Actor, &p.Reason, &p.At); err != nil {
			return p, err
		}
		p.At = p.At.UTC()
		return p, json.Unmarshal([]byte(serials), &p.Serials)
	}, `SELECT p.action, b.supplier, b.name, p.serials, p.actor, p.reason, p.at FROM stock_proposal AS p
		JOIN stock_batch AS b ON b.entry_id = p.batch ORDER BY p.at, b.supplier, b.name, p.action, p.serials`)
}

// WithdrawStock takes back what one person proposed to release or return, in the
// same words: nobody can confirm it any more. Whoever proposed it may, and anybody
// else. Errors: ErrNotFound (the batch, or no such proposal), ErrBusy.
func (s *Store) WithdrawStock(ctx context.Context, action string, sel StockSelection) error {
	if strings.TrimSpace(sel.Actor) == "" || strings.TrimSpace(sel.Reason) == "" {
		return errors.New("who does it, and a reason, must be given")
	}
	if !storable(sel.Reason) {
		return errText
	}
	sel.Serials = slices.Compact(slices.Sorted(slices.Values(sel.Serials)))
	serials, err := json.Marshal(append([]string{}, sel.Serials...))
	if err != nil {
		return err
	}
	err = s.retried(ctx, func(tx transaction) error {
		b, err := lockBatch(ctx, tx, sel.Supplier, sel.Batch)
		if err != nil {
			return err
		}
		body := StockWithdrawnBody{V: BodyVersion, Action: action, Supplier: sel.Supplier, Batch: sel.Batch, Serials: sel.Serials, Reason: sel.Reason}
		err = tx.get(ctx, &body.ProposedBy, "SELECT actor FROM stock_proposal WHERE batch = ? AND action = ? AND serials = ?", b.ID, action, string(serials))
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("a proposal to %s it, with these serials, is %w", action, err)
		}
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "DELETE FROM stock_proposal WHERE batch = ? AND action = ? AND serials = ?", b.ID, action, string(serials)); err != nil {
			return err
		}
		_, err = s.journal(ctx, tx, NewID(), EntryStockWithdrawn, sel.Actor, body, nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("batch %s of %s: %w", sel.Batch, sel.Supplier, err)
	}
	return nil
}
