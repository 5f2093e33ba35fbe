package utility_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend/mutanttest"
)

var (
	twenty = regexp.MustCompile(`^[0-9]{20}$`)
	space  = regexp.MustCompile(`\s+`)
)

// FuzzJudge holds every verdict against what is plain to see in the bytes of the
// answer: a sale needs our message id, our meter and the token; a refusal needs a
// fault.
func FuzzJudge(f *testing.F) {
	samples, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(samples) == 0 {
		f.Fatal("no samples", err)
	}
	for _, name := range samples {
		doc, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for seed := range uint64(1 + mutanttest.Each) {
			f.Add(doc, seed, 1002, "07215001236")
			f.Add(doc, seed, 414, "14100322552")
		}
	}
	var answer atomic.Pointer[[]byte]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(*answer.Load())
	}))
	f.Cleanup(server.Close)
	a := adapter(f, server.URL)
	f.Fuzz(func(t *testing.T, doc []byte, seed uint64, number int, meter string) {
		doc = mutanttest.Of(doc, seed)
		answer.Store(&doc)
		q := ask("20240611101500", number, meter, 200_00).about("20240611101500", number)
		q.id.Number++
		plain := space.ReplaceAllString(string(doc), "")
		for call, r := range map[string]upstream.Result{
			"vend":   a.Vend(t.Context(), q.asked, q.order),
			"trial":  a.Trial(t.Context(), q.asked, q.order),
			"advice": a.LastResponse(t.Context(), q.id, q.asked, q.order),
		} {
			if !r.Sent {
				t.Errorf("%s: not sent: %s", call, r.Reason)
			}
			switch r.Verdict {
			case upstream.Accepted:
				for _, needed := range []string{q.asked.DateTime, fmt.Sprint(q.asked.Number), strings.TrimLeft(strings.TrimSpace(meter), "0")} {
					if !strings.Contains(string(doc), needed) {
						t.Errorf("%s: sold, but %q is not in the answer", call, needed)
					}
				}
				for _, token := range r.Vend.CreditTokens() {
					if !twenty.MatchString(token) || call != "trial" && (!strings.Contains(plain, token) || strings.Trim(token, "0") == "") {
						t.Errorf("%s: a token that is none, or not in the answer", call)
					}
				}
				if len(r.Vend.CreditTokens()) == 0 || r.Vend.Tendered < 0 {
					t.Errorf("%s: %d tokens for %d", call, len(r.Vend.CreditTokens()), r.Vend.Tendered)
				}
			case upstream.Declined, upstream.Absent:
				if r.Fault == nil || !strings.Contains(strings.ToLower(plain), "fault") {
					t.Errorf("%s: %v without a fault", call, r.Verdict)
				}
			}
			keepsSecrets(t, r)
		}
	})
}
