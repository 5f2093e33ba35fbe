package utility_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// town is a simulated utility with a guarded adapter in front of it.
type town struct {
	*sim.Server
	guard *upstream.Guard
	last  int
}

func newTown(t *testing.T, c sim.Config, set upstream.Settings) *town {
	t.Helper()
	s, err := sim.New(c)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewUnstartedServer(s)
	web.Config.ErrorLog = quiet
	web.Start()
	us := sim.DemoClient()
	config := utility.Config{
		Supplier: "TOWN", URL: web.URL + "/xmlvend", ClientID: us.EAN, OpName: us.Operator, Password: xmlvend.Secret(us.Password),
	}
	config.Dialect = c.Manner
	a, err := utility.New(config, utility.HTTP{})
	if err != nil {
		t.Fatal(err)
	}
	w := &town{Server: s, guard: upstream.NewGuard(a, set)}
	t.Cleanup(func() {
		s.Close()
		web.Close()
		_ = w.guard.Close()
	})
	return w
}

// id issues the next message id.
func (w *town) id() upstream.MessageID {
	w.last++
	return upstream.MessageID{DateTime: time.Now().UTC().Format("20060102150405"), Number: w.last}
}

func (w *town) received(id upstream.MessageID) int {
	return w.VendsReceived(sim.DemoClient().EAN, xmlvend.MsgID{DateTime: id.DateTime, UniqueNumber: fmt.Sprint(id.Number)})
}

// credits are the tokens that the town made for a meter and a customer can spend.
func (w *town) credits(meter string) []string {
	var tokens []string
	for _, i := range w.Issued(meter) {
		if i.Kind != sim.IssuedKeyChange {
			tokens = append(tokens, i.Token.Digits())
		}
	}
	return tokens
}

func buying(kind sim.Kind) upstream.VendOrder {
	return upstream.VendOrder{
		Meter: upstream.Meter{Number: sim.Numbers()[kind]}, Amount: 200_00, Currency: "ZAR", Resource: upstream.Electricity,
	}
}

func TestEveryKindOfMeterIsSoldToOrRefusedAsTheUtilitySays(t *testing.T) {
	tests := []struct {
		kind    sim.Kind
		verdict upstream.Verdict
		class   string
	}{
		{sim.Good, upstream.Accepted, ""},
		{sim.Debt, upstream.Accepted, ""},
		{sim.FreeBasic, upstream.Accepted, ""},
		{sim.KeyChange, upstream.Accepted, ""},
		{sim.ServiceCharge, upstream.Accepted, ""},
		{sim.Blocked, upstream.Declined, "BlockedMeterEx"},
		{sim.Unknown, upstream.Declined, "UnknownMeterEx"},
		{sim.WrongCheckDigit, upstream.Declined, "MSNOCheckDigitEx"},
		{sim.KeyExpired, upstream.Declined, "LatestKRNEx"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			w := newTown(t, sim.Config{}, upstream.Settings{})
			order := buying(tt.kind)
			r := w.guard.Vend(t.Context(), w.id(), order)
			if r.Verdict != tt.verdict || len(r.Deviations) != 0 {
				t.Fatalf("%v (%s) with deviations %q, want %v", r.Verdict, r.Reason, r.Deviations, tt.verdict)
			}
			if tt.verdict == upstream.Declined {
				if r.Fault == nil || r.Fault.Class != tt.class {
					t.Errorf("fault %+v, want %s", r.Fault, tt.class)
				}
				return
			}
			if r.Vend.Tendered != order.Amount || !slices.Equal(r.Vend.CreditTokens(), w.credits(order.Meter.Number)) {
				t.Errorf("sold for %d with %d tokens", r.Vend.Tendered, len(r.Vend.CreditTokens()))
			}
		})
	}
}

func TestAHexingServerIsReadAsWellAsAStrictOne(t *testing.T) {
	w := newTown(t, sim.Config{Manner: "hexing"}, upstream.Settings{})
	if r := w.guard.Vend(t.Context(), w.id(), buying(sim.FreeBasic)); r.Verdict != upstream.Accepted || len(r.Vend.CreditTokens()) != 2 {
		t.Errorf("vend: %v (%s)", r.Verdict, r.Reason)
	}
	if r := w.guard.Vend(t.Context(), w.id(), buying(sim.Unknown)); r.Verdict != upstream.Declined || r.Fault.Class != "UnknownMeterEx" {
		t.Errorf("unknown meter: %v (%s)", r.Verdict, r.Reason)
	}
	if r := w.guard.Trial(t.Context(), w.id(), buying(sim.Good)); r.Verdict != upstream.Accepted {
		t.Errorf("trial: %v (%s)", r.Verdict, r.Reason)
	}
	if c := w.guard.ConfirmCustomer(t.Context(), w.id(), buying(sim.Good).Meter); c.Verdict != upstream.Accepted || len(c.Customers) != 1 {
		t.Errorf("lookup: %v (%s)", c.Verdict, c.Reason)
	}
}

