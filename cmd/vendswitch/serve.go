package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/schemas"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/switch/channel/pos"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

type serveCmd struct{}

// Help is printed below the flags.
func (serveCmd) Help() string {
	return `XMLVend is served at POST /xmlvend, its WSDL at GET /xmlvend?wsdl; health, readiness and metrics on the operations listener.
SIGTERM stops it: sales in flight are finished first.
A change to certificate files is taken up by itself; SIGHUP has it taken up at once.

Example:

  vendswitch --config /etc/vendswitch.toml serve`
}

// Time-outs of the HTTP servers. An answer may take as long as a client's answer
// budget, which has no upper bound, so there is none for writing.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	idleTimeout       = 2 * time.Minute
	pingTimeout       = 2 * time.Second
)

// gcPercent lets the small heap of a switch grow further between two collections:
// the collector otherwise takes a fifth of its time. GOGC, if set, has the word.
const gcPercent = 400

// Run serves until ctx ends.
func (serveCmd) Run(ctx context.Context, s *session) error {
	if err := s.config.Server.mayListen(); err != nil {
		return err
	}
	if !slices.ContainsFunc(s.Environ, func(v string) bool { return strings.HasPrefix(v, "GOGC=") }) {
		debug.SetGCPercent(gcPercent)
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := store.Durability(ctx); err != nil {
		return fmt.Errorf("the database does not keep what is committed: %w", err)
	}
	if _, err := schemas.Default(); err != nil {
		return err
	}
	log.SetFlags(0)
	log.SetOutput(discreet{s.log})
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(newGauges(store, s.log))
	release, err := s.lockDatabase()
	if err != nil {
		return err
	}
	defer release()
	n := node{session: s, store: store, registry: registry}
	return n.serve(ctx)
}

// node is a running switch.
type node struct {
	*session
	store    *ledger.Store
	registry *prometheus.Registry
	transport
}

func (n node) serve(ctx context.Context) error {
	var err error
	if n.transport, err = n.openTransport(ctx); err != nil {
		return err
	}
	sw, err := vending.New(ctx, n.settings())
	if err != nil {
		return err
	}
	defer func() {
		if err := sw.Close(); err != nil {
			n.log.Error("closing the connections to suppliers", "error", err)
		}
	}()
	front, err := pos.New(pos.Settings{Switch: sw, ServerID: n.config.Server.ID, Zone: n.config.Zone.Location, Beneficiary: n.config.Deposit.beneficiary(), Log: n.log, Metrics: n.registry})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	xmlvend.Mount(mux, "/xmlvend", front, n.config.Server.PublicURL)
	sales, err := net.Listen("tcp", n.config.Server.Listen)
	if err != nil {
		return err
	}
	operations, err := net.Listen("tcp", n.config.Server.Operations)
	if err != nil {
		sales.Close()
		return err
	}
	scheme := "http"
	if n.server != nil {
		scheme, sales = "https", n.server.Listen(sales)
	}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, groupCtx := errgroup.WithContext(ctx)
	if err := n.takeIn(groupCtx, group); err != nil {
		stop()
		return errors.Join(err, group.Wait(), sales.Close(), operations.Close())
	}
	n.log.Info("serving", "node", n.config.Node, "xmlvend", scheme+"://"+sales.Addr().String()+"/xmlvend",
		"operations", "http://"+operations.Addr().String(), "database", n.config.Database.Driver, "libxml2", schemas.LibxmlVersion())
	n.serveHTTP(groupCtx, group, sales, mux)
	n.serveHTTP(groupCtx, group, operations, n.operations())
	n.watch(groupCtx, group)
	group.Go(func() error { return n.seal(groupCtx) })
	group.Go(func() error { n.expireStock(groupCtx); return nil })
	group.Go(func() error { n.store.CloseDaily(groupCtx, n.config.Zone.Location); return nil })
	context.AfterFunc(groupCtx, func() { n.log.Info("stopping: what is in flight is finished first") })
	err = group.Wait()
	n.log.Info("stopped", "node", n.config.Node)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// discreet takes what the standard library logs of its own accord. net/http quotes
// there what a supplier sent unasked, which may hold a token: the quotation is
// left out.
type discreet struct{ log *slog.Logger }

// Write logs one message.
func (d discreet) Write(message []byte) (int, error) {
	text, _, _ := strings.Cut(string(message), " starting with ")
	d.log.Warn("standard library", "message", strings.TrimSpace(text))
	return len(message), nil
}

// serveHTTP serves until ctx ends, then lets requests in flight finish.
func (n node) serveHTTP(ctx context.Context, group *errgroup.Group, l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, IdleTimeout: idleTimeout, ErrorLog: n.errorLog}
	group.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		graceful, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Duration(n.config.Server.Grace))
		defer cancel()
		return server.Shutdown(graceful)
	})
}

func (n node) settings() vending.Settings {
	c := n.config.Sale
	set := vending.Settings{
		Ledger:       n.store,
		Connect:      n.connect,
		Node:         n.config.Node,
		Log:          n.log,
		Metrics:      n.registry,
		AnswerBudget: time.Duration(c.AnswerBudget),
		ExpiryMargin: time.Duration(c.ExpiryMargin),
		Zone:         n.config.Zone.Location,
		ResolverTick: time.Duration(c.ResolverTick),
	}
	for _, wait := range c.Advices {
		set.Schedule = append(set.Schedule, time.Duration(wait))
	}
	return set
}

// connect makes the guarded connection to an online supplier.
func (n node) connect(to ledger.Supplier, probe vending.Probe) (*upstream.Guard, error) {
	adapter, err := utility.New(utility.Config{
		Supplier:   to.Code,
		URL:        to.URL,
		ClientID:   to.ClientID,
		TerminalID: to.TerminalID,
		OpName:     to.OpName,
		Password:   xmlvend.Secret(to.Password),
		Dialect:    to.Dialect,
		Declined:   to.Declined,
		Zone:       time.FixedZone("", int(to.UTCOffset.Seconds())),
	}, n.wire(to.Code))
	if err != nil {
		return nil, err
	}
	return upstream.NewGuard(adapter, upstream.Settings{
		Name:    to.Code,
		Timeout: to.Timeout,
		Probe:   probe,
		Log:     n.log,
		OnStateChange: func(name string, from, to upstream.State) {
			n.log.Warn("circuit breaker", "supplier", name, "from", from, "to", to)
		},
	}), nil
}

// seal chains the journal's entries until ctx ends.
func (n node) seal(ctx context.Context) error {
	options := audit.SealerOptions{Signer: n.keyring.SigningKey(), Interval: time.Duration(n.config.Audit.Interval), Log: n.log}
	if name := n.config.Audit.Heads; name != "" {
		heads, err := audit.OpenHeadsFile(name)
		if err != nil {
			return err
		}
		defer heads.Close()
		options.Heads = heads
	}
	audit.NewSealer(n.store, options).Run(ctx)
	return nil
}

// operations serves what the operator's tools ask for: is the process alive, can
// it sell, how is it doing.
func (n node) operations() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), pingTimeout)
		defer cancel()
		if err := n.store.Ping(ctx); err != nil {
			n.log.Warn("not ready", "error", err)
			http.Error(w, "database not available", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(n.registry, promhttp.HandlerOpts{}))
	return mux
}
