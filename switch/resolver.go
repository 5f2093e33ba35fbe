package vending

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// resolveAtOnce bounds how many legs a node asks about at one time.
const resolveAtOnce = 64

// takeTimeout bounds the reading of what is due.
const takeTimeout = 10 * time.Second

// resolve asks after unknown legs until ctx ends. Legs whose node is gone are
// taken over when their lease has run out, whatever node they were on. A supplier
// that is slow to answer holds up nobody else's legs but by taking up places.
func (s *Switch) resolve(ctx context.Context) {
	tick := time.NewTicker(s.settings.ResolverTick)
	defer tick.Stop()
	places := make(chan struct{}, resolveAtOnce)
	for {
		for _, leg := range s.due(ctx, resolveAtOnce-len(places)) {
			places <- struct{}{}
			s.inFlight.Go(func() {
				defer func() { <-places }()
				s.resolveLeg(ctx, leg)
			})
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// ResolveDue asks once after every leg that is due, and returns when all have
// been asked after.
func (s *Switch) ResolveDue(ctx context.Context) {
	var asking sync.WaitGroup
	for _, leg := range s.due(ctx, resolveAtOnce) {
		asking.Go(func() { s.resolveLeg(ctx, leg) })
	}
	asking.Wait()
}

// due takes legs that are due.
func (s *Switch) due(ctx context.Context, limit int) []ledger.Leg {
	if limit == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	legs, err := s.ledger.TakeDue(ctx, limit)
	if err != nil {
		s.log.Error("resolver could not read the legs that are due", "error", err)
	}
	return legs
}

// resolveLeg asks the supplier what became of one leg and acts on the answer. A
// question that has been sent is seen through to its journal entry, also when the
// switch shuts down meanwhile. Whatever goes wrong counts as a question without
// an answer, so that a person is called in at last.
func (s *Switch) resolveLeg(ctx context.Context, leg ledger.Leg) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ledger.ResolveLease)
	defer cancel()
	done, absent, err := s.askAfter(ctx, leg)
	if err != nil {
		s.log.Error("resolver could not settle a leg", "leg", leg.ID, "sale", leg.SaleID, "error", err)
	}
	if done {
		return
	}
	ctx, stored := s.storing(ctx)
	defer stored()
	if err := s.askLater(ctx, leg, absent); err != nil {
		s.log.Error("resolver could not put a leg back", "leg", leg.ID, "sale", leg.SaleID, "error", err)
	}
}

// askAfter asks once. It reports whether the leg is settled, and if not, whether
// the supplier said that it never saw the message, late enough to count.
func (s *Switch) askAfter(ctx context.Context, leg ledger.Leg) (done, absent bool, err error) {
	sale, err := s.ledger.Sale(ctx, leg.SaleID)
	if err != nil {
		return false, false, err
	}
	c, err := s.current(ctx)
	if err != nil {
		return false, false, err
	}
	to := c.suppliers[leg.Party]
	guard, err := s.guard(ctx, leg.Party)
	if err != nil {
		return false, false, err
	}
	caller, err := s.callerOf(ctx, sale)
	if err != nil {
		return false, false, err
	}
	askCtx, answered := context.WithTimeout(ctx, to.Timeout)
	defer answered()
	order := upstream.VendOrder{Meter: upstream.Meter{Number: leg.Target}, Amount: leg.Amount, Currency: sale.Currency, Service: serviceOf(leg.Operation)}
	result, err := s.advise(askCtx, to, guard, sale.ID, leg.DateTime, leg.Number, order)
	if err != nil {
		s.log.Error("advice could not be journaled", "leg", leg.ID, "sale", sale.ID, "error", err)
	}
	absent = result.Verdict == upstream.Absent && !s.now().Before(leg.OpenedAt.Add(to.SettleAfter))
	if result.Verdict == upstream.Accepted || result.Verdict == upstream.Declined || absent && leg.Absent >= 1 {
		err := s.resolved(ctx, caller, sale, route{supplier: to, product: c.products[sale.Product]}, leg, result)
		return err == nil || errors.Is(err, ledger.ErrAlreadySettled), absent, err
	}
	return false, absent, nil
}

// advise sends one last-response advice about the vend with our message id
// dateTime and number.
//
// An error is about the journal only: what the supplier said holds all the same.
func (s *Switch) advise(ctx context.Context, to ledger.Supplier, guard *upstream.Guard, saleID ledger.ID, dateTime string, number int, order upstream.VendOrder) (upstream.Result, error) {
	var got upstream.Result
	err := s.ask(ctx, saleID, to, opLastResponse, order.Meter.Number, order.Amount, func(ctx context.Context, id upstream.MessageID) exchange {
		got = guard.LastResponse(ctx, id, upstream.MessageID{DateTime: dateTime, Number: number}, order)
		return exchangeOf(got)
	})
	return got, err
}

// resolved settles an unknown leg by what the supplier has said about it.
func (s *Switch) resolved(ctx context.Context, caller Caller, sale ledger.Sale, at route, leg ledger.Leg, result upstream.Result) error {
	result.Raw = nil // it is on the advice's own leg
	call := ledger.Call{LegID: leg.ID, Supplier: leg.Party, DateTime: leg.DateTime, Number: leg.Number, Amount: leg.Amount, Target: leg.Target}
	closing, _ := s.closing(ctx, caller, sale, at, call, result)
	if closing.State == ledger.LegDeclined {
		closing.State = ledger.LegNotExecuted
	}
	if result.Verdict == upstream.Absent {
		closing.Note = fmt.Sprintf("the supplier said %d times that it never saw this message", leg.Absent+1)
	}
	settled, err := s.settle(ctx, closing)
	if err != nil {
		return err
	}
	s.log.Info("unknown outcome resolved", "sale", sale.ID, "leg", leg.ID, "state", settled.State, "asked", leg.Asked+1)
	s.sold(settled, settled.Reason)
	s.learnVend(ctx, at.supplier, leg.Target, result.Vend)
	return nil
}

// askLater puts a leg back until its next turn, and calls a person in when it has
// been asked after often enough.
func (s *Switch) askLater(ctx context.Context, leg ledger.Leg, absent bool) error {
	schedule := s.settings.Schedule
	step := schedule[min(leg.Asked+1, len(schedule)-1)]
	next := s.now().Add(step)
	leg, err := s.ledger.Reschedule(ctx, leg.ID, next, absent)
	if err != nil || leg.State != ledger.LegUnknown || leg.Asked < ExceptionAfter {
		return err
	}
	s.log.Warn("a sale stays unknown: a person is called in", "sale", leg.SaleID, "leg", leg.ID, "supplier", leg.Party, "asked", leg.Asked)
	return s.ledger.Raise(ctx, ledger.Exception{
		Kind:   ledger.ExceptionUnresolved,
		SaleID: leg.SaleID,
		LegID:  leg.ID,
		Note:   fmt.Sprintf("supplier %s has been asked %d times what became of message %s/%d", leg.Party, leg.Asked, leg.DateTime, leg.Number),
	})
}

// callerOf rebuilds the sender of a sale, for the outcome that the resolver
// stores in his place.
func (s *Switch) callerOf(ctx context.Context, sale ledger.Sale) (Caller, error) {
	client, err := s.ledger.Client(ctx, sale.Client)
	if err != nil {
		return Caller{}, err
	}
	merchant, err := s.ledger.Merchant(ctx, sale.Merchant)
	return Caller{Client: client, Merchant: merchant, Terminal: sale.Terminal, Cashier: sale.Cashier}, err
}
