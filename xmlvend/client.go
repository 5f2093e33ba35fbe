package xmlvend

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// MaxAnswer is the most bytes an answer may have, before and after decompression.
const MaxAnswer = 1 << 20

const (
	defaultDialTimeout = 10 * time.Second
	defaultIdleTimeout = 10 * time.Second
	defaultMaxConns    = 64
	maxAnswerHeader    = 64 << 10 // bytes of HTTP header
)

// ClientConfig is what a [Client] is made of.
type ClientConfig struct {
	URL     string        // of the server, http or https
	TLS     *tls.Config   // certificates and trust for https; nil means the system's
	Dialect *Dialect      // of the server; nil means the standard
	Version Version       // of the envelopes sent
	Dial    time.Duration // limit for connecting and shaking hands; 10 s when 0
	Idle    time.Duration // how long an unused connection is kept; 10 s when 0
	Conns   int           // most connections at a time; 64 when 0
}

// Client sends requests to one server. It never sends one twice: nothing is
// retried, redirects are not followed, and the transport is given nothing it
// could replay. It is safe for concurrent use.
type Client struct {
	url       string
	dialect   *Dialect
	version   Version
	transport *http.Transport
}

// SendError means that no whole answer came.
type SendError struct {
	// Sent is false only when not one byte of the request left, and none ever
	// will: the server cannot have acted on it. When it is true the outcome is
	// not known.
	Sent bool
	Err  error
}

// Error says whether the request was sent, and what went wrong.
func (e *SendError) Error() string {
	if e.Sent {
		return "xmlvend: sent, no answer: " + e.Err.Error()
	}
	return "xmlvend: not sent: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *SendError) Unwrap() error { return e.Err }

// AnswerError means that a whole answer came and is not one of XMLVend. The
// outcome is not known.
type AnswerError struct {
	Status int    // of HTTP
	Raw    []byte // after decompression
	Err    error
}

// Error says what is wrong with the answer.
func (e *AnswerError) Error() string {
	return fmt.Sprintf("xmlvend: answer with status %d: %v", e.Status, e.Err)
}

// Unwrap returns the cause.
func (e *AnswerError) Unwrap() error { return e.Err }

// NewClient returns a client of the server at c.URL.
func NewClient(c ClientConfig) (*Client, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("xmlvend: the server's URL is not http://… or https://…")
	}
	if c.Dialect == nil {
		c.Dialect = strict
	}
	setDefault(&c.Dial, defaultDialTimeout)
	setDefault(&c.Idle, defaultIdleTimeout)
	setDefault(&c.Conns, defaultMaxConns)
	dialer := &net.Dialer{Timeout: c.Dial}
	onlyHTTP1 := new(http.Protocols)
	onlyHTTP1.SetHTTP1(true)
	t := &http.Transport{
		Protocols:              onlyHTTP1, // HTTP/2 has its own reasons to send again
		DisableCompression:     true,      // done here, with a limit
		MaxConnsPerHost:        c.Conns,
		MaxIdleConnsPerHost:    c.Conns,
		IdleConnTimeout:        c.Idle,
		MaxResponseHeaderBytes: maxAnswerHeader,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &countedConn{Conn: conn}, nil
		},
	}
	t.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return dialTLS(ctx, dialer, c.TLS, network, addr)
	}
	return &Client{url: u.String(), dialect: c.Dialect, version: c.Version, transport: t}, nil
}

func setDefault[T time.Duration | int](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// dialTLS connects and shakes hands, so that what a connection counts is
// requests and not handshakes.
func dialTLS(ctx context.Context, dialer *net.Dialer, config *tls.Config, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialer.Timeout)
	defer cancel()
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if config = config.Clone(); config == nil {
		config = new(tls.Config)
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(addr)
	}
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return &countedConn{Conn: secure}, nil
}

// Close closes the connections that are not in use.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Do sends the request, once, and reads the answer; ctx limits the time for all
// of it. A fault is an answer like any other, whatever the HTTP status, and no
// error. The errors are [*SendError] and [*AnswerError].
func (c *Client) Do(ctx context.Context, req Request) (*Answer, error) {
	doc := Encode(Envelope{Version: c.version, Payload: req})
	var sent sendTrace
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: sent.gotConn})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, nil)
	if err != nil {
		return nil, &SendError{Err: err}
	}
	r.Body = io.NopCloser(bytes.NewReader(doc)) // and no GetBody: the transport cannot send it again
	r.ContentLength = int64(len(doc))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("SOAPAction", `""`)
	r.Header.Set("Accept-Encoding", "gzip")
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, &SendError{Sent: sent.seal(), Err: err}
	}
	defer resp.Body.Close()
	raw, err := readAtMost(resp.Body, MaxAnswer)
	if errors.Is(err, errTooLarge) {
		return nil, &AnswerError{Status: resp.StatusCode, Err: err}
	}
	if err != nil {
		return nil, &SendError{Sent: true, Err: err}
	}
	return c.judge(resp.StatusCode, raw)
}

// judge reads an answer.
func (c *Client) judge(status int, raw []byte) (*Answer, error) {
	if bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) { // gzip, whatever the header says
		plain, err := gunzip(bytes.NewReader(raw), MaxAnswer)
		if err != nil {
			return nil, &AnswerError{Status: status, Raw: raw, Err: err}
		}
		raw = plain
	}
	a, err := DecodeResponse(raw, c.dialect)
	if err != nil {
		return nil, &AnswerError{Status: status, Raw: raw, Err: err}
	}
	a.Status = status
	return a, nil
}

// sendTrace follows a request to the connection it was given.
type sendTrace struct {
	mu    sync.Mutex
	conn  *countedConn
	since int // writes on the connection before the request
}

func (s *sendTrace) gotConn(info httptrace.GotConnInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = info.Conn.(*countedConn)
	s.since = s.conn.count()
}

// seal makes sure that nothing of the request leaves from now on, and reports
// whether anything did before.
func (s *sendTrace) seal() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn != nil && s.conn.seal() > s.since
}

// countedConn counts the writes begun on a connection, above TLS, and can refuse
// further ones. The transport may return from a request while its writer has yet
// to start: only a connection that is sealed lets one say that nothing was sent.
type countedConn struct {
	net.Conn
	mu     sync.Mutex
	writes int
	sealed bool
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	if c.sealed {
		c.mu.Unlock()
		return 0, net.ErrClosed
	}
	c.writes++
	c.mu.Unlock()
	return c.Conn.Write(p)
}

func (c *countedConn) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.writes
}

// seal refuses further writes and returns how many there were.
func (c *countedConn) seal() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sealed = true
	return c.writes
}
