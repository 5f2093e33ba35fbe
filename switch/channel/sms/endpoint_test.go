package sms_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/switch/channel/sms"
)

const (
	secret     = "sampleSecret-0123456789"
	bankNumber = "27820000001"
	text       = "FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M100234. 14Nov 09:12"
)

// desk is an endpoint on a socket, and what it has handed over.
type desk struct {
	URL string
	log *bytes.Buffer

	mu       sync.Mutex
	bank     []sms.Inbound
	commands []sms.Inbound
	receipts []sms.Receipt
	fails    error // what the handlers return
}

var now = time.Date(2026, 11, 14, 7, 12, 50, 0, time.UTC)

func open(t *testing.T, change func(*sms.Config)) *desk {
	t.Helper()
	d := &desk{log: &bytes.Buffer{}}
	keep := func(list *[]sms.Inbound) sms.Handler {
		return func(_ context.Context, in sms.Inbound) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			*list = append(*list, in)
			return d.fails
		}
	}
	config := sms.Config{
		Secret: secret, BankNumbers: []string{"0820000001", "+" + bankNumber}, Bank: keep(&d.bank), Commands: keep(&d.commands),
		Receipts: func(_ context.Context, r sms.Receipt) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.receipts = append(d.receipts, r)
			return d.fails
		},
		Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(d.log, nil)),
	}
	if change != nil {
		change(&config)
	}
	endpoint, err := sms.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(endpoint)
	t.Cleanup(server.Close)
	d.URL = server.URL
	return d
}

