package intercept_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/intercept"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// between is an interceptor before a server.
type between struct {
	*intercept.Interceptor
	t       *testing.T
	address string
	stop    func() conformance.Report

	mu  sync.Mutex
	log []string
}

func start(t *testing.T, upstream string, change func(*intercept.Config)) *between {
	t.Helper()
	b := &between{t: t}
	u, err := url.Parse(upstream)
	if err != nil {
		t.Fatal(err)
	}
	config := intercept.Config{Upstream: u, Log: func(text string) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.log = append(b.log, text)
	}}
	if change != nil {
		change(&config)
	}
	if b.Interceptor, err = intercept.New(config); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- b.Serve(ctx, l) }()
	b.stop = sync.OnceValue(func() conformance.Report {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
		return b.Report()
	})
	t.Cleanup(func() { b.stop() })
	return b
}

// rawServer answers every connection's first bytes with fixed ones, and notes what came.
func rawServer(t *testing.T, enough func([]byte) bool, answer []byte, leave func(net.Conn)) (address string, got func() []byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all bytes.Buffer
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Add(1)
			go func() {
				defer wg.Done()
				buffer := make([]byte, 4096)
				var mine []byte
				for !enough(mine) {
					n, err := conn.Read(buffer)
					mine = append(mine, buffer[:n]...)
					if err != nil {
						break
					}
				}
				mu.Lock()
				all.Write(mine)
				mu.Unlock()
				_, _ = conn.Write(answer)
				leave(conn)
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String(), func() []byte {
		mu.Lock()
		defer mu.Unlock()
		return bytes.Clone(all.Bytes())
	}
}

func properly(c net.Conn) { c.Close() }

func brokenly(c net.Conn) {
	_ = c.(*net.TCPConn).SetLinger(0)
	c.Close()
}

func zipped(s string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	z.Close()
	return b.Bytes()
}

func message(start, header string, body []byte) []byte {
	return append([]byte(fmt.Sprintf("%s\r\n%sContent-Length: %d\r\n\r\n", start, header, len(body))), body...)
}

func TestEveryByteGoesThroughBothWays(t *testing.T) {
	huge := bytes.Repeat([]byte("<a>"), intercept.MaxBody) // three times what is kept
	for name, test := range map[string]struct{ request, answer []byte }{
		"odd header": {
			[]byte("POST /x HTTP/1.1\r\nhost:  a\r\nSOAPACTION: CreditVendRequest\r\nx-Odd:\t b \r\nContent-Length: 4\r\nConnection: keep-alive\r\nTE: trailers\r\n\r\n<a/>"),
			[]byte("HTTP/1.1 200 Fine by me\r\nserver: x\r\nX-lower-Case: 1\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\n\r\n<b />"),
		},
		"gzip": {
			message("POST / HTTP/1.1", "Host: a\r\nContent-Encoding: gzip\r\n", zipped("<a/>")),
			message("HTTP/1.1 500 Internal Server Error", "Content-Encoding: gzip\r\n", zipped("<b/>")),
		},
		"gzip that is none": {
			message("POST / HTTP/1.1", "Host: a\r\nContent-Encoding: gzip\r\n", []byte("no gzip")),
			message("HTTP/1.1 200 OK", "Content-Encoding: br\r\n", []byte{1, 2, 3}),
		},
		"chunks": {
			[]byte("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n<a\r\n2\r\n/>\r\n0\r\nTrailer: 1\r\n\r\n"),
			[]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<b/>\r\n0\r\n\r\n"),
		},
		"broken documents": {
			message("POST / HTTP/1.1", "Host: a\r\n", []byte("<a><b:password>x</a>\xff\x00&")),
			message("HTTP/1.1 200 OK", "", []byte("<html><br>\x80")),
		},
		"not HTTP at all": {[]byte("\x16\x03\x01 what is this\r\n\r\n"), []byte("\x00\x01\x02 neither is this")},
		"100 Continue": {
			message("POST / HTTP/1.1", "Host: a\r\nExpect: 100-continue\r\n", []byte("<a/>")),
			append([]byte("HTTP/1.1 100 Continue\r\n\r\n"), message("HTTP/1.1 200 OK", "", []byte("<b/>"))...),
		},
		"huge":                {message("POST / HTTP/1.1", "Host: a\r\n", huge), message("HTTP/1.1 200 OK", "", huge)},
		"answer till the end": {message("POST / HTTP/1.0", "", []byte("<a/>")), []byte("HTTP/1.0 200 OK\r\n\r\n<b/>")},
		"two answers":         {message("POST / HTTP/1.1", "Host: a\r\n", []byte("<a/>")), bytes.Repeat(message("HTTP/1.1 200 OK", "", []byte("<b/>")), 2)},
		"no body":             {[]byte("GET /xmlvend?wsdl HTTP/1.1\r\nHost: a\r\n\r\n"), []byte("HTTP/1.1 204 No Content\r\n\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			address, got := rawServer(t, func(b []byte) bool { return len(b) >= len(test.request) }, test.answer, properly)
			b := start(t, "http://"+address, nil)
			conn, err := net.Dial("tcp", b.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			written := make(chan error, 1)
			go func() { _, err := conn.Write(test.request); written <- err }()
			answer, err := io.ReadAll(conn)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-written; err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got(), test.request) {
				t.Errorf("the server got %q", clip(got()))
			}
			if !bytes.Equal(answer, test.answer) {
				t.Errorf("the client got %q", clip(answer))
			}
			conn.Close()
			b.stop()
		})
	}
}

func clip(b []byte) []byte { return b[:min(len(b), 300)] }

func TestADroppedConnectionIsDroppedInTheSameWay(t *testing.T) {
	request := message("POST / HTTP/1.1", "Host: a\r\n", []byte("<a/>"))
	for name, leave := range map[string]func(net.Conn){"closed": properly, "reset": brokenly} {
		t.Run(name, func(t *testing.T) {
			address, _ := rawServer(t, func(b []byte) bool { return len(b) >= len(request) }, nil, leave)
			b := start(t, "http://"+address, nil)
			conn, err := net.Dial("tcp", b.address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := conn.Write(request); err != nil {
				t.Fatal(err)
			}
			n, err := conn.Read(make([]byte, 1))
			if n != 0 || err == nil || (name == "reset") != strings.Contains(err.Error(), "reset") {
				t.Errorf("read %d bytes, %v", n, err)
			}
			conn.Close()
			report := b.stop()
			if report.Exchange != 1 || len(report.Findings) == 0 || !strings.Contains(report.Findings[0].Text, "the server closed the connection without an answer") {
				t.Errorf("report %+v", report)
			}
		})
	}
}

func TestAServerThatCannotBeReachedIsAConnectionThatBreaks(t *testing.T) {
	b := start(t, "http://127.0.0.1:1", nil)
	if conn, err := net.Dial("tcp", b.address); err == nil { // the reset may be there at once
		defer conn.Close()
		if _, err := conn.Read(make([]byte, 1)); err == nil {
			t.Error("something was read")
		}
	}
	b.stop()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.log) != 1 || !strings.Contains(b.log[0], "cannot reach the server") {
		t.Errorf("log %q", b.log)
	}
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	doc, err := os.ReadFile("../../schemas/testdata/samples/" + name + ".xml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestManyClientsOnKeptConnectionsAreAllJudged(t *testing.T) {
	answer := sample(t, "resp-credit-vend-generic")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write(answer)
	}))
	defer server.Close()
	b := start(t, server.URL, nil)
	const clients, each = 20, 10
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			client := &http.Client{Transport: transport}
			for n := range each {
				doc := bytes.Replace(sample(t, "req-credit-vend-generic"), []byte(`uniqueNumber="1001"`), fmt.Appendf(nil, `uniqueNumber="%d"`, 1+c*each+n), 1)
				resp, err := client.Post("http://"+b.address+"/xmlvend", "text/xml", bytes.NewReader(doc))
				if err != nil {
					t.Error(err)
					return
				}
				got, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				if !bytes.Equal(got, answer) {
					t.Error("an answer was altered")
				}
			}
		}()
	}
	wg.Wait()
	transport.CloseIdleConnections()
	report := b.stop()
	if report.Exchange != clients*each || report.Unjudged != 0 {
		t.Errorf("%d were judged, %d were not", report.Exchange, report.Unjudged)
	}
	count := map[string]int{}
	for _, f := range report.Findings {
		count[f.Rule] += f.Count()
		if f.Client != "6009990000018" {
			t.Errorf("finding of client %q", f.Client)
		}
	}
	// All but one were answered as message 1001; and all with one token.
	if count["echo-message-id"] < clients*each-1 || count["token-issued-twice"] != clients*each-1 {
		t.Errorf("findings %v", count)
	}
}

