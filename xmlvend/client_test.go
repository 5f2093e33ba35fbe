package xmlvend_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newClient returns a client that is closed with the test.
func newClient(t testing.TB, config xmlvend.ClientConfig) *xmlvend.Client {
	t.Helper()
	c, err := xmlvend.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// onBothWires runs a test with connections that are kept, and with one for each
// request.
func onBothWires(t *testing.T, test func(t *testing.T, conns int)) {
	t.Run("kept connections", func(t *testing.T) { test(t, 0) })
	t.Run("a connection each", func(t *testing.T) { test(t, -1) })
}

// vend returns a vend request with the given number.
func vend(n int) *xmlvend.CreditVendReq {
	req := &xmlvend.CreditVendReq{VendRequestHeader: vendReqHead, PurchaseValue: xmlvend.PurchaseValueCurrency{Amt: zar("200.00")}}
	req.MsgID.UniqueNumber = fmt.Sprint(n)
	return req
}

// answering serves a fixed answer.
func answering(t testing.TB, status int, body []byte, header ...string) *httptest.Server {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
	t.Cleanup(s.Close)
	return s
}

func TestAClientVendsOverMutuallyAuthenticatedTLS(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		h, err := xmlvend.NewHandler(xmlvend.HandlerConfig{Server: server, Service: xmlvend.ServiceFunc(
			func(ctx context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
				if len(call.HTTP.TLS.PeerCertificates) != 1 {
					t.Error("the service does not see the client's certificate")
				}
				return sells(t)(ctx, call)
			})})
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(h)
		s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
		s.StartTLS()
		t.Cleanup(s.Close)
		trust := x509.NewCertPool()
		trust.AddCert(s.Certificate())
		for _, version := range []xmlvend.Version{xmlvend.SOAP11, xmlvend.SOAP12} {
			c := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL, Version: version, TLS: func() *tls.Config {
				return &tls.Config{RootCAs: trust, Certificates: s.TLS.Certificates}
			}})
			a, err := c.Do(context.Background(), vend(7))
			if err != nil {
				t.Fatal(err)
			}
			resp := a.Response.(*xmlvend.CreditVendResp)
			if a.Version != version || a.Status != http.StatusOK || resp.ReqMsgID.Number() != 7 || len(a.Deviations) > 0 {
				t.Errorf("%+v", a)
			}
			mustBeValid(t, a.Raw)
		}
	})
}

func TestTheRequestOnTheWireIsValidAndCarriesTheHeadersServersExpect(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		var header http.Header
		var method string
		var body []byte
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			header, method = r.Header, r.Method
			body, _ = io.ReadAll(r.Body)
		}))
		t.Cleanup(s.Close)
		_, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL + "/path?x=1"}).Do(context.Background(), vend(7))
		var unreadable *xmlvend.AnswerError
		if !errors.As(err, &unreadable) {
			t.Errorf("an empty answer: %v", err)
		}
		mustBeValid(t, body)
		want := http.Header{"Content-Type": {"text/xml; charset=utf-8"}, "Soapaction": {`""`}, "Accept-Encoding": {"gzip"}}
		header.Del("Content-Length")
		header.Del("User-Agent")
		if diff := cmp.Diff(want, header); diff != "" || method != http.MethodPost {
			t.Errorf("%s (-want +got):\n%s", method, diff)
		}
	})
}

func TestAFaultIsAnAnswerWhateverTheStatus(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		for _, status := range []int{http.StatusOK, http.StatusInternalServerError, http.StatusBadRequest} {
			s := answering(t, status, sample(t, "fault-blocked-meter.xml"))
			a, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL}).Do(context.Background(), vend(7))
			if err != nil || a.Fault == nil || a.Fault.Class != xmlvend.BlockedMeterEx || a.Status != status {
				t.Errorf("status %d: %+v, %v", status, a, err)
			}
		}
	})
}