// ask sends a request, and returns the status and the body.
func ask(t *testing.T, req *http.Request) (int, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

func request(t *testing.T, method, address string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// kannel asks as Kannel's get-url does.
func (d *desk) kannel(t *testing.T, change func(url.Values)) (int, string) {
	t.Helper()
	v := url.Values{"from": {"FNB"}, "to": {bankNumber}, "text": {text}, "id": {"0a1b-7"}, "ts": {"1794640361"}}
	if change != nil {
		change(v)
	}
	req := request(t, http.MethodGet, d.URL+"/sms/kannel?"+v.Encode(), nil)
	req.SetBasicAuth("gateway", secret)
	return ask(t, req)
}

// africasTalking posts as Africa's Talking does.
func (d *desk) africasTalking(t *testing.T, body, contentType string) (int, string) {
	t.Helper()
	req := request(t, http.MethodPost, d.URL+"/sms/africastalking/"+secret, strings.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	return ask(t, req)
}

const form = "application/x-www-form-urlencoded"

func TestAnSMSInKannelsFormReachesTheBanksHandler(t *testing.T) {
	d := open(t, nil)
	if status, body := d.kannel(t, nil); status != http.StatusOK || body != "" {
		t.Fatalf("%d %q", status, body)
	}
	want := []sms.Inbound{{Gateway: sms.Kannel, ID: "0a1b-7", From: "FNB", To: bankNumber, Text: text, At: time.Unix(1794640361, 0).UTC()}}
	if diff := cmp.Diff(want, d.bank); diff != "" || len(d.commands) != 0 {
		t.Errorf("%s\n%v", diff, d.commands)
	}
}

func TestAnSMSInTheFormOfAfricasTalkingReachesTheBanksHandler(t *testing.T) {
	d := open(t, nil)
	for _, date := range []string{"2026-11-14 07:12:41", "2026-11-14T09:12:41+02:00", "2026-11-14T07:12:41.000Z"} {
		d.bank = nil
		v := url.Values{"linkId": {"l-1"}, "text": {text}, "to": {"0820000001"}, "id": {"at-1"}, "date": {date}, "from": {"+27821234567"}}
		if status, body := d.africasTalking(t, v.Encode(), form); status != http.StatusOK || body != "" {
			t.Fatalf("%d %q", status, body)
		}
		want := []sms.Inbound{{Gateway: sms.AfricasTalking, ID: "at-1", From: "+27821234567", To: "0820000001", Text: text,
			At: time.Date(2026, 11, 14, 7, 12, 41, 0, time.UTC)}}
		if diff := cmp.Diff(want, d.bank); diff != "" {
			t.Errorf("%s: %s", date, diff)
		}
	}
}

func TestOnlyWhatIsSentToTheBanksNumberIsTheBanks(t *testing.T) {
	d := open(t, nil)
	for _, to := range []string{"27821112222", "820000001", "278200000011"} {
		if status, _ := d.kannel(t, func(v url.Values) { v.Set("to", to) }); status != http.StatusOK {
			t.Errorf("%s: %d", to, status)
		}
	}
	for _, to := range []string{"+27820000001", "0027820000001", "0820000001", "082 000 0001"} {
		if status, _ := d.kannel(t, func(v url.Values) { v.Set("to", to) }); status != http.StatusOK {
			t.Errorf("%s: %d", to, status)
		}
	}
	if len(d.bank) != 4 || len(d.commands) != 3 {
		t.Errorf("%d to the bank's number, %d to others", len(d.bank), len(d.commands))
	}
}

func TestWhatNobodyTakesInIsAnsweredWith404AndLogged(t *testing.T) {
	d := open(t, func(c *sms.Config) { c.Commands, c.Receipts = nil, nil })
	if status, _ := d.kannel(t, func(v url.Values) { v.Set("to", "27821112222") }); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	if status, _ := ask(t, request(t, http.MethodGet, d.URL+"/sms/receipt/"+secret+"?id=1&status=1", nil)); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
	if !strings.Contains(d.log.String(), "27821112222") || !strings.Contains(d.log.String(), "receipts are not taken in") {
		t.Errorf("log: %s", d.log)
	}
}

func TestOnlyAGatewayThatKnowsTheSecretGetsIn(t *testing.T) {
	d := open(t, nil)
	query := "?from=FNB&to=" + bankNumber + "&text=x&id=1"
	for name, c := range map[string]struct {
		path   string
		change func(*http.Request)
		want   int
	}{
		"by Basic":                {"", func(r *http.Request) { r.SetBasicAuth("gateway", secret) }, http.StatusOK},
		"by the header":           {"", func(r *http.Request) { r.Header.Set("X-SMS-Secret", secret) }, http.StatusOK},
		"by the path":             {"/" + secret, nil, http.StatusOK},
		"without":                 {"", nil, http.StatusUnauthorized},
		"another user":            {"", func(r *http.Request) { r.SetBasicAuth("Gateway", secret) }, http.StatusUnauthorized},
		"a wrong password":        {"", func(r *http.Request) { r.SetBasicAuth("gateway", secret+"0") }, http.StatusUnauthorized},
		"an empty password":       {"", func(r *http.Request) { r.SetBasicAuth("gateway", "") }, http.StatusUnauthorized},
		"a wrong header":          {"", func(r *http.Request) { r.Header.Set("X-SMS-Secret", strings.ToUpper(secret)) }, http.StatusUnauthorized},
		"the beginning of it":     {"/" + secret[:10], nil, http.StatusUnauthorized},
		"the secret in the query": {"?secret=" + secret, nil, http.StatusUnauthorized},
		"no path":                 {"/", nil, http.StatusNotFound},
	} {
		address := d.URL + "/sms/kannel" + c.path + query
		if strings.HasPrefix(c.path, "?") {
			address = d.URL + "/sms/kannel" + query + "&" + c.path[1:]
		}
		req := request(t, http.MethodGet, address, nil)
		if c.change != nil {
			c.change(req)
		}
		if status, _ := ask(t, req); status != c.want {
			t.Errorf("%s: %d, want %d", name, status, c.want)
		}
	}
	if len(d.bank) != 3 {
		t.Errorf("%d messages got in", len(d.bank))
	}
	if strings.Contains(d.log.String(), secret[:10]) || strings.Contains(d.log.String(), "text=") {
		t.Errorf("the log holds the secret or a message: %s", d.log)
	}
}

func TestAGatewayElsewhereIsKeptOut(t *testing.T) {
	for network, want := range map[string]int{"127.0.0.0/8": http.StatusOK, "192.0.2.0/24": http.StatusForbidden} {
		d := open(t, func(c *sms.Config) { c.Networks = []netip.Prefix{netip.MustParsePrefix(network)} })
		if status, _ := d.kannel(t, nil); status != want {
			t.Errorf("%s: %d, want %d", network, status, want)
		}
	}
}

func TestRequestsThatCannotBeReadAreRefusedWithASentence(t *testing.T) {
	d := open(t, nil)
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		says   string
	}{
		"no id":           {func(v url.Values) { v.Del("id") }, 400, "there is no id"},
		"an empty id":     {func(v url.Values) { v.Set("id", " ") }, 400, "there is no id"},
		"no sender":       {func(v url.Values) { v.Del("from") }, 400, "there is no from"},
		"no receiver":     {func(v url.Values) { v.Del("to") }, 400, "there is no to"},
		"no text":         {func(v url.Values) { v.Del("text") }, 400, "there is no text"},
		"an empty text":   {func(v url.Values) { v.Set("text", "") }, 400, "there is no text"},
		"two texts":       {func(v url.Values) { v.Add("text", "another") }, 400, "2 times"},
		"two receivers":   {func(v url.Values) { v.Add("to", "another") }, 400, "2 times"},
		"a long id":       {func(v url.Values) { v.Set("id", strings.Repeat("1", 257)) }, 400, "longer than"},
		"a line in an id": {func(v url.Values) { v.Set("id", "1\nlevel=INFO") }, 400, "not printable"},
		"a NUL":           {func(v url.Values) { v.Set("text", "R1\x00") }, 400, "NUL"},
		"half a unit":     {func(v url.Values) { v.Set("text", "\x00R\x00"); v.Set("charset", "UTF-16BE") }, 400, "as declared"},
		"a huge text":     {func(v url.Values) { v.Set("text", strings.Repeat("x", 20_000)) }, 414, "more than"},
	} {
		if status, body := d.kannel(t, c.change); status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d %q, want %d %q", name, status, body, c.status, c.says)
		}
	}
	for name, c := range map[string]struct {
		body, contentType string
		status            int
	}{
		"a huge body":     {"text=" + strings.Repeat("x", 1<<20), form, 413},
		"JSON":            {"{}", "application/json", 415},
		"no type":         {"text=x", "", 415},
		"a bad escape":    {"text=%zz", form, 400},
		"another charset": {"id=1&from=1&to=1&text=R1", form + "; charset=EBCDIC", 415},
		"not as declared": {"id=1&from=1&to=1&text=Zo%EB", form + "; charset=UTF-8", 400},
	} {
		if status, body := d.africasTalking(t, c.body, c.contentType); status != c.status {
			t.Errorf("%s: %d %q, want %d", name, status, body, c.status)
		}
	}
	if len(d.bank) != 0 {
		t.Errorf("%v", d.bank)
	}
}

func TestMethodsAreStrict(t *testing.T) {
	d := open(t, nil)
	for path, right := range map[string]string{"/sms/kannel": "GET", "/sms/africastalking": "POST", "/sms/receipt": "GET"} {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} {
			if method == right {
				continue
			}
			if status, _ := ask(t, request(t, method, d.URL+path+"/"+secret+"?id=1&from=1&to="+bankNumber+"&text=1&status=1", nil)); status != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, status)
			}
		}
	}
	if len(d.bank)+len(d.receipts) != 0 {
		t.Errorf("%v %v", d.bank, d.receipts)
	}
}