func TestAFailureOfTheJudgeDoesNotDisturbTheTraffic(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<b/>")) }))
	defer server.Close()
	b := start(t, server.URL, func(c *intercept.Config) {
		c.OnFinding = func(conformance.Finding) { panic("the judge fails") }
		c.Keep = func(conformance.Record) error { panic("so does the recorder") }
	})
	for range 3 {
		resp, err := http.Post("http://"+b.address, "text/xml", strings.NewReader("<a/>"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	report := b.stop()
	if report.Exchange != 3 || report.Unjudged == 0 {
		t.Errorf("%d judged, %d not", report.Exchange, report.Unjudged)
	}
}

func TestAClientThatGivesUpIsNotSaidToHaveBeenAnswered(t *testing.T) {
	request := message("POST / HTTP/1.1", "Host: a\r\n", sample(t, "req-credit-vend-generic"))
	answered := make(chan bool)
	address, _ := rawServer(t, func(b []byte) bool { return len(b) >= len(request) }, nil, func(c net.Conn) {
		defer close(answered)
		_, _ = io.Copy(io.Discard, c) // until the client has gone
		_, _ = c.Write(message("HTTP/1.1 200 OK", "", sample(t, "resp-credit-vend-generic")))
		c.Close()
	})
	var mu sync.Mutex
	var kept []conformance.Record
	b := start(t, "http://"+address, func(c *intercept.Config) {
		c.Keep = func(r conformance.Record) error {
			mu.Lock()
			defer mu.Unlock()
			kept = append(kept, r)
			return nil
		}
	})
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write(request); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	<-answered
	report := b.stop()
	rules := []string{}
	for _, f := range report.Findings {
		rules = append(rules, f.Rule)
	}
	if !slices.Contains(rules, "advice-missing") {
		t.Errorf("findings %v", rules)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(kept) != 1 || kept[0].Response != "" || !strings.Contains(kept[0].Error, "the client closed") || strings.Contains(kept[0].Request, "Sample123") {
		t.Errorf("kept %+v", kept)
	}
}

func TestAnHTTPSServerIsReachedThroughTLS(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<b/>")) }))
	defer server.Close()
	b := start(t, server.URL, func(c *intercept.Config) {
		c.TLS = server.Client().Transport.(*http.Transport).TLSClientConfig
	})
	conn, err := net.Dial("tcp", b.address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, _ = conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, %v", resp, err)
	}
}
