package utility_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
)

// respond writes an HTTP response by hand.
func respond(c net.Conn, status int, body string, headers ...string) {
	fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Length: %d\r\n", status, http.StatusText(status), len(body))
	for _, h := range headers {
		fmt.Fprintf(c, "%s\r\n", h)
	}
	fmt.Fprintf(c, "\r\n%s", body)
}

func reset(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.Close()
}

// failures are the ways in which a request that was sent gets no answer.
func failures(t testing.TB, whole string) map[string]func(net.Conn, int32) bool {
	again := func(c net.Conn, _ int32) bool { return false }
	return map[string]func(net.Conn, int32) bool{
		"closed after the request was read": again,
		"reset after the request was read":  func(c net.Conn, _ int32) bool { reset(c); return false },
		"closed in the middle of the answer": func(c net.Conn, _ int32) bool {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole[:len(whole)/2])
			return false
		},
		"an answer that never comes": func(c net.Conn, _ int32) bool { return true },
		"half an answer, then silence": func(c net.Conn, _ int32) bool {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole[:len(whole)/2])
			return true
		},
		"not HTTP":                   func(c net.Conn, _ int32) bool { fmt.Fprint(c, "token "+saleToken+"\r\n\r\n"); return false },
		"an empty 500":               func(c net.Conn, _ int32) bool { respond(c, 500, ""); return true },
		"a 502 in HTML":              func(c net.Conn, _ int32) bool { respond(c, 502, "<html>Bad Gateway</html>"); return true },
		"a 503 that invites a retry": func(c net.Conn, _ int32) bool { respond(c, 503, "", "Retry-After: 0"); return true },
		"a 429 that invites a retry": func(c net.Conn, _ int32) bool { respond(c, 429, "", "Retry-After: 0"); return true },
		"a 408 that invites a retry": func(c net.Conn, _ int32) bool { respond(c, 408, "", "Connection: close"); return false },
		"a redirect that keeps the method": func(c net.Conn, _ int32) bool {
			respond(c, 307, "", "Location: http://"+c.LocalAddr().String()+"/other")
			return true
		},
		"a redirect that changes it": func(c net.Conn, _ int32) bool {
			respond(c, 302, "", "Location: http://"+c.LocalAddr().String()+"/other")
			return true
		},
		"an answer beyond all bounds": func(c net.Conn, _ int32) bool {
			respond(c, 200, strings.Repeat(" ", 2<<20))
			return false
		},
	}
}

func TestAVendAndAnAdviceAreSentOnceWhateverHappens(t *testing.T) {
	q := bought().about("20240611101400", 1)
	calls := map[string]func(context.Context, *utility.Adapter) upstream.Result{
		"vend": func(ctx context.Context, a *utility.Adapter) upstream.Result { return a.Vend(ctx, q.id, q.order) },
		"advice": func(ctx context.Context, a *utility.Adapter) upstream.Result {
			return a.LastResponse(ctx, q.id, q.asked, q.order)
		},
	}
	for call, do := range calls {
		for failure, behave := range failures(t, sample(t, debtReceipt)) {
			t.Run(call+", "+failure, func(t *testing.T) {
				s := listen(t, behave)
				a := adapter(t, s.url)
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				r := do(ctx, a)
				if r.Verdict != upstream.Unknown || !r.Sent {
					t.Errorf("%v sent=%v (%s), want unknown and sent", r.Verdict, r.Sent, r.Reason)
				}
				if n := s.requests.Load(); n != 1 {
					t.Errorf("the server read %d requests, want 1", n)
				}
				if strings.Contains(r.Reason, saleToken) {
					t.Errorf("the reason holds the token: %s", r.Reason)
				}
			})
		}
	}
}

