package ledger

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// StockAct is what moved vouchers of a batch once it was on sale.
type StockAct struct {
	ID     ID
	Kind   string // EntryStockQuarantined, EntryStockReleased, EntryStockReturned or EntryStockExpired
	Actor  string
	At     time.Time
	Reason string

	serials []string     // none: all that were in the state
	to      []StockState // in which it left them
}

// about reports whether it may have moved the voucher to where it is.
func (a StockAct) about(v StockedVoucher) bool {
	return slices.Contains(a.to, v.State) && (len(a.serials) == 0 || slices.Contains(a.serials, v.Serial))
}

// noteAct notes that an entry has moved vouchers of a batch.
func noteAct(ctx context.Context, tx transaction, entry ID, supplier, batch string) error {
	_, err := tx.exec(ctx, "INSERT INTO stock_move (entry_id, batch) SELECT ?, entry_id FROM stock_batch WHERE supplier = ? AND name = ? AND state <> 'rejected'",
		entry, supplier, batch)
	return err
}

// stockActs lists what moved vouchers of a batch, the latest first; of one kind, if it
// is given.
func (s *Store) stockActs(ctx context.Context, supplier, batch, kind string, limit int) ([]StockAct, error) {
	var w where
	w.and("b.supplier = ?", supplier)
	w.and("b.name = ?", batch)
	w.text("e.kind", kind)
	return collect(ctx, s, func(row scanner) (a StockAct, err error) {
		var text string
		if err = row.Scan(&a.ID, &a.Kind, &a.Actor, &a.At, &text); err != nil {
			return a, err
		}
		var body StockMovedBody
		err = json.Unmarshal([]byte(text), &body)
		a.At, a.Reason, a.serials = a.At.UTC(), body.Reason, body.Serials
		for _, m := range body.Moves {
			a.to = append(a.to, m.To)
		}
		return a, err
	}, `SELECT e.id, e.kind, e.actor, e.at, e.body FROM stock_batch AS b JOIN stock_move AS m ON m.batch = b.entry_id
		JOIN entry AS e ON e.id = m.entry_id`+w.limited("m.entry_id DESC", limit), w.args...)
}

// countBatches counts what is aside of batches that were approved, and finds why some
// of it is held back. What is on sale and sold is counted only if that is asked for:
// it reads all that is on sale.
func (s *Store) countBatches(ctx context.Context, batches []StockBatch, onSale bool) error {
	at := make(map[ID]*StockBatch)
	var ids []any
	for i := range batches {
		if b := &batches[i]; b.State == StockBatchActive {
			at[b.ID] = b
			ids = append(ids, b.ID)
		}
	}
	for chunk := range slices.Chunk(ids, moveChunk) {
		if err := s.countAside(ctx, at, chunk, "v.state NOT IN ('active', 'sold')"); err != nil {
			return err
		}
		if !onSale {
			continue
		}
		if err := s.countAside(ctx, at, chunk, "v.state = 'active'"); err != nil {
			return err
		}
	}
	for _, b := range at {
		if onSale {
			b.Counted = true
			b.Sold = -b.OnSale - b.Quarantined - b.Returned - b.Expired - b.reserved
			for _, l := range b.Lines {
				b.Sold += l.Count
			}
		}
		if b.Quarantined == 0 {
			continue
		}
		acts, err := s.stockActs(ctx, b.Supplier, b.Name, EntryStockQuarantined, 1)
		if err != nil {
			return err
		}
		if len(acts) > 0 {
			b.Held = &acts[0]
		}
	}
	return nil
}

// countAside counts vouchers of some batches that an index has, by state.
func (s *Store) countAside(ctx context.Context, at map[ID]*StockBatch, ids []any, indexed string) error {
	type count struct {
		id    ID
		state StockState
		n     int
	}
	counts, err := collect(ctx, s, func(row scanner) (c count, err error) { return c, row.Scan(&c.id, &c.state, &c.n) },
		`SELECT b.entry_id, v.state, COUNT(*) FROM stock_batch AS b JOIN voucher AS v ON v.supplier = b.supplier AND v.batch = b.name AND `+indexed+`
		WHERE b.entry_id IN (`+questions(len(ids))+`) GROUP BY b.entry_id, v.state`, ids...)
	for _, c := range counts {
		switch b := at[c.id]; c.state {
		case StockActive:
			b.OnSale = c.n
		case StockQuarantined:
			b.Quarantined = c.n
		case StockReturned:
			b.Returned = c.n
		case StockExpired:
			b.Expired = c.n
		case StockReserved:
			b.reserved = c.n
		}
	}
	return err
}