func TestOnABadDayTheVendIsSentOnceAndTheAdviceFindsTheTruth(t *testing.T) {
	tests := []struct {
		fault  sim.FaultKind
		vend   upstream.Verdict
		advice upstream.Verdict
	}{
		{sim.DropBefore, upstream.Unknown, upstream.Absent},
		{sim.DropAfter, upstream.Unknown, upstream.Accepted},
		{sim.Duplicate, upstream.Accepted, upstream.Accepted},
		{sim.Doubled, upstream.Unknown, upstream.Accepted},
		{sim.Garbage, upstream.Unknown, upstream.Accepted},
		{sim.BadGateway, upstream.Unknown, upstream.Accepted},
		{sim.WrongAmount, upstream.Accepted, upstream.Accepted},
		{sim.WrongMeter, upstream.Unknown, upstream.Accepted},
		{sim.System, upstream.Unknown, upstream.Absent},
		{sim.BeingProcessed, upstream.Unknown, upstream.Accepted},
		{sim.NoVendorCredit, upstream.Declined, upstream.Absent},
	}
	for _, tt := range tests {
		t.Run(string(tt.fault), func(t *testing.T) {
			w := newTown(t, sim.Config{}, upstream.Settings{})
			if err := w.Inject(sim.Fault{Kind: tt.fault, Operation: sim.Vend, Count: 1}); err != nil {
				t.Fatal(err)
			}
			asked, order := w.id(), buying(sim.Good)
			r := w.guard.Vend(t.Context(), asked, order)
			if r.Verdict != tt.vend {
				t.Errorf("vend: %v (%s), want %v", r.Verdict, r.Reason, tt.vend)
			}
			for range 2 {
				last := w.guard.LastResponse(t.Context(), w.id(), asked, order)
				if last.Verdict != tt.advice {
					t.Fatalf("advice: %v (%s), want %v", last.Verdict, last.Reason, tt.advice)
				}
				if tt.advice != upstream.Accepted {
					continue
				}
				if issued := w.credits(order.Meter.Number); len(issued) != 1 || !slices.Equal(last.Vend.CreditTokens(), issued) {
					t.Errorf("the advice does not bring the one token that was made")
				}
				if last.Vend.Tendered != order.Amount {
					t.Errorf("the advice says %d, want %d", last.Vend.Tendered, order.Amount)
				}
			}
			if n := w.received(asked); n != 1 {
				t.Errorf("the vend arrived %d times", n)
			}
		})
	}
}

func TestAWrongAmountIsASaleWithTheSuppliersFigure(t *testing.T) {
	w := newTown(t, sim.Config{}, upstream.Settings{})
	if err := w.Inject(sim.Fault{Kind: sim.WrongAmount, Operation: sim.Vend}); err != nil {
		t.Fatal(err)
	}
	r := w.guard.Vend(t.Context(), w.id(), buying(sim.Good))
	if r.Verdict != upstream.Accepted || r.Vend.Tendered != 201_00 {
		t.Errorf("%v (%s)", r.Verdict, r.Reason)
	}
}

func TestASilentUtilityIsUnknownAtTheTimeOutAndFoundByAdvice(t *testing.T) {
	w := newTown(t, sim.Config{}, upstream.Settings{})
	if err := w.Inject(sim.Fault{Kind: sim.Late, Operation: sim.Vend}); err != nil {
		t.Fatal(err)
	}
	asked, order := w.id(), buying(sim.Good)
	ctx, cancel := context.WithCancel(t.Context())
	held := make(chan error, 1)
	go func() {
		held <- w.AwaitHeld(t.Context(), 1)
		cancel()
	}()
	r := w.guard.Vend(ctx, asked, order)
	if err := <-held; err != nil {
		t.Fatal(err)
	}
	if r.Verdict != upstream.Unknown || !r.Sent {
		t.Errorf("vend: %v sent=%v (%s)", r.Verdict, r.Sent, r.Reason)
	}
	if last := w.guard.LastResponse(t.Context(), w.id(), asked, order); last.Verdict != upstream.Accepted {
		t.Errorf("advice: %v (%s)", last.Verdict, last.Reason)
	}
	w.Release()
}

func TestARepeatedMessageIDIsNeverARefusal(t *testing.T) {
	w := newTown(t, sim.Config{Duplicates: sim.RefuseDuplicates}, upstream.Settings{})
	id, order := w.id(), buying(sim.Good)
	if r := w.guard.Vend(t.Context(), id, order); r.Verdict != upstream.Accepted {
		t.Fatalf("%v (%s)", r.Verdict, r.Reason)
	}
	if r := w.guard.Vend(t.Context(), id, order); r.Verdict != upstream.Unknown || r.Fault == nil || r.Fault.Class != "DuplicateMsgIDEx" {
		t.Errorf("%v (%s)", r.Verdict, r.Reason)
	}
}

func TestAUtilityThatRecoversIsSoldFromAgainAfterItsProbe(t *testing.T) {
	var w *town
	closed := make(chan struct{})
	w = newTown(t, sim.Config{}, upstream.Settings{
		Consecutive: 2, CoolDown: 10 * time.Millisecond,
		Probe: func(_ context.Context, send func(upstream.MessageID) error) error {
			return send(upstream.MessageID{DateTime: "20240611101500", Number: 1})
		},
		OnStateChange: func(_ string, _, to upstream.State) {
			switch to {
			case upstream.StateOpen:
				w.ClearFaults() // the utility recovers; the switch does not know yet
			case upstream.StateClosed:
				close(closed)
			}
		},
	})
	if err := w.Inject(sim.Fault{Kind: sim.BadGateway}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		w.guard.Vend(t.Context(), w.id(), buying(sim.Good))
	}
	<-closed
	if r := w.guard.Vend(t.Context(), w.id(), buying(sim.Good)); r.Verdict != upstream.Accepted {
		t.Errorf("%v (%s)", r.Verdict, r.Reason)
	}
	probed := slices.ContainsFunc(w.Received(), func(r sim.Received) bool { return r.Operation == sim.Confirm })
	if !probed {
		t.Error("no lookup arrived")
	}
}
