package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// ServerTLSConfig is how the switch shows itself to clients, and whom of them it lets
// in.
type ServerTLSConfig struct {
	Certificate        string             `toml:"certificate" env:"CERTIFICATE"`                 // PEM file; with what signed it, if that is not the authority itself
	Key                string             `toml:"key" env:"KEY"`                                 // PEM file
	ClientCA           []string           `toml:"client_ca" env:"CLIENT_CA"`                     // PEM files of authorities that sign clients' certificates
	ClientCertificates certificate.Policy `toml:"client_certificates" env:"CLIENT_CERTIFICATES"` // empty: required, where there is a client_ca
	MinVersion         string             `toml:"min_version" env:"MIN_VERSION"`
}

func (c ServerTLSConfig) on() bool { return c.Certificate != "" || c.Key != "" }

func (c ServerTLSConfig) files() certificate.Files {
	return certificate.Files{Certificate: c.Certificate, Key: c.Key, Authorities: c.ClientCA}
}

// check reports settings that contradict each other. Where the switch may listen is
// judged by mayListen, for verbs that listen nowhere do not mind.
func (c ServerConfig) check() error {
	t := c.TLS
	switch t.ClientCertificates {
	case "":
	case certificate.Required, certificate.Optional:
		if len(t.ClientCA) == 0 {
			return fmt.Errorf("server.tls.client_certificates is %s: set server.tls.client_ca, which says whose", t.ClientCertificates)
		}
	default:
		return fmt.Errorf("server.tls.client_certificates is %q: it must be required or optional", t.ClientCertificates)
	}
	if _, err := certificate.Version(t.MinVersion); err != nil {
		return fmt.Errorf("server.tls.min_version: %w", err)
	}
	if err := t.files().Check(); err != nil {
		return fmt.Errorf("server.tls: %w", err)
	}
	switch {
	case !t.on() && len(t.ClientCA) > 0:
		return errors.New("server.tls.client_ca is for a server with a certificate: set server.tls.certificate and server.tls.key")
	case t.on() && c.Plain:
		return errors.New("server.plain says that there is no TLS, and server.tls.certificate that there is: take one away")
	}
	return nil
}

// mayListen refuses to take passwords and give tokens in the clear where others can
// listen in, unless the settings say so.
func (c ServerConfig) mayListen() error {
	if c.TLS.on() || c.Plain {
		return nil
	}
	address, err := net.ResolveTCPAddr("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("server.listen: %w", err)
	}
	if address.IP.IsLoopback() {
		return nil
	}
	return fmt.Errorf("server.listen is %s, which others can reach, and there is no TLS: passwords and tokens would travel in the clear. "+
		"Set server.tls.certificate and server.tls.key, or, if something in front of the switch does TLS, server.plain = true", c.Listen)
}

// SuppliersConfig are the settings of connections to suppliers, by their codes.
type SuppliersConfig map[string]SupplierConfig

// SupplierConfig is about a node's connections to a supplier's server. It is in the
// settings, not in the ledger, because files are a node's own: each node may have a
// key of its own, and what renews it writes files.
type SupplierConfig struct {
	Compress bool              `toml:"compress"` // send requests compressed with gzip
	TLS      SupplierTLSConfig `toml:"tls"`
}

// SupplierTLSConfig is how the switch shows itself to a supplier's server, and what it
// wants to see.
type SupplierTLSConfig struct {
	Certificate string   `toml:"certificate"` // PEM file: ours
	Key         string   `toml:"key"`         // PEM file
	CA          []string `toml:"ca"`          // PEM files of authorities that sign the server's certificate; empty: the system's
	Pinned      string   `toml:"pinned"`      // PEM file: the server's certificate itself, whoever signed it
	ServerName  string   `toml:"server_name"` // in the certificate, if it is not the host of the URL
	ServerID    string   `toml:"server_id"`   // subject of the server's certificate; empty: any
	MinVersion  string   `toml:"min_version"` // empty: 1.2

	Renegotiation bool `toml:"renegotiation"` // the server asks for our certificate when it has the request; TLS 1.2
}

func (c SupplierTLSConfig) files() certificate.Files {
	return certificate.Files{Certificate: c.Certificate, Key: c.Key, Authorities: c.CA, Pinned: c.Pinned}
}

func (c SupplierTLSConfig) expected() (certificate.Expected, error) {
	e := certificate.Expected{Name: c.ServerName, ID: c.ServerID, Minimum: tls.VersionTLS12, Renegotiates: c.Renegotiation}
	var err error
	if c.MinVersion != "" {
		e.Minimum, err = certificate.Version(c.MinVersion)
	}
	if err == nil && c.Renegotiation && e.Minimum > tls.VersionTLS12 {
		err = errors.New("there is no renegotiation in TLS 1.3")
	}
	return e, err
}

func (c SuppliersConfig) check() error {
	var errs []error
	for code, s := range c {
		if err := s.TLS.files().Check(); err != nil {
			errs = append(errs, fmt.Errorf("supplier.%s.tls: %w", code, err))
		}
		if _, err := s.TLS.expected(); err != nil {
			errs = append(errs, fmt.Errorf("supplier.%s.tls.min_version: %w", code, err))
		}
	}
	return errors.Join(errs...)
}

// transport is what the node shows to the other ends of its connections, from files
// that may change while it runs.
type transport struct {
	server    *certificate.Source // nil: plain HTTP
	errorLog  *log.Logger         // of the HTTP servers; nil: the standard library's
	suppliers map[string]xmlvend.TLS
	sources   map[string]*certificate.Source // all there are, by the names that log and metrics have for them
}

