package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/gateway"
)

const smsPassword = "Sample+Pass 1"

// kannel answers each request as told, and keeps what it got.
func kannel(t *testing.T, status int, body string) (*httptest.Server, <-chan *http.Request) {
	t.Helper()
	got := make(chan *http.Request, 16)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		got <- r
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server, got
}

func smsTo(t *testing.T, address string, change func(*gateway.SMSConfig)) *gateway.SMS {
	t.Helper()
	c := gateway.SMSConfig{URL: address + "/cgi-bin/sendsms", User: "switch", Password: smsPassword, From: "27820000001",
		ReceiptURL: "http://127.0.0.1:8482/sms/receipt/letMeIn"}
	if change != nil {
		change(&c)
	}
	s, err := gateway.NewSMS(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var told = gateway.Message{ID: "notice-17", To: "082 123 4567", Text: "Deposit R500.00 received for Zoë's Spaza – balance R1 200.00"}

func TestAnSMSIsSubmittedInKannelsForm(t *testing.T) {
	for way, method := range map[gateway.Way]string{"": "GET", gateway.ByQuery: "GET", gateway.ByForm: "POST"} {
		t.Run(string(way), func(t *testing.T) {
			server, got := kannel(t, http.StatusAccepted, "0: Accepted for delivery")
			s := smsTo(t, server.URL, func(c *gateway.SMSConfig) { c.Way, c.SMSC = way, "north" })
			receipt, err := s.Send(t.Context(), told)
			if err != nil || receipt != "0: Accepted for delivery" {
				t.Fatalf("%q, %v", receipt, err)
			}
			r := <-got
			want := url.Values{
				"username": {"switch"}, "password": {smsPassword}, "to": {"27821234567"}, "from": {"27820000001"}, "smsc": {"north"},
				"text": {"Deposit R500.00 received for Zoe's Spaza - balance R1 200.00"}, "charset": {"UTF-8"}, "coding": {"0"},
				"dlr-mask": {"31"}, "dlr-url": {"http://127.0.0.1:8482/sms/receipt/letMeIn?id=notice-17&status=%d"},
			}
			if r.Form.Encode() != want.Encode() {
				t.Errorf("got  %s\nwant %s", r.Form.Encode(), want.Encode())
			}
			if r.Method != method || (method == "POST") != (r.URL.RawQuery == "") {
				t.Errorf("%s %s", r.Method, r.URL)
			}
		})
	}
}

func TestAnSMSBesideWhichTheRestIsInHeaders(t *testing.T) {
	said := make(chan string, 1)
	got := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		said <- string(body)
		got <- r
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "0: Accepted for delivery")
	}))
	t.Cleanup(server.Close)
	if _, err := smsTo(t, server.URL, func(c *gateway.SMSConfig) { c.Way = gateway.ByHeaders }).Send(t.Context(), told); err != nil {
		t.Fatal(err)
	}
	r := <-got
	if text := <-said; text != "Deposit R500.00 received for Zoe's Spaza - balance R1 200.00" || r.URL.RawQuery != "" || r.Header.Get("Content-Type") != "text/plain; charset=UTF-8" {
		t.Errorf("%s %q", r.URL, text)
	}
	for name, want := range map[string]string{"Username": "switch", "Password": smsPassword, "To": "27821234567", "From": "27820000001",
		"Coding": "0", "DLR-Mask": "31", "DLR-URL": "http://127.0.0.1:8482/sms/receipt/letMeIn?id=notice-17&status=%d"} {
		if value := r.Header.Get("X-Kannel-" + name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
}

func TestATextOutsideGSM7IsSentAsUCS2Unchanged(t *testing.T) {
	server, got := kannel(t, http.StatusAccepted, "3: Queued for later delivery")
	m := told
	m.Text = "Zoë – 你好"
	if _, err := smsTo(t, server.URL, nil).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.Form.Get("text") != m.Text || r.Form.Get("coding") != "2" {
		t.Errorf("%v", r.Form)
	}
}

func TestEachAnswerOfAGatewayHasOneMeaning(t *testing.T) {
	const accepted, temporary, account, refused = "accepted", "temporary", "account", "refused"
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{202, "0: Accepted for delivery", accepted},
		{202, "3: Queued for later delivery", accepted},
		{202, "Sent.", accepted},
		{202, "Sent. Message splits: 2", accepted},
		{200, "0: Accepted for delivery", accepted},
		{200, "<html>Please log on to the network</html>", temporary},
		{202, "", temporary},
		{204, "", temporary},
		{301, "", account},
		{400, "Number(s) has/have been denied by white- and/or black-lists.", refused},
		{400, "Missing receiver number, rejected", refused},
		{400, "Charset or body misformed, rejected", refused},
		{400, "Sender missing and no global set, rejected", account},
		{400, "DLR-URL field misformed, rejected", account},
		{400, "Invalid content-type", account},
		{401, "", account},
		{403, "Authorization failed for sendsms", account},
		{403, "Not routable. Do not try again.", refused},
		{404, "Unknown request.", account},
		{413, "", refused},
		{429, "", temporary},
		{500, "", temporary},
		{502, "<html>Bad Gateway</html>", temporary},
		{503, "Temporal failure, try again later.", temporary},
	} {
		server, _ := kannel(t, c.status, c.body)
		_, err := smsTo(t, server.URL, nil).Send(t.Context(), told)
		got := temporary
		switch {
		case err == nil:
			got = accepted
		case errors.Is(err, gateway.ErrRefused) && errors.Is(err, gateway.ErrAccount):
			got = "both"
		case errors.Is(err, gateway.ErrRefused):
			got = refused
		case errors.Is(err, gateway.ErrAccount):
			got = account
		}
		if got != c.want {
			t.Errorf("%d %q: %s, want %s: %v", c.status, c.body, got, c.want, err)
		}
	}
}

