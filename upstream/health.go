package upstream

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sony/gobreaker/v2"
)

// What an outcome says of a supplier's health, as the breaker's error: nil for
// "it answers", or one of these.
var (
	errUnwell    = errors.New("supplier unwell")
	errUncounted = errors.New("says nothing of the supplier's health")
)

// systemFaults are the fault classes by which a supplier says that it is itself
// in trouble.
var systemFaults = []string{"SystemEx", "ServeryBusyEx"}

// healthOf judges an outcome.
//
//   - Silence, HTTP 5xx, garbage, a fault without a class, an answer that is not
//     ours and a failed dial are failures. So is SystemEx: one alone trips nothing, a row of them does.
//   - "Still being processed" is not counted. The supplier answers, but that it
//     answers so is no reason to trust it with the next sale either.
//   - A refusal for business reasons is a success: the supplier did its work. So is
//     one about our account: waiting would not cure it, and the operator is alarmed
//     on another path.
func healthOf(r Result) error {
	switch {
	case r.Verdict == Accepted, r.Account:
		return nil
	case r.Pending:
		return errUncounted
	case r.Fault == nil, r.Fault.Class == "":
		return errUnwell
	case r.Verdict == Unknown && slices.Contains(systemFaults, r.Fault.Class):
		return errUnwell
	}
	return nil
}

// tripped tells whether the closed breaker is to open.
func (g *Guard) tripped(c gobreaker.Counts) bool {
	if int(c.ConsecutiveFailures) >= g.set.Consecutive {
		return true
	}
	finished := int(c.TotalSuccesses) + int(c.TotalFailures)
	return finished >= g.set.MinCalls && 100*int(c.TotalFailures) >= g.set.FailurePercent*finished
}

// stateChanged runs under the breaker's lock.
func (g *Guard) stateChanged(name string, from, to gobreaker.State) {
	if g.set.OnStateChange != nil {
		g.set.OnStateChange(name, State(from.String()), State(to.String()))
	}
	if from == gobreaker.StateClosed && to == gobreaker.StateOpen && g.set.Probe != nil {
		g.startRecovery()
	}
}

// startRecovery starts the one goroutine that probes the supplier until its
// breaker is closed again. Only it can close the breaker, and the breaker opens
// from closed only, so there are never two.
func (g *Guard) startRecovery() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.stopped.Err() == nil {
		g.probing.Go(g.recovery)
	}
}

func (g *Guard) recovery() {
	coolDown := time.NewTimer(g.set.CoolDown)
	defer coolDown.Stop()
	for {
		select {
		case <-g.stopped.Done():
			return
		case <-coolDown.C:
		}
		if g.probe() {
			return
		}
		coolDown.Reset(g.set.CoolDown)
	}
}

// probe half-opens the breaker, probes the supplier, and reports whether the
// breaker is closed now.
func (g *Guard) probe() bool {
	done, err := g.breaker.Allow()
	if err != nil {
		return false
	}
	err = g.call(g.stopped, func(ctx context.Context) error {
		return g.set.Probe(ctx, func(id MessageID) error { return g.utility.Probe(ctx, id) })
	})
	done(err)
	return err == nil
}
