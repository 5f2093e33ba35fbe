package smsc

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const maxForm = 64 << 10

// sendSMS answers as Kannel's smsbox does, in its words.
func (s *Server) sendSMS(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		say(w, http.StatusBadRequest, "Charset or body misformed, rejected")
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.Form.Get("username")), []byte(s.config.User))&
		subtle.ConstantTimeCompare([]byte(r.Form.Get("password")), []byte(s.config.Password)) != 1 {
		say(w, http.StatusForbidden, "Authorization failed for sendsms")
		return
	}
	m := Message{Via: "http", From: r.Form.Get("from"), To: r.Form.Get("to"), Text: r.Form.Get("text"), Coding: "gsm-7", Parts: 1}
	switch {
	case m.To == "":
		say(w, http.StatusBadRequest, "Empty receiver number not allowed, rejected")
		return
	case strings.Trim(m.To, "+0123456789") != "":
		say(w, http.StatusBadRequest, "Number(s) has/have been denied by white- and/or black-lists.")
		return
	case m.From == "":
		say(w, http.StatusBadRequest, "Sender missing and no global set, rejected")
		return
	}
	if r.Form.Get("coding") == "2" {
		m.Coding = "ucs-2"
	}
	s.take(w, r, m)
}

// take takes a message in, as far as a fault lets it.
func (s *Server) take(w http.ResponseWriter, r *http.Request, m Message) {
	fault := s.faults.take()
	switch fault.Kind {
	case Refuse:
		say(w, http.StatusForbidden, "Not routable. Do not try again.")
		return
	case Unavailable, Throttle:
		say(w, http.StatusServiceUnavailable, "Temporal failure, try again later.")
		return
	case DropBefore:
		panic(http.ErrAbortHandler)
	case Slow:
		// Whoever sent it may have gone meanwhile; it is taken all the same.
		if !s.wait(s.living, time.Duration(fault.Delay)) {
			panic(http.ErrAbortHandler)
		}
	case Duplicate:
		s.report(s.keep(m), r.Form, fault)
	}
	s.report(s.keep(m), r.Form, fault)
	switch fault.Kind {
	case DropAfter:
		panic(http.ErrAbortHandler)
	case Garbage:
		say(w, http.StatusOK, "<html><h1>It works!</h1></html>")
	default:
		say(w, http.StatusAccepted, "0: Accepted for delivery")
	}
}

// The kinds of delivery reports, which are the bits of a dlr-mask.
const (
	reportDelivered = 1
	reportFailed    = 2
	reportBuffered  = 4
	reportAccepted  = 8
	reportRejected  = 16
)

// report posts the receipts that a message asks for.
func (s *Server) report(m Message, form url.Values, fault Fault) {
	mask, _ := strconv.Atoi(form.Get("dlr-mask"))
	target := form.Get("dlr-url")
	if target == "" || fault.Kind == NoReceipt {
		return
	}
	statuses := []int{reportAccepted, reportDelivered}
	switch fault.Kind {
	case Undelivered:
		statuses = []int{reportAccepted, reportFailed}
	case Late:
		statuses = []int{reportAccepted, reportBuffered, reportDelivered}
	case Rejected:
		statuses = []int{reportRejected}
	}
	fill := func(status int) string {
		return strings.NewReplacer("%d", strconv.Itoa(status), "%p", url.QueryEscape(m.From), "%P", url.QueryEscape(m.To),
			"%I", m.ID, "%T", strconv.FormatInt(m.At.Unix(), 10), "%%", "%").Replace(target)
	}
	s.later(func(ctx context.Context) {
		for _, status := range statuses {
			if mask&status != 0 {
				s.post(ctx, func() (*http.Request, error) {
					return http.NewRequestWithContext(ctx, http.MethodGet, fill(status), nil)
				})
			}
		}
	})
}

// post sends a request until it is answered with 2xx, or often enough, and returns the
// statuses it was answered with; 0 is no answer.
func (s *Server) post(ctx context.Context, request func() (*http.Request, error)) (statuses []int) {
	for range s.config.Tries {
		req, err := request()
		if err != nil {
			return append(statuses, 0)
		}
		status := 0
		if resp, err := s.client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxForm)) // to keep the connection
			resp.Body.Close()
			status = resp.StatusCode
		}
		statuses = append(statuses, status)
		// What is refused as it is would be refused again.
		if 200 <= status && status < 500 || !s.wait(ctx, s.config.Pause) {
			return statuses
		}
	}
	return statuses
}

func say(w http.ResponseWriter, status int, sentence string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	fmt.Fprint(w, sentence)
}