func TestTextsAreReadInTheirCharset(t *testing.T) {
	d := open(t, nil)
	for _, c := range []struct{ sent, charset, want string }{
		{"Zoë  €", "", "Zoë  €"},
		{"Zoë €", "UTF-8", "Zoë €"},
		{"Zo\xeb R1\xa0500", "", "Zoë R1\u00a0500"},
		{"\x00Z\x00o\x00\xeb\x20\xac\xd8\x3d\xde\x00", "UTF-16BE", "Zoë€😀"},
		{"O`Y}", "UTF-16BE", "你好"},
	} {
		d.bank = nil
		status, body := d.kannel(t, func(v url.Values) { v.Set("text", c.sent); v.Set("charset", c.charset) })
		if status != http.StatusOK || len(d.bank) != 1 || d.bank[0].Text != c.want {
			t.Errorf("%q in %s: %d %s, %v", c.sent, c.charset, status, body, d.bank)
		}
	}
	for _, c := range []struct{ sent, charset, want string }{
		{"Zo%C3%AB", "", "Zoë"},
		{"Zo%C3%AB", "; charset=utf-8", "Zoë"},
		{"Zo%EB", "", "Zoë"},
		{"Zo%EB", "; charset=ISO-8859-1", "Zoë"},
		{"Zo%C3%AB", "; charset=latin1", "ZoÃ«"},
		{"%80+Zo%EB", "; charset=windows-1252", "€ Zoë"},
	} {
		d.bank = nil
		status, body := d.africasTalking(t, "id=1&from=1&to="+bankNumber+"&text="+c.sent, form+c.charset)
		if status != http.StatusOK || len(d.bank) != 1 || d.bank[0].Text != c.want {
			t.Errorf("%s%s: %d %s, %v", c.sent, c.charset, status, body, d.bank)
		}
	}
}

