package rule

import (
	"crypto/sha256"
	"strings"
	"sync"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// What a session remembers at most; the oldest is forgotten first.
const (
	maxMessages = 100_000 // message ids with what became of them
	maxRecords  = 1_000   // of those, with the documents that show it
	maxTokens   = 200_000 // as hashes
	maxClients  = 10_000
	maxOpen     = 1_000 // vends of one client without an outcome
)

// Session remembers what was seen of clients and of one server, so that an
// exchange can be judged by those before it. It is safe for concurrent use.
type Session struct {
	mu        sync.Mutex
	messages  *memory[key, *message]
	recorded  []*message // those that hold a record, oldest first
	tokens    *memory[[sha256.Size]byte, key]
	customers *memory[string, *customer]
	said      *memory[string, bool] // rules that speak once, and about whom
}

// key identifies a request across the system: 000412 is 412.
type key struct {
	client, dateTime string
	number           int
}

func keyOf(client string, id xmlvend.MsgID) key { return key{client, id.DateTime, id.Number()} }

// message is what is remembered of a request.
type message struct {
	key      key
	op       string
	terminal string
	purchase string // of a vend; "" if it is none
	print    [sha256.Size]byte
	began    time.Time // first sent
	sends    []time.Time

	answered time.Time // when its outcome was learnt, of itself or by an advice; zero: it is not known
	given    time.Time // when the last attempt ended without an answer
	doubtful bool      // the answer was a SystemEx, which does not say what happened
	sold     bool
	outcome  string            // of an answer: what must not change
	whole    [sha256.Size]byte // of an answer: all of it, but for the account's state
	denied   bool              // LastResponseEx: the server said it has no such transaction
	advised  bool              // a last response was asked for
	record   *conformance.Record
}

// unresolved reports that at a moment nobody could know what became of a vend.
func (m *message) unresolved(at time.Time) bool {
	return m.purchase != "" && (m.answered.IsZero() || m.answered.After(at)) && !m.denied
}

// customer is what is remembered of a client.
type customer struct {
	latest time.Time  // highest dateTime of its message ids, as if in UTC
	last   int        // its unique number of the last message
	open   []*message // vends without an outcome, oldest first
	typed  map[string]bool
}

// NewSession returns a session that has seen nothing.
func NewSession() *Session {
	return &Session{
		messages: newMemory[key, *message](maxMessages), tokens: newMemory[[sha256.Size]byte, key](maxTokens),
		customers: newMemory[string, *customer](maxClients), said: newMemory[string, bool](maxClients),
	}
}

// Sent tells the session that a request is on its way, at the time that will be
// the Began of its exchange. It need not be told; but where exchanges overlap, one
// that ends early is then not judged as if one that ends late had never begun.
func (s *Session) Sent(began time.Time, request conformance.Message) {
	v := s.look(conformance.Exchange{Began: began, Request: request})
	s.mu.Lock()
	defer s.mu.Unlock()
	v.remember()
}

// Judge returns what is wrong with an exchange, in the order of [All].
func (s *Session) Judge(x conformance.Exchange) []conformance.Finding {
	v := s.look(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	v.remember()
	var findings []conformance.Finding
	for _, r := range All() {
		if r.breaks == nil {
			continue
		}
		for _, b := range r.breaks(v) {
			if r.once && s.spoken(r.Name, v.subject(r.Side)) {
				continue
			}
			findings = append(findings, v.finding(&r, b))
		}
	}
	v.learn()
	return findings
}

// spoken reports that a rule has had its say about somebody, and notes that it has now.
func (s *Session) spoken(rule, about string) bool {
	_, before := s.said.get(rule + " " + about)
	s.said.put(rule+" "+about, true)
	return before
}

func (v *view) subject(side conformance.Side) string {
	if side == conformance.ServerSide {
		return v.server
	}
	return v.client
}

// finding is what a rule makes of a breach by the exchange.
func (v *view) finding(r *Rule, b breach) conformance.Finding {
	f := r.finding(b)
	f.Operation, f.Client, f.Server = v.op, v.client, v.server
	f.Exchanges = append(f.Exchanges, v.shown())
	return f
}

// remember finds or makes the memory of the request's message id.
func (v *view) remember() {
	if v.client == "" {
		return
	}
	of, known := v.customers.get(v.client)
	if !known {
		of = &customer{typed: map[string]bool{}}
		v.customers.put(v.client, of)
	}
	v.of = of
	if v.id.Number() == 0 || v.id.DateTime == "" {
		return
	}
	k := keyOf(v.client, v.id)
	m, known := v.messages.get(k)
	if !known {
		m = &message{key: k, op: v.op, terminal: v.terminal, began: v.x.Began, print: v.req.print(v.req.payload, "authCred")}
		if v.isVend() {
			m.purchase = v.purchase()
			if of.open = append(of.open, m); len(of.open) > maxOpen {
				of.open = of.open[1:]
			}
		}
		v.messages.put(k, m)
	}
	v.self = m
	for _, at := range m.sends {
		if at.Equal(v.x.Began) {
			v.again = v.x.Began.After(m.began)
			return
		}
	}
	v.again = len(m.sends) > 0
	if len(m.sends) < maxSends {
		m.sends = append(m.sends, v.x.Began)
	}
}

// maxSends is how many attempts with one message id are told apart.
const maxSends = 32

// learn takes over what the exchange says, once it has been judged.
func (v *view) learn() {
	if v.self != nil {
		v.learnOutcome()
		if v.isVend() || v.adviceKind() != "" {
			v.keepRecord(v.self)
		}
	}
	if v.adviceKind() == lastResponse {
		v.learnLastResponse()
	}
	if v.of != nil {
		v.learnCustomer()
	}
}

func (v *view) learnOutcome() {
	m := v.self
	switch {
	case !v.soapAnswer():
		m.given = v.ended()
	case v.again && !m.answered.IsZero():
		// The first answer stands.
	case v.isFault() && v.fault() == "DuplicateMsgIDEx":
	case v.isFault() && inDoubt(v.fault()) && !v.blamesClient():
		m.doubtful, m.given = true, v.ended()
	default:
		m.answered, m.sold = v.ended(), v.isSale()
		m.outcome = outcomeOf(v.ans, v.ans.message)
		m.whole = v.ans.print(v.ans.message, "clientStatus")
		v.settle(m)
	}
}

// inDoubt reports a class of fault that does not say whether the request was carried out.
func inDoubt(class string) bool {
	return class == "" || xmlvend.FaultClass(class).IsA(xmlvend.SystemEx) || class == string(xmlvend.IndeterminantLastResponseEx)
}

// blamesClient reports a fault of SOAP alone that says the request was not understood.
func (v *view) blamesClient() bool {
	code := v.ans.text(v.ans.child(v.ans.payload, "faultcode")) + v.ans.text(v.ans.find(v.ans.payload, "Value"))
	return v.fault() == "" && (strings.HasSuffix(code, "Client") || strings.HasSuffix(code, "Sender"))
}

func (v *view) learnLastResponse() {
	m, known := v.messages.get(keyOf(v.client, v.advised()))
	if !known {
		return
	}
	m.advised = true
	switch {
	case !v.soapAnswer():
	case v.fault() == string(xmlvend.LastResponseEx):
		m.denied = true
		v.settle(m)
	case v.isFault():
	default:
		if n := v.lastResponse(); n != none && m.answered.IsZero() {
			m.answered = v.ended()
			m.outcome, m.whole = outcomeOf(v.ans, n), v.ans.print(n, "clientStatus")
			m.sold = lowerFirst(v.ans.typ(n)) == responseOf(m.op)
			v.settle(m)
		}
	}
}

func lowerFirst(s string) string {
	switch {
	case s == "":
		return ""
	case strings.HasPrefix(s, "FBE"):
		return "fbe" + s[3:]
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// responseOf is the element that answers a request.
func responseOf(op string) string { return strings.TrimSuffix(op, "Req") + "Resp" }

// lastResponse is the response in the answer to an advice.
func (v *view) lastResponse() int {
	if !v.soapAnswer() || v.isFault() {
		return none
	}
	return v.ans.child(v.ans.payload, "lastResponse")
}

// settle takes a vend off the list of those without an outcome.
func (v *view) settle(m *message) {
	of, known := v.customers.get(m.key.client)
	if !known {
		return
	}
	kept := of.open[:0]
	for _, o := range of.open {
		if o != m {
			kept = append(kept, o)
		}
	}
	of.open = kept
}

func (v *view) keepRecord(m *message) {
	shown := v.shown()
	if m.record == nil {
		v.recorded = append(v.recorded, m)
	}
	m.record = &shown
	if len(v.recorded) > maxRecords {
		v.recorded[0].record = nil
		v.recorded = v.recorded[1:]
	}
}

// maxTyped is how many meter numbers a client has typed are remembered.
const maxTyped = 10_000

func (v *view) learnCustomer() {
	if at, err := v.id.Time(time.UTC); err == nil && at.After(v.of.latest) {
		v.of.latest = at
	}
	v.of.last = v.id.Number()
	if meter := v.req.find(v.req.payload, "meterIdentifier"); v.req.typ(meter) == "MeterNumber" && len(v.of.typed) < maxTyped {
		v.of.typed[v.req.attr(meter, "msno")] = true
	}
}

// outcomeOf is what must be the same however often a message is answered: the kind of
// answer, fault class, receipt numbers, amounts and tokens; as a hash, for tokens are in it.
func outcomeOf(d *document, message int) string {
	h := sha256.New()
	part := func(s string) { h.Write([]byte(s + "\x00")) }
	switch fault := d.child(message, "fault"); {
	case fault != none:
		part(d.typ(fault))
	case d.local(message) == "lastResponse":
		part(lowerFirst(d.typ(message)))
	default:
		part(d.local(message))
	}
	for n := message + 1; message != none && n < d.end(message); n++ {
		switch d.local(n) {
		case "stsCipher", "pin":
			part(d.text(n))
		case "amt", "tenderAmt", "units":
			part(d.attr(n, "value"))
		}
		part(d.attr(n, "receiptNo"))
	}
	return string(h.Sum(nil))
}