func TestAMessageThatCannotBeSentNeverReachesTheGateway(t *testing.T) {
	server, got := kannel(t, http.StatusAccepted, "0: Accepted for delivery")
	for name, change := range map[string]func(*gateway.Message){
		"no number":            func(m *gateway.Message) { m.To = "thandi@merchant.example" },
		"a number too short":   func(m *gateway.Message) { m.To = "08212345" },
		"no text":              func(m *gateway.Message) { m.Text = "" },
		"no id":                func(m *gateway.Message) { m.ID = "" },
		"an id with a percent": func(m *gateway.Message) { m.ID = "17%d" },
	} {
		m := told
		change(&m)
		if _, err := smsTo(t, server.URL, nil).Send(t.Context(), m); !errors.Is(err, gateway.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(got) != 0 {
		t.Errorf("%d messages reached the gateway", len(got))
	}
}

// An error is logged, and stored with the message: whatever happens, it holds neither
// the password nor what lets a gateway in.
func TestNoErrorHoldsThePassword(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "bad request: ", r.URL.Query().Get("password"), " ", r.URL.Query().Get("dlr-url"))
	}))
	t.Cleanup(echo.Close)
	dead := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(dead.Close)
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	half := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "0: Acc")
		panic(http.ErrAbortHandler)
	}))
	t.Cleanup(half.Close)
	closed := httptest.NewServer(nil)
	closed.Close()
	for name, address := range map[string]string{
		"quoted by the gateway": echo.URL, "hung up on": dead.URL, "silence": silent.URL, "half an answer": half.URL,
		"nobody there": closed.URL, "no such host": "http://gateway.invalid",
	} {
		s := smsTo(t, address, func(c *gateway.SMSConfig) { c.Timeout = 200 * time.Millisecond })
		_, err := s.Send(t.Context(), told)
		if err == nil || errors.Is(err, gateway.ErrRefused) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, secret := range []string{"Sample", "password", "letMeIn"} {
			if strings.Contains(err.Error(), secret) && name != "quoted by the gateway" || strings.Contains(err.Error(), "letMeIn") || strings.Contains(err.Error(), smsPassword) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestASubmissionEndsWithItsContext(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	t.Cleanup(silent.Close)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var op net.Error
	_, err := smsTo(t, silent.URL, nil).Send(ctx, told)
	if err == nil || errors.As(err, &op) || errors.Is(err, gateway.ErrRefused) {
		t.Errorf("%v", err)
	}
}

func TestSettingsOfASenderThatCannotBeAreNamed(t *testing.T) {
	for want, change := range map[string]func(*gateway.SMSConfig){
		"a whole one":           func(c *gateway.SMSConfig) { c.URL = "kannel:13013" },
		"cannot be read":        func(c *gateway.SMSConfig) { c.URL = "http://switch:Sample@[" },
		"settings of their own": func(c *gateway.SMSConfig) { c.URL = "http://switch:Sample@kannel/" },
		"a user and a password": func(c *gateway.SMSConfig) { c.Password = "" },
		"for receipts":          func(c *gateway.SMSConfig) { c.ReceiptURL = "http://switch/100%" },
		"way is":                func(c *gateway.SMSConfig) { c.Way = "pigeon" },
		"a calling code":        func(c *gateway.SMSConfig) { c.Country = "ZA" },
	} {
		c := gateway.SMSConfig{URL: "http://kannel/sendsms", User: "switch", Password: smsPassword}
		change(&c)
		_, err := gateway.NewSMS(c)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "Sample") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