func TestACompressedAnswerIsReadWhateverItsHeaderSays(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		plain := sample(t, "resp-credit-vend-generic.xml")
		for name, s := range map[string]*httptest.Server{
			"labelled":         answering(t, 200, zip(plain), "Content-Encoding", "gzip"),
			"not labelled":     answering(t, 200, zip(plain)),
			"labelled, but no": answering(t, 200, plain, "Content-Encoding", "gzip"),
			"in two members":   answering(t, 200, append(zip(plain[:100]), zip(plain[100:])...), "Content-Encoding", "gzip"),
		} {
			a, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL}).Do(context.Background(), vend(7))
			if err != nil || !bytes.Equal(a.Raw, plain) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestARequestIsCompressedIfTheServerWantsIt(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		s := openShop(t, sells(t))
		for _, compress := range []bool{true, false} {
			var encoding string
			var size int64
			looked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				encoding, size = r.Header.Get("Content-Encoding"), r.ContentLength
				s.Config.Handler.ServeHTTP(w, r)
			}))
			t.Cleanup(looked.Close)
			plain := len(xmlvend.Encode(xmlvend.Envelope{Payload: vend(7)}))
			a, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: looked.URL, Gzip: compress}).Do(t.Context(), vend(7))
			if err != nil || a.Status != http.StatusOK {
				t.Fatal(a, err)
			}
			if compress && (encoding != "gzip" || size >= int64(plain)) || !compress && (encoding != "" || size != int64(plain)) {
				t.Errorf("compress %v: encoding %q, %d bytes of %d", compress, encoding, size, plain)
			}
		}
	})
}

func TestAnAnswerThatIsNotXMLVendIsAnErrorWithItsEvidence(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		for name, body := range map[string][]byte{
			"HTML": []byte("<html><body>Bad Gateway</body></html>"), "nothing": nil, "broken gzip": zip(sample(t, "resp-credit-vend-generic.xml"))[:100],
			"gzip and something else": append(zip(sample(t, "resp-credit-vend-generic.xml")), "rubbish"...),
		} {
			s := answering(t, http.StatusBadGateway, body)
			_, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL}).Do(context.Background(), vend(7))
			var unreadable *xmlvend.AnswerError
			if !errors.As(err, &unreadable) || unreadable.Status != http.StatusBadGateway || !bytes.Equal(unreadable.Raw, body) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnAnswerThatIsTooLargeIsRefused(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		for name, body := range map[string][]byte{
			"plain":    bytes.Repeat([]byte(" "), xmlvend.MaxAnswer+1),
			"inflated": zip(make([]byte, 8<<20)),
		} {
			s := answering(t, http.StatusOK, body)
			_, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL}).Do(context.Background(), vend(7))
			var unreadable *xmlvend.AnswerError
			if !errors.As(err, &unreadable) || len(unreadable.Raw) > xmlvend.MaxAnswer {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		var hits sync.Map
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hits.Store(r.URL.Path, true)
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}))
		t.Cleanup(s.Close)
		_, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s.URL + "/here"}).Do(context.Background(), vend(7))
		var unreadable *xmlvend.AnswerError
		if _, followed := hits.Load("/elsewhere"); followed || !errors.As(err, &unreadable) {
			t.Errorf("followed: %v, %v", followed, err)
		}
	})
}

func TestAURLThatIsNotHTTPIsRefused(t *testing.T) {
	for _, u := range []string{"", "localhost:8443", "ftp://host/", "http://", "://"} {
		if _, err := xmlvend.NewClient(xmlvend.ClientConfig{URL: u}); err == nil {
			t.Errorf("%q was accepted", u)
		}
	}
}

// wantSendError fails unless the error says that the request was, or was not, sent.
func wantSendError(t *testing.T, err error, sent bool) {
	t.Helper()
	var failed *xmlvend.SendError
	if !errors.As(err, &failed) || failed.Sent != sent {
		t.Errorf("got %v, want a SendError with Sent %v", err, sent)
	}
}

