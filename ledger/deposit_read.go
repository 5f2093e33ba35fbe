package ledger

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
)

// DepositFilter picks deposits; empty fields pick all.
type DepositFilter struct {
	Merchant string
	Account  string
	States   []DepositState
	From, To time.Time // first seen in [From, To)
	Limit    int       // zero means 100, less than zero all
}

// Deposits lists deposits, the first seen first: with the states that wait, what
// has waited longest.
func (s *Store) Deposits(ctx context.Context, f DepositFilter) ([]Deposit, error) {
	var w where
	w.text("merchant", f.Merchant)
	w.text("account", f.Account)
	in(&w, "state", f.States)
	w.within("seen_at", f.From, f.To)
	return s.deposits(ctx, w.limited("seen_at, id", f.Limit), w.args...)
}

func (s *Store) deposits(ctx context.Context, where string, args ...any) ([]Deposit, error) {
	var rows []depositRow
	if err := s.db.SelectContext(ctx, &rows, s.db.Rebind("SELECT "+depositColumns+" FROM deposit"+where), args...); err != nil {
		return nil, fmt.Errorf("deposits: %w", err)
	}
	list := make([]Deposit, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = s.deposit(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Deposit reads a deposit. Errors: ErrNotFound.
func (s *Store) Deposit(ctx context.Context, id ID) (Deposit, error) {
	found, err := s.deposits(ctx, " WHERE id = ?", id)
	switch {
	case err != nil:
		return Deposit{}, err
	case len(found) == 0:
		return Deposit{}, fmt.Errorf("deposit %s: %w", id, ErrNotFound)
	}
	return found[0], nil
}

// DepositStory is a deposit with all there is on it.
type DepositStory struct {
	Deposit   Deposit
	Sightings []Sighting
	Entries   []Entry
	Postings  []PostedLine
	Notices   []Notice         // without their content
	Proposal  *DepositProposal // that waits for another person
}

// DepositStory reads how a deposit came to be where it is. Errors: ErrNotFound.
func (s *Store) DepositStory(ctx context.Context, id ID) (DepositStory, error) {
	var (
		story DepositStory
		err   error
	)
	if story.Deposit, err = s.Deposit(ctx, id); err != nil {
		return story, err
	}
	var sightings []sightingRow
	if err := s.selectAll(ctx, &sightings, sightingSelect+" WHERE s.deposit_id = ? ORDER BY m.received_at, s.message, s.n", id); err != nil {
		return story, err
	}
	for _, r := range sightings {
		story.Sightings = append(story.Sightings, r.sighting())
	}
	if story.Entries, err = collect(ctx, s, scanEntry, `SELECT e.id, e.at, e.kind, e.sale_id, e.leg_id, e.actor, e.body
		FROM deposit_entry AS d JOIN entry AS e ON e.id = d.entry_id WHERE d.deposit_id = ? ORDER BY e.at, e.id`, id); err != nil {
		return story, err
	}
	if story.Postings, err = collect(ctx, s, scanLine, `SELECT p.entry_id, p.at, e.kind, e.sale_id, p.line, p.account, p.amount, p.currency
		FROM deposit_entry AS d JOIN entry AS e ON e.id = d.entry_id JOIN posting AS p ON p.entry_id = e.id AND p.at = e.at
		WHERE d.deposit_id = ? ORDER BY p.at, p.entry_id, p.line`, id); err != nil {
		return story, err
	}
	if story.Notices, err = s.depositNotices(ctx, id); err != nil {
		return story, err
	}
	proposals, err := s.DepositProposals(ctx, id)
	if len(proposals) > 0 {
		story.Proposal = &proposals[0]
	}
	return story, err
}

// selectAll reads rows into a list of structs.
func (s *Store) selectAll(ctx context.Context, into any, query string, args ...any) error {
	return sqlx.SelectContext(ctx, s.db, into, s.db.Rebind(query), args...)
}

// DepositProposals lists what waits for a second person, oldest first; of one
// deposit, or with a zero id of all.
func (s *Store) DepositProposals(ctx context.Context, id ID) ([]DepositProposal, error) {
	var w where
	if id != (ID{}) {
		w.and("deposit_id = ?", id)
	}
	var rows []proposedRow
	if err := s.selectAll(ctx, &rows, proposedSelect+w.limited("at, deposit_id", -1), w.args...); err != nil {
		return nil, err
	}
	list := make([]DepositProposal, len(rows))
	for i, r := range rows {
		list[i] = r.proposal()
	}
	return list, nil
}

// Provisional sums up, by merchant, what is shown to him but cannot be spent yet.
func (s *Store) Provisional(ctx context.Context) (map[string]int64, error) {
	var rows []struct {
		Merchant string `db:"merchant"`
		Amount   int64  `db:"amount"`
	}
	err := s.selectAll(ctx, &rows, `SELECT d.merchant, CAST(SUM(d.amount) AS bigint) AS amount FROM deposit AS d JOIN float AS f
		ON f.merchant = d.merchant AND f.currency = d.currency WHERE d.state = 'provisional' GROUP BY d.merchant`)
	sums := make(map[string]int64, len(rows))
	for _, r := range rows {
		sums[r.Merchant] = r.Amount
	}
	return sums, err
}

// WaitingDeposits counts the deposits that wait for a person or a confirmation, by
// each of the states in which they do.
func (s *Store) WaitingDeposits(ctx context.Context) (map[DepositState]int, error) {
	counts := make(map[DepositState]int)
	for _, state := range []DepositState{DepositProvisional, DepositSuspense, DepositHeld, DepositReview} {
		counts[state] = 0
	}
	var rows []struct {
		State DepositState `db:"state"`
		N     int          `db:"n"`
	}
	err := s.selectAll(ctx, &rows, `SELECT state, COUNT(*) AS n FROM deposit
		WHERE state IN ('provisional', 'suspense', 'held', 'review') GROUP BY state`)
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}
