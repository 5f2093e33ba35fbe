package upstream_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
)

// probing is the simplest way to send a probe.
func probing(_ context.Context, send func(upstream.MessageID) error) error {
	return send(upstream.MessageID{DateTime: "20240611101500", Number: 7})
}

func TestARowOfFailuresOpensTheBreaker(t *testing.T) {
	panics := func(context.Context) upstream.Result { panic("adapter") }
	say := func(r upstream.Result) func(context.Context) upstream.Result {
		return func(context.Context) upstream.Result { return r }
	}
	tests := []struct {
		name   string
		answer func(context.Context) upstream.Result
		opens  bool
	}{
		{"silence", say(silence), true},
		{"a failed dial", say(dialFails), true},
		{"SystemEx", say(systemEx), true},
		{"a panic", panics, true},
		{"a sale", say(sold), false},
		{"a refusal for business reasons", say(blocked), false},
		{"a refusal about our account", say(noCredit), false},
		{"still being processed", say(working), false},
		{"a duplicate message id", say(duplicate), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &scripted{vend: tt.answer}
			g := upstream.NewGuard(s, upstream.Settings{Consecutive: 3})
			defer g.Close()
			for range 2 {
				vend(t, g)
			}
			if err := g.Ready(); err != nil {
				t.Fatalf("two answers were enough: %v", err)
			}
			for range 10 {
				vend(t, g)
			}
			if opened := errors.Is(g.Ready(), upstream.ErrOpen); opened != tt.opens {
				t.Errorf("breaker open: %v, want %v", opened, tt.opens)
			}
		})
	}
}

func TestLookupsAndTrialsFeedTheBreakerAndAdvicesDoNot(t *testing.T) {
	calls := map[string]struct {
		call  func(*upstream.Guard)
		opens bool
	}{
		"confirm": {func(g *upstream.Guard) {
			g.ConfirmCustomer(context.Background(), upstream.MessageID{}, upstream.Meter{})
		}, true},
		"trial": {func(g *upstream.Guard) { g.Trial(context.Background(), upstream.MessageID{}, upstream.VendOrder{}) }, true},
		"advice": {func(g *upstream.Guard) {
			g.LastResponse(context.Background(), upstream.MessageID{}, upstream.MessageID{}, upstream.VendOrder{})
		}, false},
		"probe by hand": {func(g *upstream.Guard) { _ = g.Probe(context.Background(), upstream.MessageID{}) }, false},
	}
	for name, tt := range calls {
		t.Run(name, func(t *testing.T) {
			s := &scripted{probe: func(context.Context) error { return errors.New("no answer") }}
			s.answers(silence)
			g := upstream.NewGuard(s, upstream.Settings{Consecutive: 2})
			defer g.Close()
			for range 3 {
				tt.call(g)
			}
			if opened := errors.Is(g.Ready(), upstream.ErrOpen); opened != tt.opens {
				t.Errorf("breaker open: %v, want %v", opened, tt.opens)
			}
		})
	}
}

func TestAnOpenBreakerDeclinesWithoutAByteAndLetsAdvicesPass(t *testing.T) {
	s := &scripted{}
	s.answers(silence)
	g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1})
	defer g.Close()
	vend(t, g)
	s.answers(sold)
	before, _ := s.sent()
	if r := vend(t, g); r.Verdict != upstream.Declined || r.Sent || r.Fault != nil {
		t.Errorf("vend: %+v, want declined, not sent, no fault", r)
	}
	if c := g.ConfirmCustomer(t.Context(), upstream.MessageID{}, upstream.Meter{}); c.Verdict != upstream.Declined || c.Sent {
		t.Errorf("confirm: %+v, want declined, not sent", c)
	}
	if after, _ := s.sent(); after != before {
		t.Errorf("%d calls reached the supplier", after-before)
	}
	r := g.LastResponse(t.Context(), upstream.MessageID{}, upstream.MessageID{}, upstream.VendOrder{})
	if r.Verdict != upstream.Accepted {
		t.Errorf("advice: %v, want accepted", r.Verdict)
	}
	if err := g.Ready(); !errors.Is(err, upstream.ErrOpen) {
		t.Errorf("Ready() after a good advice = %v: an advice closed the breaker", err)
	}
}

func TestOneFailureInTwoOpensTheBreakerOnceThereAreEnoughCalls(t *testing.T) {
	s := &scripted{}
	g := upstream.NewGuard(s, upstream.Settings{Consecutive: 100, MinCalls: 10, FailurePercent: 50})
	defer g.Close()
	for i := range 9 {
		if i%2 == 0 {
			s.answers(sold)
		} else {
			s.answers(silence)
		}
		vend(t, g)
		if err := g.Ready(); err != nil {
			t.Fatalf("open after %d calls: %v", i+1, err)
		}
	}
	s.answers(silence)
	vend(t, g)
	if err := g.Ready(); !errors.Is(err, upstream.ErrOpen) {
		t.Errorf("Ready() after 5 failures in 10 calls = %v, want ErrOpen", err)
	}
}

func TestFailuresOlderThanTheWindowAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		s.answers(silence)
		g := upstream.NewGuard(s, upstream.Settings{Consecutive: 3, Timeout: time.Second, Window: time.Minute})
		defer g.Close()
		for range 5 {
			vend(t, g)
			vend(t, g)
			time.Sleep(2 * time.Minute)
		}
		if err := g.Ready(); err != nil {
			t.Errorf("Ready() = %v: two failures a window opened a breaker that takes three", err)
		}
	})
}

func TestSilenceOfAsLongAsTheWindowStillCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{vend: func(ctx context.Context) upstream.Result { <-ctx.Done(); return silence }}
		g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1, Timeout: time.Minute, Window: time.Minute})
		defer g.Close()
		vend(t, g)
		if err := g.Ready(); !errors.Is(err, upstream.ErrOpen) {
			t.Errorf("Ready() = %v, want ErrOpen", err)
		}
	})
}

func TestACallerWhoGoesAwayIsNotTheSuppliersFailure(t *testing.T) {
	s := &scripted{vend: func(ctx context.Context) upstream.Result { <-ctx.Done(); return silence }}
	g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1})
	defer g.Close()
	for range 3 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		g.Vend(ctx, upstream.MessageID{}, upstream.VendOrder{})
	}
	if err := g.Ready(); err != nil {
		t.Errorf("Ready() = %v", err)
	}
}

func TestOnlyAProbeClosesTheBreakerAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changes []string
		asked := make(chan struct{})
		answer := make(chan error)
		s := &scripted{probe: func(context.Context) error { asked <- struct{}{}; return <-answer }}
		s.answers(silence)
		g := upstream.NewGuard(s, upstream.Settings{
			Name: "city", Consecutive: 1, CoolDown: 15 * time.Second, Probe: probing,
			OnStateChange: func(name string, from, to upstream.State) {
				changes = append(changes, name+": "+string(from)+" to "+string(to))
			},
		})
		defer g.Close()
		vend(t, g)
		s.answers(sold)
		opened := time.Now()

		// The first probe fails, the second succeeds. While each is under way, and
		// between them, no customer's call passes.
		for i, err := range []error{errors.New("no answer"), nil} {
			<-asked
			if waited := time.Since(opened); waited != time.Duration(i+1)*15*time.Second {
				t.Errorf("probe %d after %v", i+1, waited)
			}
			if state := g.State(); state != upstream.StateHalfOpen {
				t.Errorf("state during probe %d: %v", i+1, state)
			}
			if r := vend(t, g); r.Verdict != upstream.Declined || r.Sent {
				t.Errorf("vend during probe %d: %v sent=%v", i+1, r.Verdict, r.Sent)
			}
			answer <- err
			synctest.Wait()
			if err != nil {
				if r := vend(t, g); r.Verdict != upstream.Declined || r.Sent {
					t.Errorf("vend after a failed probe: %v sent=%v", r.Verdict, r.Sent)
				}
			}
		}
		if r := vend(t, g); r.Verdict != upstream.Accepted {
			t.Errorf("vend after a good probe: %v", r.Verdict)
		}
		vends, probes := s.sent()
		if vends != 2 || probes != 2 {
			t.Errorf("%d vends and %d probes were sent, want 2 and 2", vends, probes)
		}
		want := []string{
			"city: closed to open", "city: open to half-open", "city: half-open to open",
			"city: open to half-open", "city: half-open to closed",
		}
		if !slices.Equal(changes, want) {
			t.Errorf("changes %q\nwant    %q", changes, want)
		}
	})
}

func TestAskingForTheStateDuringTheCoolDownSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{probe: func(context.Context) error { return nil }}
		s.answers(silence)
		g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1, CoolDown: 10 * time.Second, Probe: probing})
		defer g.Close()
		vend(t, g)
		for range 9 {
			time.Sleep(time.Second)
			if err := g.Ready(); !errors.Is(err, upstream.ErrOpen) {
				t.Fatalf("Ready() = %v, want ErrOpen", err)
			}
		}
		if _, probes := s.sent(); probes != 0 {
			t.Errorf("%d probes during the cool-down", probes)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if err := g.Ready(); err != nil {
			t.Errorf("Ready() after the probe = %v", err)
		}
	})
}

