package vending

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/upstream"
)

// Vend sells a token for a meter, bought online from the meter's utility, or has the
// utility do the service that the order names. Of services only a payment moves
// money; it is priced by the product that the utility's tokens are sold as.
//
// A repeated message id yields the stored outcome. Faults: CodeRight, CodeMeter,
// CodeUnknownMeter, CodeAmount, CodeProduct, CodeFunds, CodeMerchant,
// CodeSupplier, CodeUnavailable, CodeMessageTaken, CodeMessageVoid, and
// CodeUnknownOutcome, which means that the client must not sell again but ask
// for the last response.
func (s *Switch) Vend(ctx context.Context, caller Caller, r Request, order upstream.VendOrder) (*Receipt, error) {
	s.inFlight.Add(1)
	defer s.inFlight.Done()
	deadline := s.now().Add(caller.budget(s.settings.AnswerBudget))
	ctx, cancel := s.detached(ctx, caller)
	defer cancel()

	ticket := s.ticket(caller, r)
	ticket.Target, ticket.Quantity, ticket.Tender, ticket.Currency = order.Meter.Number, 1, order.Amount, caller.Merchant.Currency
	err := caller.may(r.Operation)
	var p *plan
	if err == nil {
		p, err = s.plan(ctx, caller, order)
	}
	if err == nil && deadline.Sub(s.now()) < leastTime {
		err = unavailable(p.routes[0].supplier.Code)
	}
	if err != nil {
		return s.refuse(ctx, caller, ticket, err)
	}
	first := p.routes[0]
	ticket.Product, ticket.Supplier = first.product.Code, first.supplier.Code
	ticket.Tender, ticket.Commission, ticket.Currency = p.price.tender, p.price.commission, p.price.currency
	if ticket.ReceiptNo, err = s.ledger.ReceiptNumber(ctx); err != nil {
		return nil, err
	}
	sale, call, err := s.begin(ctx, ticket, first.supplier, operationOf(order), deadline)
	switch {
	case errors.Is(err, ledger.ErrRepeated):
		return s.repeat(ctx, caller, sale)
	case errors.Is(err, ledger.ErrFunds), errors.Is(err, ledger.ErrBlocked):
		return s.refuse(ctx, caller, ticket, refusalFor(err))
	case err != nil:
		return nil, s.turnAway(ctx, s.note(r, ticket.Target), err)
	}
	return s.fulfil(ctx, fulfilment{caller: caller, sale: sale, plan: p, deadline: deadline}, call)
}

// begin is commit 1. Should our message id on the supplier's server be taken,
// which only a restored database can cause, the next one is.
func (s *Switch) begin(ctx context.Context, ticket ledger.Order, to ledger.Supplier, operation string, deadline time.Time) (ledger.Sale, ledger.Call, error) {
	for {
		call, err := s.newCall(ctx, to, operation, ticket.Target, ticket.Tender, s.vendLease(deadline))
		if err != nil {
			return ledger.Sale{}, call, err
		}
		sale, err := s.ledger.Begin(ctx, ticket, call)
		if !errors.Is(err, ledger.ErrUpstreamTaken) {
			return sale, call, err
		}
	}
}

// ticket is the part of an order that every sale has.
func (s *Switch) ticket(caller Caller, r Request) ledger.Order {
	return ledger.Order{
		ID:        ledger.NewID(),
		Message:   r.Message,
		Digest:    r.Digest,
		Channel:   r.Channel,
		Operation: r.Operation,
		Merchant:  caller.Merchant.Code,
		Terminal:  caller.Terminal,
		Cashier:   caller.Cashier,
	}
}

// refuse journals a refusal and its fault as the outcome of the message id, so
// that the same request is refused again in the same words.
func (s *Switch) refuse(ctx context.Context, caller Caller, ticket ledger.Order, cause error) (*Receipt, error) {
	fault := AsFault(cause)
	if fault.Code == CodeInternal {
		return nil, cause
	}
	fresh := deliverFault(caller, fault)
	sale, err := s.ledger.Refuse(ctx, ledger.Refusal{
		Order:   ticket,
		Code:    string(fault.Code),
		Note:    storable(fault.Text, maxNote),
		Deliver: fresh.deliver,
	})
	switch {
	case errors.Is(err, ledger.ErrRepeated):
		return s.repeat(ctx, caller, sale)
	case err != nil:
		r := Request{Operation: ticket.Operation, Message: ticket.Message, Digest: ticket.Digest}
		return nil, s.turnAway(ctx, s.note(r, ticket.Target), err)
	}
	s.sold(sale, string(fault.Code))
	return s.answer(ctx, sale, fresh)
}

