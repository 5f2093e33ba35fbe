package vending

import (
	"context"
	"errors"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// Operations of the switch as a client of suppliers.
const (
	opConfirm      = "confirmCustomer"
	opTrial        = "trialCreditVend"
	opVend         = "creditVend"
	opLastResponse = "lastResponse"
	opProbe        = "probe"
)

const classUnknownMeter = "UnknownMeterEx"

func unknownMeter() *Fault {
	return &Fault{
		Code:     CodeUnknownMeter,
		Class:    classUnknownMeter,
		Text:     "no supplier knows this meter",
		Operator: "Check the meter number with the customer.",
		Customer: "This meter number is not known.",
	}
}

// candidates are the suppliers that may know a meter, the likeliest first: the
// meter book, else the supply group if the request has it, else the number
// ranges. Suppliers of one range are alternatives for each other. With none of
// these, ask is true: every utility has to be asked, in the order of the codes.
func (s *Switch) candidates(ctx context.Context, meter upstream.Meter) (suppliers []ledger.Supplier, ask bool, err error) {
	c, err := s.current(ctx)
	if err != nil {
		return nil, false, err
	}
	only := func(code string) []ledger.Supplier {
		if to := c.suppliers[code]; to.Status == ledger.Active {
			return []ledger.Supplier{to}
		}
		return nil
	}
	route, err := s.meters.get(meter.Number, func() (ledger.MeterRoute, error) { return s.ledger.MeterRoute(ctx, meter.Number) })
	if err == nil {
		if found := only(route.Supplier); found != nil {
			return found, false, nil
		}
	} else if !errors.Is(err, ledger.ErrNotFound) {
		return nil, false, err
	}
	if meter.SupplyGroup != "" {
		code, err := s.ledger.GroupSupplier(ctx, meter.SupplyGroup)
		if err == nil {
			if found := only(code); found != nil {
				return found, false, nil
			}
		} else if !errors.Is(err, ledger.ErrNotFound) {
			return nil, false, err
		}
	}
	var ranged []ledger.Supplier
	for _, r := range c.routes {
		if len(meter.Number) == len(r.From) && r.From <= meter.Number && meter.Number <= r.To {
			ranged = append(ranged, only(r.Supplier)...)
		}
	}
	if len(ranged) > 0 {
		return ranged, false, nil
	}
	return c.utilities, true, nil
}

// learnRoute puts a line into the meter book unless it says nothing new.
func (s *Switch) learnRoute(ctx context.Context, route ledger.MeterRoute) {
	if route.Meter == "" { // a card, which must not be taken apart
		return
	}
	known, err := s.meters.get(route.Meter, func() (ledger.MeterRoute, error) { return s.ledger.MeterRoute(ctx, route.Meter) })
	if err == nil && known.Supplier == route.Supplier && (route.SupplyGroup == "" || route.SupplyGroup == known.SupplyGroup) {
		return
	}
	if err := s.ledger.LearnMeter(ctx, route); err != nil {
		s.log.Warn("meter book could not be written", "supplier", route.Supplier, "error", err)
	}
}

// route is one way to fulfil a token sale.
type route struct {
	supplier ledger.Supplier
	product  ledger.Product
	guard    *upstream.Guard
}

// plan is a token sale that has passed every check that needs no lock.
type plan struct {
	routes []route // at least one, each ready when it was looked at
	price  price
	order  upstream.VendOrder
	trial  *upstream.Vend // of a purchase by units, which is priced by a trial
}

// plan checks, routes and prices a token sale before any money moves.
func (s *Switch) plan(ctx context.Context, caller Caller, order upstream.VendOrder) (*plan, error) {
	p, err := s.routed(ctx, caller, order)
	if err != nil {
		return nil, err
	}
	return p, s.priceToken(ctx, caller, p)
}

// suppliersFor finds who may fulfil an order: by its meter, or, if it is about none,
// the utility, if there is but one.
func (s *Switch) suppliersFor(ctx context.Context, caller Caller, order upstream.VendOrder) ([]ledger.Supplier, error) {
	if order.Meter.Number == "" && order.Meter.Track2 == "" && !order.Service.NeedsMeter() {
		c, err := s.current(ctx)
		if err != nil {
			return nil, err
		}
		if len(c.utilities) != 1 {
			return nil, faultf(CodeUnsupported, "Nobody can tell which utility is meant.", "",
				"there are %d utilities, and no meter says which of them is meant", len(c.utilities))
		}
		return c.utilities, nil
	}
	if err := checkMeter(order.Meter); err != nil {
		return nil, err
	}
	if order.Service != nil && order.Service.Kind == upstream.Cancellation {
		return s.cancellable(ctx, caller, order)
	}
	candidates, ask, err := s.candidates(ctx, order.Meter)
	if err != nil {
		return nil, err
	}
	if ask && len(candidates) > 1 {
		_, found, err := s.confirmAmong(ctx, candidates, order.Meter)
		if err != nil {
			return nil, err
		}
		candidates = []ledger.Supplier{found}
	}
	if len(candidates) == 0 {
		return nil, unknownMeter()
	}
	return candidates, nil
}

// routed checks an order and finds the ways to fulfil it.
func (s *Switch) routed(ctx context.Context, caller Caller, order upstream.VendOrder) (*plan, error) {
	candidates, err := s.suppliersFor(ctx, caller, order)
	if err != nil {
		return nil, err
	}
	c, err := s.current(ctx)
	if err != nil {
		return nil, err
	}
	p := &plan{order: order}
	var refused error
	for _, to := range candidates {
		product, ok := c.tokenProduct(to.Code)
		if !ok {
			refused = faultf(CodeProduct, "Tokens of this utility are not on sale.", "Not on sale.", "no product for supplier %s", to.Code)
			continue
		}
		guard, err := s.guard(ctx, to.Code)
		if err == nil {
			err = guard.Ready()
		}
		if err != nil {
			s.log.Warn("supplier is passed over", "supplier", to.Code, "error", err)
			refused = unavailable(to.Code)
			continue
		}
		p.routes = append(p.routes, route{to, product, guard})
	}
	if len(p.routes) == 0 {
		return nil, refused
	}
	return p, nil
}

// priceToken prices a token sale. A purchase by units costs what the supplier's
// trial says; a service costs nothing, but for a payment.
func (s *Switch) priceToken(ctx context.Context, caller Caller, p *plan) error {
	if p.order.Currency == "" {
		p.order.Currency = caller.Merchant.Currency
	}
	if service := p.order.Service; service != nil && service.Kind != upstream.AccountPayment {
		p.price = price{currency: p.order.Currency}
		return nil
	}
	if p.order.Amount == 0 && p.order.Units != "" {
		vend, err := s.trial(ctx, p.routes[0], p.order)
		if err != nil {
			return err
		}
		p.trial = vend
		p.order.Amount = vend.Tendered
	}
	var err error
	p.price, err = tokenPrice(p.routes[0].product, p.order.Amount, p.order.Currency)
	return err
}

// checkMeter refuses what cannot be a meter number before any supplier is asked.
// An 11-digit number carries a Luhn check digit; other lengths exist whose rules
// only the utility knows.
func checkMeter(m upstream.Meter) error {
	if m.Number == "" && m.Track2 == "" {
		return faultf(CodeMeter, "Enter the meter number.", "", "no meter given")
	}
	for _, r := range m.Number {
		if r < '0' || r > '9' {
			return nil
		}
	}
	if len(m.Number) == 11 && !luhn(m.Number) {
		return &Fault{
			Code:     CodeMeter,
			Class:    "MSNOCheckDigitEx",
			Text:     "check digit of the meter number is wrong",
			Operator: "The meter number is mistyped. Read it again from the meter or the card.",
			Customer: "This meter number is not right.",
		}
	}
	return nil
}

// luhn reports whether the last digit of number is its Luhn check digit.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
