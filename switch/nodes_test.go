package vending_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

// killedNode is set, in the process that is to be killed, to the address of the
// database; killedKeys to the key file.
const (
	killedNode = "VENDSWITCH_TEST_KILLED_NODE"
	killedKeys = "VENDSWITCH_TEST_KILLED_KEYS"
)

// killedMessage is the message id under which the killed node sells.
const killedMessage = 4711

func TestANodeKilledDuringASaleLeavesItToTheOther(t *testing.T) {
	if dsn := os.Getenv(killedNode); dsn != "" {
		sellUntilKilled(t, dsn)
		return
	}
	onPostgreSQL(t, func(t *testing.T, w *world) {
		w.inject("slow,vend,1") // until released
		node := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
		node.Env = append(os.Environ(), killedNode+"="+w.dsn, killedKeys+"="+w.keyFile)
		node.Stdout, node.Stderr = t.Output(), t.Output()
		if err := node.Start(); err != nil {
			t.Fatal(err)
		}
		w.awaitReceived(1)
		if err := node.Process.Signal(syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		node.Wait()
		w.town.Release()
		w.awaitIssued(1)

		r := request("creditVend", killedMessage)
		w.wantSale(r, ledger.SaleHeld)
		w.sw.ResolveDue(t.Context()) // too early: the lease has not run out
		other := w.openSwitch(w.openStore("b"), "b", func(s *vending.Settings) { s.ResolverTick = 50 * time.Millisecond })
		w.awaitSale(r, ledger.SaleDelivered)
		last, err := other.LastResponse(t.Context(), w.caller, w.request("lastResponse"), r.Message)
		if err != nil {
			t.Fatal(err)
		}
		if issued := w.town.Issued(""); len(issued) != 1 || !slices.Equal(tokens(last), []string{issued[0].Token.Digits()}) {
			t.Errorf("%d tokens were issued, the last response has %d", len(issued), len(tokens(last)))
		}
		w.wantFloat(afterR100, 0)
		w.wantEachVendSentOnce()
		w.audit()
	})
}

// sellUntilKilled is the node that is killed: it sells one token and never sees
// the answer.
func sellUntilKilled(t *testing.T, dsn string) {
	w := &world{t: t, keyFile: os.Getenv(killedKeys), driver: ledger.Postgres, dsn: dsn}
	w.readKeys()
	sw := w.openSwitch(w.openStore("killed"), "killed", nil)
	_, err := sw.Vend(t.Context(), w.authenticate(sw), request("creditVend", killedMessage), vendOrder(sim.Good, 10_000))
	t.Fatal(fmt.Errorf("the node outlived its sale: %w", err))
}
