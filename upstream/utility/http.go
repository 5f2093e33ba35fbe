package utility

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// HTTP configures the connections to a server. Zero values mean the defaults.
type HTTP struct {
	TLS         *tls.Config   // client certificate, authorities; nil: the system's
	DialTimeout time.Duration // 5 s; the TLS handshake has as much again
	IdleTimeout time.Duration // 10 s; below what servers keep an idle connection
	MaxIdle     int           // idle connections kept, 16

	// Tries is how often a lookup or a trial is tried in all while no connection
	// comes about, 3. A vend and an advice are tried once.
	Tries int
}

// Waits between the tries of a lookup.
const (
	minRetryWait = 50 * time.Millisecond
	maxRetryWait = 500 * time.Millisecond
)

func (h HTTP) withDefaults() HTTP {
	orDefault(&h.DialTimeout, 5*time.Second)
	orDefault(&h.IdleTimeout, 10*time.Second)
	orDefault(&h.MaxIdle, 16)
	orDefault(&h.Tries, 3)
	return h
}

// once sends each request once. It speaks HTTP/1.1 only, follows no redirect and
// uses no proxy, for each of these can make two requests of one.
func (h HTTP) once() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: h.DialTimeout}).DialContext,
			TLSClientConfig:     h.TLS,
			TLSHandshakeTimeout: h.DialTimeout,
			IdleConnTimeout:     h.IdleTimeout,
			MaxIdleConns:        h.MaxIdle,
			MaxIdleConnsPerHost: h.MaxIdle,
			Protocols:           protocols,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// patient sends a request once more when no connection came about, and in no
// other case: the library's own policy would send a POST again after a 500 or a
// broken connection.
func (h HTTP) patient() *http.Client {
	retrying := &retryablehttp.Client{
		HTTPClient:   h.once(),
		RetryMax:     h.Tries - 1,
		RetryWaitMin: minRetryWait,
		RetryWaitMax: maxRetryWait,
		Backoff:      retryablehttp.DefaultBackoff,
		CheckRetry:   onlyUnconnected,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	client := h.once()
	client.Transport = &retryablehttp.RoundTripper{Client: retrying}
	return client
}

func onlyUnconnected(ctx context.Context, _ *http.Response, err error) (bool, error) {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" && ctx.Err() == nil, nil
}
