package suite

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
)

// timeout is how long a server may take to answer.
const timeout = 40 * time.Second

// maxAnswer is how much of an answer is read, before and after decompression.
const maxAnswer = 1 << 20

// maxKept is how much of a request is judged and shown.
const maxKept = 64 << 10

// newClient returns an HTTP client that adds nothing of its own.
func newClient(t TLS) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", t.CA)
		}
	}
	if t.Cert != "" {
		pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return &http.Client{
		Timeout:       timeout,
		Transport:     &http.Transport{TLSClientConfig: config, DisableCompression: true, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// send sends a request once and tells what came back. The error is of the request
// itself: no answer is an exchange too.
func send(ctx context.Context, client *http.Client, url, method string, header http.Header, wire, body []byte) (conformance.Exchange, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(wire))
	if err != nil {
		return conformance.Exchange{}, err
	}
	req.Header = header
	plain := req.URL.Scheme == "http"
	kept := body[:min(len(body), maxKept)]
	x := conformance.Exchange{Began: time.Now(), Request: conformance.Message{Header: header, Body: kept, Cut: len(kept) < len(body), Plain: plain}}
	resp, err := client.Do(req)
	x.Took = time.Since(x.Began)
	if err != nil {
		x.Err = "no answer: " + err.Error()
		return x, nil
	}
	defer resp.Body.Close()
	m := &conformance.Message{Status: resp.StatusCode, Header: resp.Header, Plain: plain}
	m.Body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	x.Took = time.Since(x.Began)
	m.Cut = err != nil || len(m.Body) == maxAnswer
	m.Unpack(maxAnswer)
	x.Response = m
	return x, nil
}
