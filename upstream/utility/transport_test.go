package utility_test

import (
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

// zipped compresses a text.
func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = io.WriteString(z, text) // a bytes.Buffer does not fail
	_ = z.Close()
	return b.String()
}

// both sends a vend and a lookup.
func both(t *testing.T, a *utility.Adapter) (vend upstream.Result, lookup upstream.Confirmation) {
	t.Helper()
	q, meter := bought(), ask("20240611101500", 1010, "07215001236", 0)
	return a.Vend(t.Context(), q.id, q.order), a.ConfirmCustomer(t.Context(), meter.id, meter.order.Meter)
}

func TestRequestsAreCompressedForAServerThatWantsIt(t *testing.T) {
	vend, lookup := sample(t, debtReceipt), sample(t, "resp-confirm-customer-generic")
	var compressed, plain atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			compressed.Add(1)
			z, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = z
		} else {
			plain.Add(1)
		}
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("answers are accepted in %q", r.Header.Get("Accept-Encoding"))
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		answer := vend
		if strings.Contains(string(text), "confirmCustomerReq") {
			answer = lookup
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, zipped(answer))
	}))
	t.Cleanup(s.Close)
	for _, gzip := range []bool{true, false} {
		a, err := utility.New(utility.Config{Supplier: "city", URL: s.URL, ClientID: clientEAN}, utility.HTTP{Gzip: gzip})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		if v, l := both(t, a); v.Verdict != upstream.Accepted || l.Verdict != upstream.Accepted {
			t.Errorf("compress %v: %v (%s), %v (%s)", gzip, v.Verdict, v.Reason, l.Verdict, l.Reason)
		}
	}
	if c, p := compressed.Load(), plain.Load(); c != 2 || p != 2 {
		t.Errorf("%d requests were compressed and %d not, want 2 and 2", c, p)
	}
}

func TestAnAnswerIsUnzippedWhateverItsHeaderSaysAndNeverBeyondItsLimit(t *testing.T) {
	lookup := sample(t, "resp-confirm-customer-generic")
	bomb := zipped(strings.Repeat(" ", 50<<20))
	for name, row := range map[string]struct {
		body, encoding string
		lookup, vend   upstream.Verdict
	}{
		"compressed":                       {zipped(lookup), "gzip", upstream.Accepted, upstream.Unknown},
		"compressed, and not said to be":   {zipped(lookup), "", upstream.Accepted, upstream.Unknown},
		"plain, and said to be compressed": {lookup, "gzip", upstream.Accepted, upstream.Unknown},
		"a bomb":                           {bomb, "gzip", upstream.Unknown, upstream.Unknown},
		"cut off":                          {zipped(lookup)[:300], "gzip", upstream.Unknown, upstream.Unknown},
		"followed by something else":       {zipped(lookup) + "rubbish", "gzip", upstream.Unknown, upstream.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if row.encoding != "" {
					w.Header().Set("Content-Encoding", row.encoding)
				}
				_, _ = io.WriteString(w, row.body)
			}))
			t.Cleanup(s.Close)
			v, l := both(t, adapter(t, s.URL))
			if v.Verdict != row.vend || l.Verdict != row.lookup || !v.Sent || !l.Sent {
				t.Errorf("vend %v (%s), lookup %v (%s)", v.Verdict, v.Reason, l.Verdict, l.Reason)
			}
		})
	}
}

func TestAHandshakeThatFailsSendsNothingNeitherAVendNorALookup(t *testing.T) {
	ours, theirs := certificatetest.New(t, "ours"), certificatetest.New(t, "theirs")
	foreign := theirs.ClientFor(clientEAN)
	for version, number := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		for name, client := range map[string]func() *tls.Config{
			"our certificate is a stranger's": ours.Trusting(&foreign),
			"we have none":                    ours.Trusting(nil),
			"the server is a stranger":        theirs.Trusting(nil),
		} {
			t.Run(name+", "+version, func(t *testing.T) {
				var requests atomic.Int32
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
				s.TLS = ours.Demanding("6008000001007", number)
				s.Config.ErrorLog = quiet
				s.StartTLS()
				t.Cleanup(s.Close)
				a, err := utility.New(utility.Config{Supplier: "city", URL: s.URL, ClientID: clientEAN}, utility.HTTP{TLS: client})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = a.Close() })
				v, l := both(t, a)
				for what, got := range map[string]struct {
					verdict upstream.Verdict
					sent    bool
					reason  string
				}{"vend": {v.Verdict, v.Sent, v.Reason}, "lookup": {l.Verdict, l.Sent, l.Reason}} {
					if got.verdict != upstream.Declined || got.sent || !strings.Contains(got.reason, "tls: ") {
						t.Errorf("%s: %v sent=%v (%s), want declined and not sent", what, got.verdict, got.sent, got.reason)
					}
				}
				if n := requests.Load(); n != 0 {
					t.Errorf("%d requests arrived", n)
				}
			})
		}
	}
}
