package intercept

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/schemas"
)

// Limits; see the package documentation.
const (
	MaxConnections = 2_000
	MaxBody        = 256 << 10 // bytes, after decompression; the longest messages of XMLVend are statements

	dialTimeout = 10 * time.Second
	// grace is how long exchanges under way may take when the interceptor stops.
	grace = 5 * time.Second
)

// Config says what to stand between.
type Config struct {
	// Upstream is where the server is; only scheme, host and port count.
	Upstream *url.URL
	// TLS is how to talk to a server at https; nil for the system's own trust.
	TLS *tls.Config
	// Dial connects to the server instead, if not nil.
	Dial func(context.Context) (net.Conn, error)
	// OnFinding is told of each finding as it is made; may be nil. It is called by
	// one goroutine.
	OnFinding func(conformance.Finding)
	// Keep, if not nil, is given each exchange without its secrets. Its error is
	// told to Log once.
	Keep func(conformance.Record) error
	// Log is told of what went wrong with the interceptor itself; may be nil.
	Log func(text string)
	// Now is the clock; nil for time.Now.
	Now func() time.Time

	// Only confines what is found to one side; "" for both.
	Only conformance.Side
	// Tool and Target are for the report; "" for "intercept" and the upstream.
	Tool, Target string
}

// Interceptor forwards and judges.
type Interceptor struct {
	config Config
	judge  *judge
	began  time.Time

	mu    sync.Mutex
	conns map[net.Conn]bool
	wg    sync.WaitGroup
}

// New returns an interceptor, or what is wrong with the configuration.
func New(c Config) (*Interceptor, error) {
	if _, err := schemas.Default(); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.OnFinding == nil {
		c.OnFinding = func(conformance.Finding) {}
	}
	if c.Log == nil {
		c.Log = func(string) {}
	}
	if c.Tool == "" {
		c.Tool = "intercept"
	}
	if c.Dial == nil {
		dial, err := dialer(c.Upstream, c.TLS)
		if err != nil {
			return nil, err
		}
		c.Dial = dial
	}
	if c.Target == "" {
		c.Target = (&url.URL{Scheme: c.Upstream.Scheme, Host: c.Upstream.Host, Path: c.Upstream.Path}).String()
	}
	return &Interceptor{config: c, judge: newJudge(&c), began: c.Now(), conns: map[net.Conn]bool{}}, nil
}

func dialer(u *url.URL, config *tls.Config) (func(context.Context) (net.Conn, error), error) {
	if u == nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("intercept: the upstream must be a URL such as http://127.0.0.1:8480/xmlvend")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	address := net.JoinHostPort(u.Hostname(), port)
	plain := &net.Dialer{Timeout: dialTimeout}
	if u.Scheme == "http" {
		return func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, "tcp", address) }, nil
	}
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	secure := &tls.Dialer{NetDialer: plain, Config: config}
	return func(ctx context.Context) (net.Conn, error) { return secure.DialContext(ctx, "tcp", address) }, nil
}

// Serve takes connections until ctx ends or the listener fails. When it returns,
// all that went through has been judged.
func (i *Interceptor) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	dialing, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	room := make(chan struct{}, MaxConnections)
	var failed error
	for {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			l.Close()
			i.finish(cancel)
			return nil
		}
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil {
				failed = fmt.Errorf("intercept: %w", err)
			}
			break
		}
		i.wg.Add(1)
		go func() {
			defer i.wg.Done()
			defer func() { <-room }()
			i.connection(dialing, conn)
		}()
	}
	i.finish(cancel)
	return failed
}

// finish waits for what is under way, and ends what takes too long.
func (i *Interceptor) finish(cancel func()) {
	done := make(chan struct{})
	go func() { i.wg.Wait(); close(done) }()
	i.closeIdle()
	select {
	case <-done:
	case <-time.After(grace):
		cancel()
		i.mu.Lock()
		for conn := range i.conns {
			conn.Close()
		}
		i.mu.Unlock()
		<-done
	}
	i.judge.close()
}

// closeIdle closes connections on which nothing is under way, as a server does
// that stops.
func (i *Interceptor) closeIdle() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for conn := range i.conns {
		if t, ok := conn.(*tapped); ok && t.idle() {
			conn.Close()
		}
	}
}

func (i *Interceptor) track(conn net.Conn, open bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if open {
		i.conns[conn] = true
	} else {
		delete(i.conns, conn)
	}
}

// Report returns what was found until now, and after Serve has returned also what
// was never done.
func (i *Interceptor) Report() conformance.Report {
	r := conformance.Report{
		Tool: i.config.Tool, Target: i.config.Target,
		Began: i.began.Format(time.RFC3339), TookMS: i.config.Now().Sub(i.began).Milliseconds(),
	}
	i.judge.report(&r)
	return r
}
