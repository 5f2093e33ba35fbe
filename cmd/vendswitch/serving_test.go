package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/pos"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/xmlvend"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

// write writes a file of a test's.
func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// logged keeps what a switch logs.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// serving is a switch that sells.
type serving struct {
	*desk
	url        string
	operations string
	log        *logged
	books      *ledger.Store
}

// serves has a desk's switch sell, with more settings, until the test ends.
func (d *desk) serves(settings string) *serving {
	d.t.Helper()
	listen, err := freeAddress()
	if err != nil {
		d.t.Fatal(err)
	}
	operations, err := freeAddress()
	if err != nil {
		d.t.Fatal(err)
	}
	s := &serving{desk: d, url: "https://" + listen + "/xmlvend", operations: "http://" + operations, log: new(logged)}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	m := Main{Args: []string{"-c", write(d.t, "vendswitch.toml", settings), "serve"}, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: s.log,
		Environ: append(d.environ(), "VENDSWITCH_SERVER_LISTEN="+listen, "VENDSWITCH_SERVER_OPERATIONS="+operations)}
	go func() { ended <- m.Run(ctx) }()
	d.t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			d.t.Errorf("serve ended with %d:\n%s", code, s.log)
		}
	})
	s.eventually("being ready", func() bool {
		resp, err := http.Get(s.operations + "/readyz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return s
}

func (s *serving) eventually(what string, is func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s does not come about; the log says\n%s", what, s.log)
		}
	}
}

// metric is the value of a line that /metrics has.
func (s *serving) metric(line string) string {
	s.t.Helper()
	resp, err := http.Get(s.operations + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)^" + regexp.QuoteMeta(line) + " (.*)$").FindSubmatch(text)
	if found == nil {
		return ""
	}
	return string(found[1])
}

// The clients of a market.
const (
	shop     = "6009990000018"
	neighbor = "6009990000025"
)

// market sets two clients up, with vouchers and a town's electricity to sell; more are
// flags of the town's.
func (d *desk) market(townURL string, more ...string) {
	d.t.Helper()
	d.staff("ANNA", "BEN")
	us := utility.DemoClient()
	vouchers := make([]string, 20)
	for i := range vouchers {
		vouchers[i] = fmt.Sprintf("S%d,7%07d", i, i)
	}
	d.staff("ANNA", "BEN")
	for _, verb := range [][]string{
		{"supplier", "add", "CELLX", "--kind", "stock", "--name", "Cell X"},
		append(append([]string{"supplier", "add", "TOWN", "--kind", "utility", "--name", "Town", "--url", townURL, "--client-id", us.EAN,
			"--op-name", us.Operator, "--password-file", "-"}, more...), "<", us.Password),
		{"supplier", "route", "TOWN", "00000000000", "99999999999"},
		{"product", "add", "CELLX10", "--supplier", "CELLX", "--kind", "voucher", "--face", "10", "--name", "Cell X R10"},
		{"product", "add", "TOWNELEC", "--supplier", "TOWN", "--kind", "electricity", "--min", "10", "--max", "5000", "--name", "Electricity"},
		{"merchant", "add", "M0001", "--name", "Corner Store"},
		{"merchant", "credit", "M0001", "5000.00", "--reference", "BANK-1"},
		{"stock", "load", "-", "--supplier", "CELLX", "--batch", "1", "<", stockFile(vouchers...)},
		{"stock", "approve", "CELLX", "1", "--by", "BEN", "--credential", d.credential("BEN")},
	} {
		d.do(verb...)
	}
	d.as("BEN").do("stock", "approve", "CELLX", "1")
	d.as("BEN").do("merchant", "credit", "M0001", "5000.00", "--reference", "BANK-1")
	for _, client := range []string{shop, neighbor} {
		d.do("client", "add", client, "--merchant", "M0001")
		d.do("terminal", "add", client, "7")
		d.do("cashier", "add", client, "THANDI", "--password-file", "-", "<", "Sample123")
	}
}

// terminal is one of a client's, which shows a certificate or none.
func (s *serving) terminal(client string, trusts *certificatetest.Authority, shows *certificate.Pair) *pos.Terminal {
	s.t.Helper()
	s.number++
	ahead := time.Duration(s.number) * time.Hour // no two terminals of a client give one message id
	terminal, err := pos.New(pos.Config{URL: s.url, ClientID: client, TerminalID: "7", OpName: "THANDI", Password: "Sample123",
		TLS: trusts.Trusting(shows), Now: func() time.Time { return time.Now().Add(ahead) }})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(terminal.Close)
	return terminal
}

// requests are the legs that the journal has of a client or a supplier, newest first.
func (s *serving) requests(party string) []ledger.Leg {
	s.t.Helper()
	if s.books == nil {
		s.books = s.open()
	}
	legs, err := s.books.Legs(s.t.Context(), ledger.LegFilter{Party: party})
	if err != nil {
		s.t.Fatal(err)
	}
	return legs
}

// prepaid is a town's server that wants certificates of an authority's.
func prepaid(t *testing.T, authority *certificatetest.Authority, version uint16, change ...func(*tls.Config)) (town *utility.Server, url string) {
	t.Helper()
	town, err := utility.New(utility.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(town)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = authority.Demanding(utility.DefaultServerEAN, version)
	for _, c := range change {
		c(server.TLS)
	}
	server.StartTLS()
	t.Cleanup(func() { town.Close(); server.Close() })
	return town, server.URL + "/xmlvend"
}

// sells buys a voucher and says what came of it: "sold", or the class of a fault.
func sells(t *testing.T, terminal *pos.Terminal) string {
	t.Helper()
	resp, err := terminal.Voucher(t.Context(), "CELLX10", 1)
	return told(resp, err)
}

// told is what an answer comes to.
func told(resp xmlvend.Response, err error) string {
	switch resp := resp.(type) {
	case *xmlvend.VoucherVendResp, *xmlvend.CreditVendResp:
		if err == nil {
			return "sold"
		}
	case *xmlvend.FaultResp:
		return string(resp.Fault.Class)
	}
	return fmt.Sprint("no answer: ", err)
}
