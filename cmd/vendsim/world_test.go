package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// living starts a world and a terminal in it.
func living(t *testing.T) (*world, *pos.Terminal) {
	t.Helper()
	switchInPath(t)
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	operations, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	w, err := startWorld(t.Context(), t.TempDir(), listen, operations, t.Output(), true, false)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err := pos.New(pos.Config{URL: w.url(), ClientID: clientEAN, TerminalID: terminalID, OpName: opName, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		terminal.Close()
		if err := w.stop(); err != nil {
			t.Error(err)
		}
	})
	return w, terminal
}

func (w *world) misbehave(t *testing.T, faults ...string) {
	t.Helper()
	for _, text := range faults {
		f, err := utility.ParseFault(text)
		if err == nil {
			err = w.town.Inject(f)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// command runs a verb as somebody, and returns what it printed.
func (w *world) command(t *testing.T, by string, verb ...string) (string, error) {
	t.Helper()
	out, err := w.verb(t.Context(), by, verb...).CombinedOutput()
	return string(out), err
}

func TestAShutdownFinishesTheSaleInFlight(t *testing.T) {
	w, terminal := living(t)
	w.misbehave(t, "slow,vend,1")
	answered := make(chan xmlvend.Response, 1)
	go func() {
		resp, err := terminal.Vend(context.WithoutCancel(t.Context()), utility.Numbers()[utility.Good], 5000)
		if err != nil {
			t.Error(err)
		}
		answered <- resp
	}()
	if err := w.town.AwaitHeld(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := w.serving.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.awaitLog(t, "stopping")
	w.town.Release()
	if text, err := token(<-answered); err != nil || len(text) != 20 {
		t.Errorf("the sale in flight was not finished: %v", err)
	}
}

// awaitLog waits until the switch has logged something.
func (w *world) awaitLog(t *testing.T, text string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		log, err := os.ReadFile(w.log.Name())
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(log), text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the switch did not log %q", text)
		}
	}
}

func TestTwoPeopleResolveAnUnknownSaleByCommand(t *testing.T) {
	w, terminal := living(t)
	w.misbehave(t, "drop-before,vend,1", "drop-before,advice")
	vend := pos.CreditVend(utility.Numbers()[utility.Good], 5000)
	if _, err := terminal.Send(t.Context(), vend); err != nil {
		t.Fatal(err)
	}
	listing, err := w.command(t, staff[0], "sale", "list", "--state", "unknown", "--json")
	if err != nil {
		t.Fatal(listing, err)
	}
	var sales []struct{ ID string }
	if err := json.Unmarshal([]byte(listing), &sales); err != nil || len(sales) != 1 {
		t.Fatalf("%d unknown sales, %v\n%s", len(sales), err, listing)
	}
	decide := func(by, as, evidence string) (string, error) {
		return w.command(t, by, "sale", "resolve", sales[0].ID, "--as", as, "--note", by+" looked", "--evidence", evidence)
	}
	for _, step := range []struct {
		by, as, evidence string
		fails            bool
		says             string
	}{
		{"AYANDA", "declined", "mail-4711", false, "a second person must confirm it"},
		{"AYANDA", "declined", "mail-4711", true, "a second person must confirm it"},
		{"BONGANI", "declined", "mail-4712", true, `AYANDA has proposed otherwise; yours differs in the evidence ("mail-4711", yours is "mail-4712")`},
		{"BONGANI", "declined", "mail-4711", false, "is declined: proposed by AYANDA, confirmed by BONGANI"},
	} {
		out, err := decide(step.by, step.as, step.evidence)
		if (err != nil) != step.fails || !strings.Contains(out, step.says) {
			t.Errorf("%s: %v, %s", step.by, err, out)
		}
	}
	shown, err := w.command(t, staff[0], "sale", "show", sales[0].ID)
	if err != nil || !strings.Contains(shown, "declined") || !strings.Contains(shown, "mail-4711") || !strings.Contains(shown, "BONGANI looked") {
		t.Errorf("%v\n%s", err, shown)
	}
	if out, err := w.command(t, staff[0], "audit", "verify"); err != nil {
		t.Error(out)
	}
}
