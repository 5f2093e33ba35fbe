package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// StockSelection is vouchers of a batch: all that are not sold, or those whose
// serials are named.
type StockSelection struct {
	Actor    string
	Supplier string
	Batch    string
	Serials  []string
	Reason   string
}

// StockKept is what came of a quarantine, release or return.
type StockKept struct {
	Moves []StockMoved
	Done  bool   // false: proposed, a second person must ask for the same
	By    string // who proposed it; empty if it takes one person
}

// What takes two people.
const (
	actionRelease = "release"
	actionReturn  = "return"
)

// maxSelected is how many vouchers may be named one by one.
const maxSelected = 1000

// QuarantineStock takes vouchers that are on sale off it. What is being sold at
// that moment is sold or held back, never both.
//
// Errors: ErrNotFound (the batch, or serials of it), ErrState (the batch is not
// approved, or a named voucher is not on sale), ErrBusy.
func (s *Store) QuarantineStock(ctx context.Context, sel StockSelection) (StockKept, error) {
	return s.keep(ctx, sel, "", func(k *keeping) error {
		return k.move(EntryStockQuarantined, nil, StockQuarantined, StockActive)
	})
}

// ReleaseStock puts vouchers that are quarantined back on sale, once a second
// person asks for the same as the first. What the first asks for is off if any of
// the vouchers is moved meanwhile by a quarantine, release or return. Errors: as QuarantineStock, and
// ErrSamePerson.
func (s *Store) ReleaseStock(ctx context.Context, sel StockSelection) (StockKept, error) {
	return s.keep(ctx, sel, actionRelease, func(k *keeping) error {
		return k.move(EntryStockReleased, nil, StockActive, StockQuarantined)
	})
}

// ReturnStock gives vouchers that are on sale or quarantined back to the
// supplier, who is owed so much less, once a second person asks for the same as
// the first. Errors: as QuarantineStock, and ErrSamePerson.
func (s *Store) ReturnStock(ctx context.Context, sel StockSelection) (StockKept, error) {
	return s.keep(ctx, sel, actionReturn, func(k *keeping) error {
		return k.move(EntryStockReturned, func(lines []StockLine) []Posting {
			return costPostings(lines, payablePrefix+sel.Supplier, stockPrefix+sel.Supplier)
		}, StockReturned, StockQuarantined, StockActive)
	})
}

// keeping is a quarantine, release or return under way.
type keeping struct {
	StockSelection
	ctx   context.Context
	tx    transaction
	store *Store
	batch StockBatch
	kept  StockKept
}

func (s *Store) keep(ctx context.Context, sel StockSelection, action string, do func(*keeping) error) (StockKept, error) {
	if strings.TrimSpace(sel.Actor) == "" || strings.TrimSpace(sel.Reason) == "" {
		return StockKept{}, errors.New("who does it, and a reason, must be given")
	}
	if len(sel.Serials) > maxSelected {
		return StockKept{}, fmt.Errorf("at most %d vouchers are named one by one", maxSelected)
	}
	sel.Serials = slices.Compact(slices.Sorted(slices.Values(sel.Serials)))
	for _, text := range append(sel.Serials, sel.Reason) {
		if !storable(text) {
			return StockKept{}, errText
		}
	}
	var kept StockKept
	err := s.retried(ctx, func(tx transaction) (err error) {
		k := &keeping{StockSelection: sel, ctx: ctx, tx: tx, store: s}
		if k.batch, err = lockBatch(ctx, tx, sel.Supplier, sel.Batch); err != nil {
			return err
		}
		if k.batch.State != StockBatchActive {
			return saying(ErrState, "it is %s, not active", k.batch.State)
		}
		if action != "" {
			proposed, err := k.propose(action)
			if err != nil || proposed {
				kept = k.kept
				return err
			}
		}
		err = do(k)
		k.kept.Done = true
		kept = k.kept
		return err
	})
	if err != nil {
		return StockKept{}, fmt.Errorf("batch %s of %s: %w", sel.Batch, sel.Supplier, err)
	}
	return kept, nil
}