// fulfilment is a sale whose money is held and whose supplier is to be called.
type fulfilment struct {
	caller   Caller
	sale     ledger.Sale
	plan     *plan
	deadline time.Time // the client's
}

// fulfil calls the suppliers of a plan in turn, each once, until one has sold,
// one may have sold, or all have declined.
func (s *Switch) fulfil(ctx context.Context, f fulfilment, call ledger.Call) (*Receipt, error) {
	for i, at := range f.plan.routes {
		result := s.vend(ctx, f, at, call)
		closing, fresh := s.closing(ctx, f.caller, f.sale, at, call, result)
		var rest []route
		if worthAnother(result) {
			rest = f.plan.routes[i+1:]
		}
		sale, next, err := s.settleOrGoOn(ctx, f, closing, rest)
		if err != nil {
			return nil, err
		}
		// The ledger has the last word: had another node taken this leg over
		// meanwhile, the next one would not have been opened.
		if next == nil || sale.State != ledger.SaleHeld || sale.Supplier != next.Supplier {
			s.sold(sale, sale.Reason)
			s.learnVend(ctx, at.supplier, call.Target, result.Vend)
			return s.answer(ctx, sale, fresh)
		}
		call = *next
	}
	return nil, errors.New("a plan without routes")
}

// vend sends the vend and, if its outcome is not known, asks once what became of
// it. The leg stays open all the while; should this node die, its lease runs out
// and another asks.
func (s *Switch) vend(ctx context.Context, f fulfilment, at route, call ledger.Call) upstream.Result {
	if f.deadline.Sub(s.now()) < leastTime {
		return upstream.Result{Verdict: upstream.Declined, Reason: "not sent: commit 1 took too long"}
	}
	result := s.call(ctx, f, at, call)
	if result.Verdict != upstream.Unknown {
		return result
	}
	answer := s.firstAdvice(ctx, f, at, call)
	if answer.Verdict != upstream.Accepted && answer.Verdict != upstream.Declined {
		return result
	}
	answer.Raw = result.Raw // the advice's own answer is on its own leg
	return answer
}

// worthAnother reports whether an alternative supplier may do better: the vend was
// declined, and not for a reason of the meter's or the customer's own.
func worthAnother(r upstream.Result) bool {
	return r.Verdict == upstream.Declined && (r.Fault == nil || r.Account || r.Fault.Class == classUnknownMeter)
}

// settleOrGoOn is commit 2. With suppliers left to try it opens the leg to the
// next one in the same commit, if there is time and a message id for it.
func (s *Switch) settleOrGoOn(ctx context.Context, f fulfilment, closing ledger.Closing, rest []route) (ledger.Sale, *ledger.Call, error) {
	for len(rest) > 0 && f.deadline.Sub(s.now()) >= leastTime {
		next, err := s.newCall(ctx, rest[0].supplier, operationOf(f.plan.order), f.plan.order.Meter.Number, f.plan.price.tender, s.vendLease(f.deadline))
		if err != nil {
			s.log.Error("no message id for the next supplier", "supplier", rest[0].supplier.Code, "error", err)
			break
		}
		closing.Next = &next
		sale, err := s.settle(ctx, closing)
		if !errors.Is(err, ledger.ErrUpstreamTaken) {
			return sale, &next, err
		}
	}
	closing.Next = nil
	sale, err := s.settle(ctx, closing)
	return sale, nil, err
}

// vendLease is for how long a vend's leg belongs to this node: until the client's
// time is up and its outcome has had time to be stored.
func (s *Switch) vendLease(deadline time.Time) time.Duration {
	return max(deadline.Sub(s.now()), 0) + 2*s.settings.CommitBudget + s.settings.LeaseMargin
}

// call sends the vend. Nothing below this line ever sends it again.
func (s *Switch) call(ctx context.Context, f fulfilment, at route, call ledger.Call) upstream.Result {
	began := s.now()
	callCtx, cancel := context.WithTimeout(ctx, min(at.supplier.Timeout, f.deadline.Sub(began)-adviceReserve))
	defer cancel()
	result := at.guard.Vend(callCtx, upstream.MessageID{DateTime: call.DateTime, Number: call.Number}, f.plan.order)
	s.leg(f.sale.ID, call, exchangeOf(result), s.now().Sub(began))
	return result
}

// firstAdvice asks at once what became of a vend, in what remains of the
// client's time. An answer "never seen" is too early to count.
func (s *Switch) firstAdvice(ctx context.Context, f fulfilment, at route, call ledger.Call) upstream.Result {
	if f.deadline.Sub(s.now()) < adviceReserve/2 {
		return upstream.Result{}
	}
	result, err := s.advise(ctx, at.supplier, at.guard, f.sale.ID, call.DateTime, call.Number, f.plan.order)
	if err != nil {
		s.log.Error("first advice could not be journaled", "sale", f.sale.ID, "error", err)
	}
	return result
}

