package smsc_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start serves a centre on a socket.
func start(t *testing.T, c smsc.Config) (*smsc.Server, string) {
	t.Helper()
	if c.Pause == 0 {
		c.Pause = time.Millisecond
	}
	centre, err := smsc.New(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(centre)
	t.Cleanup(func() {
		centre.Close()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return centre, server.URL
}

// ours is a server that a centre posts to; it answers as told, then with 200.
func ours(t *testing.T, statuses ...int) (string, <-chan *http.Request) {
	t.Helper()
	got := make(chan *http.Request, 100)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got <- r
		if n := int(asked.Add(1)); n <= len(statuses) {
			w.WriteHeader(statuses[n-1])
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, got
}

func send(t *testing.T, address string, change func(url.Values)) (int, string, error) {
	t.Helper()
	v := url.Values{"username": {smsc.DemoUser}, "password": {smsc.DemoPassword}, "from": {"27820000001"}, "to": {"27821234567"},
		"text": {"Deposit R500.00 received"}, "coding": {"0"}}
	if change != nil {
		change(v)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/cgi-bin/sendsms?"+v.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func texts(messages []smsc.Message) []string {
	var all []string
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return all
}

func TestAnSMSReachesThePhone(t *testing.T) {
	centre, address := start(t, smsc.Config{})
	if status, said, err := send(t, address, nil); err != nil || status != http.StatusAccepted || said != "0: Accepted for delivery" {
		t.Fatalf("%d %q %v", status, said, err)
	}
	got := centre.Messages()
	if len(got) != 1 || got[0].To != "27821234567" || got[0].From != "27820000001" || got[0].Text != "Deposit R500.00 received" || got[0].ID == "" {
		t.Errorf("%+v", got)
	}
	resp, err := http.Get(address + "/control/messages?to=27821234567")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var listed []smsc.Message
	if err := json.NewDecoder(resp.Body).Decode(&listed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, listed); diff != "" {
		t.Error(diff)
	}
}

func TestWhatKannelWouldNotTakeIsNotTaken(t *testing.T) {
	centre, address := start(t, smsc.Config{})
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
	}{
		"a wrong password": {func(v url.Values) { v.Set("password", "x") }, 403},
		"no user":          {func(v url.Values) { v.Del("username") }, 403},
		"no receiver":      {func(v url.Values) { v.Del("to") }, 400},
		"a bad receiver":   {func(v url.Values) { v.Set("to", "thandi") }, 400},
		"no sender":        {func(v url.Values) { v.Del("from") }, 400},
	} {
		if status, said, err := send(t, address, c.change); err != nil || status != c.status || said == "" {
			t.Errorf("%s: %d %q %v", name, status, said, err)
		}
	}
	if got := centre.Messages(); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestFaultsOfSending(t *testing.T) {
	for kind, want := range map[smsc.FaultKind]struct {
		status int // 0: no answer
		taken  int
	}{
		smsc.Refuse: {403, 0}, smsc.Unavailable: {503, 0}, smsc.Throttle: {503, 0}, smsc.DropBefore: {0, 0}, smsc.DropAfter: {0, 1},
		smsc.Slow: {202, 1}, smsc.Garbage: {200, 1}, smsc.Duplicate: {202, 2}, smsc.Undelivered: {202, 1}, smsc.Late: {202, 1}, smsc.Rejected: {202, 1}, smsc.NoReceipt: {202, 1},
	} {
		centre, address := start(t, smsc.Config{Faults: []smsc.Fault{{Kind: kind, Count: 1, Delay: smsc.Duration(time.Millisecond)}}})
		status, _, err := send(t, address, nil)
		if status != want.status || (err != nil) != (want.status == 0) || len(centre.Messages()) != want.taken {
			t.Errorf("%s: %d, %v, %d taken", kind, status, err, len(centre.Messages()))
		}
		if status, _, err := send(t, address, nil); err != nil || status != http.StatusAccepted {
			t.Errorf("after %s: %d, %v", kind, status, err)
		}
	}
}

func TestReceiptsAreSentUntilTheyAreTaken(t *testing.T) {
	for kind, want := range map[smsc.FaultKind][]string{"": {"8", "8", "1"}, smsc.Undelivered: {"8", "8", "2"},
		smsc.Late: {"8", "8", "4", "1"}, smsc.Rejected: {"16", "16"}} {
		config := smsc.Config{}
		if kind != "" {
			config.Faults = []smsc.Fault{{Kind: kind}}
		}
		_, address := start(t, config)
		receipts, got := ours(t, http.StatusServiceUnavailable)
		_, _, err := send(t, address, func(v url.Values) {
			v.Set("dlr-mask", "31")
			v.Set("dlr-url", receipts+"/sms/receipt/secret?id=n-1&status=%d")
		})
		if err != nil {
			t.Fatal(err)
		}
		for i, status := range want {
			r := <-got
			// The first one is not taken, so it comes again.
			if r.Form.Get("status") != status || r.Form.Get("id") != "n-1" || r.URL.Path != "/sms/receipt/secret" {
				t.Errorf("%s: receipt %d: %s", kind, i, r.URL)
			}
		}
	}
}

func TestAnSMSFromAPhoneIsPostedInEachForm(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	at := time.Date(2026, 11, 14, 7, 12, 41, 0, time.UTC)
	for form, want := range map[smsc.Form]url.Values{
		smsc.Kannel:         {"from": {"FNB"}, "to": {"27820000001"}, "text": {"R1 é"}, "id": {"7"}, "ts": {"1794640361"}, "charset": {"UTF-8"}},
		smsc.AfricasTalking: {"from": {"FNB"}, "to": {"27820000001"}, "text": {"R1 é"}, "id": {"7"}, "linkId": {"link-7"}, "date": {"2026-11-14 07:12:41"}},
	} {
		address, got := ours(t)
		sent, err := centre.Deliver(t.Context(), smsc.Inbound{Form: form, URL: address + "/sms/x/secret", ID: "7", From: "FNB", To: "27820000001", Text: "R1 é", At: at})
		if err != nil || !sent.Taken() || !slices.Equal(sent.Statuses, []int{200}) {
			t.Errorf("%s: %+v, %v", form, sent, err)
		}
		if diff := cmp.Diff(want, (<-got).Form); diff != "" {
			t.Errorf("%s: %s", form, diff)
		}
	}
}

func TestAnSMSThatIsNotTakenIsPostedAgainUnderTheSameID(t *testing.T) {
	address, got := ours(t, http.StatusServiceUnavailable, http.StatusInternalServerError)
	centre, _ := start(t, smsc.Config{Inbound: address})
	sent, err := centre.Deliver(t.Context(), smsc.Inbound{From: "FNB", To: "1", Text: "R1", Times: 2})
	if err != nil || !slices.Equal(sent.Statuses, []int{503, 500, 200, 200}) {
		t.Errorf("%+v, %v", sent, err)
	}
	for range sent.Statuses {
		if id := (<-got).Form.Get("id"); id != sent.ID {
			t.Errorf("id %s, want %s", id, sent.ID)
		}
	}
	refused, _ := ours(t, http.StatusNotFound)
	if sent, err := centre.Deliver(t.Context(), smsc.Inbound{URL: refused, From: "FNB", To: "1"}); err != nil || sent.Taken() || len(sent.Statuses) != 1 {
		t.Errorf("what is refused is not posted again: %+v, %v", sent, err)
	}
}

func TestWhatCannotBeIsRefusedByControl(t *testing.T) {
	_, address := start(t, smsc.Config{})
	for path, bodies := range map[string][]string{
		"/control/faults":  {`{"kind":"nonsense"}`, `{"kind":"slow","count":-1}`, `{"kind":"slow","delay":3}`, `{"king":"slow"}`, ``},
		"/control/inbound": {`{"from":"FNB","to":"1"}`, `{"form":"telex","url":"http://x","from":"1","to":"1"}`, `{"url":"http://x","to":"1"}`, `[]`},
	} {
		for _, body := range bodies {
			resp, err := http.Post(address+path, "application/json", strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%s %s: %d", path, body, resp.StatusCode)
			}
		}
	}
	for text, want := range map[string]error{"slow,3s": nil, "drop-after,1": nil, "slow,soon": smsc.ErrFault, "": smsc.ErrFault} {
		if _, err := smsc.ParseFault(text); !errors.Is(err, want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAwaitingEndsWithItsContext(t *testing.T) {
	centre, _ := start(t, smsc.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := centre.AwaitMessages(ctx, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
