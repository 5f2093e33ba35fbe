package suite_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/conformance/suite"
	"github.com/vendswitch/vendswitch/schemas"
)

// everything is a profile that leaves no case out but those that need unsupported
// operations.
func everything(url string) suite.Profile {
	p := townProfile(url)
	p.Operations, p.Product, p.Features = suite.Operations(), "X", nil
	for name := range suite.Features {
		p.Features = append(p.Features, name)
	}
	for _, kind := range []string{"freeIssue", "keyUpdate", "changedIn", "magneticCard"} {
		p.Meters[kind] = utility.Numbers()[utility.Good]
	}
	return p
}

// nonsense answers every request with a page, and keeps what it was sent.
type nonsense struct {
	mu   sync.Mutex
	sent []string
}

func (n *nonsense) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n.mu.Lock()
	n.sent = append(n.sent, string(body))
	n.mu.Unlock()
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<html><body>Welcome</body></html>")
}

func TestEveryCaseFailsAtAServerOfNonsense(t *testing.T) {
	server := httptest.NewServer(new(nonsense))
	defer server.Close()
	seen := map[string]bool{}
	for _, change := range []func(*suite.Profile){
		func(*suite.Profile) {},
		func(p *suite.Profile) { p.OnDuplicate = "refuse" },
		func(p *suite.Profile) { p.Operations = nil },
	} {
		p := everything(server.URL)
		change(&p)
		report, err := suite.Run(t.Context(), suite.Options{Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range report.Results {
			if r.Verdict == conformance.Pass {
				t.Errorf("%s passed", r.Case)
			}
			seen[r.Case] = seen[r.Case] || r.Verdict == conformance.Fail
		}
	}
	for name, failed := range seen {
		if !failed {
			t.Errorf("%s was never applicable", name)
		}
	}
	if len(seen) < 302 { // all there were when this was written
		t.Errorf("only %d cases", len(seen))
	}
}

func TestTheRequestOfEachOperationIsValid(t *testing.T) {
	validator, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range suite.Operations() {
		n := new(nonsense)
		server := httptest.NewServer(n)
		name := strings.TrimSuffix(op, "Req") + "-wrong-password"
		if slices.Contains([]string{"voucherVendReq", "catalogueReq"}, op) {
			name = strings.TrimSuffix(op, "Req") + "-works"
		}
		_, err := suite.Run(t.Context(), suite.Options{Profile: everything(server.URL), Case: name})
		server.Close()
		if err != nil || len(n.sent) != 1 {
			t.Fatalf("%s: %d requests, %v", op, len(n.sent), err)
		}
		if err := validator.Validate([]byte(n.sent[0])); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

func TestAResultHoldsNoSecret(t *testing.T) {
	town, err := utility.New(utility.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer town.Close()
	server := httptest.NewServer(town)
	defer server.Close()
	p := townProfile(server.URL + "/xmlvend")
	report, err := suite.Run(t.Context(), suite.Options{Profile: p, Case: "creditVend-works"})
	if err != nil {
		t.Fatal(err)
	}
	for _, issued := range town.Issued("") {
		for _, x := range report.Results[0].Exchanges {
			if strings.Contains(x.Request+x.Response, p.Password) || strings.Contains(x.Response, issued.Token.Digits()) {
				t.Error("a result shows a password or a token")
			}
		}
	}
	if len(town.Issued("")) == 0 {
		t.Error("nothing was sold")
	}
}

func TestAServerThatIsNotThereIsNoFailureOfACase(t *testing.T) {
	server := httptest.NewServer(new(nonsense))
	server.Close()
	if _, err := suite.Run(t.Context(), suite.Options{Profile: townProfile(server.URL)}); err == nil || !strings.Contains(err.Error(), suite.ErrUnreachable.Error()) {
		t.Errorf("got %v", err)
	}
}

func TestAProfileThatCannotBeIsRefused(t *testing.T) {
	for want, change := range map[string]func(*suite.Profile){
		"client":       func(p *suite.Profile) { p.Client = "" },
		"on_duplicate": func(p *suite.Profile) { p.OnDuplicate = "ignore" },
		"operations":   func(p *suite.Profile) { p.Operations = []string{"creditVend"} },
		"features":     func(p *suite.Profile) { p.Features = []string{"speed"} },
		"meters.good":  func(p *suite.Profile) { p.Meters = nil },
		"tls":          func(p *suite.Profile) { p.TLS.Cert = "x.pem" },
	} {
		p := townProfile("http://127.0.0.1:1")
		change(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	name := t.TempDir() + "/p.toml"
	if err := townProfile("http://127.0.0.1:1").WriteFile(name); err != nil {
		t.Fatal(err)
	}
	if _, err := suite.ReadProfile(name); err != nil {
		t.Errorf("what was written is not read: %v", err)
	}
}

func TestAProfileIsReadableByItsOwnerAlone(t *testing.T) {
	name := t.TempDir() + "/p.toml"
	for _, left := range []string{name, name + ".new"} {
		if err := os.WriteFile(left, []byte("from before"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := townProfile("http://127.0.0.1:1").WriteFile(name); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
}
