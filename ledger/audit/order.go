package audit

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/ledger"
)

// orders are those that entries placed with suppliers, by entry.
type orders map[ledger.ID]placed

type placed struct {
	actor string
	ledger.StockOrderedBody
}

func (p placed) String() string { return fmt.Sprintf("order %d from %s", p.Number, p.Supplier) }

// takeOrder notes an order. One whose file is written again is no other.
func (v *verifier) takeOrder(h *history, e *entry) {
	if b, ok := body[ledger.StockOrderedBody](v, e); ok && !b.Again {
		h.orders[e.ID] = placed{e.Actor, b}
	}
}

// walkOrders compares the orders with the entries that placed them.
func (v *verifier) walkOrders(told orders) error {
	var rows []struct {
		ID        ledger.ID `db:"entry_id"`
		Supplier  string    `db:"supplier"`
		Number    int64     `db:"number"`
		OrderedBy string    `db:"ordered_by"`
		Agreement int       `db:"agreement"`
		Lines     string    `db:"lines"`
	}
	if err := v.list(&rows, "SELECT entry_id, supplier, number, ordered_by, agreement, lines FROM stock_order ORDER BY supplier, number"); err != nil {
		return err
	}
	for _, r := range rows {
		p, there := told[r.ID]
		name := fmt.Sprintf("order %d from %s", r.Number, r.Supplier)
		if !there {
			v.report.violate(projected, name, "entry "+r.ID.String()+", which placed it", "none")
			continue
		}
		v.differ(projected, p.String(), []field{{"supplier", p.Supplier}, {"number", p.Number}, {"ordered_by", p.actor}, {"agreement", p.Agreement}},
			[]field{{"supplier", r.Supplier}, {"number", r.Number}, {"ordered_by", r.OrderedBy}, {"agreement", r.Agreement}})
		var lines []ledger.StockLine
		if err := json.Unmarshal([]byte(r.Lines), &lines); err != nil || !slices.Equal(lines, p.Lines) {
			v.report.violate(projected, p.String(), fmt.Sprintf("lines %v", p.Lines), r.Lines)
		}
	}
	if len(rows) != len(told) {
		v.report.violate(projected, "stock_order", fmt.Sprintf("%d rows, as entries tell", len(told)), fmt.Sprint(len(rows)))
	}
	v.report.count(projected, "orders", int64(len(rows)))
	return nil
}
