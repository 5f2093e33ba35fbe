package utility

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"slices"
	"sync/atomic"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Adapter is a vendor account on a utility's prepaid server. It is safe for
// concurrent use.
type Adapter struct {
	config Config
	judge  judge
	once   *xmlvend.Client // vends and advices
	lookup *patient        // lookups and trials
}

var _ upstream.Utility = (*Adapter)(nil)

// New returns an adapter. It connects to nothing yet. Close it when done.
//
// Errors say which setting cannot be: the URL, the client id, the dialect, an
// entry of the closed list. None holds a password.
func New(c Config, h HTTP) (*Adapter, error) {
	c, h = c.withDefaults(), h.withDefaults()
	dialect, err := c.check()
	if err != nil {
		return nil, err
	}
	vends, lookups := h, h
	if unnamed := slices.Contains(dialect.Rules(), "fault-without-header"); unnamed {
		vends.Conns, lookups.Conns = none, none
	} else if !h.Keep {
		vends.Conns = none
	}
	declined, err := newClosedList(c.Declined)
	if err != nil {
		return nil, fmt.Errorf("supplier %s: %w", c.Supplier, err)
	}
	client, err := xmlvend.NewClient(xmlvend.ClientConfig{
		URL: c.URL, TLS: vends.TLS, Dialect: dialect, Dial: vends.Dial, Idle: vends.Idle, Conns: vends.Conns, Gzip: vends.Gzip,
	})
	if err != nil {
		return nil, fmt.Errorf("supplier %s: %w", c.Supplier, err)
	}
	return &Adapter{
		config: c,
		judge: judge{
			declined: declined, refused: slices.Concat(closedList(DefaultDeclined), declined),
			dialect: dialect, zone: c.Zone,
		},
		once:   client,
		lookup: newPatient(c.URL, dialect, lookups),
	}, nil
}

// Close closes the connections that are not in use.
func (a *Adapter) Close() error {
	a.once.Close()
	a.lookup.Close()
	return nil
}

// Vend buys a credit token or has a service done. It sends the request once, whatever happens.
func (a *Adapter) Vend(ctx context.Context, id upstream.MessageID, order upstream.VendOrder) upstream.Result {
	order = a.complete(order)
	answer, err := exchange(ctx, a.once, a.orderRequest(id, order))
	if err != nil {
		return unanswered(err)
	}
	return onWire(a.judge.vend(answer, id, order, false), answer)
}

// Trial runs all checks of a vend.
func (a *Adapter) Trial(ctx context.Context, id upstream.MessageID, order upstream.VendOrder) upstream.Result {
	order = a.complete(order)
	answer, err := exchange(ctx, a.lookup, a.trialRequest(id, order))
	if err != nil {
		return unanswered(err)
	}
	return onWire(a.judge.vend(answer, id, order, true), answer)
}

// Inquire asks for a service that changes nothing.
func (a *Adapter) Inquire(ctx context.Context, id upstream.MessageID, order upstream.VendOrder) upstream.Result {
	order = a.complete(order)
	answer, err := exchange(ctx, a.lookup, a.orderRequest(id, order))
	if err != nil {
		return unanswered(err)
	}
	return onWire(a.judge.inquiry(answer, id, order), answer)
}

// LastResponse asks what became of a vend. It sends the advice once.
func (a *Adapter) LastResponse(ctx context.Context, id, asked upstream.MessageID, order upstream.VendOrder) upstream.Result {
	order = a.complete(order)
	answer, err := exchange(ctx, a.once, a.adviceRequest(id, asked))
	if err != nil {
		r := unanswered(err)
		r.Verdict = upstream.Unknown // what was not sent is the advice
		return r
	}
	return onWire(a.judge.lastResponse(answer, id, asked, order), answer)
}

// complete fills in what an order may leave out.
func (a *Adapter) complete(order upstream.VendOrder) upstream.VendOrder {
	orDefault(&order.Currency, a.config.Currency)
	orDefault(&order.Resource, upstream.Electricity)
	return order
}

// ConfirmCustomer asks who owns a meter.
func (a *Adapter) ConfirmCustomer(ctx context.Context, id upstream.MessageID, meter upstream.Meter) upstream.Confirmation {
	answer, err := exchange(ctx, a.lookup, a.confirmRequest(id, meter))
	var r upstream.Result
	var customers []upstream.Customer
	if err != nil {
		r = unanswered(err)
	} else {
		r, customers = a.judge.confirmation(answer, id, upstream.VendOrder{Meter: meter, Currency: a.config.Currency})
		r = onWire(r, answer)
	}
	return upstream.Confirmation{
		Verdict: r.Verdict, Customers: customers, Fault: r.Fault, Account: r.Account,
		Sent: r.Sent, Reason: r.Reason, Deviations: r.Deviations, Raw: r.Raw,
	}
}

// Probe looks the probe meter up. A refusal is as good an answer as any, unless
// the supplier says by it that it is itself in trouble.
func (a *Adapter) Probe(ctx context.Context, id upstream.MessageID) error {
	c := a.ConfirmCustomer(ctx, id, upstream.Meter{Number: a.config.ProbeMeter})
	if c.Verdict == upstream.Accepted {
		return nil
	}
	if f := c.Fault; f != nil && f.Class != "" && !xmlvend.FaultClass(f.Class).IsA(xmlvend.SystemEx) {
		return nil
	}
	return fmt.Errorf("supplier %s: probe: %s", a.config.Supplier, c.Reason)
}

// exchange sends a request with whichever client, and notes whether the connection
// was new.
func exchange(ctx context.Context, client interface {
	Do(context.Context, xmlvend.Request) (*xmlvend.Answer, error)
}, req xmlvend.Request) (received, error) {
	var used atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(c httptrace.GotConnInfo) { used.Store(c.Reused) },
	})
	answer, err := client.Do(ctx, req)
	return received{answer, !used.Load()}, err
}

// unanswered is the result of a request that no answer of XMLVend came to. The
// cause is described in our own words, since the text of an error may quote what
// the server sent.
func unanswered(err error) upstream.Result {
	if a, ok := errors.AsType[*xmlvend.AnswerError](err); ok {
		return upstream.Result{
			Sent: true, Raw: a.Raw,
			Reason: fmt.Sprintf("the answer, with HTTP status %d, is not one of XMLVend", a.Status),
		}
	}
	r := upstream.Result{Sent: true, Reason: "no answer: " + cause(err)}
	if s, ok := errors.AsType[*xmlvend.SendError](err); ok && !s.Sent {
		r.Sent, r.Verdict, r.Reason = false, upstream.Declined, "not sent: "+cause(err)
	}
	return r
}

// maxDeviations bounds what is recorded of an answer that strays everywhere.
const maxDeviations = 20

// onWire completes a judged result with what was received. The deviations from
// the schema quote no secret; those that the dialect repaired go by the name of
// its rule.
func onWire(r upstream.Result, a received) upstream.Result {
	r.Sent, r.Raw = true, a.Raw
	for _, rule := range a.Repairs {
		r.Deviations = append(r.Deviations, "repaired: "+rule)
	}
	for _, v := range a.Deviations {
		r.Deviations = append(r.Deviations, v.Path+": "+v.Reason)
	}
	if n := len(r.Deviations); n > maxDeviations {
		r.Deviations = append(r.Deviations[:maxDeviations], fmt.Sprintf("and %d more", n-maxDeviations))
	}
	return r
}
