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
		row := proposalRow{Action: action, Serials: string(serials)}
		err = tx.get(ctx, &row.Actor, "SELECT actor FROM stock_proposal WHERE batch = ? AND action = ? AND serials = ?", b.ID, action, row.Serials)
		if errors.Is(err, ErrNotFound) {
			return fmt.Errorf("a proposal to %s it, with these serials, is %w", action, err)
		}
		if err != nil {
			return err
		}
		return s.withdraw(ctx, tx, b.ID, row, sel)
	})
	if err != nil {
		return fmt.Errorf("batch %s of %s: %w", sel.Batch, sel.Supplier, err)
	}
	return nil
}

// proposalRow is a proposal about a batch.
type proposalRow struct {
	Action  string `db:"action"`
	Serials string `db:"serials"` // JSON, sorted
	Actor   string `db:"actor"`
}

// withdraw ends a proposal that nobody has confirmed.
func (s *Store) withdraw(ctx context.Context, tx transaction, batch ID, p proposalRow, by StockSelection) error {
	body := StockWithdrawnBody{V: BodyVersion, Action: p.Action, Supplier: by.Supplier, Batch: by.Batch, Reason: by.Reason, ProposedBy: p.Actor}
	if err := json.Unmarshal([]byte(p.Serials), &body.Serials); err != nil {
		return fmt.Errorf("proposal to %s batch %s: %w", p.Action, by.Batch, err)
	}
	if _, err := tx.exec(ctx, "DELETE FROM stock_proposal WHERE batch = ? AND action = ? AND serials = ?", batch, p.Action, p.Serials); err != nil {
		return err
	}
	_, err := s.journal(ctx, tx, NewID(), EntryStockWithdrawn, by.Actor, body, nil)
	return err
}

// lapse ends what is proposed of vouchers that have just been moved: whoever proposed
// it had others before them, and nobody's yes of then counts for what is there now.
func (k *keeping) lapse() error {
	var open []proposalRow
	if err := k.tx.list(k.ctx, &open, "SELECT action, serials, actor FROM stock_proposal WHERE batch = ? ORDER BY at, action, serials", k.batch.ID); err != nil {
		return err
	}
	for _, p := range open {
		var serials []string
		if err := json.Unmarshal([]byte(p.Serials), &serials); err != nil {
			return fmt.Errorf("proposal to %s batch %s: %w", p.Action, k.Batch, err)
		}
		about := func(serial string) bool { return slices.Contains(serials, serial) }
		if len(serials) > 0 && len(k.Serials) > 0 && !slices.ContainsFunc(k.Serials, about) {
			continue
		}
		by := k.StockSelection
		by.Reason = "its vouchers were moved since: " + k.Reason
		if err := k.store.withdraw(k.ctx, k.tx, k.batch.ID, p, by); err != nil {
			return err
		}
	}
	return nil
}
