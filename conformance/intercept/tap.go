package intercept

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
)

var errBehind = errors.New("the traffic came faster than it could be taken apart")

// tap takes the copies of a connection apart into exchanges.
type tap struct {
	i                   *Interceptor
	requests, responses *stream
	done                sync.WaitGroup

	mu      sync.Mutex
	arrival *sync.Cond
	waiting []*pending // requests without an answer, oldest first
	over    bool       // no more requests will come
	cause   string     // why the connection ended
	last    time.Time  // when it did
}

// pending is a request that waits for its answer.
type pending struct {
	began   time.Time
	request *http.Request
	message conformance.Message
}

// judged reports a request that XMLVend has to do with: one that asks for a WSDL
// or a page is forwarded and no more.
func (p *pending) judged() bool { return p.request.Method == http.MethodPost }

func newTap(i *Interceptor) *tap {
	t := &tap{i: i, requests: newStream(i.config.Now), responses: newStream(i.config.Now)}
	t.arrival = sync.NewCond(&t.mu)
	t.done.Add(2)
	go t.takeApart(t.readRequests)
	go t.takeApart(t.readResponses)
	return t
}

// takeApart runs one of the readers. A panic of its must not end the process: it
// ends the judging of this connection.
func (t *tap) takeApart(read func()) {
	defer t.done.Done()
	defer func() {
		if p := recover(); p != nil {
			t.i.config.Log(fmt.Sprintf("cannot judge a connection: %v", p))
			t.i.judge.unjudged(1)
		}
	}()
	read()
}

func (t *tap) wait() { t.done.Wait() }

func (t *tap) idle() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.waiting) == 0
}

// Who ended a connection.
const (
	clientEnded = "the client closed the connection before an answer came"
	serverEnded = "the server closed the connection without an answer"
)

// ended notes who ended the connection first: the sender of a direction, or the
// receiver where nothing could be delivered.
func (t *tap) ended(sender, receiver string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cause != "" {
		return
	}
	t.cause, t.last = sender, t.i.config.Now()
	if _, is := err.(*undelivered); is {
		t.cause = receiver
	}
}

// gone reports that the client had closed the connection before a moment.
func (t *tap) gone(at time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.cause == clientEnded && t.last.Before(at)
}

// readRequests hands each request to those who wait for its answer.
func (t *tap) readRequests() {
	defer func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.over = true
		t.arrival.Broadcast()
	}()
	r := bufio.NewReader(t.requests)
	for {
		if _, err := r.Peek(1); err != nil {
			t.behind(err)
			return
		}
		began := t.requests.last()
		request, err := http.ReadRequest(r)
		if err != nil {
			t.unreadable("request", err)
			return
		}
		p := &pending{began: began, request: request}
		p.message = readMessage(request.Header, request.Body)
		p.message.Plain = true // an interceptor takes connections without TLS
		if p.judged() {
			t.i.judge.sent(p.began, p.message)
		}
		t.mu.Lock()
		t.waiting = append(t.waiting, p)
		t.arrival.Broadcast()
		t.mu.Unlock()
	}
}

func (t *tap) behind(err error) {
	if errors.Is(err, errBehind) {
		t.i.config.Log(err.Error())
		t.i.judge.unjudged(1)
	}
}

func (t *tap) unreadable(what string, err error) {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return // broken off: for the other side to explain
	}
	t.i.config.Log(fmt.Sprintf("a %s is no HTTP message that can be read: %v", what, conformance.Redact(err.Error())))
	t.i.judge.unjudged(1)
}

// first is the oldest request without an answer; nil if there will be none.
func (t *tap) first() *pending {
	t.mu.Lock()
	defer t.mu.Unlock()
	for len(t.waiting) == 0 && !t.over {
		t.arrival.Wait()
	}
	if len(t.waiting) == 0 {
		return nil
	}
	return t.waiting[0]
}

func (t *tap) answered() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting = t.waiting[1:]
}

// readResponses makes exchanges of requests and their answers.
func (t *tap) readResponses() {
	r := bufio.NewReader(t.responses)
	for {
		_, err := r.Peek(1)
		if err != nil {
			t.behind(err)
			break
		}
		p := t.first()
		if p == nil {
			t.i.config.Log("the server sent something that nobody had asked for")
			break
		}
		response, err := http.ReadResponse(r, p.request)
		if err != nil {
			t.unreadable("response", err)
			break
		}
		if response.StatusCode < http.StatusOK {
			continue // 100 Continue: the answer follows
		}
		message := readMessage(response.Header, response.Body)
		message.Status = response.StatusCode
		if t.gone(t.responses.last()) {
			break // the answer came to nobody
		}
		t.answered()
		t.judge(p, conformance.Exchange{Took: t.responses.last().Sub(p.began), Response: &message})
	}
	_, _ = io.Copy(io.Discard, t.responses) // what cannot be taken apart must not pile up
	t.unanswered()
}

// unanswered makes exchanges of the requests that are left.
func (t *tap) unanswered() {
	for {
		p := t.first()
		if p == nil {
			return
		}
		t.answered()
		t.mu.Lock()
		cause, at := t.cause, t.last
		t.mu.Unlock()
		if at.IsZero() {
			cause, at = serverEnded, t.i.config.Now()
		}
		t.judge(p, conformance.Exchange{Took: at.Sub(p.began), Err: cause})
	}
}

// judge has an exchange judged, to which it adds the request.
func (t *tap) judge(p *pending, x conformance.Exchange) {
	if !p.judged() {
		return
	}
	x.Began, x.Took, x.Request = p.began, max(0, x.Took), p.message
	t.i.judge.exchange(x)
}

// readMessage reads a body to its end and keeps the beginning, decompressed.
func readMessage(header http.Header, body io.ReadCloser) conformance.Message {
	defer body.Close()
	m := conformance.Message{Header: header}
	raw, cut, err := readSome(body)
	_, rest := io.Copy(io.Discard, body)
	m.Body, m.Cut = raw, cut || err != nil || rest != nil
	m.Unpack(MaxBody)
	return m
}

// readSome reads at most MaxBody, and says whether there is more.
func readSome(r io.Reader) (data []byte, more bool, err error) {
	data, err = io.ReadAll(io.LimitReader(r, MaxBody+1))
	if len(data) > MaxBody {
		return data[:MaxBody], true, err
	}
	return data, false, err
}
