//go:build bench

package bench_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/switch/channel/pos"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// switchOrder tells the switch process where its ledger is.
type switchOrder struct {
	Database string // address
	Keys     string // file
	Profile  string // file; empty: none
}

type switchAnswer struct{ Address string }

// serveSwitch is the whole switch as a process of its own, put together as
// vendswitch serve does.
func serveSwitch(in *json.Decoder, out *json.Encoder) (err error) {
	var order switchOrder
	if err := in.Decode(&order); err != nil {
		return err
	}
	stop, err := startProfile(order.Profile)
	if err != nil {
		return err
	}
	defer stop()
	s, closeSwitch, err := openSwitch(context.Background(), order.Database, order.Keys, "bench", connectUtility)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeSwitch()) }()
	handler, err := pos.New(pos.Settings{Switch: s, ServerID: "6009990009004"})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/xmlvend", handler)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second}
	defer server.Close()
	go server.Serve(l)
	if err := out.Encode(switchAnswer{Address: l.Addr().String()}); err != nil {
		return err
	}
	if err := in.Decode(&order); !errors.Is(err, io.EOF) {
		return errors.New("a second order")
	}
	return nil
}

func connectUtility(to ledger.Supplier, probe vending.Probe) (*upstream.Guard, error) {
	adapter, err := utility.New(utility.Config{
		Supplier: to.Code, URL: to.URL, ClientID: to.ClientID, TerminalID: to.TerminalID,
		OpName: to.OpName, Password: xmlvend.Secret(to.Password),
	}, utility.HTTP{})
	if err != nil {
		return nil, err
	}
	return upstream.NewGuard(adapter, upstream.Settings{Name: to.Code, Timeout: to.Timeout, Probe: probe}), nil
}

// newWire makes the contender that sells through HTTP and SOAP on both sides of
// a switch process.
func newWire(t *testing.T, m match) *contender {
	t.Helper()
	c := m.town.cluster
	d := c.copy(t, m.town.database)
	street := startChild(t, "street")
	var around streetAnswer
	street.ask(t, streetOrder{}, &around)
	d.run(t, "UPDATE supplier SET url = $1 WHERE code = $2", around.Utility, cityPower)

	house := startChild(t, "switch")
	var at switchAnswer
	house.ask(t, switchOrder{Database: d.address, Keys: m.town.keys, Profile: m.profile("soap")}, &at)

	run := 0
	return &contender{name: "SOAP", database: d, run: func(t *testing.T, clients int, howLong time.Duration) rate {
		t.Helper()
		run++
		return c.watch(t, []process{{"switch", house.pid()}, {"clients and utility", street.pid()}}, func() rate {
			var got streetAnswer
			street.ask(t, streetOrder{
				Kind: m.kind.name, Merchants: m.from.merchants, Products: m.from.products,
				Address: at.Address, Clients: clients, Run: run, HowLong: howLong,
			}, &got)
			if got.Failure != "" {
				t.Fatal(got.Failure)
			}
			return rate{sales: got.Sales, took: got.Took}
		})
	}}
}