// propose writes down what the first person asks for. It is false for the second,
// whose proposal is then done with.
func (k *keeping) propose(action string) (bool, error) {
	serials, err := json.Marshal(append([]string{}, k.Serials...))
	if err != nil {
		return false, err
	}
	err = k.tx.get(k.ctx, &k.kept.By, "SELECT actor FROM stock_proposal WHERE batch = ? AND action = ? AND serials = ?",
		k.batch.ID, action, string(serials))
	switch {
	case errors.Is(err, ErrNotFound):
	case err != nil:
		return false, err
	case SamePerson(k.kept.By, k.Actor):
		return false, ErrSamePerson
	default:
		_, err := k.tx.exec(k.ctx, "DELETE FROM stock_proposal WHERE batch = ? AND action = ? AND serials = ?",
			k.batch.ID, action, string(serials))
		return false, err
	}
	k.kept.By = k.Actor
	at, err := k.store.journal(k.ctx, k.tx, NewID(), EntryStockProposed, k.Actor, StockProposedBody{V: BodyVersion, Action: action,
		Supplier: k.Supplier, Batch: k.Batch, Serials: k.Serials, Reason: k.Reason}, nil)
	if err != nil {
		return false, err
	}
	_, err = k.tx.exec(k.ctx, "INSERT INTO stock_proposal (batch, action, serials, actor, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
		k.batch.ID, action, string(serials), k.Actor, k.Reason, at)
	return true, err
}

// move moves what is selected, from any of the states, and writes the entry.
func (k *keeping) move(kind string, post func([]StockLine) []Posting, to StockState, from ...StockState) error {
	body := StockMovedBody{V: BodyVersion, Serials: k.Serials, Reason: k.Reason, ProposedBy: k.kept.By}
	var lines []StockLine
	found := 0
	for _, state := range from {
		m := newMovement(k.Supplier, k.Batch, state, to)
		if err := k.pick(m); err != nil {
			return err
		}
		if moved := m.moved(); moved.Count() > 0 {
			body.Moves = append(body.Moves, moved)
			lines = append(lines, moved.Lines...)
			found += moved.Count()
		}
	}
	if found == 0 || len(k.Serials) > found {
		return k.missing(from, to)
	}
	var postings []Posting
	if post != nil {
		postings = post(lines)
	}
	k.kept.Moves = body.Moves
	entry := NewID()
	if _, err := k.store.journal(k.ctx, k.tx, entry, kind, k.Actor, body, postings); err != nil {
		return err
	}
	if err := noteAct(k.ctx, k.tx, entry, k.Supplier, k.Batch); err != nil {
		return err
	}
	return k.lapse()
}

// pick moves the whole batch, or the vouchers that are named.
func (k *keeping) pick(m *movement) error {
	if len(k.Serials) == 0 {
		return m.all(k.ctx, k.tx, k.batch.Lines)
	}
	args := []any{k.Supplier}
	for _, serial := range k.Serials {
		args = append(args, serial)
	}
	var page []placeRow
	err := k.tx.list(k.ctx, &page, `SELECT id, expires_on, seq FROM voucher WHERE supplier = ? AND serial IN (`+questions(len(k.Serials))+`)
		AND batch = ? ORDER BY seq`, append(args, k.Batch)...)
	if err != nil || len(page) == 0 {
		return err
	}
	return m.take(k.ctx, k.tx, page)
}

// missing says why what was selected could not be moved, or not all of it.
func (k *keeping) missing(from []StockState, to StockState) error {
	states := make([]string, len(from))
	for i, state := range from {
		states[i] = string(state)
	}
	want := strings.Join(states, " or ")
	if len(k.Serials) == 0 {
		return saying(ErrState, "none of its vouchers is %s", want)
	}
	for _, serial := range k.Serials {
		var state string
		err := k.tx.get(k.ctx, &state, "SELECT state FROM voucher WHERE supplier = ? AND serial = ? AND batch = ?", k.Supplier, serial, k.Batch)
		if err != nil {
			return fmt.Errorf("serial %s: %w", serial, err)
		}
		if state != string(to) { // those that could be moved just were
			return saying(ErrState, "serial %s is %s, not %s", serial, state, want)
		}
	}
	return saying(ErrState, "not all of the vouchers are %s", want)
}
