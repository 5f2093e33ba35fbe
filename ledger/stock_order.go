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

// StockOrder is what was ordered from a supplier of vouchers. It moves no money: that
// is owed once what comes is approved.
type StockOrder struct {
	ID        ID // of the entry that placed it
	Supplier  string
	Number    int64 // counts a supplier's orders from 1
	OrderedBy string
	OrderedAt time.Time
	Agreement int         // version by which it was placed
	Lines     []StockLine // with face value and cost as agreed
	After     *int64      // the latest number when it was reckoned what is due; nil if nothing was
}

// OrderStock places an order under the supplier's next number: from then on its file
// may be written. Supplier, OrderedBy, Agreement and Lines are the caller's; each
// line is of another voucher product of the supplier, all in one currency. Errors:
// ErrNotFound (the supplier, or a product of it), ErrState (the agreement is not in
// force), ErrChanged (another order came after After), ErrBusy.
func (s *Store) OrderStock(ctx context.Context, o StockOrder) (StockOrder, error) {
	if err := o.check(); err != nil {
		return StockOrder{}, fmt.Errorf("order from %s: %w", o.Supplier, err)
	}
	text, err := json.Marshal(o.Lines)
	if err != nil {
		return StockOrder{}, err
	}
	o.ID = NewID()
	err = s.retried(ctx, func(tx transaction) error {
		if err := lockSupplier(ctx, tx, o.Supplier); err != nil {
			return err
		}
		if err := o.orderable(ctx, tx); err != nil {
			return err
		}
		if o.Number, err = nextNumber(ctx, tx, "order:"+o.Supplier); err != nil {
			return err
		}
		if o.After != nil && o.Number != *o.After+1 {
			return saying(ErrChanged, "order %d was placed meanwhile", o.Number-1)
		}
		if o.OrderedAt, err = s.journal(ctx, tx, o.ID, EntryStockOrdered, o.OrderedBy, o.body(), nil); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "INSERT INTO stock_order ("+stockOrderColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
			o.ID, o.Supplier, o.Number, o.OrderedBy, o.OrderedAt, o.Agreement, string(text))
		return err
	})
	if err != nil {
		return StockOrder{}, fmt.Errorf("order from %s: %w", o.Supplier, err)
	}
	o.After = nil
	return o, nil
}

// OrderStockAgain notes that an order's file is written once more, and returns the
// order. Errors: ErrNotFound, ErrBusy.
func (s *Store) OrderStockAgain(ctx context.Context, actor, supplier string, number int64) (StockOrder, error) {
	if strings.TrimSpace(actor) == "" {
		return StockOrder{}, errors.New("who writes it must be given")
	}
	o, err := scanStockOrder(s.row(ctx, "SELECT "+stockOrderColumns+" FROM stock_order WHERE supplier = ? AND number = ?", supplier, number))
	if err == nil {
		body := o.body()
		body.Again = true
		err = s.retried(ctx, func(tx transaction) error {
			_, err := s.journal(ctx, tx, NewID(), EntryStockOrdered, actor, body, nil)
			return err
		})
	}
	if err != nil {
		return StockOrder{}, fmt.Errorf("order %d from %s: %w", number, supplier, notFound(err))
	}
	return o, nil
}

// check judges an order by itself.
func (o StockOrder) check() error {
	if strings.TrimSpace(o.OrderedBy) == "" || len(o.Lines) == 0 {
		return errors.New("who orders, and something to order, must be given")
	}
	var sum StockLine
	for i, l := range o.Lines {
		switch {
		case l.Supplier != o.Supplier || l.Currency != o.Lines[0].Currency:
			return errors.New("an order is from one supplier in one currency")
		case l.Count < 1 || l.Face < 1 || l.Cost < 0 || max(l.Face, l.Cost) > maxAmount:
			return fmt.Errorf("product %s: %d vouchers of %s for %s cannot be ordered", l.Product, l.Count, decimal(l.Face), decimal(l.Cost))
		case slices.ContainsFunc(o.Lines[:i], func(other StockLine) bool { return other.Product == l.Product }):
			return fmt.Errorf("product %s is there twice", l.Product)
		}
		sum.Face, sum.Cost = sum.Face+l.Face, sum.Cost+l.Cost
		if max(sum.Face, sum.Cost) > maxAmount {
			return fmt.Errorf("it comes to more than %s", decimal(maxAmount))
		}
	}
	return nil
}

