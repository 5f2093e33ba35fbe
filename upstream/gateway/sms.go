package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// SMSConfig describes our account on an SMS gateway that takes messages as Kannel's
// sendsms does.
type SMSConfig struct {
	URL      string // of sendsms, such as http://127.0.0.1:13013/cgi-bin/sendsms
	User     string
	Password xmlvend.Secret
	From     string // our number, short code or sender id; empty: the gateway's own choice
	SMSC     string // the route that the gateway shall take; empty: its own choice
	Country  string // calling code of numbers written without one; empty: DefaultCountry

	// ReceiptURL is where the gateway reports what became of a message. It is secret,
	// for it holds what lets the gateway in. Empty: no receipts.
	ReceiptURL xmlvend.Secret
	Way        Way // empty: ByQuery

	Timeout time.Duration     // of one submission; 0: DefaultSMSTimeout
	HTTP    http.RoundTripper // nil: one of its own
}

// Way is how the parameters of a message travel. The default is Kannel's own, a GET with
// all of them in the query: it is what each gateway in Kannel's form takes. The others
// keep the password and the text out of the logs that web servers and proxies keep of
// URLs, so one of them is better wherever the gateway takes it.
type Way string

// The ways.
const (
	ByQuery   Way = "query"   // GET, as Kannel documents it
	ByHeaders Way = "headers" // POST of the text, with the rest in headers X-Kannel-…, which Kannel takes too
	ByForm    Way = "form"    // POST of a form, which Kannel refuses and other gateways take
)

// DefaultSMSTimeout is the longest that a gateway may take to answer. Kannel answers
// when its bearerbox has the message, which is at once.
const DefaultSMSTimeout = 20 * time.Second

// reportAll is the dlr-mask of every kind of report: 1 delivered, 2 not delivered,
// 4 buffered, 8 taken by the SMS centre, 16 refused by it.
const reportAll = 31

// maxSMSAnswer is what is read of a gateway's answer, in bytes.
const maxSMSAnswer = 4 << 10

// SMS submits messages to an SMS gateway. It is safe for use by many goroutines.
type SMS struct {
	config SMSConfig
	client *http.Client
}