func TestWhereNothingCouldBeSentTheErrorSaysSo(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		closed := httptest.NewServer(nil)
		closed.Close()
		secure := httptest.NewTLSServer(nil)
		t.Cleanup(secure.Close)
		secure.Config.ErrorLog = nil
		mute, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, never shakes hands
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = mute.Close() })
		cancelled, cancel := context.WithCancel(context.Background())
		cancel()
		open := answering(t, 200, nil)
		for name, c := range map[string]struct {
			ctx    context.Context
			config xmlvend.ClientConfig
		}{
			"nobody listens":               {context.Background(), xmlvend.ClientConfig{URL: closed.URL}},
			"a certificate nobody trusts":  {context.Background(), xmlvend.ClientConfig{URL: secure.URL}},
			"a handshake that never comes": {context.Background(), xmlvend.ClientConfig{URL: "https://" + mute.Addr().String(), Dial: 20 * time.Millisecond}},
			"given up before":              {cancelled, xmlvend.ClientConfig{URL: open.URL}},
		} {
			t.Run(name, func(t *testing.T) {
				c.config.Conns = conns
				_, err := newClient(t, c.config).Do(c.ctx, vend(7))
				wantSendError(t, err, false)
			})
		}
	})
}

func TestWhereTheRequestLeftTheErrorSaysSo(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		for name, misbehave := range map[string]func(net.Conn){
			"closed unanswered":      func(c net.Conn) {},
			"cut in the answer":      func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<soap") },
			"an answer that is not":  func(c net.Conn) { _, _ = io.WriteString(c, "220 smtp.example.org\r\n") },
			"silence until given up": func(c net.Conn) { _, _ = c.Read(make([]byte, 1)) },
			"half an HTTP status":    func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 2") },
			"an early end of chunks": func(c net.Conn) {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<so")
			},
			"headers without an end ": func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X: y\r\n", 20000)) },
		} {
			t.Run(name, func(t *testing.T) {
				s := listen(t, func(c net.Conn, r *bufio.Reader) {
					if readRequest(r) != "" {
						misbehave(c)
					}
				})
				ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
				defer cancel()
				_, err := newClient(t, xmlvend.ClientConfig{Conns: conns, URL: s}).Do(ctx, vend(7))
				wantSendError(t, err, true)
			})
		}
	})
}

func TestWhatComesBeforeTheAnswerIsNotTakenForIt(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		reply := sample(t, "resp-credit-vend-generic.xml")
		s := listen(t, func(c net.Conn, r *bufio.Reader) {
			if readRequest(r) != "" {
				_, _ = fmt.Fprintf(c, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"+
					"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(reply), reply)
			}
		})
		a, err := newClient(t, xmlvend.ClientConfig{URL: s, Conns: conns}).Do(t.Context(), vend(7))
		if err != nil || a.Status != http.StatusOK || !bytes.Equal(a.Raw, reply) {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// Whoever waits for an answer and is called away says so, whatever the connection
// says.
func TestAnExchangeThatIsGivenUpEndsAtOnceWithTheReason(t *testing.T) {
	onBothWires(t, func(t *testing.T, conns int) {
		ctx, cancel := context.WithCancel(t.Context())
		s := listen(t, func(c net.Conn, r *bufio.Reader) {
			readRequest(r)
			cancel()
			_, _ = c.Read(make([]byte, 1)) // until the client closes
		})
		_, err := newClient(t, xmlvend.ClientConfig{URL: s, Conns: conns}).Do(ctx, vend(7))
		wantSendError(t, err, true)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the reason is %v", err)
		}
	})
}

// listen serves raw connections and returns the URL. Everything is closed with
// the test.
func listen(t *testing.T, serve func(net.Conn, *bufio.Reader)) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer c.Close()
				serve(c, bufio.NewReader(c))
			})
		}
	})
	t.Cleanup(all.Wait)
	t.Cleanup(func() { _ = l.Close() })
	return "http://" + l.Addr().String()
}