// settle stores an outcome. It is tried until the commit budget is spent, for the
// supplier's answer is in our hands only; but a refusal by the ledger is final.
func (s *Switch) settle(ctx context.Context, closing ledger.Closing) (ledger.Sale, error) {
	ctx, cancel := s.storing(ctx)
	defer cancel()
	for wait := pollInterval; ; wait *= 2 {
		sale, err := s.ledger.Settle(ctx, closing)
		if err == nil || isFinal(err) || ctx.Err() != nil {
			return sale, err
		}
		s.log.Error("outcome could not be stored, trying again", "leg", closing.LegID, "error", err)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// isFinal reports whether the ledger would say the same again.
func isFinal(err error) bool {
	for _, final := range []error{ledger.ErrAlreadySettled, ledger.ErrTokenTaken, ledger.ErrUpstreamTaken,
		ledger.ErrNotFound, ledger.ErrState, ledger.ErrUnbalanced, ledger.ErrClosed} {
		if errors.Is(err, final) {
			return true
		}
	}
	return false
}

// closing turns a supplier's answer into the end of a leg, and into the outcome of
// its sale if that ends with it. Where what a cancellation has undone cannot be looked
// up, its outcome stays unknown, to be asked for again.
func (s *Switch) closing(ctx context.Context, caller Caller, sale ledger.Sale, to route, call ledger.Call, result upstream.Result) (ledger.Closing, *delivery) {
	cancels, err := s.undone(ctx, to.supplier, result.Vend)
	if err != nil {
		s.log.Error("what was cancelled cannot be looked up", "sale", sale.ID, "error", err)
		result = upstream.Result{Verdict: upstream.Unknown, Reason: "cancelled, but the sale cannot be looked up", Raw: result.Raw}
	}
	e := exchangeOf(result)
	c := e.end(call.LegID)
	c.Cancels = cancels
	var outcome *delivery
	switch result.Verdict {
	case upstream.Accepted:
		figure := max(0, min(result.Vend.Tendered, sale.Tender))
		commission := sale.Commission
		if figure != sale.Tender {
			// At the rate of the sale, and never less than what was not held.
			commission = max(sale.Commission*figure/sale.Tender, figure-sale.Hold)
		}
		if result.Vend.Tendered != sale.Tender {
			c.Overrun = fmt.Sprintf("asked for %s, supplier's figure is %s",
				money(sale.Tender, sale.Currency), money(result.Vend.Tendered, sale.Currency))
		}
		c.Postings = onlineSale(sale, to.supplier, figure, commission).Postings()
		c.Tokens = result.Vend.OnceTokens()
		outcome = deliverVend(caller, to.supplier, result.Vend)
	case upstream.Declined, upstream.Absent:
		outcome = deliverFault(caller, e.refusal(to.supplier))
	case upstream.Unknown:
		c.NextAt = s.now().Add(s.settings.Schedule[0])
	}
	if outcome != nil {
		c.Deliver = outcome.deliver
	}
	return c, outcome
}

// onlineSale is what a token sale posts, by the supplier's figure.
func onlineSale(sale ledger.Sale, to ledger.Supplier, figure, commission int64) chart.OnlineSale {
	return chart.OnlineSale{
		Merchant:   sale.Merchant,
		Supplier:   to.Code,
		Currency:   sale.Currency,
		Tender:     figure,
		Earned:     chart.Commission(figure, to.CommissionBP),
		Commission: commission,
		VATBP:      to.VATBP,
	}
}

// learnVend puts what a vend says about its meter into the meter book, behind the
// client's back: it need not wait for it.
func (s *Switch) learnVend(ctx context.Context, to ledger.Supplier, meter string, vend *upstream.Vend) {
	if vend == nil {
		return
	}
	ctx = context.WithoutCancel(ctx)
	for _, l := range vend.Lines {
		if l.Meter != nil && l.Meter.Number == meter {
			route := ledger.MeterRoute{Meter: meter, Supplier: to.Code, SupplyGroup: l.Meter.SupplyGroup}
			s.inFlight.Go(func() { s.learnRoute(ctx, route) })
			return
		}
	}
}

func deliverVend(caller Caller, to ledger.Supplier, vend *upstream.Vend) *delivery {
	return &delivery{caller: caller, fill: func(o *Outcome) { o.Supplier, o.Vend = organisation(to), vend }}
}

func deliverFault(caller Caller, fault *Fault) *delivery {
	return &delivery{caller: caller, fill: func(o *Outcome) { o.Fault = fault }}
}