func TestAVendThatEndsAfterTheBreakerClosedAgainDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		late := make(chan struct{})
		s := &scripted{probe: func(context.Context) error { return nil }}
		s.vend = func(context.Context) upstream.Result { <-late; return silence }
		g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1, CoolDown: time.Second, Probe: probing})
		defer g.Close()
		ended := make(chan struct{})
		go func() {
			g.Vend(context.Background(), upstream.MessageID{}, upstream.VendOrder{})
			close(ended)
		}()
		synctest.Wait()
		s.answers(silence)
		vend(t, g) // opens the breaker
		time.Sleep(2 * time.Second)
		close(late)
		<-ended
		if err := g.Ready(); err != nil {
			t.Errorf("Ready() = %v: an old failure opened the new breaker", err)
		}
	})
}

func TestWithoutAWayToProbeTheBreakerStaysOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &scripted{}
		s.answers(silence)
		g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1})
		defer g.Close()
		vend(t, g)
		time.Sleep(24 * time.Hour)
		if r := vend(t, g); r.Verdict != upstream.Declined || r.Sent {
			t.Errorf("vend: %v sent=%v: a customer's vend was the probe", r.Verdict, r.Sent)
		}
	})
}

func TestAProbeThatPanicsOrCannotBeSentKeepsTheBreakerOpen(t *testing.T) {
	probes := map[string]func(context.Context, func(upstream.MessageID) error) error{
		"panics":         func(context.Context, func(upstream.MessageID) error) error { panic("no id") },
		"cannot be sent": func(context.Context, func(upstream.MessageID) error) error { return errors.New("no id") },
	}
	for name, probe := range probes {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scripted{}
				s.answers(silence)
				g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1, CoolDown: time.Second, Probe: probe})
				defer g.Close()
				vend(t, g)
				time.Sleep(time.Minute)
				if err := g.Ready(); !errors.Is(err, upstream.ErrOpen) {
					t.Errorf("Ready() = %v, want ErrOpen", err)
				}
			})
		})
	}
}

func TestCloseStopsAProbeUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := make(chan struct{})
		s := &scripted{probe: func(ctx context.Context) error { close(asked); <-ctx.Done(); return ctx.Err() }}
		s.answers(silence)
		g := upstream.NewGuard(s, upstream.Settings{Consecutive: 1, CoolDown: time.Second, Probe: probing})
		vend(t, g)
		<-asked
		start := time.Now()
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Close waited %v", took)
		}
		if _, probes := s.sent(); probes != 1 {
			t.Errorf("%d probes, want 1", probes)
		}
	})
}

func TestNoCustomersCallEverStartsDuringAProbeOrBeforeOneSucceeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The supplier is ill in every other minute. Its state is known here
		// exactly, so each call can be held against it.
		var mu sync.Mutex
		var probeRuns bool
		var opened time.Time // zero while closed
		calls, during, early, openings := 0, 0, 0, 0
		start := time.Now()
		sick := func() bool { return int(time.Since(start)/time.Minute)%2 == 1 }
		s := &scripted{
			vend: func(context.Context) upstream.Result {
				mu.Lock()
				calls++
				if probeRuns {
					during++
				}
				if !opened.IsZero() && time.Now().After(opened) {
					early++
				}
				mu.Unlock()
				ill := sick()
				time.Sleep(300 * time.Millisecond)
				if ill {
					return silence
				}
				return sold
			},
			probe: func(context.Context) error {
				mu.Lock()
				probeRuns = true
				mu.Unlock()
				time.Sleep(2 * time.Second)
				mu.Lock()
				defer mu.Unlock()
				probeRuns = false
				if sick() {
					return errors.New("no answer")
				}
				return nil
			},
		}
		g := upstream.NewGuard(s, upstream.Settings{
			Consecutive: 3, CoolDown: 5 * time.Second, Probe: probing,
			OnStateChange: func(_ string, _, to upstream.State) {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case to == upstream.StateClosed:
					opened = time.Time{}
				case opened.IsZero():
					opened = time.Now()
					openings++
				}
			},
		})
		defer g.Close()
		var tills sync.WaitGroup
		for i := range 20 {
			tills.Go(func() {
				for time.Since(start) < 10*time.Minute {
					g.Vend(context.Background(), upstream.MessageID{}, upstream.VendOrder{})
					time.Sleep(time.Duration(101+13*i) * time.Millisecond)
				}
			})
		}
		tills.Wait()
		if during != 0 || early != 0 {
			t.Errorf("%d calls started during a probe, %d while the breaker was not closed", during, early)
		}
		if openings != 5 || calls == 0 {
			t.Errorf("the breaker opened %d times in %d calls, want 5 times", openings, calls)
		}
	})
}