// readRequest reads one request and returns its body, "" at the end.
func readRequest(r *bufio.Reader) string {
	req, err := http.ReadRequest(r)
	if err != nil {
		return ""
	}
	body, _ := io.ReadAll(req.Body)
	return string(body)
}

// arrivals counts requests by their unique number.
type arrivals struct {
	mu    sync.Mutex
	count map[string]int
}

func (a *arrivals) add(body string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.count == nil {
		a.count = map[string]int{}
	}
	_, after, _ := strings.Cut(body, `uniqueNumber="`)
	number, _, _ := strings.Cut(after, `"`)
	a.count[number]++
}

// of returns how often the request arrived.
func (a *arrivals) of(number int) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.count[fmt.Sprint(number)]
}

// TestAVendIsNeverSentTwice has a server that keeps the connection after the
// first answer, reads the next request on it, and closes: the very case in which
// net/http sends a replayable request again by itself.
func TestAVendIsNeverSentTwice(t *testing.T) {
	var seen arrivals
	reply := sample(t, "resp-credit-vend-generic.xml")
	s := listen(t, func(c net.Conn, r *bufio.Reader) {
		seen.add(readRequest(r))
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(reply), reply)
		if body := readRequest(r); body != "" {
			seen.add(body)
		}
	})
	c := newClient(t, xmlvend.ClientConfig{URL: s})
	for n := 1; n < 40; n += 2 {
		if _, err := c.Do(context.Background(), vend(n)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Do(context.Background(), vend(n+1))
		wantSendError(t, err, true)
	}
	for n := 1; n <= 40; n++ {
		if got := seen.of(n); got != 1 {
			t.Errorf("request %d arrived %d times", n, got)
		}
	}
}

func TestAConnectionThatTheServerHasClosedNeverLeadsToASecondSend(t *testing.T) {
	var seen arrivals
	reply := sample(t, "resp-credit-vend-generic.xml")
	s := listen(t, func(c net.Conn, r *bufio.Reader) { // says it keeps the connection, and closes it
		seen.add(readRequest(r))
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(reply), reply)
	})
	c := newClient(t, xmlvend.ClientConfig{URL: s})
	for n := 1; n <= 200; n++ {
		_, err := c.Do(context.Background(), vend(n))
		arrived := seen.of(n)
		var failed *xmlvend.SendError
		switch {
		case err == nil && arrived != 1:
			t.Errorf("request %d was answered and arrived %d times", n, arrived)
		case err != nil && (!errors.As(err, &failed) || arrived > 1 || arrived == 1 && !failed.Sent):
			t.Errorf("request %d arrived %d times: %v", n, arrived, err)
		}
	}
}

func TestARequestSaidNotToBeSentNeverArrives(t *testing.T) {
	var seen arrivals
	reply := sample(t, "resp-credit-vend-generic.xml")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen.add(string(body))
		_, _ = w.Write(reply)
	}))
	c := newClient(t, xmlvend.ClientConfig{URL: s.URL})
	unsent := map[int]bool{}
	for n := 1; n <= 1000; n++ {
		// given up in the moment between having a connection and writing to it
		ctx, cancel := context.WithCancel(context.Background())
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { cancel() }})
		_, err := c.Do(ctx, vend(n))
		cancel()
		var failed *xmlvend.SendError
		if errors.As(err, &failed) && !failed.Sent {
			unsent[n] = true
		}
	}
	c.Close()
	s.Close() // waits for what is being served
	if len(unsent) == 0 {
		t.Error("every request was sent: this test tests nothing")
	}
	for n := range unsent {
		if got := seen.of(n); got != 0 {
			t.Errorf("request %d was said not to be sent, and arrived", n)
		}
	}
}
