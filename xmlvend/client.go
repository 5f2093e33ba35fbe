package xmlvend

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
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
	TLS     TLS           // for https; nil means the system's authorities, and no certificate of ours
	Dialect *Dialect      // of the server; nil means the standard
	Version Version       // of the envelopes sent
	Dial    time.Duration // limit for connecting and shaking hands; 10 s when 0
	Idle    time.Duration // how long an unused connection is kept; 10 s when 0
	Conns   int           // most kept connections at a time; 64 when 0; below 0 each request has its own
	Gzip    bool          // compress requests; answers may come compressed in any case
}

// Client sends requests to one server. It never sends one twice: nothing is
// retried, redirects are not followed, and the transport is given nothing it
// could replay. It is safe for concurrent use.
type Client struct {
	url     *url.URL
	dialect *Dialect
	version Version
	gzip    bool
	wire    wire
}

// wire carries requests to the server: each once, or not at all.
type wire interface {
	// exchange returns the answer with its body read. The errors are those of
	// Client.Do.
	exchange(r *http.Request) (status int, body []byte, err error)
	close()
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
	client := &Client{url: u, dialect: c.Dialect, version: c.Version, gzip: c.Gzip}
	if c.Conns < 0 {
		dialer.KeepAlive = -1 // it lives as long as its request
		client.wire = newSingle(u, dialer, c.TLS)
	} else {
		client.wire = newPool(dialer, c)
	}
	return client, nil
}

func setDefault[T time.Duration | int](v *T, value T) {
	if *v == 0 {
		*v = value
	}
}

// Close closes the connections that are not in use.
func (c *Client) Close() { c.wire.close() }

// Do sends the request, once, and reads the answer; ctx limits the time for all
// of it. A fault is an answer like any other, whatever the HTTP status, and no
// error. The errors are [*SendError] and [*AnswerError].
func (c *Client) Do(ctx context.Context, req Request) (*Answer, error) {
	doc := Encode(Envelope{Version: c.version, Payload: req})
	if c.gzip {
		doc = Zipped(doc)
	}
	r := &http.Request{
		Method: http.MethodPost,
		URL:    c.url,
		Host:   c.url.Host,
		Header: http.Header{"Content-Type": {contentType}, "Soapaction": {`""`}, "Accept-Encoding": {"gzip"}},
		Body:   io.NopCloser(bytes.NewReader(doc)), // and no GetBody: nothing can send it again

		ContentLength: int64(len(doc)),
	}
	if c.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	status, raw, err := c.wire.exchange(r.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	return c.judge(status, raw)
}

// readBody reads the body of an answer.
func readBody(resp *http.Response) ([]byte, error) {
	raw, err := readAtMost(resp.Body, MaxAnswer, resp.ContentLength)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, &AnswerError{Status: resp.StatusCode, Err: err}
	case err != nil:
		return nil, &SendError{Sent: true, Err: err}
	}
	return raw, nil
}

// judge reads an answer.
func (c *Client) judge(status int, raw []byte) (*Answer, error) {
	raw, err := Unzipped(raw, MaxAnswer) // whatever the header says
	if err != nil {
		return nil, &AnswerError{Status: status, Raw: raw, Err: err}
	}
	a, err := DecodeResponse(raw, c.dialect)
	if err != nil {
		return nil, &AnswerError{Status: status, Raw: raw, Err: err}
	}
	a.Status = status
	return a, nil
}