// NewSMS returns a sender, or an error that names the setting that cannot be.
func NewSMS(c SMSConfig) (*SMS, error) {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil: // which would quote the URL
		return nil, errors.New("gateway: the URL of the SMS gateway cannot be read")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, errors.New("gateway: the URL of the SMS gateway must be a whole one, such as http://127.0.0.1:13013/cgi-bin/sendsms")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("gateway: the URL of the SMS gateway must end with its path: user and password are settings of their own")
	case c.User == "" || c.Password == "":
		return nil, errors.New("gateway: the SMS gateway wants a user and a password")
	}
	if c.ReceiptURL != "" {
		r, err := url.Parse(c.ReceiptURL.Reveal())
		if err != nil || r.Scheme != "http" && r.Scheme != "https" || r.Host == "" || r.RawQuery != "" || strings.Contains(c.ReceiptURL.Reveal(), "%") {
			return nil, errors.New("gateway: the URL for receipts must be a whole one without a query and without a percent sign, which Kannel would take for a code of its own")
		}
	}
	if c.Way == "" {
		c.Way = ByQuery
	}
	if err := CheckWay(c.Way); err != nil {
		return nil, err
	}
	if c.Country == "" {
		c.Country = DefaultCountry
	}
	if err := CheckCountry(c.Country); err != nil {
		return nil, err
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultSMSTimeout
	}
	if c.HTTP == nil {
		c.HTTP = http.DefaultTransport.(*http.Transport).Clone()
	}
	return &SMS{config: c, client: &http.Client{
		Transport: c.HTTP, Timeout: c.Timeout,
		// A redirection would carry the password to somewhere else.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// CheckWay reports what is none of the ways.
func CheckWay(w Way) error {
	if w != ByQuery && w != ByHeaders && w != ByForm {
		return fmt.Errorf("way is %q: it must be %s, %s or %s", w, ByQuery, ByHeaders, ByForm)
	}
	return nil
}

// Send submits a message, in GSM-7 if it can be written so (see Transliterate), else in
// UCS-2. The receipt is the gateway's answer, such as "0: Accepted for delivery".
//
// ErrRefused: the number is none, or the gateway says that this message cannot be
// delivered. ErrAccount: it does not take us. After these nothing was accepted. After
// any other error the message may have been: it is submitted again. A gateway does not
// know that it is the same message, so that its receiver may see it twice.
func (s *SMS) Send(ctx context.Context, m Message) (receipt string, err error) {
	form, err := s.parameters(m)
	if err != nil {
		return "", err
	}
	req, err := s.request(ctx, form)
	if err != nil {
		return "", fmt.Errorf("SMS %s: %w", m.ID, withoutURL(err))
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("SMS %s: no answer: %w", m.ID, withoutURL(err))
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxSMSAnswer))
	if err != nil {
		return "", fmt.Errorf("SMS %s: half an answer: %w", m.ID, withoutURL(err))
	}
	receipt, err = s.verdict(resp.StatusCode, s.sayable(string(body)))
	if err != nil {
		return "", fmt.Errorf("SMS %s: %w", m.ID, err)
	}
	return receipt, nil
}

func (s *SMS) parameters(m Message) (url.Values, error) {
	if err := checkID(m.ID); err != nil {
		return nil, err
	}
	to, err := MSISDN(m.To, s.config.Country)
	if err != nil {
		return nil, Refused(fmt.Errorf("SMS %s: %w", m.ID, err))
	}
	if m.Text == "" {
		return nil, Refused(fmt.Errorf("SMS %s has no text", m.ID))
	}
	text := Transliterate(m.Text)
	_, coding := Segments(text)
	if coding == UCS2 {
		text = m.Text
	}
	form := url.Values{
		"username": {s.config.User}, "password": {s.config.Password.Reveal()},
		"to": {to}, "text": {text}, "charset": {"UTF-8"}, "coding": {strconv.Itoa(int(coding))},
	}
	if s.config.From != "" {
		form.Set("from", s.config.From)
	}
	if s.config.SMSC != "" {
		form.Set("smsc", s.config.SMSC)
	}
	if s.config.ReceiptURL != "" {
		form.Set("dlr-mask", strconv.Itoa(reportAll))
		// Kannel writes the kind of report in place of %d. An id needs no escape, which
		// Kannel would take for such a code too.
		form.Set("dlr-url", s.config.ReceiptURL.Reveal()+"?id="+m.ID+"&status=%d")
	}
	return form, nil
}

func (s *SMS) request(ctx context.Context, form url.Values) (*http.Request, error) {
	var body, contentType string
	switch s.config.Way {
	case ByQuery:
		return http.NewRequestWithContext(ctx, http.MethodGet, s.config.URL+"?"+form.Encode(), nil)
	case ByForm:
		body, contentType = form.Encode(), "application/x-www-form-urlencoded"
	case ByHeaders:
		body, contentType = form.Get("text"), "text/plain; charset=UTF-8"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.config.URL, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", contentType)
	if s.config.Way == ByHeaders {
		for parameter := range form {
			if parameter != "text" && parameter != "charset" {
				req.Header.Set("X-Kannel-"+parameter, form.Get(parameter))
			}
		}
	}
	return req, nil
}

// withoutURL takes the URL out of an error of net/http, which holds the password.
func withoutURL(err error) error {
	var wrapped *url.Error
	if !errors.As(err, &wrapped) {
		return err
	}
	if wrapped.Timeout() {
		return errTimeout // whose own text may name the URL too
	}
	var op *net.OpError
	if errors.As(wrapped.Err, &op) {
		return op
	}
	if errors.Is(wrapped.Err, context.Canceled) {
		return context.Canceled
	}
	return wrapped.Err
}

var errTimeout = errors.New("the time is up")

// verdict reads an answer. Kannel's user guide and its smsbox say which there are.
func (s *SMS) verdict(status int, said string) (receipt string, err error) {
	switch {
	case status == http.StatusAccepted || status == http.StatusOK:
		// 200 is what older ones say; "Sent." is said when they do not wait for the bearerbox.
		if strings.HasPrefix(said, "0:") || strings.HasPrefix(said, "3:") || strings.HasPrefix(said, "Sent.") {
			return said, nil
		}
		return "", fmt.Errorf("the gateway answered %d, but not that it accepted the message: %q", status, said)
	case status == http.StatusForbidden && strings.HasPrefix(said, "Not routable"):
		return "", fmt.Errorf("%w: %d %q", ErrRefused, status, said)
	case status == http.StatusBadRequest && !ourSettings(said):
		return "", fmt.Errorf("%w: %d %q", ErrRefused, status, said)
	case status == http.StatusRequestEntityTooLarge || status == http.StatusRequestURITooLong:
		return "", fmt.Errorf("%w: %d, it is too long", ErrRefused, status)
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests:
		return "", fmt.Errorf("the gateway answered %d: %q", status, said)
	case status >= 300 && status < 500: // 401, 403: the password; 404, 405, redirections: the address
		return "", fmt.Errorf("%w: %d %q", ErrAccount, status, said)
	}
	return "", fmt.Errorf("the gateway answered %d: %q", status, said)
}

// ourSettings reports Kannel's complaints about what comes from the settings, which
// every message would meet.
func ourSettings(said string) bool {
	for _, about := range []string{"Sender missing", "DLR-URL", "DLR-Mask", "Coding field", "Account field", "Unsupported content-type", "Invalid content-type"} {
		if strings.HasPrefix(said, about) {
			return true
		}
	}
	return false
}

// sayable makes an answer fit for a log: short, printable, and without our password,
// should the gateway have quoted it.
func (s *SMS) sayable(said string) string {
	const most = 100
	for _, secret := range []string{s.config.Password.Reveal(), url.QueryEscape(s.config.Password.Reveal()), s.config.ReceiptURL.Reveal(), url.QueryEscape(s.config.ReceiptURL.Reveal())} {
		if secret != "" {
			said = strings.ReplaceAll(said, secret, s.config.Password.String())
		}
	}
	said = strings.Join(strings.Fields(strings.ToValidUTF8(said, "?")), " ")
	if runes := []rune(said); len(runes) > most {
		said = string(runes[:most]) + "…"
	}
	return said
}