func TestALookupAndATrialThatWereSentAreNotSentAgain(t *testing.T) {
	q := bought()
	calls := map[string]func(context.Context, *utility.Adapter) (upstream.Verdict, bool){
		"trial": func(ctx context.Context, a *utility.Adapter) (upstream.Verdict, bool) {
			r := a.Trial(ctx, q.id, q.order)
			return r.Verdict, r.Sent
		},
		"lookup": func(ctx context.Context, a *utility.Adapter) (upstream.Verdict, bool) {
			c := a.ConfirmCustomer(ctx, q.id, q.order.Meter)
			return c.Verdict, c.Sent
		},
	}
	for call, do := range calls {
		for failure, behave := range failures(t, sample(t, debtReceipt)) {
			t.Run(call+", "+failure, func(t *testing.T) {
				s := listen(t, behave)
				a := adapter(t, s.url)
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				if verdict, sent := do(ctx, a); verdict != upstream.Unknown || !sent {
					t.Errorf("%v sent=%v, want unknown and sent", verdict, sent)
				}
				if n := s.requests.Load(); n != 1 {
					t.Errorf("the server read %d requests, want 1", n)
				}
			})
		}
	}
}

func TestAVendOnAConnectionThatTheServerClosesIsNeverDoubled(t *testing.T) {
	// The server answers the first vend and closes the connection while the second
	// is on its way: the transport meets a connection that was good a moment ago.
	whole := sample(t, debtReceipt)
	s := listen(t, func(c net.Conn, nth int32) bool {
		if nth == 1 {
			respond(c, 200, whole)
			return true
		}
		reset(c)
		return false
	})
	a := keeping(t, s.url)
	q := bought()
	if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Accepted {
		t.Fatalf("first vend: %v (%s)", r.Verdict, r.Reason)
	}
	if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Unknown || !r.Sent {
		t.Errorf("second vend: %v sent=%v (%s), want unknown and sent", r.Verdict, r.Sent, r.Reason)
	}
	if n := s.requests.Load(); n != 2 {
		t.Errorf("the server read %d requests, want 2", n)
	}
}

func TestAServerThatClosesAfterEachAnswerNeverGetsAVendTwice(t *testing.T) {
	// It says nothing of it beforehand, so that on kept connections the next vend
	// may find one closed, closing, or open.
	whole := sample(t, debtReceipt)
	for name, connect := range map[string]func(testing.TB, string) *utility.Adapter{
		"own connections":  func(t testing.TB, url string) *utility.Adapter { return adapter(t, url) },
		"kept connections": keeping,
	} {
		t.Run(name, func(t *testing.T) {
			s := listen(t, func(c net.Conn, _ int32) bool { respond(c, 200, whole); return false })
			a := connect(t, s.url)
			q := bought()
			const vends = 50
			verdicts := map[upstream.Verdict]int32{}
			for range vends {
				r := a.Vend(t.Context(), q.id, q.order)
				verdicts[r.Verdict]++
				if (r.Verdict == upstream.Declined) == r.Sent {
					t.Errorf("%v sent=%v (%s)", r.Verdict, r.Sent, r.Reason)
				}
			}
			sold, unknown := verdicts[upstream.Accepted], verdicts[upstream.Unknown]
			if n := s.requests.Load(); n < sold || n > sold+unknown {
				t.Errorf("the server read %d requests of %d vends sold and %d unknown", n, sold, unknown)
			}
			if name == "own connections" && sold != vends {
				t.Errorf("%d of %d vends sold", sold, vends)
			}
		})
	}
}