// openTransport reads the files that the settings name. Each supplier named there must
// be known: a misspelt one would be dealt with as if nothing were said of it.
func (n node) openTransport(ctx context.Context) (transport, error) {
	t := transport{suppliers: map[string]xmlvend.TLS{}, sources: map[string]*certificate.Source{}}
	if c := n.config.Server.TLS; c.on() {
		minimum, err := certificate.Version(c.MinVersion)
		if err != nil {
			return t, err
		}
		t.server, err = t.open("server", c.files(), n.log, func(m certificate.Material) *tls.Config {
			return certificate.Server(m, c.ClientCertificates, minimum)
		})
		if err != nil {
			return t, fmt.Errorf("server.tls: %w", err)
		}
		t.errorLog = newHandshakes(n)
	}
	for code, c := range n.config.Supplier {
		if _, err := n.store.Supplier(ctx, code); err != nil {
			return t, refusal("settings supplier."+code, err, listed("supplier list"))
		}
		var err error
		if t.suppliers[code], err = t.openSupplier(code, c.TLS, n.log); err != nil {
			return t, fmt.Errorf("supplier.%s.tls: %w", code, err)
		}
	}
	n.registry.MustRegister(certificates{t})
	return t, nil
}

// openSupplier returns the settings of connections to a supplier. Without files they
// are the same for ever, and there is no source.
func (t transport) openSupplier(code string, c SupplierTLSConfig, log *slog.Logger) (xmlvend.TLS, error) {
	server, err := c.expected()
	if err != nil {
		return nil, err
	}
	build := func(m certificate.Material) *tls.Config { return certificate.Client(m, server, time.Now) }
	files := c.files()
	if files.None() {
		fixed := build(certificate.Material{})
		return func() *tls.Config { return fixed }, nil
	}
	source, err := t.open("supplier "+code, files, log, build)
	if err != nil {
		return nil, err
	}
	return source.Config, nil
}

// open reads files, and lists them among the sources.
func (t transport) open(name string, f certificate.Files, log *slog.Logger, build func(certificate.Material) *tls.Config) (*certificate.Source, error) {
	s, err := certificate.Open(f, build, certificate.Options{Name: name, Log: log})
	if err == nil {
		t.sources[name] = s
	}
	return s, err
}

// wire is how the node connects to a supplier.
func (n node) wire(supplier string) utility.HTTP {
	return utility.HTTP{Gzip: n.config.Supplier[supplier].Compress, TLS: n.suppliers[supplier]}
}

// watch reads files again that have changed, and all of them on SIGHUP, until ctx
// ends. Where there are none, SIGHUP means what it does to any process.
func (t transport) watch(ctx context.Context, group *errgroup.Group) {
	if len(t.sources) == 0 {
		return
	}
	hangUps := make(chan os.Signal, 1)
	signal.Notify(hangUps, syscall.SIGHUP)
	group.Go(func() error {
		defer signal.Stop(hangUps)
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-hangUps:
				for _, s := range t.sources {
					_ = s.Reload() // which logs it
				}
			}
		}
	})
	for _, s := range t.sources {
		group.Go(func() error { s.Watch(ctx); return nil })
	}
}

// certificates are gauges of the files in use.
type certificates struct{ transport }

var (
	certificateDays = prometheus.NewDesc("vendswitch_certificate_days_left",
		"Whole days until a certificate expires; of several authorities, the last.", []string{"of", "certificate"}, nil)
	certificateFailed = prometheus.NewDesc("vendswitch_certificate_files_unusable",
		"1 if the certificate files cannot be used as they are, and the last ones are still in force.", []string{"of"}, nil)
)

// Describe names the gauges.
func (certificates) Describe(ch chan<- *prometheus.Desc) {
	ch <- certificateDays
	ch <- certificateFailed
}

// Collect reads the gauges.
func (c certificates) Collect(ch chan<- prometheus.Metric) {
	for of, s := range c.sources {
		status := s.Status()
		for what, at := range map[string]time.Time{"own": status.Expires, "authorities": status.AuthoritiesExpire} {
			if !at.IsZero() {
				ch <- prometheus.MustNewConstMetric(certificateDays, prometheus.GaugeValue, float64(certificate.Days(time.Until(at))), of, what)
			}
		}
		failed := 0.0
		if status.Failed != nil {
			failed = 1
		}
		ch <- prometheus.MustNewConstMetric(certificateFailed, prometheus.GaugeValue, failed, of)
	}
}

// handshakes logs what net/http says of connections, and counts the handshakes among
// it that failed: a client without a certificate, or with one of nobody's, never gets
// to send a request.
type handshakes struct {
	discreet
	failed prometheus.Counter
}

func newHandshakes(n node) *log.Logger {
	failed := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "vendswitch_tls_handshakes_failed_total",
		Help: "TLS handshakes of clients that came to nothing.",
	})
	n.registry.MustRegister(failed)
	return log.New(handshakes{discreet{n.log}, failed}, "", 0)
}

// Write logs one message.
func (h handshakes) Write(message []byte) (int, error) {
	text := strings.TrimSpace(string(message))
	if !strings.HasPrefix(text, "http: TLS handshake error") {
		return h.discreet.Write(message)
	}
	if strings.HasSuffix(text, ": EOF") { // somebody only looked whether we listen, as balancers do
		h.log.Debug("standard library", "message", text)
		return len(message), nil
	}
	h.failed.Inc()
	return h.discreet.Write(message)
}
