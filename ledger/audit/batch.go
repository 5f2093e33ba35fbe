package audit

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// tallies are the batches and deposit slips that entries tell of. A batch is kept
// until it is closed and compared with its row.
type tallies struct {
	opened map[ledger.ID]*ledger.BatchOpenedBody
	closed map[ledger.ID]*ledger.BatchClosedBody
	count  int64
}

func (t *tallies) take(v *verifier, e *entry) {
	if t.opened == nil {
		t.opened, t.closed = make(map[ledger.ID]*ledger.BatchOpenedBody), make(map[ledger.ID]*ledger.BatchClosedBody)
	}
	switch e.Kind {
	case ledger.EntryBatchOpened:
		if b, ok := body[ledger.BatchOpenedBody](v, e); ok {
			t.opened[b.ID] = &b
			t.count++
		}
	case ledger.EntryBatchClosed:
		if b, ok := body[ledger.BatchClosedBody](v, e); ok {
			t.closed[b.ID] = &b
		}
	}
}

// settle compares the batches that are closed with their rows, and at the end all
// that are left.
func (t *tallies) settle(v *verifier, last bool) error {
	for id, opened := range t.opened {
		closed := t.closed[id]
		if closed == nil && !last {
			continue
		}
		if err := v.judgeBatch(opened, closed); err != nil {
			return err
		}
		delete(t.opened, id)
		delete(t.closed, id)
	}
	if !last {
		return nil
	}
	for id := range t.closed {
		v.report.violate(projected, "batch "+id.String(), "an entry that opened it", "only one that closed it")
	}
	v.report.count(projected, "batches", t.count)
	var rows int64
	if err := v.tx.GetContext(v.ctx, &rows, "SELECT COUNT(*) FROM batch"); err != nil {
		return err
	}
	if rows != t.count {
		v.report.violate(projected, "batches", fmt.Sprintf("%d rows, as entries opened", t.count), fmt.Sprint(rows))
	}
	return nil
}

// batchRow is a row of batch.
type batchRow struct {
	Level     ledger.BatchLevel `db:"level"`
	Merchant  string            `db:"merchant"`
	Client    string            `db:"client"`
	Terminal  string            `db:"terminal"`
	Cashier   string            `db:"cashier"`
	SeqNo     int64             `db:"seq_no"`
	Parent    uuid.NullUUID     `db:"parent"`
	Reference string            `db:"reference"`
	OpenedAt  time.Time         `db:"opened_at"`
	OpenedBy  string            `db:"opened_by"`
	Base      string            `db:"base"`
	ClosedAt  sql.NullTime      `db:"closed_at"`
	ClosedBy  string            `db:"closed_by"`
	Sales     int64             `db:"sales"`
	Amount    int64             `db:"amount"`
	Summary   string            `db:"summary"`
}

// judgeBatch compares a batch with its row, and what it came to with the sales that
// it has counted. closed is nil while it is open.
func (v *verifier) judgeBatch(opened *ledger.BatchOpenedBody, closed *ledger.BatchClosedBody) error {
	name := "batch " + opened.ID.String()
	var r batchRow
	err := v.tx.GetContext(v.ctx, &r, v.tx.Rebind(`SELECT level, merchant, client, terminal, cashier, seq_no, parent, reference,
		opened_at, opened_by, base, closed_at, closed_by, sales, amount, summary FROM batch WHERE id = ?`), opened.ID)
	if errors.Is(err, sql.ErrNoRows) {
		v.report.violate(projected, name, "a row", "none")
		return nil
	}
	if err != nil {
		return err
	}
	base, err := json.Marshal(opened.Base)
	if err != nil {
		return err
	}
	if closed == nil {
		closed = &ledger.BatchClosedBody{}
	} else if err := v.judgeCounted(name, opened, closed); err != nil {
		return err
	}
	for _, f := range []struct {
		name      string
		told, row any
	}{
		{"level", opened.Level, r.Level}, {"merchant", opened.Merchant, r.Merchant}, {"client", opened.Client, r.Client},
		{"terminal", opened.Terminal, r.Terminal}, {"cashier", opened.Cashier, r.Cashier}, {"seq_no", opened.SeqNo, r.SeqNo},
		{"parent", opened.Parent, r.Parent.UUID}, {"opened_at", instantOf(opened.OpenedAt), instantOf(r.OpenedAt)},
		{"opened_by", opened.Message, r.OpenedBy}, {"base", string(base), r.Base},
		{"closed_at", instantOf(closed.ClosedAt), instantOf(r.ClosedAt.Time)}, {"closed_by", closed.Message, r.ClosedBy}, {"reference", closed.Reference, r.Reference},
		{"sales", closed.Sales, r.Sales}, {"amount", closed.Amount, r.Amount}, {"summary", closed.Summary, r.Summary},
	} {
		if f.told != f.row {
			v.report.violate(projected, name, fmt.Sprintf("%s %v", f.name, f.told), fmt.Sprint(f.row))
		}
	}
	return nil
}

// countedRow is an entry that a batch has counted, with its sale.
type countedRow struct {
	ID       ledger.ID `db:"id"`
	Kind     string    `db:"kind"`
	Body     string    `db:"body"`
	Client   string    `db:"client"`
	Terminal string    `db:"terminal"`
	Cashier  string    `db:"cashier"`
	Tender   int64     `db:"tender"`
}

// judgeCounted adds up the sales that a batch has counted.
func (v *verifier) judgeCounted(name string, opened *ledger.BatchOpenedBody, closed *ledger.BatchClosedBody) error {
	seen := make(map[ledger.ID]bool, len(opened.Base)+len(closed.Counted))
	for _, id := range opened.Base {
		seen[id] = true
	}
	var sales, amount int64
	for ids := range slices.Chunk(closed.Counted, pageSize) {
		var rows []countedRow
		err := v.list(&rows, `SELECT e.id, e.kind, e.body, s.client, s.terminal, s.cashier, s.tender
			FROM entry AS e JOIN sale AS s ON s.id = e.sale_id WHERE e.id IN (?)`, ids)
		if err != nil {
			return err
		}
		for _, r := range rows {
			var moved ledger.MovedBody
			if err := json.Unmarshal([]byte(r.Body), &moved); err != nil {
				continue // is reported as an entry
			}
			switch {
			case seen[r.ID]:
				v.report.violate(projected, name, "each sale once", "entry "+r.ID.String()+" again")
			case r.Client != opened.Client, opened.Terminal != "" && r.Terminal != opened.Terminal, opened.Cashier != "" && r.Cashier != opened.Cashier:
				v.report.violate(projected, name, "sales in its scope", "entry "+r.ID.String())
			case r.Kind == ledger.EntrySaleMoved && moved.To == ledger.SaleReversed:
				sales, amount = sales-1, amount-r.Tender
			case r.Kind == ledger.EntrySaleSold, r.Kind == ledger.EntrySaleMoved && moved.To == ledger.SaleDelivered:
				sales, amount = sales+1, amount+r.Tender
			default:
				v.report.violate(projected, name, "deliveries and reversals", "entry "+r.ID.String())
			}
			seen[r.ID] = true
		}
	}
	if sales != closed.Sales || amount != closed.Amount {
		v.report.violate(projected, name, fmt.Sprintf("%d sales of %d, as it has counted", sales, amount), fmt.Sprintf("%d of %d", closed.Sales, closed.Amount))
	}
	return nil
}
