package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"
)

// Defaults of Settings. The time-out leaves room in a client's answer budget (25
// seconds by default) for a first advice.
const (
	DefaultTimeout        = 18 * time.Second
	DefaultMaxInFlight    = 128
	DefaultWindow         = time.Minute
	DefaultConsecutive    = 5
	DefaultMinCalls       = 20
	DefaultFailurePercent = 50
	DefaultCoolDown       = 15 * time.Second
)

// windowBuckets is how finely the breaker's window rolls.
const windowBuckets = 6

// Reasons for not sending anything to a supplier. A call refused with one of them
// is Declined and was not sent.
var (
	ErrOpen   = errors.New("supplier not available: its circuit breaker is open")
	ErrBusy   = errors.New("supplier not available: too many calls in flight")
	ErrClosed = errors.New("supplier not available: shut down")
)

// State is the state of a guard's circuit breaker.
type State string

// The states of a breaker. Customers' calls pass in StateClosed only; in
// StateHalfOpen a probe is under way.
const (
	StateClosed   State = "closed"
	StateHalfOpen State = "half-open"
	StateOpen     State = "open"
)

// Settings of a Guard. Zero values mean the defaults above.
type Settings struct {
	Name        string        // of the supplier, for logs
	Timeout     time.Duration // of one call, from the first byte to the last
	MaxInFlight int           // calls at one time, advices and probes apart

	// The breaker opens after Consecutive failures in a row, or when at least
	// FailurePercent of at least MinCalls in the last Window failed. A Window
	// shorter than two Timeouts is widened, else a silent call would end outside
	// the window it began in and not count.
	Window         time.Duration
	Consecutive    int
	MinCalls       int
	FailurePercent int

	// CoolDown is the wait before each probe of a supplier whose breaker is open.
	CoolDown time.Duration

	// Probe surrounds the sending of a probe: it takes a message id, commits what
	// must be committed before a byte leaves, calls send once and returns its
	// error, or its own if it could not get that far. Without Probe an open
	// breaker stays open.
	Probe func(ctx context.Context, send func(MessageID) error) error

	// OnStateChange is told of each change, in order. It must return at once and
	// must not call the guard.
	OnStateChange func(name string, from, to State)

	// Log hears of panics in the adapter. Nil: nobody does.
	Log *slog.Logger
}

// Guard stands before one supplier. It bounds every call in time and their number
// at one time, turns a panic of the adapter into Unknown, and keeps a circuit
// breaker: when the supplier fails, calls are declined before a byte is sent,
// until a probe (never a customer's call) finds the supplier well again.
//
// Advices pass whatever the state is and feed nothing: they are how unknown
// outcomes get known, and a supplier that answers them may still not sell.
//
// A Guard is a Utility.
type Guard struct {
	utility Utility
	set     Settings
	breaker *gobreaker.TwoStepCircuitBreaker[struct{}]
	slots   chan struct{}

	stop    context.CancelFunc
	stopped context.Context
	mu      sync.Mutex // orders the start of a recovery against Close
	probing sync.WaitGroup
}

var _ Utility = (*Guard)(nil)

// NewGuard puts a guard before a supplier. Close it when done.
func NewGuard(u Utility, set Settings) *Guard {
	g := &Guard{utility: u, set: set.withDefaults()}
	g.slots = make(chan struct{}, g.set.MaxInFlight)
	g.stopped, g.stop = context.WithCancel(context.Background())
	g.breaker = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:         g.set.Name,
		Interval:     g.set.Window,
		BucketPeriod: g.set.Window / windowBuckets,
		// One tick less than the wait for the probe: gobreaker half-opens once its
		// time-out has passed, not when it is reached.
		Timeout:       g.set.CoolDown - 1,
		ReadyToTrip:   g.tripped,
		IsExcluded:    func(err error) bool { return errors.Is(err, errUncounted) },
		OnStateChange: g.stateChanged,
	})
	return g
}

