package vending

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// lookup runs a request that sells nothing: its message id is claimed and its
// inbound leg journaled before work begins, and closed with what became of it.
func lookup[T any](ctx context.Context, s *Switch, caller Caller, r Request, target string, work func(context.Context) (T, error)) (T, error) {
	var none T
	ctx, cancel := s.detached(ctx, caller)
	defer cancel()
	s.inFlight.Add(1)
	defer s.inFlight.Done()

	note := s.note(r, target)
	if _, err := s.ledger.Note(ctx, note); err != nil {
		return none, s.turnAway(ctx, note, err)
	}
	var result T
	err := caller.may(r.Operation)
	if err == nil {
		result, err = work(ctx)
	}
	state, code := ledger.LegAccepted, ""
	if err != nil {
		state, code = ledger.LegDeclined, string(AsFault(err).Code)
	}
	storeCtx, done := s.storing(ctx)
	defer done()
	if endErr := s.ledger.End(storeCtx, note.LegID, state, code); endErr != nil && err == nil {
		err = endErr
	}
	s.metrics.request(r, code)
	if err != nil {
		return none, err
	}
	return result, nil
}

func (s *Switch) note(r Request, target string) ledger.Lookup {
	return ledger.Lookup{LegID: ledger.NewID(), Message: r.Message, Digest: r.Digest, Operation: r.Operation, Target: target}
}

// turnAway turns the ledger's no into the client's fault. A message id that
// cannot be claimed leaves a leg that says so.
func (s *Switch) turnAway(ctx context.Context, note ledger.Lookup, cause error) error {
	err := refusalFor(cause)
	if errors.Is(cause, ledger.ErrMessageTaken) || errors.Is(cause, ledger.ErrMessageVoid) {
		fault := AsFault(err)
		if err := s.ledger.TurnAway(ctx, note, string(fault.Code), fault.Text); err != nil {
			return err
		}
	}
	return err
}

// ask sends one lookup, trial or advice to a supplier. Its leg is committed
// before the first byte and closed after the answer. An error means that the leg
// could not be opened, and nothing was sent, or that it could not be closed: what
// send has learnt then is true all the same.
func (s *Switch) ask(ctx context.Context, saleID ledger.ID, to ledger.Supplier, operation, target string, amount int64,
	send func(context.Context, upstream.MessageID) exchange,
) error {
	call, err := s.openLeg(ctx, saleID, to, operation, target, amount)
	if err != nil {
		return err
	}
	began := s.now()
	got := send(ctx, upstream.MessageID{DateTime: call.DateTime, Number: call.Number})
	s.leg(saleID, call, got, s.now().Sub(began))
	ctx, cancel := s.storing(ctx)
	defer cancel()
	return s.ledger.CloseLeg(ctx, got.end(call.LegID))
}

// openLeg commits the leg of a message that buys nothing. Should our message id
// on the supplier's server be taken, the next one is.
func (s *Switch) openLeg(ctx context.Context, saleID ledger.ID, to ledger.Supplier, operation, target string, amount int64) (ledger.Call, error) {
	for {
		call, err := s.newCall(ctx, to, operation, target, amount, to.Timeout+s.settings.LeaseMargin)
		if err != nil {
			return call, err
		}
		if err := s.ledger.OpenLeg(ctx, saleID, call); !errors.Is(err, ledger.ErrUpstreamTaken) {
			return call, err
		}
	}
}

// probe is the Probe of a supplier.
func (s *Switch) probe(to ledger.Supplier) Probe {
	return func(ctx context.Context, send func(upstream.MessageID) error) error {
		var failed error
		err := s.ask(ctx, ledger.ID{}, to, opProbe, "", 0, func(_ context.Context, id upstream.MessageID) exchange {
			if failed = send(id); failed != nil {
				return exchange{verdict: upstream.Unknown, reason: failed.Error()}
			}
			return exchange{verdict: upstream.Accepted}
		})
		return errors.Join(err, failed)
	}
}

// exchange is the part of a supplier's answer that the journal keeps.
type exchange struct {
	verdict    upstream.Verdict
	fault      *upstream.Fault
	account    bool
	reason     string
	deviations []string
	raw        []byte
}

func exchangeOf(r upstream.Result) exchange {
	return exchange{r.Verdict, r.Fault, r.Account, r.Reason, r.Deviations, r.Raw}
}

func exchangeOfConfirmation(c upstream.Confirmation) exchange {
	return exchange{c.Verdict, c.Fault, c.Account, c.Reason, c.Deviations, c.Raw}
}

// end is how a leg that moves no money ends.
func (e exchange) end(leg ledger.ID) ledger.Closing {
	c := ledger.Closing{LegID: leg, Note: storable(e.note(), maxNote), Evidence: e.raw, Code: storable(e.code(), maxCode)}
	switch e.verdict {
	case upstream.Accepted:
		c.State = ledger.LegAccepted
	case upstream.Declined, upstream.Absent:
		c.State = ledger.LegDeclined
	case upstream.Unknown:
		c.State = ledger.LegUnknown
	}
	return c
}

func (e exchange) code() string {
	switch {
	case e.fault != nil:
		return e.fault.Class
	case e.verdict == upstream.Absent:
		return "LastResponseEx"
	case e.verdict == upstream.Unknown:
		return string(CodeUnknownOutcome)
	case e.verdict == upstream.Declined:
		return string(CodeUnavailable)
	}
	return ""
}

// What a leg says about itself is bounded, in bytes.
const (
	maxNote = 500
	maxCode = 60
)

// storable makes a supplier's text fit for a column: valid, without control
// characters, and cut where it may be cut.
func storable(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "")
	}
	return text
}

func (e exchange) note() string {
	note := e.reason
	for _, d := range e.deviations {
		if note != "" {
			note += "; "
		}
		note += d
	}
	return note
}

// refusal is the fault that a client gets for a supplier's refusal. A fault about
// our own account there is our trouble, not the client's.
func (e exchange) refusal(to ledger.Supplier) *Fault {
	if e.account || e.fault == nil {
		return unavailable(to.Code)
	}
	return &Fault{
		Code:     CodeSupplier,
		Class:    e.fault.Class,
		Text:     e.fault.Text,
		Operator: e.fault.OperatorMsg,
		Customer: e.fault.CustomerMsg,
	}
}

// newCall takes our next message id on a supplier's server.
func (s *Switch) newCall(ctx context.Context, to ledger.Supplier, operation, target string, amount int64, lease time.Duration) (ledger.Call, error) {
	dateTime, number, err := s.ids.next(ctx, to)
	if err != nil {
		return ledger.Call{}, err
	}
	return ledger.Call{
		LegID:     ledger.NewID(),
		Operation: operation,
		Supplier:  to.Code,
		DateTime:  dateTime,
		Number:    number,
		Amount:    amount,
		Target:    target,
		Lease:     lease,
	}, nil
}
