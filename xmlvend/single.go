package xmlvend

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// single is a wire on which every request has a connection of its own. The caller's
// goroutine dials, writes, reads and closes: there is no pool and no other goroutine
// that could outlive the request, and no doubt about whether a byte of it left.
type single struct {
	dial func(context.Context) (net.Conn, error)
}

func newSingle(to *url.URL, dialer *net.Dialer, secure TLS) *single {
	host, port := to.Hostname(), to.Port()
	if to.Scheme == "https" {
		addr := net.JoinHostPort(host, cmp.Or(port, "443"))
		return &single{func(ctx context.Context) (net.Conn, error) { return secure.Dial(ctx, dialer, "tcp", addr) }}
	}
	addr := net.JoinHostPort(host, cmp.Or(port, "80"))
	return &single{func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", addr) }}
}

func (*single) close() {} // nothing is kept

// past is a deadline that ends whatever a connection is at.
var past = time.Unix(1, 0)

func (s *single) exchange(r *http.Request) (status int, body []byte, err error) {
	ctx := r.Context()
	var request bytes.Buffer
	if err := r.Write(&request); err != nil {
		return 0, nil, &SendError{Err: err}
	}
	conn, err := s.dial(ctx)
	if err != nil {
		return 0, nil, &SendError{Err: err}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) })
	defer stop()
	if err := ctx.Err(); err != nil {
		return 0, nil, &SendError{Err: err}
	}
	// From here on a byte may have left.
	if _, err = conn.Write(request.Bytes()); err != nil {
		err = &SendError{Sent: true, Err: err}
	} else {
		status, body, err = readAnswer(conn, r)
	}
	if cause := ctx.Err(); err != nil && cause != nil {
		err = &SendError{Sent: true, Err: cause} // and not the deadline that it made
	}
	return status, body, err
}

// readAnswer reads the answer to a request, and what may come before it: an
// informational response (1xx) is not the answer.
func readAnswer(conn net.Conn, r *http.Request) (status int, body []byte, err error) {
	limited := &io.LimitedReader{R: conn, N: maxAnswerHeader}
	in := bufio.NewReader(limited)
	for {
		resp, err := http.ReadResponse(in, r)
		if err != nil {
			return 0, nil, &SendError{Sent: true, Err: err}
		}
		if resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		limited.N = 2 * MaxAnswer // with whatever chunks add to it
		body, err = readBody(resp)
		return resp.StatusCode, body, err
	}
}
