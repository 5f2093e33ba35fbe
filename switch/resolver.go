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

// resolveAtOnce bounds how many legs a node takes up and asks about at one time.
const resolveAtOnce = 16

// resolve asks after unknown legs until ctx ends. Legs whose node is gone are
// taken over when their lease has run out, whatever node they were on.
func (s *Switch) resolve(ctx context.Context) {
	tick := time.NewTicker(s.settings.ResolverTick)
	defer tick.Stop()
	for {
		s.ResolveDue(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// ResolveDue asks once after every leg that is due, and returns when all have
// been asked after. The resolver calls it on its tick.
func (s *Switch) ResolveDue(ctx context.Context) {
	due, err := s.ledger.TakeDue(ctx, resolveAtOnce)
	if err != nil {
		if ctx.Err() == nil {
			s.log.Error("resolver could not read the legs that are due", "error", err)
		}
		return
	}
	var asking sync.WaitGroup
	for _, leg := range due {
		asking.Go(func() {
			if err := s.resolveLeg(ctx, leg); err != nil && ctx.Err() == nil {
				s.log.Error("resolver could not settle a leg", "leg", leg.ID, "sale", leg.SaleID, "error", err)
			}
		})
	}
	asking.Wait()
}

// resolveLeg asks the supplier what became of one leg and acts on the answer. A
// question that has been sent is seen through to its journal entry, also when the
// switch shuts down meanwhile.
func (s *Switch) resolveLeg(ctx context.Context, leg ledger.Leg) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ledger.ResolveLease)
	defer cancel()
	sale, err := s.ledger.Sale(ctx, leg.SaleID)
	if err != nil {
		return err
	}
	to, err := s.ledger.Supplier(ctx, leg.Party)
	if err != nil {
		return err
	}
	caller, err := s.callerOf(ctx, sale)
	if err != nil {
		return err
	}
	askCtx, answered := context.WithTimeout(ctx, to.Timeout)
	defer answered()
	order := upstream.VendOrder{Meter: upstream.Meter{Number: leg.Target}, Amount: leg.Amount, Currency: sale.Currency}
	result, err := s.advise(askCtx, to, sale.ID, leg.DateTime, leg.Number, order)
	if err != nil {
		return errors.Join(err, s.askLater(ctx, leg, false))
	}
	switch result.Verdict {
	case upstream.Accepted, upstream.Declined:
		return s.resolved(ctx, caller, sale, to, leg, result)
	case upstream.Absent:
		if leg.Absent >= 1 && !s.now().Before(leg.OpenedAt.Add(to.SettleAfter)) {
			return s.resolved(ctx, caller, sale, to, leg, result)
		}
		return s.askLater(ctx, leg, true)
	}
	return s.askLater(ctx, leg, false)
}

// advise sends one last-response advice about the vend with our message id
// dateTime and number.
func (s *Switch) advise(ctx context.Context, to ledger.Supplier, saleID ledger.ID, dateTime string, number int, order upstream.VendOrder) (upstream.Result, error) {
	var got upstream.Result
	err := s.ask(ctx, saleID, to, opLastResponse, order.Meter.Number, order.Amount, func(ctx context.Context, id upstream.MessageID, g *upstream.Guard) exchange {
		got = g.LastResponse(ctx, id, upstream.MessageID{DateTime: dateTime, Number: number}, order)
		return exchangeOf(got)
	})
	return got, err
}

// resolved settles an unknown leg by what the supplier has said about it.
func (s *Switch) resolved(ctx context.Context, caller Caller, sale ledger.Sale, to ledger.Supplier, leg ledger.Leg, result upstream.Result) error {
	c, err := s.current(ctx)
	if err != nil {
		return err
	}
	call := ledger.Call{LegID: leg.ID, Supplier: leg.Party, DateTime: leg.DateTime, Number: leg.Number, Amount: leg.Amount, Target: leg.Target}
	closing := s.closing(caller, sale, route{supplier: to, product: c.products[sale.Product]}, call, result)
	if result.Verdict != upstream.Accepted {
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
	s.learnVend(ctx, to, leg.Target, result.Vend)
	return nil
}

// askLater puts a leg back until its next turn, and calls a person in when it has
// been asked after often enough.
func (s *Switch) askLater(ctx context.Context, leg ledger.Leg, absent bool) error {
	schedule := s.settings.Schedule
	step := schedule[min(leg.Asked+1, len(schedule)-1)]
	next := s.now().Add(step)
	leg, err := s.ledger.Reschedule(ctx, leg.ID, next, absent)
	if err != nil || leg.Asked != ExceptionAfter {
		return err
	}
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
