package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

type utilityCmd struct {
	Listen    string   `default:"127.0.0.1:8490" help:"Where to serve XMLVend, at /xmlvend, and control, at /control/."`
	Fault     []string `sep:"none" placeholder:"FAULT" help:"Misbehave: a kind, then an operation, a count, a delay, as in drop-after,vend,1 or slow,3s. May be repeated."`
	Dialect   string   `default:"strict" help:"Answer in the manner of this dialect's servers (strict, hexing, conlog-2016, conlog-2021, itron)."`
	Duplicate string   `enum:"replay,refuse," default:"" help:"A vend whose message id was used before: replay its answer, or refuse it; not said means as the servers of the dialect do."`
	Lacks     []string `placeholder:"ELEMENT" help:"Refuse an operation, named by its element such as fbeReq, as not supported. May be repeated."`
	Seed      uint64   `default:"1" help:"Of the random bits in tokens."`
	Profile   string   `placeholder:"FILE" help:"Write a profile for vendconform run, with the password."`

	TLSCert  string   `name:"tls-cert" placeholder:"FILE" help:"Serve over TLS with this certificate."`
	TLSKey   string   `name:"tls-key" placeholder:"FILE" help:"Its key."`
	ClientCA []string `name:"client-ca" placeholder:"FILE" help:"Want certificates of clients, signed by this authority. May be repeated."`
}

// Help is printed below the flags.
func (utilityCmd) Help() string {
	kinds := ""
	for _, k := range utility.FaultKinds() {
		kinds += " " + string(k)
	}
	c := utility.DemoClient()
	return fmt.Sprintf(`Vending client %s, terminal 1, operator %s, password %s.

Faults:%s. Operations: vend, trial, confirm, advice, issue (whatever else issues, takes money or changes something), lookup (whatever else tells something).

While it runs, GET /control/town, /control/issued and /control/received tell what it has done; GET, POST and DELETE /control/faults show, add and clear faults:

  curl -s http://127.0.0.1:8490/control/faults -d '{"kind":"drop-after","operation":"vend","count":1}'

Example:

  vendsim utility --fault drop-after,vend,1
  vendsim utility --dialect conlog-2016
  vendsim utility --lacks fbeReq --lacks freeIssueReq

Over TLS, with certificates of "vendswitch keys":

  vendsim utility --tls-cert server.pem --tls-key server.key --client-ca ca.pem`, c.EAN, c.Operator, c.Password, kinds)
}

// Run serves the town until ctx ends.
func (c utilityCmd) Run(ctx context.Context, m Main) error {
	if err := xmlvend.CheckDialect(c.Dialect); err != nil {
		return err
	}
	dialect, _ := xmlvend.DialectByName(c.Dialect)
	config := utility.Config{Manner: c.Dialect, Seed: c.Seed, Duplicates: utility.ReplayDuplicates, Lacks: c.Lacks}
	if c.Duplicate == "refuse" || c.Duplicate == "" && dialect.RefusesRepeats() {
		config.Duplicates = utility.RefuseDuplicates
	}
	if c.TLSCert == "" && (c.TLSKey != "" || len(c.ClientCA) > 0) {
		return errors.New("--tls-key and --client-ca are for a server with --tls-cert")
	}
	town, err := utility.New(config)
	if err != nil {
		return err
	}
	for _, text := range c.Fault {
		fault, err := utility.ParseFault(text)
		if err == nil {
			err = town.Inject(fault)
		}
		if err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
		if l, err = c.secure(ctx, l); err != nil {
			return err
		}
	}
	if c.Profile != "" {
		if err := townProfile(scheme+"://"+l.Addr().String()+"/xmlvend", config).WriteFile(c.Profile); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	fmt.Fprintf(m.Stdout, "XMLVend at %s://%s/xmlvend, control at %s://%s/control/\n\nmeters\n", scheme, l.Addr(), scheme, l.Addr())
	for kind, number := range utility.Numbers() {
		fmt.Fprintf(m.Stdout, "  %s  %s\n", number, kind)
	}
	return serve(ctx, l, town)
}

// secure shakes hands on what a listener accepts. Files that change are read again.
func (c utilityCmd) secure(ctx context.Context, l net.Listener) (net.Listener, error) {
	files := certificate.Files{Certificate: c.TLSCert, Key: c.TLSKey, Authorities: c.ClientCA}
	source, err := certificate.Open(files, func(m certificate.Material) *tls.Config {
		return certificate.Server(m, certificate.Required, tls.VersionTLS12)
	}, certificate.Options{})
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	go source.Watch(ctx)
	return source.Listen(l), nil
}

// shutdownGrace is how long answers under way may take when the simulator stops.
const shutdownGrace = 5 * time.Second

// simulator is one that is served over HTTP. Close lets go of requests that a fault
// holds, and of what is under way.
type simulator interface {
	http.Handler
	Close()
}

// serve serves a simulator until ctx ends.
func serve(ctx context.Context, l net.Listener, sim simulator) error {
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	sim.Close()
	graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	if err := server.Shutdown(graceful); err != nil {
		server.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
