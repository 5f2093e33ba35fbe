package xmlvend_test

import (
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

// secured is a shop that wants certificates of an authority's.
func secured(t *testing.T, authority *certificatetest.Authority, version uint16, change func(*tls.Config)) (s *httptest.Server, requests *atomic.Int32) {
	t.Helper()
	h, err := xmlvend.NewHandler(xmlvend.HandlerConfig{Server: server, Service: sells(t)})
	if err != nil {
		t.Fatal(err)
	}
	requests = new(atomic.Int32)
	s = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		h.ServeHTTP(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.TLS = authority.Demanding("6008000001007", version)
	if change != nil {
		change(s.TLS)
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, requests
}

// onEachTLS runs a test with each version of TLS, on either wire.
func onEachTLS(t *testing.T, test func(t *testing.T, version uint16, conns int)) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			onBothWires(t, func(t *testing.T, conns int) { test(t, version, conns) })
		})
	}
}

func TestACertificateThatIsRefusedAtOnceKeepsTheRequestHere(t *testing.T) {
	ours, theirs := certificatetest.New(t, "ours"), certificatetest.New(t, "theirs")
	stranger, late := theirs.ClientFor("6009990000018"), ours.Expired("6009990000018")
	onEachTLS(t, func(t *testing.T, version uint16, conns int) {
		s, requests := secured(t, ours, version, nil)
		for name, own := range map[string]*certificate.Pair{"of another authority": &stranger, "expired": &late} {
			c := newClient(t, xmlvend.ClientConfig{URL: s.URL, Conns: conns, TLS: ours.Trusting(own)})
			_, err := c.Do(t.Context(), vend(7))
			wantSendError(t, err, false)
			var failed *xmlvend.HandshakeError
			if !errors.As(err, &failed) || !strings.Contains(err.Error(), "remote error: tls") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if n := requests.Load(); n != 0 {
			t.Errorf("%d requests arrived", n)
		}
	})
}

func TestAServerThatNobodyTrustsGetsNoRequest(t *testing.T) {
	ours, theirs := certificatetest.New(t, "ours"), certificatetest.New(t, "theirs")
	onEachTLS(t, func(t *testing.T, version uint16, conns int) {
		s, requests := secured(t, theirs, version, nil)
		own := theirs.ClientFor("6009990000018")
		_, err := newClient(t, xmlvend.ClientConfig{URL: s.URL, Conns: conns, TLS: ours.Trusting(&own)}).Do(t.Context(), vend(7))
		wantSendError(t, err, false)
		if n := requests.Load(); n != 0 {
			t.Errorf("%d requests arrived", n)
		}
	})
}

func TestACertificateIsAcceptedAndTheNextHandshakeIsAResumedOne(t *testing.T) {
	ours := certificatetest.New(t, "ours")
	own := ours.ClientFor("6009990000018")
	for name, change := range map[string]func(*tls.Config){
		"with tickets": nil, "without tickets": func(c *tls.Config) { c.SessionTicketsDisabled = true },
	} {
		t.Run(name, func(t *testing.T) {
			onEachTLS(t, func(t *testing.T, version uint16, _ int) {
				var resumed atomic.Int32
				s, requests := secured(t, ours, version, func(c *tls.Config) {
					c.VerifyConnection = func(state tls.ConnectionState) error {
						if state.DidResume {
							resumed.Add(1)
						}
						return nil
					}
					if change != nil {
						change(c)
					}
				})
				c := newClient(t, xmlvend.ClientConfig{URL: s.URL, Conns: -1, TLS: ours.Trusting(&own)})
				for n := range 3 {
					if _, err := c.Do(t.Context(), vend(n+1)); err != nil {
						t.Fatal(err)
					}
				}
				want := int32(2)
				if change != nil {
					want = 0
				}
				if resumed.Load() != want || requests.Load() != 3 {
					t.Errorf("%d requests on %d resumed sessions, want %d", requests.Load(), resumed.Load(), want)
				}
			})
		})
	}
}

// TestACertificateThatIsRefusedLateLeavesTheOutcomeUnknown has a server of TLS 1.3 come
// to its verdict when the request has arrived: the client was through with its part of
// the handshake long before, and nothing tells it whether the server has acted.
func TestACertificateThatIsRefusedLateLeavesTheOutcomeUnknown(t *testing.T) {
	ours := certificatetest.New(t, "ours")
	own := ours.ClientFor("6009990000018")
	onBothWires(t, func(t *testing.T, conns int) {
		arrived := make(chan struct{})
		s, requests := secured(t, ours, tls.VersionTLS13, func(c *tls.Config) {
			c.VerifyConnection = func(tls.ConnectionState) error {
				select {
				case <-arrived:
				case <-t.Context().Done():
				}
				return errors.New("not today")
			}
		})
		proxied := certificatetest.Relay(t, s.Listener.Addr().String(), func() { close(arrived) })
		_, err := newClient(t, xmlvend.ClientConfig{URL: "https://" + proxied, Conns: conns, TLS: ours.Trusting(&own)}).Do(t.Context(), vend(7))
		wantSendError(t, err, true)
		if n := requests.Load(); n != 0 {
			t.Errorf("%d requests were served", n)
		}
	})
}
