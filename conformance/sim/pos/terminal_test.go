package pos_test

import (
	"context"
	"net/http/httptest"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// terminal sells from a town, as if the utility were its switch.
func terminal(t *testing.T) (*pos.Terminal, *utility.Server) {
	t.Helper()
	town, err := utility.New(utility.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(town)
	who := utility.DemoClient()
	term, err := pos.New(pos.Config{URL: server.URL + "/xmlvend", ClientID: who.EAN, TerminalID: "1", OpName: who.Operator, Password: who.Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { term.Close(); town.Close(); server.Close() })
	return term, town
}

func TestATerminalConfirmsTriesAndSells(t *testing.T) {
	term, town := terminal(t)
	meter := utility.Numbers()[utility.Good]
	for name, ask := range map[string]func(context.Context) (xmlvend.Response, error){
		"confirm": func(ctx context.Context) (xmlvend.Response, error) { return term.Confirm(ctx, meter) },
		"trial":   func(ctx context.Context) (xmlvend.Response, error) { return term.Trial(ctx, meter, 5000) },
		"vend":    func(ctx context.Context) (xmlvend.Response, error) { return term.Vend(ctx, meter, 5000) },
	} {
		resp, err := ask(t.Context())
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if fault, ok := resp.(*xmlvend.FaultResp); ok {
			t.Errorf("%s: %s", name, fault.Fault.Desc)
		}
	}
	if n := len(town.Issued(meter)); n != 1 {
		t.Errorf("%d tokens were issued, want 1", n)
	}
}

func TestATerminalAsksForTheLastResponseOfAVendWhoseAnswerWasLost(t *testing.T) {
	term, town := terminal(t)
	fault, err := utility.ParseFault("drop-after,vend,1")
	if err != nil {
		t.Fatal(err)
	}
	if err := town.Inject(fault); err != nil {
		t.Fatal(err)
	}
	vend := pos.CreditVend(utility.Numbers()[utility.Good], 5000)
	if _, err := term.Send(t.Context(), vend); err == nil {
		t.Fatal("the answer was not lost")
	}
	resp, err := term.LastResponse(t.Context(), vend.MsgID)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := resp.(*xmlvend.LastRespAdviceResp); !ok {
		t.Errorf("the last response is a %T", resp)
	}
}

func TestMessageIDsOfATerminalAreUnique(t *testing.T) {
	term, _ := terminal(t)
	seen := make(map[xmlvend.MsgID]bool)
	for range 1000 {
		id := term.NextID()
		if seen[id] || id.Check() != nil || id.Number() == 0 {
			t.Fatalf("message id %s", id)
		}
		seen[id] = true
	}
}
