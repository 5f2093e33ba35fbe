package smsc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Form is how an SMS from a phone reaches the switch.
type Form string

// The forms.
const (
	Kannel         Form = "kannel"         // GET of a get-url
	AfricasTalking Form = "africastalking" // POST of a form
	SMPP           Form = "smpp"           // deliver_sm to who is bound, a Kannel
)

// Inbound is an SMS from a phone, or from a bank's computer.
type Inbound struct {
	Form  Form      `json:"form"`          // empty: Kannel
	URL   string    `json:"url,omitempty"` // with the secret; empty: that of Config
	ID    string    `json:"id,omitempty"`  // empty: a new one
	From  string    `json:"from"`
	To    string    `json:"to"`
	Text  string    `json:"text"`
	At    time.Time `json:"at,omitzero"`     // zero: now
	Times int       `json:"times,omitempty"` // how often it is posted though it was taken; 0: once
}

// Sent is what became of an Inbound.
type Sent struct {
	ID       string `json:"id"`
	Statuses []int  `json:"statuses"` // HTTP statuses of the answers; 0: none. Over SMPP 200 is a response of ESME_ROK
}

// Taken reports whether it was taken in as often as it should be.
func (s Sent) Taken() bool {
	return len(s.Statuses) > 0 && s.Statuses[len(s.Statuses)-1]/100 == 2
}

// ErrInbound reports an SMS that cannot be sent.
var ErrInbound = errors.New("smsc: no such SMS")

// maxTimes is how often an SMS may be posted at most.
const maxTimes = 1000

// Deliver sends an SMS from a phone, and waits until it is taken in. The error is
// ErrInbound, or that nobody is bound over SMPP.
func (s *Server) Deliver(ctx context.Context, in Inbound) (Sent, error) {
	if in.URL == "" {
		in.URL = s.config.Inbound
	}
	if in.Form == "" {
		in.Form = Kannel
	}
	target, err := url.Parse(in.URL)
	switch {
	case in.Form != Kannel && in.Form != AfricasTalking && in.Form != SMPP:
		return Sent{}, fmt.Errorf("%w: form %q", ErrInbound, in.Form)
	case in.Form != SMPP && (err != nil || target.Host == ""):
		return Sent{}, fmt.Errorf("%w: it needs a whole URL to be posted to", ErrInbound)
	case in.From == "" || in.To == "" || in.Times < 0 || in.Times > maxTimes:
		return Sent{}, fmt.Errorf("%w: it needs from, to, and times from 1 to %d", ErrInbound, maxTimes)
	}
	if in.At.IsZero() {
		in.At = s.config.Now()
	}
	s.mu.Lock()
	if in.ID == "" {
		in.ID = "mo-" + s.nextID()
	}
	s.mu.Unlock()
	sent := Sent{ID: in.ID}
	for range max(1, in.Times) {
		if in.Form == SMPP {
			if err := s.deliverSM(ctx, in); err != nil {
				return sent, err
			}
			sent.Statuses = append(sent.Statuses, http.StatusOK)
			continue
		}
		sent.Statuses = append(sent.Statuses, s.post(ctx, func() (*http.Request, error) { return in.request(ctx, *target) })...)
	}
	return sent, nil
}

// request is the SMS in the form of its gateway.
func (in Inbound) request(ctx context.Context, target url.URL) (*http.Request, error) {
	v := url.Values{"from": {in.From}, "to": {in.To}, "text": {in.Text}, "id": {in.ID}}
	if in.Form == Kannel {
		v.Set("ts", strconv.FormatInt(in.At.Unix(), 10))
		v.Set("charset", "UTF-8")
		target.RawQuery = v.Encode()
		return http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	}
	v.Set("linkId", "link-"+in.ID)
	v.Set("date", in.At.UTC().Format(time.DateTime))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), strings.NewReader(v.Encode()))
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	}
	return req, err
}
