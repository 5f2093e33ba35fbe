package audit

import (
	"fmt"
	"maps"
	"strings"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// batch is what is in stock of one product with one batch, in one state.
type batch struct{ supplier, name, product, currency string }

// pile is the vouchers of a batch that are in one state. Those that were sold are
// of the active ones: which they are is told by the entries of sales.
type pile struct {
	batch
	state ledger.StockState
}

type stockSum struct{ count, face, cost int64 }

func (s *stockSum) add(count, face, cost int64) {
	s.count, s.face, s.cost = s.count+count, s.face+face, s.cost+cost
}

// stockHistory is what the journal tells of the stock.
type stockHistory struct {
	piles  map[pile]*stockSum
	posted map[account]int64 // to stock accounts, by loading, moving and selling
}

func newStockHistory() stockHistory {
	return stockHistory{piles: make(map[pile]*stockSum), posted: make(map[account]int64)}
}

// stockAccount begins the names of the accounts that stock is kept in, at cost.
const stockAccount = "stock:"

// post notes a posting to a stock account, unless a person made it by hand or
// reversed a sale: those are corrections of what the books say, and no voucher
// moves.
func (h *stockHistory) post(kind string, l line) {
	ours := strings.HasPrefix(kind, "stock.") || kind == ledger.EntrySaleSold
	if ours && strings.HasPrefix(l.Account, stockAccount) {
		h.posted[account{l.Account, l.Currency}] += l.Amount
	}
}

func (h *stockHistory) add(p pile, l ledger.StockLine, sign int64) {
	if h.piles[p] == nil {
		h.piles[p] = &stockSum{}
	}
	h.piles[p].add(sign*int64(l.Count), sign*l.Face, sign*l.Cost)
}

// addBatch notes what a stock import brought.
func (v *verifier) addBatch(h *history, e *entry) {
	b, ok := body[ledger.StockBody](v, e)
	if !ok {
		return
	}
	h.people.load(e, b)
	state := ledger.StockActive
	if b.Awaiting {
		state = ledger.StockAwaiting
	}
	for _, l := range b.Lines {
		h.stock.add(pile{batch{b.Supplier, b.Batch, l.Product, l.Currency}, state}, l, 1)
	}
}

// moveStock notes what went from one state to another.
func (v *verifier) moveStock(h *history, e *entry) {
	b, ok := body[ledger.StockMovedBody](v, e)
	if !ok {
		return
	}
	v.takeDecision(h, e, b)
	if len(b.Moves) > 0 && e.Kind != ledger.EntryStockApproved && e.Kind != ledger.EntryStockRejected {
		h.people.moves[e.ID] = batchName{b.Moves[0].Supplier, b.Moves[0].Batch}
	}
	for _, m := range b.Moves {
		for _, l := range m.Lines {
			of := batch{m.Supplier, m.Batch, l.Product, l.Currency}
			h.stock.add(pile{of, m.From}, l, -1)
			if m.To != "" {
				h.stock.add(pile{of, m.To}, l, 1)
			}
		}
	}
}

// voucherRow is a voucher with the state of its sale.
type voucherRow struct {
	ID       ledger.ID         `db:"id"`
	Supplier string            `db:"supplier"`
	Batch    string            `db:"batch"`
	Product  string            `db:"product"`
	Currency string            `db:"currency"`
	Face     int64             `db:"face"`
	Cost     int64             `db:"cost"`
	SaleID   uuid.NullUUID     `db:"sale_id"`
	State    ledger.StockState `db:"state"`
	Sale     *string           `db:"sale_state"`
}

// walkVouchers checks that the stock is what was loaded and moved, that each
// voucher that is gone was sold, and that the stock accounts are what the rest has
// cost.
func (v *verifier) walkVouchers(h *history) error {
	found := make(map[pile]*stockSum, len(h.stock.piles))
	owned := make(map[account]int64)
	var last ledger.ID
	err := pages(func() (int, error) {
		var rows []voucherRow
		err := v.list(&rows, `SELECT v.id, v.supplier, v.batch, v.product, v.currency, v.face, v.cost, v.sale_id, v.state,
				s.state AS sale_state
			FROM voucher AS v LEFT JOIN sale AS s ON s.id = v.sale_id
			WHERE v.id > ? ORDER BY v.id LIMIT ?`, last, pageSize)
		for _, r := range rows {
			last = r.ID
			v.judgeVoucher(r)
			p := pile{batch{r.Supplier, r.Batch, r.Product, r.Currency}, r.State}
			switch r.State {
			case ledger.StockSold:
				p.state = ledger.StockActive
			case ledger.StockActive, ledger.StockReserved, ledger.StockQuarantined:
				owned[account{stockAccount + r.Supplier, r.Currency}] += r.Cost
			}
			if found[p] == nil {
				found[p] = &stockSum{}
			}
			found[p].add(1, r.Face, r.Cost)
		}
		v.report.count(projected, "vouchers", int64(len(rows)))
		return len(rows), err
	})
	if err == nil {
		v.comparePiles(h.stock.piles, found)
		v.compareStock(h.stock.posted, owned)
	}
	return err
}

// judgeVoucher checks that a voucher is sold if and only if a sale has it.
func (v *verifier) judgeVoucher(r voucherRow) {
	name := "voucher " + r.ID.String()
	if r.SaleID.Valid && !sold(r.Sale) {
		v.report.violate(soldOnce, name, "a delivered sale, as it belongs to sale "+r.SaleID.UUID.String(), state(r.Sale))
	}
	if r.SaleID.Valid && r.State != ledger.StockSold {
		v.report.violate(soldOnce, name, "to be sold, as it belongs to sale "+r.SaleID.UUID.String(), string(r.State))
	}
	if !r.SaleID.Valid && r.State == ledger.StockSold {
		v.report.violate(soldOnce, name, "a sale, as it is sold", "none")
	}
}

// comparePiles compares what there is of each batch, state by state, with what
// was loaded and moved.
func (v *verifier) comparePiles(told, found map[pile]*stockSum) {
	names := make(map[pile]bool)
	for _, piles := range []map[pile]*stockSum{told, found} {
		for p := range maps.Keys(piles) {
			names[p] = true
		}
	}
	for p := range names {
		want, got := told[p], found[p]
		switch {
		case want == nil:
			v.report.violate(projected, p.String(), "an entry that loaded it", got.String())
		case got == nil && *want == (stockSum{}):
		case got == nil:
			v.report.violate(projected, p.String(), want.String(), (&stockSum{}).String())
		case *got != *want:
			v.report.violate(projected, p.String(), want.String(), got.String())
		}
	}
	v.report.count(projected, "batches of stock by product and state", int64(len(names)))
}

// compareStock compares the stock accounts with what the vouchers have cost.
func (v *verifier) compareStock(posted, owned map[account]int64) {
	for a := range owned {
		if _, there := posted[a]; !there {
			posted[a] = 0
		}
	}
	for a, want := range posted {
		if got := owned[a]; got != want {
			v.report.violate(projected, fmt.Sprintf("account %s in %s", a.name, a.currency),
				fmt.Sprintf("vouchers not sold that have cost %d, as loading, moving and selling posted", want), fmt.Sprint(got))
		}
	}
	v.report.count(projected, "stock accounts", int64(len(posted)))
}

func (p pile) String() string {
	if p.state == ledger.StockActive {
		return p.batch.String()
	}
	return p.batch.String() + ", " + string(p.state)
}

func (b batch) String() string {
	return fmt.Sprintf("stock of %s, batch %s, product %s", b.supplier, b.name, b.product)
}

func (s *stockSum) String() string {
	return fmt.Sprintf("%d vouchers of face value %d and cost %d", s.count, s.face, s.cost)
}
