package ledger

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// ResolveLease is for how long a leg that TakeDue gives out belongs to the
// node that took it, to ask its supplier and settle or reschedule it.
const ResolveLease = 2 * time.Minute

// LegAbandoned is the code of a leg whose node was gone before it closed it.
const LegAbandoned = "abandoned"

// TakeDue takes over what is to be resolved, what has waited longest first:
// legs that buy and are unknown with their NextAt passed, and legs that are open
// although their lease ran out (on the database's clock), as their node must be
// gone. The latter become unknown, with their sales. All now belong to this node
// for ResolveLease.
//
// Abandoned legs that no sale depends on are closed as unknown on the way.
func (s *Store) TakeDue(ctx context.Context, limit int) ([]Leg, error) {
	clock, clockArgs := s.databaseClock()
	args := slices.Concat(clockArgs, []any{micro(s.now())}, clockArgs, []any{limit})
	found, err := collect(ctx, s, scanCandidate,
		`SELECT leg.id, leg.sale_id, COALESCE(sale.merchant, '') FROM leg LEFT JOIN sale ON sale.id = leg.sale_id
		WHERE leg.state IN ('open', 'unknown')
			AND (leg.state = 'open' AND leg.lease_until <= `+clock+` OR leg.vend AND leg.state = 'unknown' AND leg.next_at <= ?
				AND (leg.lease_until IS NULL OR leg.lease_until <= `+clock+`))
		ORDER BY COALESCE(leg.next_at, leg.lease_until) LIMIT ?`, args...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	c := &take{candidates: found}
	if err := s.writer.do(ctx, c); err != nil {
		return nil, err
	}
	return c.legs, nil
}

// candidate is a leg that seems to be due.
type candidate struct {
	id    ID
	place place
}

func scanCandidate(from scanner) (c candidate, err error) {
	var sale uuid.NullUUID
	err = from.Scan(&c.id, &sale, &c.place.merchant)
	c.place.sale = sale.UUID
	return c, err
}

// databaseClock is what leases are compared with: the database's own clock, or
// with SQLite, which has none but ours, the store's.
func (s *Store) databaseClock() (expression string, args []any) {
	if _, ok := s.engine.(*postgres); ok {
		return "clock_timestamp()", nil
	}
	return "?", []any{micro(s.now())}
}

type take struct {
	candidates []candidate
	legs       []Leg // taken
}

func (c *take) need(n *needs) {
	for _, leg := range c.candidates {
		leg.place.need(n, leg.id)
	}
}

func (c *take) decide(v *view) error {
	c.legs = nil
	for _, candidate := range c.candidates {
		leg := v.legs[candidate.id]
		if leg == nil || leg.LeaseUntil.After(v.clock) {
			continue
		}
		switch {
		case leg.State == LegOpen && leg.LeaseUntil.IsZero():
		case leg.State == LegOpen && leg.Vend:
			if err := abandoned(leg.ID, v.now).decide(v); err != nil {
				return err
			}
			c.lease(v, leg)
		case leg.State == LegOpen:
			lost := &closeLeg{Closing: Closing{LegID: leg.ID, State: LegUnknown, Code: LegAbandoned}}
			if err := lost.decide(v); err != nil {
				return err
			}
		case leg.State == LegUnknown && leg.Vend && !leg.NextAt.IsZero() && !leg.NextAt.After(v.now):
			c.lease(v, leg)
		}
	}
	return nil
}

// abandoned settles a leg whose node is gone.
func abandoned(legID ID, due time.Time) *settle {
	return &settle{Closing: Closing{LegID: legID, State: LegUnknown, Code: LegAbandoned, NextAt: due}}
}

// lease gives a leg to this node.
func (c *take) lease(v *view, leg *legRow) {
	leg.Node, leg.LeaseUntil, leg.moved = v.store.node, v.clock.Add(ResolveLease), true
	c.legs = append(c.legs, leg.Leg)
}

// Reschedule notes that the supplier was asked about an unknown leg without a
// final answer, and when to ask again; with absent, that it knew of no such
// transaction. A zero next means that nobody asks again: the caller has raised
// an exception. A leg that is no longer unknown is returned as it is. Errors:
// ErrNotFound, ErrState (not a leg that buys).
func (s *Store) Reschedule(ctx context.Context, legID ID, next time.Time, absent bool) (Leg, error) {
	c := &reschedule{legID: legID, next: micro(next), absent: absent}
	if err := s.writer.do(ctx, c); err != nil {
		return Leg{}, err
	}
	return c.leg, nil
}

type reschedule struct {
	legID  ID
	next   time.Time
	absent bool
	leg    Leg
}

func (c *reschedule) need(n *needs) { n.legs = append(n.legs, c.legID) }

func (c *reschedule) decide(v *view) error {
	leg := v.legs[c.legID]
	switch {
	case leg == nil:
		return fmt.Errorf("leg %s: %w", c.legID, ErrNotFound)
	case !leg.Vend:
		return fmt.Errorf("leg %s buys nothing: %w", c.legID, ErrState)
	case leg.State == LegUnknown:
		leg.Asked++
		if c.absent {
			leg.Absent++
		}
		leg.NextAt, leg.LeaseUntil, leg.moved = c.next, time.Time{}, true
	}
	c.leg = leg.Leg
	return nil
}
