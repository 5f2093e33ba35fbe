package audit

import (
	"database/sql"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

// history is what the journal as a whole says.
type history struct {
	balances   map[account]int64
	floats     map[string]*floatHistory // by merchant
	stock      stockHistory
	people     fourEyes
	orders     orders
	lookups    lookups
	exceptions exceptions
	tallies    tallies
	voids      int64
	deposits   depositCounts
	unsealed   int64
	oldest     time.Time // of the unsealed entries
}

// account is an account in one currency.
type account struct{ name, currency string }

// sealedRow is a row of entry and its number in the chain, if it has one.
type sealedRow struct {
	entryRow
	N sql.NullInt64 `db:"n"`
}

// walkJournal reads all entries with their postings in the order of their ids,
// which is the order in which a node made them.
func (v *verifier) walkJournal() (*history, error) {
	h := &history{
		balances: make(map[account]int64), floats: make(map[string]*floatHistory),
		stock: newStockHistory(), people: newFourEyes(), orders: make(orders), lookups: newLookups(), exceptions: newExceptions(),
	}
	var last sealedRow
	err := pages(func() (int, error) {
		var rows []sealedRow
		err := v.list(&rows, "SELECT "+entryColumns+`, s.n FROM entry AS e LEFT JOIN seal AS s ON s.entry_id = e.id
			WHERE (e.id, e.at) > (?, ?) ORDER BY e.id, e.at LIMIT ?`, last.ID, last.At, pageSize)
		if err != nil {
			return 0, err
		}
		entries, err := v.withPostings(rows, last.ID)
		if err != nil {
			return 0, err
		}
		if len(rows) > 0 {
			last = rows[len(rows)-1]
		}
		return len(rows), v.judgeEntries(h, rows, entries)
	})
	if err != nil {
		return nil, err
	}
	return h, v.closeJournal(h)
}

// withPostings reads the postings of a page of entries: all of those from after
// the entry before the page to its last, so that a posting without an entry is
// seen.
func (v *verifier) withPostings(rows []sealedRow, after ledger.ID) ([]*entry, error) {
	entries := make([]*entry, len(rows))
	byID := make(map[ledger.ID]*entry, len(rows))
	for i := range rows {
		entries[i] = rows[i].entry()
		if byID[rows[i].ID] != nil || rows[i].ID == after {
			v.report.violate(projected, "entry "+rows[i].ID.String(), "one row", "two of different times")
		}
		byID[rows[i].ID] = entries[i]
	}
	query, args := "entry_id > ?", []any{after}
	if len(rows) == pageSize {
		query, args = query+" AND entry_id <= ?", append(args, rows[len(rows)-1].ID)
	}
	var lines []postingRow
	err := v.list(&lines, "SELECT "+postingColumns+" FROM posting WHERE "+query+" ORDER BY entry_id, line, at", args...)
	if err != nil {
		return nil, err
	}
	v.report.count(balanced, "postings", int64(len(lines)))
	for i := range lines {
		if e := byID[lines[i].EntryID]; e != nil {
			e.Lines = append(e.Lines, lines[i].posting())
		} else {
			v.report.violate(balanced, fmt.Sprintf("posting %d of entry %s", lines[i].Line, lines[i].EntryID),
				"an entry it belongs to", "none")
		}
	}
	return entries, nil
}

// judgeEntries looks at a page of entries.
func (v *verifier) judgeEntries(h *history, rows []sealedRow, entries []*entry) error {
	v.report.count(balanced, "entries", int64(len(entries)))
	sales, err := v.sales(entries)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if !rows[i].N.Valid {
			h.unsealed++
			if h.oldest.IsZero() || e.At.Before(h.oldest) {
				h.oldest = e.At
			}
		}
		v.judgePostings(h, e)
		switch e.Kind {
		case ledger.EntrySaleOpened, ledger.EntrySaleMoved, ledger.EntrySaleSold, ledger.EntrySaleRefused:
			v.replaySale(h, e, sales[e.SaleID])
		case ledger.EntryCreditLine:
			v.replayCreditLine(h, e)
		case ledger.EntryLegOpened, ledger.EntryLegClosed:
			h.lookups.take(v, e)
		case ledger.EntryException, ledger.EntryTaken, ledger.EntryClosed:
			h.exceptions.take(v, e)
		case ledger.EntryMessageVoid:
			h.voids++
		case ledger.EntryStock:
			v.addBatch(h, e)
		case ledger.EntryStockApproved, ledger.EntryStockRejected, ledger.EntryStockQuarantined, ledger.EntryStockReleased,
			ledger.EntryStockReturned, ledger.EntryStockExpired:
			v.moveStock(h, e)
		case ledger.EntryStockProposed:
			v.takeProposal(h, e)
		case ledger.EntryStockWithdrawn:
			v.takeWithdrawal(h, e)
		case ledger.EntryStockOrdered:
			v.takeOrder(h, e)
		case ledger.EntryOperator:
			v.takeOperator(h, e)
			h.deposits.deal(v, e)
		case ledger.EntryBankMessage:
			h.deposits.deal(v, e)
		case ledger.EntryDisclosure, ledger.EntryProposal, ledger.EntryConfirmed, ledger.EntryDepositProposal, ledger.EntryDepositClaim:
		case ledger.EntryDeposit, ledger.EntryDepositMoved:
			h.deposits.take(e)
			h.replayPosted(e)
		case ledger.EntryBatchOpened, ledger.EntryBatchClosed:
			h.tallies.take(v, e)
		default:
			h.replayPosted(e)
		}
	}
	if err := v.voidsExist(entries); err != nil {
		return err
	}
	if err := h.lookups.settle(v); err != nil {
		return err
	}
	if err := h.tallies.settle(v, false); err != nil {
		return err
	}
	return h.exceptions.settle(v)
}

