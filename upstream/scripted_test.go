package upstream_test

import (
	"context"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/upstream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scripted is a supplier that does what the test says, in a bubble of synthetic
// time, where no socket can live.
type scripted struct {
	vend  func(context.Context) upstream.Result
	probe func(context.Context) error

	mu     sync.Mutex
	vends  int
	probes []upstream.MessageID
	closed bool
}

func (s *scripted) sell(ctx context.Context) upstream.Result {
	s.mu.Lock()
	s.vends++
	vend := s.vend
	s.mu.Unlock()
	return vend(ctx)
}

func (s *scripted) answers(r upstream.Result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vend = func(context.Context) upstream.Result { return r }
}

func (s *scripted) sent() (vends, probes int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.vends, len(s.probes)
}

func (s *scripted) Vend(ctx context.Context, _ upstream.MessageID, _ upstream.VendOrder) upstream.Result {
	return s.sell(ctx)
}

func (s *scripted) Trial(ctx context.Context, _ upstream.MessageID, _ upstream.VendOrder) upstream.Result {
	return s.sell(ctx)
}

func (s *scripted) Inquire(ctx context.Context, _ upstream.MessageID, _ upstream.VendOrder) upstream.Result {
	return s.sell(ctx)
}

func (s *scripted) LastResponse(ctx context.Context, _, _ upstream.MessageID, _ upstream.VendOrder) upstream.Result {
	return s.sell(ctx)
}

func (s *scripted) ConfirmCustomer(ctx context.Context, _ upstream.MessageID, _ upstream.Meter) upstream.Confirmation {
	r := s.sell(ctx)
	return upstream.Confirmation{Verdict: r.Verdict, Fault: r.Fault, Account: r.Account, Sent: r.Sent, Reason: r.Reason}
}

func (s *scripted) Probe(ctx context.Context, id upstream.MessageID) error {
	s.mu.Lock()
	s.probes = append(s.probes, id)
	probe := s.probe
	s.mu.Unlock()
	return probe(ctx)
}

func (s *scripted) Close() error { s.closed = true; return nil }

// What a supplier may answer.
var (
	sold      = upstream.Result{Verdict: upstream.Accepted, Vend: &upstream.Vend{}, Sent: true}
	silence   = upstream.Result{Verdict: upstream.Unknown, Sent: true, Reason: "no answer"}
	dialFails = upstream.Result{Verdict: upstream.Declined, Reason: "connection refused"}
	blocked   = upstream.Result{Verdict: upstream.Declined, Sent: true, Fault: &upstream.Fault{Class: "BlockedMeterEx"}}
	noCredit  = upstream.Result{Verdict: upstream.Declined, Sent: true, Account: true, Fault: &upstream.Fault{Class: "VendorCreditEx"}}
	systemEx  = upstream.Result{Verdict: upstream.Unknown, Sent: true, Fault: &upstream.Fault{Class: "SystemEx"}}
	working   = upstream.Result{Verdict: upstream.Unknown, Sent: true, Pending: true, Fault: &upstream.Fault{Class: "SystemEx"}}
	duplicate = upstream.Result{Verdict: upstream.Unknown, Sent: true, Fault: &upstream.Fault{Class: "DuplicateMsgIDEx"}}
)

func vend(t *testing.T, g *upstream.Guard) upstream.Result {
	t.Helper()
	return g.Vend(t.Context(), upstream.MessageID{}, upstream.VendOrder{})
}