// keeping returns an adapter that keeps connections.
func keeping(t testing.TB, url string) *utility.Adapter {
	t.Helper()
	a, err := utility.New(utility.Config{Supplier: "city", URL: url, ClientID: clientEAN}, utility.HTTP{Keep: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func TestVendsHaveTheirOwnConnectionsUnlessKeptAndLookupsShareOne(t *testing.T) {
	var connections atomic.Int32
	whole, lookup := sample(t, debtReceipt), sample(t, "resp-confirm-customer-generic")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(read(r), "confirmCustomerReq") {
			_, _ = fmt.Fprint(w, lookup)
			return
		}
		_, _ = fmt.Fprint(w, whole)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	q, meter := bought(), ask("20240611101500", 1010, "07215001236", 0)
	vend := func(a *utility.Adapter) upstream.Verdict { return a.Vend(t.Context(), q.id, q.order).Verdict }
	confirm := func(a *utility.Adapter) upstream.Verdict {
		return a.ConfirmCustomer(t.Context(), meter.id, meter.order.Meter).Verdict
	}
	tests := []struct {
		name    string
		adapter *utility.Adapter
		call    func(*utility.Adapter) upstream.Verdict
		want    int32
	}{
		{"vends", adapter(t, s.URL), vend, 5},
		{"vends on kept connections", keeping(t, s.URL), vend, 1},
		{"lookups", adapter(t, s.URL), confirm, 1},
	}
	for _, tt := range tests {
		connections.Store(0)
		for range 5 {
			if verdict := tt.call(tt.adapter); verdict != upstream.Accepted {
				t.Fatalf("%s: %v", tt.name, verdict)
			}
		}
		if n := connections.Load(); n != tt.want {
			t.Errorf("five %s: %d connections, want %d", tt.name, n, tt.want)
		}
	}
}

func TestAServerThatAnswersTwiceDoesNotConfuseLaterVends(t *testing.T) {
	whole := sample(t, debtReceipt)
	s := listen(t, func(c net.Conn, _ int32) bool {
		respond(c, 200, whole)
		respond(c, 200, strings.ReplaceAll(whole, saleToken, "11111111111111111111"))
		return true
	})
	a := adapter(t, s.url)
	q := bought()
	for range 10 {
		if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Accepted || r.Vend.CreditTokens()[0] != saleToken {
			t.Errorf("%v (%s)", r.Verdict, r.Reason)
		}
	}
}

func TestARefusalThatNamesNoMessageCountsOnlyOnAFreshConnection(t *testing.T) {
	unnamed := sample(t, "fault-blocked-meter", `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1001"/>`, ``)
	absent := sample(t, "fault-last-response", `<b:reqMsgID dateTime="20240611101500" uniqueNumber="1006"/>`, ``)
	whole := sample(t, debtReceipt)
	q := bought().about("20240611101400", 1)
	t.Run("vend", func(t *testing.T) {
		// The refusal of the first vend comes once more, before the answer to the
		// second, which was a sale.
		s := listen(t, func(c net.Conn, nth int32) bool {
			respond(c, 500, unnamed)
			if nth > 1 {
				respond(c, 200, whole)
			}
			return true
		})
		a := keeping(t, s.url)
		if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Declined {
			t.Errorf("on a fresh connection: %v (%s), want declined", r.Verdict, r.Reason)
		}
		if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Unknown {
			t.Errorf("on a used connection: %v (%s), want unknown", r.Verdict, r.Reason)
		}
	})
	t.Run("advice", func(t *testing.T) {
		s := listen(t, func(c net.Conn, _ int32) bool { respond(c, 500, absent); return true })
		a := keeping(t, s.url)
		if r := a.LastResponse(t.Context(), q.id, q.asked, q.order); r.Verdict != upstream.Absent {
			t.Errorf("on a fresh connection: %v (%s), want absent", r.Verdict, r.Reason)
		}
		if r := a.LastResponse(t.Context(), q.id, q.asked, q.order); r.Verdict != upstream.Unknown {
			t.Errorf("on a used connection: %v (%s), want unknown", r.Verdict, r.Reason)
		}
	})
}

func TestAServerWhoseFaultsNameNoMessageGetsAConnectionForEach(t *testing.T) {
	answer := sample(t, "fault-hexing-systemex")
	s := listen(t, func(c net.Conn, _ int32) bool { respond(c, 500, answer); return true })
	a := adapter(t, s.url, hexing)
	q := bought()
	for range 5 {
		if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Declined {
			t.Errorf("vend: %v (%s), want declined", r.Verdict, r.Reason)
		}
		if c := a.ConfirmCustomer(t.Context(), q.id, q.order.Meter); c.Verdict != upstream.Declined {
			t.Errorf("lookup: %v (%s), want declined", c.Verdict, c.Reason)
		}
	}
}

// dials counts the attempts to connect of calls made with the context, and runs
// failed after each that failed.
func dials(ctx context.Context, failed func(nth int32)) (context.Context, *atomic.Int32) {
	n := new(atomic.Int32)
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(string, string) { n.Add(1) },
		ConnectDone: func(_, _ string, err error) {
			if err != nil {
				failed(n.Load())
			}
		},
	}), n
}

func TestNoConnectionDeclinesAVendAndLeavesAnAdviceUnknown(t *testing.T) {
	q := bought().about("20240611101400", 1)
	a := adapter(t, refusing(t))

	ctx, n := dials(t.Context(), func(int32) {})
	if r := a.Vend(ctx, q.id, q.order); r.Verdict != upstream.Declined || r.Sent || r.Fault != nil {
		t.Errorf("vend: %v sent=%v (%s), want declined and not sent", r.Verdict, r.Sent, r.Reason)
	}
	if n.Load() != 1 {
		t.Errorf("vend: %d attempts to connect, want 1", n.Load())
	}

	ctx, n = dials(t.Context(), func(int32) {})
	if r := a.LastResponse(ctx, q.id, q.asked, q.order); r.Verdict != upstream.Unknown || r.Sent {
		t.Errorf("advice: %v sent=%v (%s), want unknown and not sent", r.Verdict, r.Sent, r.Reason)
	}
	if n.Load() != 1 {
		t.Errorf("advice: %d attempts to connect, want 1", n.Load())
	}
}

func TestALookupThatMeetsNoConnectionTriesThreeTimesInAll(t *testing.T) {
	q := bought()
	a := adapter(t, refusing(t))
	ctx, n := dials(t.Context(), func(int32) {})
	if c := a.ConfirmCustomer(ctx, q.id, q.order.Meter); c.Verdict != upstream.Declined || c.Sent {
		t.Errorf("%v sent=%v (%s), want declined and not sent", c.Verdict, c.Sent, c.Reason)
	}
	if n.Load() != 3 {
		t.Errorf("%d attempts to connect, want 3", n.Load())
	}
}

func TestATrialSucceedsOnceTheServerListensAgain(t *testing.T) {
	url := refusing(t)
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/xmlvend")
	var s *raw
	ctx, n := dials(t.Context(), func(nth int32) {
		if nth != 2 {
			return
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Errorf("the port was taken meanwhile: %v", err)
			return
		}
		answer := sample(t, "resp-trial-credit-vend-generic")
		s = serve(t, l, func(c net.Conn, _ int32) bool { respond(c, 200, answer); return true })
	})
	q := ask("20240611101500", 1003, "07215001236", 200_00)
	if r := adapter(t, url).Trial(ctx, q.id, q.order); r.Verdict != upstream.Accepted {
		t.Errorf("%v (%s), want accepted", r.Verdict, r.Reason)
	}
	if n.Load() != 3 || s == nil || s.requests.Load() != 1 {
		t.Errorf("%d attempts to connect, want 3 and one request", n.Load())
	}
}

func TestATLSHandshakeThatFailsSendsNothing(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = quiet
	s.StartTLS() // its certificate is nobody's
	defer s.Close()
	q := bought()
	a := adapter(t, s.URL)
	r := a.Vend(t.Context(), q.id, q.order)
	if r.Verdict != upstream.Declined || r.Sent || !strings.Contains(r.Reason, "certificate") {
		t.Errorf("%v sent=%v (%s), want declined and not sent for its certificate", r.Verdict, r.Sent, r.Reason)
	}
}

func TestAClientCertificateIsPresented(t *testing.T) {
	whole, lookup := sample(t, debtReceipt), sample(t, "resp-confirm-customer-generic")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) != 1 {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		body := whole
		if strings.Contains(read(r), "confirmCustomerReq") {
			body = lookup
		}
		_, _ = fmt.Fprint(w, body)
	}))
	s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	s.StartTLS()
	defer s.Close()
	client := s.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	client.Certificates = s.TLS.Certificates
	a, err := utility.New(utility.Config{Supplier: "city", URL: s.URL, ClientID: clientEAN}, utility.HTTP{TLS: func() *tls.Config { return client }})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	q := bought()
	if r := a.Vend(t.Context(), q.id, q.order); r.Verdict != upstream.Accepted {
		t.Errorf("vend: %v (%s)", r.Verdict, r.Reason)
	}
	id := upstream.MessageID{DateTime: "20240611101500", Number: 1010}
	if c := a.ConfirmCustomer(t.Context(), id, q.order.Meter); c.Verdict != upstream.Accepted {
		t.Errorf("lookup: %v (%s)", c.Verdict, c.Reason)
	}
}