// orderable wants the products to be the supplier's, and the agreement in force.
func (o StockOrder) orderable(ctx context.Context, tx transaction) error {
	var active int
	err := tx.get(ctx, &active, "SELECT COUNT(*) FROM agreement WHERE supplier = ? AND version = ? AND state = 'active'", o.Supplier, o.Agreement)
	if err != nil {
		return err
	}
	if active == 0 {
		return saying(ErrState, "agreement %d is not in force", o.Agreement)
	}
	for _, l := range o.Lines {
		var known int
		err := tx.get(ctx, &known, "SELECT COUNT(*) FROM product WHERE code = ? AND supplier = ? AND kind = ? AND currency = ?",
			l.Product, o.Supplier, string(KindVoucher), l.Currency)
		if err != nil {
			return err
		}
		if known == 0 {
			return fmt.Errorf("voucher product %s in %s %w", l.Product, l.Currency, ErrNotFound)
		}
	}
	return nil
}

func (o StockOrder) body() StockOrderedBody {
	b := StockOrderedBody{V: BodyVersion, Supplier: o.Supplier, Number: o.Number, Agreement: o.Agreement, Lines: o.Lines}
	for _, l := range o.Lines {
		b.Count, b.Face, b.Cost = b.Count+l.Count, b.Face+l.Face, b.Cost+l.Cost
	}
	return b
}

const stockOrderColumns = "entry_id, supplier, number, ordered_by, ordered_at, agreement, lines"

func scanStockOrder(row scanner) (o StockOrder, err error) {
	var lines string
	if err = row.Scan(&o.ID, &o.Supplier, &o.Number, &o.OrderedBy, &o.OrderedAt, &o.Agreement, &lines); err != nil {
		return o, err
	}
	o.OrderedAt = o.OrderedAt.UTC()
	return o, json.Unmarshal([]byte(lines), &o.Lines)
}

// StockOrders lists the orders of a supplier, or of all, the latest first; a limit of
// zero means 100, less than zero all.
func (s *Store) StockOrders(ctx context.Context, supplier string, limit int) ([]StockOrder, error) {
	return s.ordersSince(ctx, supplier, time.Time{}, limit)
}

func (s *Store) ordersSince(ctx context.Context, supplier string, from time.Time, limit int) ([]StockOrder, error) {
	var w where
	w.text("supplier", supplier)
	w.within("ordered_at", from, time.Time{})
	return collect(ctx, s, scanStockOrder, "SELECT "+stockOrderColumns+" FROM stock_order"+w.limited("ordered_at DESC, entry_id DESC", limit), w.args...)
}

// onOrder counts the vouchers of each product that were ordered within the days in
// which they are waited for, less what has come since, whatever order it answers: not
// every file tells which.
func (s *Store) onOrder(ctx context.Context, products []Cover) (map[string]int, error) {
	grace := 0
	for _, c := range products {
		grace = max(grace, c.grace())
	}
	now := s.now()
	orders, err := s.ordersSince(ctx, "", now.AddDate(0, 0, -grace), -1)
	if err != nil || len(orders) == 0 {
		return nil, err
	}
	var w where
	w.within("loaded_at", orders[len(orders)-1].OrderedAt, time.Time{})
	in(&w, "state", []StockBatchState{StockBatchAwaiting, StockBatchActive})
	batches, err := s.stockBatches(ctx, w, -1)
	if err != nil {
		return nil, err
	}
	waiting := make(map[string]int)
	for _, c := range products {
		var first time.Time
		n := 0
		for _, o := range orders {
			if o.OrderedAt.Before(now.AddDate(0, 0, -c.grace())) {
				continue
			}
			if count := countOf(o.Lines, c.Product); count > 0 {
				n, first = n+count, o.OrderedAt
			}
		}
		for _, b := range batches {
			if !b.LoadedAt.Before(first) {
				n -= countOf(b.Lines, c.Product)
			}
		}
		waiting[c.Product] = max(n, 0)
	}
	return waiting, nil
}

// grace is for how many days an order is waited for.
func (c Cover) grace() int { return max(c.Lead+c.Safety, 1) }

func countOf(lines []StockLine, product string) (n int) {
	for _, l := range lines {
		if l.Product == product {
			n += l.Count
		}
	}
	return n
}
