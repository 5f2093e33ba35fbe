package reference

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"text/tabwriter"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/intercept"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
)

// Config says who may buy, and who wants to know what was found.
type Config struct {
	Clients   []utility.Client // nil: utility.DemoClient alone
	Seed      uint64           // of the random bits in tokens
	OnFinding func(conformance.Finding)
	Keep      func(conformance.Record) error
	Log       func(text string)
}

// Server is a reference server.
type Server struct {
	town  *utility.Server
	http  *http.Server
	inner net.Listener // where the town is served to the interceptor
	front *intercept.Interceptor
}

// New builds a server that does not listen yet, except on a port of the loopback
// interface for itself. It must be served, or closed.
func New(c Config) (*Server, error) {
	town, err := utility.New(utility.Config{Meters: town(), Clients: c.Clients, Faults: faults(), Seed: c.Seed})
	if err != nil {
		return nil, err
	}
	s := &Server{town: town}
	if s.inner, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		town.Close()
		return nil, err
	}
	s.front, err = intercept.New(intercept.Config{
		Tool: "serve", Target: "the reference server", Only: conformance.ClientSide,
		OnFinding: c.OnFinding, Keep: c.Keep, Log: c.Log, Dial: s.dial,
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/xmlvend", town.XMLVend())
	mux.HandleFunc("GET /meters", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_ = WriteScripts(w) // the reader has gone; nothing to tell it
	})
	s.http = &http.Server{Handler: mux, ReadHeaderTimeout: headerTimeout}
	return s, nil
}

const headerTimeout = 10 * time.Second

func (s *Server) dial(ctx context.Context) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, "tcp", s.inner.Addr().String())
}

// Close frees what New took, if the server was never served.
func (s *Server) Close() {
	s.inner.Close()
	s.town.Close()
}

// Serve serves until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	inside := make(chan error, 1)
	go func() { inside <- s.http.Serve(s.inner) }()
	// Who waits by a script is let go when the server stops.
	stop := context.AfterFunc(ctx, s.town.Close)
	defer stop()
	err := s.front.Serve(ctx, l)
	s.town.Close()
	s.http.Close()
	if failed := <-inside; err == nil && !errors.Is(failed, http.ErrServerClosed) {
		err = failed
	}
	return err
}

// Report returns what was found; see [intercept.Interceptor.Report].
func (s *Server) Report() conformance.Report { return s.front.Report() }

// WriteScripts prints the table of meters.
func WriteScripts(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "METER\tSCRIPT\tTHE SERVER\tTHE CLIENT MUST")
	for _, s := range Scripts() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", s.Meter, s.Name, s.Does, s.Expects)
	}
	return t.Flush()
}