func TestAMessageWhoseTimeCannotBeReadIsTakenAsOfNow(t *testing.T) {
	d := open(t, nil)
	for _, ts := range []string{"", "yesterday", "-5", "99999999999999999999"} {
		d.bank = nil
		if status, _ := d.kannel(t, func(v url.Values) { v.Set("ts", ts) }); status != http.StatusOK || len(d.bank) != 1 || !d.bank[0].At.Equal(now) {
			t.Errorf("%q: %d %v", ts, status, d.bank)
		}
	}
	if n := strings.Count(d.log.String(), "taken as of now"); n != 4 {
		t.Errorf("logged %d times", n)
	}
}

// The answer is the promise that the message is kept: without it the gateway sends the
// message again, and the handler knows it by its id.
func TestAMessageThatIsNotCommittedIsAskedForAgain(t *testing.T) {
	d := open(t, nil)
	d.fails = errors.New("the database is down: password=hunter2")
	status, body := d.kannel(t, nil)
	if status != http.StatusServiceUnavailable || strings.Contains(body, "database") {
		t.Errorf("%d %q", status, body)
	}
	d.fails = nil
	if status, _ := d.kannel(t, nil); status != http.StatusOK {
		t.Errorf("%d", status)
	}
	if status, _ := d.kannel(t, nil); status != http.StatusOK { // the gateway did not see the answer
		t.Errorf("%d", status)
	}
	if len(d.bank) != 3 || d.bank[0] != d.bank[1] || d.bank[1] != d.bank[2] {
		t.Errorf("%v", d.bank)
	}
}

func TestReceiptsAreHandedOverInOurWords(t *testing.T) {
	d := open(t, nil)
	for _, status := range []string{"8", "4", "1", "2", "16"} {
		if got, body := ask(t, request(t, http.MethodGet, d.URL+"/sms/receipt/"+secret+"?id=notice-17&status="+status, nil)); got != http.StatusOK || body != "" {
			t.Errorf("%s: %d %q", status, got, body)
		}
	}
	want := []sms.Receipt{{ID: "notice-17", Status: sms.Accepted}, {ID: "notice-17", Status: sms.Buffered}, {ID: "notice-17", Status: sms.Delivered},
		{ID: "notice-17", Status: sms.Failed}, {ID: "notice-17", Status: sms.Rejected}}
	if diff := cmp.Diff(want, d.receipts); diff != "" {
		t.Error(diff)
	}
	for _, query := range []string{"", "id=1", "status=1", "id=1&status=3", "id=1&status=%25d", "id=1&id=2&status=1"} {
		if got, _ := ask(t, request(t, http.MethodGet, d.URL+"/sms/receipt/"+secret+"?"+query, nil)); got != http.StatusBadRequest {
			t.Errorf("%s: %d", query, got)
		}
	}
	d.fails = errors.New("down")
	if got, _ := ask(t, request(t, http.MethodGet, d.URL+"/sms/receipt/"+secret+"?id=1&status=1", nil)); got != http.StatusServiceUnavailable {
		t.Errorf("%d", got)
	}
}

func TestAConfigurationThatCannotBeIsNamed(t *testing.T) {
	handle := func(context.Context, sms.Inbound) error { return nil }
	for want, c := range map[string]sms.Config{
		"fewer than":      {Secret: "short", BankNumbers: []string{"1"}, Bank: handle},
		"fit into a URL":  {Secret: "sixteen/characters", BankNumbers: []string{"1"}, Bank: handle},
		"belong together": {Secret: secret, Bank: handle},
	} {
		if _, err := sms.New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
