package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// ExpireStock takes vouchers off sale whose date of expiry is before the day of
// today in its zone, and writes their cost off. The actor is a person, or a node. It
// may be run at any time on any number of nodes: what one has taken the others pass
// over. Each transaction takes some of them, so what was done stays done if it is cut
// short.
func (s *Store) ExpireStock(ctx context.Context, actor string, today time.Time) ([]StockMoved, error) {
	var products []string
	if err := s.db.SelectContext(ctx, &products, "SELECT code FROM product WHERE kind = '"+string(KindVoucher)+"' ORDER BY code"); err != nil {
		return nil, err
	}
	day := today.Format(dateLayout)
	var all []StockMoved
	for _, product := range products {
		for {
			var moves []StockMoved
			err := s.retried(ctx, func(tx transaction) (err error) {
				moves, err = s.expire(ctx, tx, actor, product, day)
				return err
			})
			if err != nil {
				return all, fmt.Errorf("expiry of %s: %w", product, err)
			}
			if len(moves) == 0 {
				break
			}
			all = append(all, moves...)
		}
	}
	return joinMoves(all), nil
}

// expire takes the next of one product, and writes an entry for each batch.
func (s *Store) expire(ctx context.Context, tx transaction, actor, product, day string) ([]StockMoved, error) {
	var page []placeRow
	err := tx.list(ctx, &page, `SELECT id, expires_on, seq FROM voucher WHERE product = ? AND state = 'active' AND expires_on < ?
		ORDER BY product, expires_on, seq LIMIT ?`, product, day, moveChunk)
	if err != nil || len(page) == 0 {
		return nil, err
	}
	rows, err := moveRows(ctx, tx, page, StockActive, StockExpired)
	if err != nil {
		return nil, err
	}
	type of struct{ supplier, batch string }
	movements := make(map[of]*movement)
	var order []of
	for _, r := range rows {
		key := of{r.Supplier, r.Batch}
		if movements[key] == nil {
			movements[key] = newMovement(r.Supplier, r.Batch, StockActive, StockExpired)
			order = append(order, key)
		}
		movements[key].count(r)
	}
	var moves []StockMoved
	for _, key := range order {
		m := movements[key]
		body := StockMovedBody{V: BodyVersion, Moves: []StockMoved{m.moved()}}
		entry := NewID()
		_, err := s.journal(ctx, tx, entry, EntryStockExpired, actor, body, costPostings(sumLines(m.lines), expiredAccount, stockPrefix+key.supplier))
		if err != nil {
			return nil, err
		}
		if err := noteAct(ctx, tx, entry, key.supplier, key.batch); err != nil {
			return nil, err
		}
		moves = append(moves, m.moved())
	}
	return moves, nil
}

// joinMoves adds up moves of the same batch.
func joinMoves(moves []StockMoved) []StockMoved {
	var joined []StockMoved
	for _, m := range moves {
		i := slices.IndexFunc(joined, func(j StockMoved) bool {
			return j.Supplier == m.Supplier && j.Batch == m.Batch && j.From == m.From && j.To == m.To
		})
		if i < 0 {
			m.Lines = slices.Clone(m.Lines)
			joined = append(joined, m)
			continue
		}
		for _, line := range m.Lines {
			at := slices.IndexFunc(joined[i].Lines, func(l StockLine) bool { return l.Product == line.Product && l.Currency == line.Currency })
			if at < 0 {
				joined[i].Lines = append(joined[i].Lines, line)
				continue
			}
			l := &joined[i].Lines[at]
			l.Count, l.Face, l.Cost = l.Count+line.Count, l.Face+line.Face, l.Cost+line.Cost
		}
	}
	return joined
}