// judgePostings checks that the lines of an entry are complete and sum to zero
// in each currency, and adds them to the accounts.
func (v *verifier) judgePostings(h *history, e *entry) {
	row := "entry " + e.ID.String()
	sums := make(map[string]int64, 1)
	for i, l := range e.Lines {
		if l.Number != int64(i+1) {
			v.report.violate(balanced, row, fmt.Sprintf("posting %d", i+1), fmt.Sprintf("posting %d in its place", l.Number))
		}
		if !l.At.Equal(e.At) {
			v.report.violate(balanced, fmt.Sprintf("posting %d of %s", l.Number, row),
				"the time of its entry, "+e.At.UTC().Format(time.RFC3339Nano), l.At.UTC().Format(time.RFC3339Nano))
		}
		sums[l.Currency] += l.Amount
		h.balances[account{l.Account, l.Currency}] += l.Amount
		h.stock.post(e.Kind, l)
	}
	for currency, sum := range sums {
		if sum != 0 {
			v.report.violate(balanced, row, "postings that sum to zero", fmt.Sprintf("%d %s left over", sum, currency))
		}
	}
}

// soldBy is a sale and whose it is.
type soldBy struct {
	ID       ledger.ID `db:"id"`
	Merchant string    `db:"merchant"`
	OpenedAt time.Time `db:"opened_at"`
}

// sales reads whose the sales are that entries tell of. Every such sale must
// have its row.
func (v *verifier) sales(entries []*entry) (map[ledger.ID]soldBy, error) {
	teller := make(map[ledger.ID]ledger.ID) // by sale: an entry
	var ids []ledger.ID
	for _, e := range entries {
		if _, seen := teller[e.SaleID]; !seen && saleKinds[e.Kind] {
			teller[e.SaleID] = e.ID
			ids = append(ids, e.SaleID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var rows []soldBy
	if err := v.list(&rows, "SELECT id, merchant, opened_at FROM sale WHERE id IN (?)", ids); err != nil {
		return nil, err
	}
	sales := make(map[ledger.ID]soldBy, len(rows))
	for _, row := range rows {
		sales[row.ID] = row
	}
	for _, id := range ids {
		if _, there := sales[id]; !there {
			v.report.violate(outcomes, "sale "+id.String(), "a row, as entry "+teller[id].String()+" tells of it", "none")
		}
	}
	return sales, nil
}

// saleKinds are the entries that change a sale.
var saleKinds = map[string]bool{
	ledger.EntrySaleOpened: true, ledger.EntrySaleMoved: true, ledger.EntrySaleSold: true, ledger.EntrySaleRefused: true,
}

// closeJournal draws the conclusions that need the whole journal.
func (v *verifier) closeJournal(h *history) error {
	totals := make(map[string]int64)
	for a, balance := range h.balances {
		totals[a.currency] += balance
	}
	v.report.count(balanced, "accounts", int64(len(h.balances)))
	v.report.count(balanced, "currencies", int64(len(totals)))
	for currency, total := range totals {
		if total != 0 {
			v.report.violate(balanced, "trial balance in "+currency, "0", fmt.Sprint(total))
		}
	}
	v.report.count(projected, "entries not sealed yet", h.unsealed)
	if age := v.now.Sub(h.oldest); h.unsealed > 0 && age > v.o.MaxUnsealed {
		v.report.violate(projected, "journal", fmt.Sprintf("every entry sealed within %s", v.o.MaxUnsealed),
			fmt.Sprintf("%d that are not, the oldest made %s ago", h.unsealed, age.Round(time.Second)))
	}
	if err := h.lookups.close(v); err != nil {
		return err
	}
	if err := h.tallies.settle(v, true); err != nil {
		return err
	}
	v.closeFourEyes(&h.people)
	return h.exceptions.close(v)
}
