package xmlvend

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
)

// pool is a wire whose connections are kept and used again.
type pool struct{ transport *http.Transport }

func newPool(dialer *net.Dialer, c ClientConfig) *pool {
	onlyHTTP1 := new(http.Protocols)
	onlyHTTP1.SetHTTP1(true)
	counted := func(conn net.Conn, err error) (net.Conn, error) {
		if err != nil {
			return nil, err
		}
		return &countedConn{Conn: conn}, nil
	}
	return &pool{&http.Transport{
		Protocols:              onlyHTTP1, // HTTP/2 has its own reasons to send again
		DisableCompression:     true,      // done here, with a limit
		MaxConnsPerHost:        c.Conns,
		MaxIdleConnsPerHost:    c.Conns,
		IdleConnTimeout:        c.Idle,
		MaxResponseHeaderBytes: maxAnswerHeader,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return counted(dialer.DialContext(ctx, network, addr))
		},
		DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return counted(c.TLS.Dial(ctx, dialer, network, addr))
		},
	}}
}

func (p *pool) close() { p.transport.CloseIdleConnections() }

func (p *pool) exchange(r *http.Request) (status int, body []byte, err error) {
	var sent sendTrace
	ctx := httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{GotConn: sent.gotConn})
	resp, err := p.transport.RoundTrip(r.WithContext(ctx))
	if err != nil {
		return 0, nil, &SendError{Sent: sent.seal(), Err: err}
	}
	defer resp.Body.Close()
	body, err = readBody(resp)
	return resp.StatusCode, body, err
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
