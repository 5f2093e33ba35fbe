package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// Accounts that stock posts to, before the supplier's code, and the one that
// what nobody bought in time ends in. Package chart has them too.
const (
	stockPrefix    = "stock:"
	payablePrefix  = "payable:"
	expiredAccount = "expense:expired"
)

// moveChunk is how many vouchers change their state with one statement.
const moveChunk = 2000

// movement takes vouchers of one batch from one state to another, and sums up
// those that it took: rows that a sale, or another node, had first are none of
// them.
//
// Sales pass over what a movement has locked. Only one that finds nothing else
// waits for it, as it waits for another node's sale.
type movement struct {
	supplier, batch string
	from, to        StockState // no to: deleted
	lines           map[string]*StockLine
}

func newMovement(supplier, batch string, from, to StockState) *movement {
	return &movement{supplier: supplier, batch: batch, from: from, to: to, lines: make(map[string]*StockLine)}
}

// shiftedRow is a voucher that has been moved.
type shiftedRow struct {
	ID       ID     `db:"id"`
	Supplier string `db:"supplier"`
	Batch    string `db:"batch"`
	Product  string `db:"product"`
	Currency string `db:"currency"`
	Face     int64  `db:"face"`
	Cost     int64  `db:"cost"`
	Serial   string `db:"serial"`
}

// placeRow is where a voucher is in the order of its index.
type placeRow struct {
	ID        ID     `db:"id"`
	ExpiresOn string `db:"expires_on"`
	Seq       int64  `db:"seq"`
}

// all moves every voucher of the batch that is in the state. The lines tell its
// products.
func (m *movement) all(ctx context.Context, tx transaction, lines []StockLine) error {
	if m.from != StockActive {
		return m.aside(ctx, tx)
	}
	for _, line := range lines {
		if err := m.onSale(ctx, tx, line.Product); err != nil {
			return err
		}
	}
	return nil
}

// onSale moves what is on sale, along voucher_unsold.
func (m *movement) onSale(ctx context.Context, tx transaction, product string) error {
	var last placeRow
	for {
		var page []placeRow
		err := tx.list(ctx, &page, `SELECT id, expires_on, seq FROM voucher
			WHERE product = ? AND state = 'active' AND (expires_on, seq) > (?, ?) AND supplier = ? AND batch = ?
			ORDER BY product, expires_on, seq LIMIT ?`, product, last.ExpiresOn, last.Seq, m.supplier, m.batch, moveChunk)
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1]
		if err := m.take(ctx, tx, page); err != nil {
			return err
		}
	}
}

// aside moves what is not on sale, along voucher_aside.
func (m *movement) aside(ctx context.Context, tx transaction) error {
	var last placeRow
	for {
		var page []placeRow
		err := tx.list(ctx, &page, `SELECT id, expires_on, seq FROM voucher
			WHERE supplier = ? AND batch = ? AND seq > ? AND state = ? AND state NOT IN ('active', 'sold')
			ORDER BY seq LIMIT ?`, m.supplier, m.batch, last.Seq, string(m.from), moveChunk)
		if err != nil || len(page) == 0 {
			return err
		}
		last = page[len(page)-1]
		if err := m.take(ctx, tx, page); err != nil {
			return err
		}
	}
}

// take moves those of the vouchers that are still in the state.
func (m *movement) take(ctx context.Context, tx transaction, page []placeRow) error {
	rows, err := moveRows(ctx, tx, page, m.from, m.to)
	for _, r := range rows {
		m.count(r)
	}
	return err
}

// moveRows moves those of the vouchers that are in a state to another, or deletes
// them if there is none, and returns them.
func moveRows(ctx context.Context, tx transaction, page []placeRow, from, to StockState) (rows []shiftedRow, err error) {
	const columns = " RETURNING id, supplier, batch, product, currency, face, cost, serial"
	var args []any
	verb := "DELETE FROM voucher"
	if to != "" {
		verb = "UPDATE voucher SET state = ?"
		args = append(args, string(to))
	}
	args = append(args, string(from))
	for _, p := range page {
		args = append(args, p.ID)
	}
	err = tx.list(ctx, &rows, verb+" WHERE state = ? AND id IN ("+questions(len(page))+")"+columns, args...)
	return rows, err
}

func (m *movement) count(r shiftedRow) {
	line := m.lines[r.Product]
	if line == nil {
		line = &StockLine{Supplier: r.Supplier, Product: r.Product, Currency: r.Currency}
		m.lines[r.Product] = line
	}
	line.Count++
	line.Face += r.Face
	line.Cost += r.Cost
}

// moved is what the movement has come to.
func (m *movement) moved() StockMoved {
	return StockMoved{Supplier: m.supplier, Batch: m.batch, From: m.from, To: m.to, Lines: sumLines(m.lines)}
}

// body tells of it in the journal. by is the first of two people.
func (m *movement) body(reason string) StockMovedBody {
	return StockMovedBody{V: BodyVersion, Moves: []StockMoved{m.moved()}, Reason: reason}
}

// postings debit one account and credit another with the cost of what was moved.
func (m *movement) postings(debit, credit string) []Posting {
	return costPostings(sumLines(m.lines), debit, credit)
}

// costPostings are a pair of lines for each currency.
func costPostings(lines []StockLine, debit, credit string) []Posting {
	costs := make(map[string]int64)
	var currencies []string
	for _, line := range lines {
		if _, seen := costs[line.Currency]; !seen {
			currencies = append(currencies, line.Currency)
		}
		costs[line.Currency] += line.Cost
	}
	var postings []Posting
	for _, currency := range currencies {
		if cost := costs[currency]; cost != 0 {
			postings = append(postings, Posting{debit, cost, currency}, Posting{credit, -cost, currency})
		}
	}
	return postings
}

// sumLines lists lines by product.
func sumLines(byProduct map[string]*StockLine) []StockLine {
	var lines []StockLine
	for _, line := range byProduct {
		lines = append(lines, *line)
	}
	slices.SortFunc(lines, func(a, b StockLine) int { return cmp.Compare(a.Product, b.Product) })
	return lines
}

// StockMoved is vouchers of a batch that went from one state to another.
type StockMoved struct {
	Supplier string      `json:"supplier"`
	Batch    string      `json:"batch"`
	From     StockState  `json:"from"`
	To       StockState  `json:"to,omitempty"` // empty: they are gone, with their batch
	Lines    []StockLine `json:"lines,omitempty"`
}

// Count is how many vouchers they are.
func (m StockMoved) Count() (n int) {
	for _, line := range m.Lines {
		n += line.Count
	}
	return n
}

// String says it in a few words.
func (m StockMoved) String() string {
	return fmt.Sprintf("%d of batch %s of %s: %s to %s", m.Count(), m.Batch, m.Supplier, m.From, m.To)
}
