package utility_test

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	clientEAN = "6009990000018"
	password  = "Sample123"
)

// adapter returns an adapter for the server at url, closed with the test.
func adapter(t testing.TB, url string, change ...func(*utility.Config)) *utility.Adapter {
	t.Helper()
	c := utility.Config{Supplier: "city", URL: url, ClientID: clientEAN, OpName: "clerk01", Password: password}
	for _, f := range change {
		f(&c)
	}
	a, err := utility.New(c, utility.HTTP{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func hexing(c *utility.Config) { c.Dialect = "hexing" }

// answering is a server that gives every request the same answer.
func answering(t testing.TB, status int, answer string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// sample reads an answer from testdata and replaces texts in it, in pairs; each
// must be there.
func sample(t testing.TB, name string, oldnew ...string) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("testdata", name+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	s := string(doc)
	for i := 0; i < len(oldnew); i += 2 {
		if !strings.Contains(s, oldnew[i]) {
			t.Fatalf("%s does not contain %q", name, oldnew[i])
		}
		s = strings.ReplaceAll(s, oldnew[i], oldnew[i+1])
	}
	return s
}

// question is what a sample answers.
type question struct {
	id    upstream.MessageID
	asked upstream.MessageID // of an advice
	order upstream.VendOrder
}

// ask is a question about a meter.
func ask(dateTime string, number int, meter string, amount int64) question {
	return question{
		id: upstream.MessageID{DateTime: dateTime, Number: number},
		order: upstream.VendOrder{
			Meter: upstream.Meter{Number: meter}, Amount: amount, Currency: "ZAR", Resource: upstream.Electricity,
		},
	}
}

func (q question) about(dateTime string, number int) question {
	q.asked = upstream.MessageID{DateTime: dateTime, Number: number}
	return q
}

// raw is a server below HTTP.
type raw struct {
	url      string
	requests atomic.Int32 // read whole

	listener net.Listener
	serving  sync.WaitGroup
	mu       sync.Mutex
	open     []net.Conn
}

// listen starts a server that reads requests and leaves the rest to behave: it is
// given the connection after each request, and reports whether to go on with it.
func listen(t testing.TB, behave func(c net.Conn, nth int32) (goOn bool)) *raw {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l, behave)
}

func serve(t testing.TB, l net.Listener, behave func(net.Conn, int32) bool) *raw {
	s := &raw{url: "http://" + l.Addr().String() + "/xmlvend", listener: l}
	s.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open = append(s.open, c)
			s.mu.Unlock()
			s.serving.Go(func() { s.read(c, behave) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		s.mu.Lock()
		for _, c := range s.open {
			_ = c.Close()
		}
		s.mu.Unlock()
		s.serving.Wait()
	})
	return s
}

func (s *raw) read(c net.Conn, behave func(net.Conn, int32) bool) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		if !behave(c, s.requests.Add(1)) {
			return
		}
	}
}

// refusing returns the URL of a port that nobody listens on.
func refusing(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String() + "/xmlvend"
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	return url
}

func closedList(entries ...string) func(*utility.Config) {
	return func(c *utility.Config) { c.Declined = entries }
}

// quiet swallows what a test's server would complain about.
var quiet = log.New(io.Discard, "", 0)

func read(r *http.Request) string {
	body, _ := io.ReadAll(r.Body)
	return string(body)
}