func (s Settings) withDefaults() Settings {
	orDefault(&s.Timeout, DefaultTimeout)
	orDefault(&s.MaxInFlight, DefaultMaxInFlight)
	orDefault(&s.Window, DefaultWindow)
	orDefault(&s.Consecutive, DefaultConsecutive)
	orDefault(&s.MinCalls, DefaultMinCalls)
	orDefault(&s.FailurePercent, DefaultFailurePercent)
	orDefault(&s.CoolDown, DefaultCoolDown)
	s.Window = max(s.Window, 2*s.Timeout)
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

func orDefault[T ~int | ~int64](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}

// Ready reports whether a call would be let through now: nil, ErrOpen, ErrBusy or
// ErrClosed. It is asked before any money moves, and takes nothing.
func (g *Guard) Ready() error {
	switch {
	case g.stopped.Err() != nil:
		return ErrClosed
	case g.State() != StateClosed:
		return ErrOpen
	case len(g.slots) == cap(g.slots):
		return ErrBusy
	}
	return nil
}

// State returns the breaker's state.
func (g *Guard) State() State { return State(g.breaker.State().String()) }

// Close ends the guard's own work, a probe under way included, waits for it, and
// closes the supplier's adapter if that can be closed. Calls in flight go on; new
// ones are declined, advices apart.
func (g *Guard) Close() error {
	g.mu.Lock()
	g.stop()
	g.mu.Unlock()
	g.probing.Wait()
	if c, ok := g.utility.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// ConfirmCustomer asks the supplier unless the guard declines.
func (g *Guard) ConfirmCustomer(ctx context.Context, id MessageID, meter Meter) Confirmation {
	var c Confirmation
	err := g.pass(ctx, func(ctx context.Context) error {
		c = g.utility.ConfirmCustomer(ctx, id, meter)
		return healthOf(Result{Verdict: c.Verdict, Fault: c.Fault, Account: c.Account})
	})
	if err != nil {
		r := notCalled(err)
		return Confirmation{Verdict: r.Verdict, Sent: r.Sent, Reason: r.Reason}
	}
	return c
}

// Trial tries the supplier unless the guard declines.
func (g *Guard) Trial(ctx context.Context, id MessageID, order VendOrder) Result {
	return g.result(ctx, func(ctx context.Context) Result { return g.utility.Trial(ctx, id, order) })
}

// Inquire asks the supplier unless the guard declines.
func (g *Guard) Inquire(ctx context.Context, id MessageID, order VendOrder) Result {
	return g.result(ctx, func(ctx context.Context) Result { return g.utility.Inquire(ctx, id, order) })
}

// Vend buys from the supplier unless the guard declines.
func (g *Guard) Vend(ctx context.Context, id MessageID, order VendOrder) Result {
	return g.result(ctx, func(ctx context.Context) Result { return g.utility.Vend(ctx, id, order) })
}

// LastResponse asks the supplier whatever the breaker's state is.
func (g *Guard) LastResponse(ctx context.Context, id, asked MessageID, order VendOrder) Result {
	var r Result
	err := g.call(ctx, func(ctx context.Context) error {
		r = g.utility.LastResponse(ctx, id, asked, order)
		return nil
	})
	if err != nil {
		return Result{Verdict: Unknown, Sent: true, Reason: err.Error()}
	}
	if r.Verdict == Declined && r.Fault == nil {
		r.Verdict = Unknown // the advice was not sent; the vend it asks for may have been
	}
	return kept(r)
}

// Probe probes the supplier whatever the breaker's state is, and feeds nothing.
func (g *Guard) Probe(ctx context.Context, id MessageID) error {
	return g.call(ctx, func(ctx context.Context) error { return g.utility.Probe(ctx, id) })
}

func (g *Guard) result(ctx context.Context, call func(context.Context) Result) Result {
	var r Result
	err := g.pass(ctx, func(ctx context.Context) error {
		r = call(ctx)
		if r.Verdict == Absent {
			r.Verdict = Unknown // only an advice can be answered so
		}
		r = kept(r)
		return healthOf(r)
	})
	if err != nil {
		return notCalled(err)
	}
	return r
}

// kept returns r if it keeps to the contract, else r as unknown: what an adapter
// claims without showing it moves no money.
func kept(r Result) Result {
	switch {
	case r.Verdict == Accepted && r.Vend == nil:
		r.Verdict, r.Reason = Unknown, "accepted, but nothing was returned"
	case r.Verdict == Declined && r.Fault == nil && r.Sent:
		r.Verdict, r.Reason = Unknown, "declined without a fault although it was sent"
	}
	return r
}

// notCalled is the result of a call that pass did not make, or did not survive.
func notCalled(err error) Result {
	r := Result{Verdict: Declined, Reason: err.Error()}
	if _, ok := errors.AsType[*panicError](err); ok {
		r.Verdict, r.Sent = Unknown, true
	}
	return r
}

// pass makes one call if the bulkhead and the breaker allow it, and tells the
// breaker what call returned. Its error is ErrOpen, ErrBusy, ErrClosed, the
// context's, or a *panicError; without one, call was made.
func (g *Guard) pass(ctx context.Context, call func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("not sent: %w", err)
	}
	if g.stopped.Err() != nil {
		return ErrClosed
	}
	select {
	case g.slots <- struct{}{}:
		defer func() { <-g.slots }()
	default:
		return ErrBusy
	}
	done, err := g.admit()
	if err != nil {
		return err
	}
	var health error
	err = g.call(ctx, func(ctx context.Context) error {
		health = call(ctx)
		return nil
	})
	if err != nil {
		health = errUnwell
	}
	if errors.Is(health, errUnwell) && errors.Is(ctx.Err(), context.Canceled) {
		health = errUncounted // it was our caller who went away
	}
	done(health)
	return err
}

// admit asks the breaker for a customer's call. The state is looked at once more
// after the breaker said yes: had it become half-open meanwhile, the call would
// be the probe.
func (g *Guard) admit() (done func(error), err error) {
	if g.State() != StateClosed {
		return nil, ErrOpen
	}
	done, err = g.breaker.Allow()
	if err != nil {
		return nil, ErrOpen
	}
	if g.State() != StateClosed {
		done(errUncounted)
		return nil, ErrOpen
	}
	return done, nil
}

// call bounds f in time and catches its panic.
func (g *Guard) call(ctx context.Context, f func(context.Context) error) (err error) {
	ctx, cancel := context.WithTimeout(ctx, g.set.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = newPanicError(v)
			g.set.Log.Error("supplier's adapter panicked", "supplier", g.set.Name, "error", err, "stack", string(debug.Stack()))
		}
	}()
	return f(ctx)
}

// panicError says that an adapter panicked. What it panicked with is shown only
// if the runtime wrote it: anything else may hold a token.
type panicError struct{ cause string }

func newPanicError(v any) *panicError {
	if err, ok := v.(runtime.Error); ok {
		return &panicError{err.Error()}
	}
	return &panicError{fmt.Sprintf("a %T", v)}
}

func (e *panicError) Error() string { return "the supplier's adapter panicked: " + e.cause }
