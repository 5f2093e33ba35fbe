package upstream_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
)

func TestACallIsCutOffAtTheTimeOut(t *testing.T) {
	calls := map[string]func(*upstream.Guard, context.Context){
		"vend":  func(g *upstream.Guard, ctx context.Context) { g.Vend(ctx, upstream.MessageID{}, upstream.VendOrder{}) },
		"trial": func(g *upstream.Guard, ctx context.Context) { g.Trial(ctx, upstream.MessageID{}, upstream.VendOrder{}) },
		"confirm": func(g *upstream.Guard, ctx context.Context) {
			g.ConfirmCustomer(ctx, upstream.MessageID{}, upstream.Meter{})
		},
		"advice": func(g *upstream.Guard, ctx context.Context) {
			g.LastResponse(ctx, upstream.MessageID{}, upstream.MessageID{}, upstream.VendOrder{})
		},
		"probe": func(g *upstream.Guard, ctx context.Context) { _ = g.Probe(ctx, upstream.MessageID{}) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{
					vend:  func(ctx context.Context) upstream.Result { <-ctx.Done(); return silence },
					probe: func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
				}
				g := upstream.NewGuard(s, upstream.Settings{Timeout: 7 * time.Second})
				defer g.Close()
				start := time.Now()
				call(g, t.Context())
				if took := time.Since(start); took != 7*time.Second {
					t.Errorf("took %v, want 7s", took)
				}
			})
		})
	}
}

func TestACallWhoseTimeIsUpIsDeclinedWithoutAByte(t *testing.T) {
	s := &scripted{}
	g := upstream.NewGuard(s, upstream.Settings{})
	defer g.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := g.Vend(ctx, upstream.MessageID{}, upstream.VendOrder{})
	if r.Verdict != upstream.Declined || r.Sent {
		t.Errorf("got %v sent=%v, want declined and not sent", r.Verdict, r.Sent)
	}
	if vends, _ := s.sent(); vends != 0 {
		t.Errorf("%d calls reached the supplier", vends)
	}
}

func TestMoreCallsThanTheSupplierMayHaveInFlightAreDeclinedWithoutAByte(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &scripted{vend: func(context.Context) upstream.Result { <-release; return sold }}
		g := upstream.NewGuard(s, upstream.Settings{MaxInFlight: 2})
		defer g.Close()
		results := make(chan upstream.Result, 2)
		for range 2 {
			go func() { results <- g.Vend(context.Background(), upstream.MessageID{}, upstream.VendOrder{}) }()
		}
		synctest.Wait()
		if err := g.Ready(); !errors.Is(err, upstream.ErrBusy) {
			t.Errorf("Ready() = %v, want ErrBusy", err)
		}
		if r := vend(t, g); r.Verdict != upstream.Declined || r.Sent || r.Fault != nil {
			t.Errorf("third call: %+v, want declined, not sent, no fault", r)
		}
		if vends, _ := s.sent(); vends != 2 {
			t.Errorf("%d calls reached the supplier, want 2", vends)
		}
		close(release)
		for range 2 {
			if r := <-results; r.Verdict != upstream.Accepted {
				t.Errorf("a call within the limit: %v", r.Verdict)
			}
		}
		synctest.Wait()
		if err := g.Ready(); err != nil {
			t.Errorf("Ready() after the calls ended = %v", err)
		}
	})
}

func TestAPanicOfTheAdapterIsUnknownAndKeepsItsSecrets(t *testing.T) {
	const token = "30918274650192837465"
	var log bytes.Buffer
	s := &scripted{vend: func(context.Context) upstream.Result { panic("token " + token) }}
	g := upstream.NewGuard(s, upstream.Settings{Name: "city", Log: slog.New(slog.NewTextHandler(&log, nil))})
	defer g.Close()

	order := upstream.VendOrder{}
	results := map[string]upstream.Result{
		"vend":   g.Vend(t.Context(), upstream.MessageID{}, order),
		"trial":  g.Trial(t.Context(), upstream.MessageID{}, order),
		"advice": g.LastResponse(t.Context(), upstream.MessageID{}, upstream.MessageID{}, order),
	}
	for name, r := range results {
		if r.Verdict != upstream.Unknown || !r.Sent {
			t.Errorf("%s: %v sent=%v, want unknown and sent", name, r.Verdict, r.Sent)
		}
		if strings.Contains(r.Reason, token) {
			t.Errorf("%s: the reason holds the token", name)
		}
	}
	if c := g.ConfirmCustomer(t.Context(), upstream.MessageID{}, upstream.Meter{}); c.Verdict != upstream.Unknown || !c.Sent {
		t.Errorf("confirm: %v sent=%v, want unknown and sent", c.Verdict, c.Sent)
	}
	if !strings.Contains(log.String(), "city") || !strings.Contains(log.String(), "scripted_test.go") {
		t.Errorf("the log does not say who panicked and where: %s", log.String())
	}
	if strings.Contains(log.String(), token) {
		t.Error("the log holds the token")
	}
}

func TestWhatAnAdapterClaimsWithoutShowingItIsUnknown(t *testing.T) {
	fault := &upstream.Fault{Class: "BlockedMeterEx"}
	tests := []struct {
		name         string
		answer       upstream.Result
		vend, advice upstream.Verdict
	}{
		{"accepted with nothing returned", upstream.Result{Verdict: upstream.Accepted, Sent: true}, upstream.Unknown, upstream.Unknown},
		{"declined without a fault after sending", upstream.Result{Verdict: upstream.Declined, Sent: true}, upstream.Unknown, upstream.Unknown},
		{"declined without sending", upstream.Result{Verdict: upstream.Declined}, upstream.Declined, upstream.Unknown},
		{"declined with a fault", upstream.Result{Verdict: upstream.Declined, Sent: true, Fault: fault}, upstream.Declined, upstream.Declined},
		{"absent", upstream.Result{Verdict: upstream.Absent, Sent: true, Fault: fault}, upstream.Unknown, upstream.Absent},
		{"accepted with a vend", sold, upstream.Accepted, upstream.Accepted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &scripted{}
			s.answers(tt.answer)
			g := upstream.NewGuard(s, upstream.Settings{})
			defer g.Close()
			if r := vend(t, g); r.Verdict != tt.vend {
				t.Errorf("vend: %v, want %v", r.Verdict, tt.vend)
			}
			if r := g.LastResponse(t.Context(), upstream.MessageID{}, upstream.MessageID{}, upstream.VendOrder{}); r.Verdict != tt.advice {
				t.Errorf("advice: %v, want %v", r.Verdict, tt.advice)
			}
		})
	}
}

func TestAClosedGuardDeclinesSalesAndStillAsksForLastResponses(t *testing.T) {
	s := &scripted{}
	s.answers(sold)
	g := upstream.NewGuard(s, upstream.Settings{})
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	if !s.closed {
		t.Error("the adapter was not closed")
	}
	if err := g.Ready(); !errors.Is(err, upstream.ErrClosed) {
		t.Errorf("Ready() = %v, want ErrClosed", err)
	}
	if r := vend(t, g); r.Verdict != upstream.Declined || r.Sent {
		t.Errorf("vend: %v sent=%v, want declined and not sent", r.Verdict, r.Sent)
	}
	if r := g.LastResponse(t.Context(), upstream.MessageID{}, upstream.MessageID{}, upstream.VendOrder{}); r.Verdict != upstream.Accepted {
		t.Errorf("advice: %v, want accepted", r.Verdict)
	}
}
