package utility

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Waits between the tries of a lookup.
const (
	minRetryWait = 50 * time.Millisecond
	maxRetryWait = 500 * time.Millisecond
)

// patient sends lookups and trials: once more when no connection came about, and
// in no other case. It is not for anything that sells.
type patient struct {
	url     string
	dialect *xmlvend.Dialect
	client  *retryablehttp.Client
	gzip    bool
}

func newPatient(url string, dialect *xmlvend.Dialect, h HTTP) *patient {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: h.Dial}
	return &patient{url: url, dialect: dialect, gzip: h.Gzip, client: &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: &http.Transport{
				Protocols:          protocols,
				DisableCompression: true, // done here, with a limit
				DialContext:        dialer.DialContext,
				DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
					return h.TLS.Dial(ctx, dialer, network, addr)
				},
				IdleConnTimeout:     h.Idle,
				MaxConnsPerHost:     h.Conns,
				MaxIdleConnsPerHost: h.Conns,
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		RetryMax:     h.Tries - 1,
		RetryWaitMin: minRetryWait,
		RetryWaitMax: maxRetryWait,
		Backoff:      retryablehttp.DefaultBackoff,
		CheckRetry:   whileUnconnected,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}}
}

// whileUnconnected is the whole retry policy. The library's own would send a POST
// again after a 500 or a broken connection.
func whileUnconnected(ctx context.Context, _ *http.Response, err error) (bool, error) {
	return unconnected(err) && ctx.Err() == nil, nil
}

func unconnected(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

// unsecured reports a connection that came about, and on which nobody would be who he
// should.
func unsecured(err error) bool {
	_, ok := errors.AsType[*xmlvend.HandshakeError](err)
	return ok
}

// Do sends a request and reads the answer, with the errors of xmlvend.Client.Do.
func (p *patient) Do(ctx context.Context, req xmlvend.Request) (*xmlvend.Answer, error) {
	doc := xmlvend.Encode(xmlvend.Envelope{Payload: req})
	if p.gzip {
		doc = xmlvend.Zipped(doc)
	}
	r, err := retryablehttp.NewRequestWithContext(ctx, http.MethodPost, p.url, doc)
	if err != nil {
		return nil, &xmlvend.SendError{Err: err}
	}
	r.Header.Set("Content-Type", "text/xml; charset=utf-8")
	r.Header.Set("SOAPAction", `""`)
	r.Header.Set("Accept-Encoding", "gzip")
	if p.gzip {
		r.Header.Set("Content-Encoding", "gzip")
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return nil, &xmlvend.SendError{Sent: !unconnected(err) && !unsecured(err), Err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, xmlvend.MaxAnswer+1))
	if err != nil {
		return nil, &xmlvend.SendError{Sent: true, Err: err}
	}
	if len(raw) > xmlvend.MaxAnswer {
		return nil, &xmlvend.AnswerError{Status: resp.StatusCode, Err: fmt.Errorf("more than %d bytes", xmlvend.MaxAnswer)}
	}
	if raw, err = xmlvend.Unzipped(raw, xmlvend.MaxAnswer); err != nil {
		return nil, &xmlvend.AnswerError{Status: resp.StatusCode, Raw: raw, Err: err}
	}
	answer, err := xmlvend.DecodeResponse(raw, p.dialect)
	if err != nil {
		return nil, &xmlvend.AnswerError{Status: resp.StatusCode, Raw: raw, Err: err}
	}
	answer.Status = resp.StatusCode
	return answer, nil
}

func (p *patient) Close() { p.client.HTTPClient.CloseIdleConnections() }
