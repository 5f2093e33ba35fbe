package xmlvend

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/schemas"
)

// MaxRequest is the most bytes a request may have, before and after
// decompression.
const MaxRequest = 64 << 10

const (
	dispError         = "ONLINE ERROR"
	msgCallIntegrator = "This terminal's request is not proper XMLVend. Nothing was sold. Call the supplier of the terminal."
	msgNotPossible    = "This is not possible here. Ask the shop."
	msgUnknown        = "Internal error, the outcome is not known"
	msgDoNotSell      = "Do not sell again; ask for the last response"
	msgNotSupported   = "Use case not supported"
)

// ErrHangUp makes the handler close the connection without an answer.
var ErrHangUp = errors.New("xmlvend: close the connection unanswered")

// Call is one request being served.
type Call struct {
	Request Request
	Raw     []byte        // the document as received, after decompression
	Dialect *Dialect      // of the client
	Repairs []string      // rules of the dialect that were applied
	Version Version       // of the envelope
	HTTP    *http.Request // for the peer's address and certificate; its body is read
	Sender  any           // what DialectFor found out about the sender; nil if nothing
}

// Digest is [Digest] of the request.
func (c *Call) Digest() [32]byte { return Digest(c.Request) }

// Service serves decoded requests. A request is schema-valid, its message id a
// date and time that exist; nothing else is known of it, neither who sent it nor
// what it asks for.
//
// A [*Fault] as error (wrapped or not) is answered as that fault, and [ErrHangUp]
// not at all. Any other error, and a panic, is answered with a SystemEx that
// tells the client not to sell again. A [*FaultResp] as response is a fault with
// words for operator and customer. Header fields left zero in a response are
// filled in from the request.
type Service interface {
	Serve(ctx context.Context, call *Call) (Response, error)
}

// ServiceFunc is a function as a Service.
type ServiceFunc func(ctx context.Context, call *Call) (Response, error)

// Serve calls f.
func (f ServiceFunc) Serve(ctx context.Context, call *Call) (Response, error) { return f(ctx, call) }

// RefusalKind says why the handler, and not the service, ended a request.
type RefusalKind string

// The kinds of refusal.
const (
	RefusedMethod      RefusalKind = "method"       // not POST
	RefusedContentType RefusalKind = "content-type" // not XML, or compressed otherwise than with gzip
	RefusedSize        RefusalKind = "size"         // larger than MaxRequest
	RefusedUnreadable  RefusalKind = "unreadable"   // broken off, bad gzip
	RefusedMalformed   RefusalKind = "malformed"    // not UTF-8, a DTD, not well-formed
	RefusedNotSOAP     RefusalKind = "not-soap"     // no envelope, unknown version, a header that must be understood
	RefusedUseCase     RefusalKind = "use-case"     // no request of XMLVend 2.1
	RefusedSchema      RefusalKind = "schema"       // not valid, or a message id that is no date
	ServiceFailed      RefusalKind = "failed"       // the service returned an error that is no Fault
	ServicePanicked    RefusalKind = "panicked"
	ServiceHungUp      RefusalKind = "hung-up"
)

// Refusal tells an observer of a request that the service did not answer itself.
type Refusal struct {
	Kind   RefusalKind
	Client DeviceID // as claimed; zero when it was not read
	MsgID  MsgID    // as claimed; zero when it was not read
	Remote string   // the peer's address
	Err    error    // the handler's own repeat no password, token or PIN
	Stack  []byte   // ServicePanicked only
}

// HandlerConfig is what a [Handler] is made of.
type HandlerConfig struct {
	Service Service
	// Server is the serverID of answers the service leaves without one.
	Server DeviceID
	// DialectFor chooses the dialect of a client. The header is as claimed in the
	// document: read by content, not validated, not authenticated. What it has found
	// out about the sender it may return for the service, as Call.Sender. Nil means
	// the standard for all, and so does a nil dialect.
	DialectFor func(claimed *RequestHeader, r *http.Request) (dialect *Dialect, sender any)
	// Now is the time of answers the service leaves without one; time.Now when nil.
	Now func() time.Time
	// Observe is told of each refusal, before it is answered; may be nil.
	Observe func(ctx context.Context, r Refusal)
}

// Handler serves XMLVend over HTTP: POST, SOAP 1.1 and 1.2, SOAPAction ignored,
// the operation taken from the first element of the body. Faults have status
// 500, as SOAP 1.1 demands.
type Handler struct{ HandlerConfig }

// NewHandler returns a handler. It fails only if the bundled schemas do not compile.
func NewHandler(c HandlerConfig) (*Handler, error) {
	if _, err := schemas.Default(); err != nil {
		return nil, err
	}
	if c.DialectFor == nil {
		c.DialectFor = func(*RequestHeader, *http.Request) (*Dialect, any) { return strict, nil }
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Observe == nil {
		c.Observe = func(context.Context, Refusal) {}
	}
	return &Handler{c}, nil
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{Handler: h, r: r, call: Call{Dialect: strict, HTTP: r}}
	status, doc := x.run(w)
	if doc == nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	x.write(w, status, doc)
}

// exchange is the state of one request on its way.
type exchange struct {
	*Handler
	r     *http.Request
	media string // of the request; "" if it does not tell
	call  Call
	head  RequestHeader // as far as it could be read
}

// run turns the request into a status and a document; a nil document stands for
// an answer of HTTP alone. Whatever panics becomes a SystemEx.
func (x *exchange) run(w http.ResponseWriter) (status int, doc []byte) {
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler:
			panic(p)
		default:
			x.observe(ServicePanicked, fmt.Errorf("panic: %v", p), debug.Stack())
			status, doc = x.encode(x.unknown())
		}
	}()
	return x.encode(x.receive(w))
}

func (x *exchange) encode(status int, env *Envelope) (int, []byte) {
	if env == nil {
		return status, nil
	}
	env.Version = x.call.Version
	return status, encode(*env, x.call.Dialect.form.element)
}

// receive takes the request as far as a SOAP message, and on to serve.
func (x *exchange) receive(w http.ResponseWriter) (int, *Envelope) {
	if status, kind, err := x.read(w); err != nil {
		x.observe(kind, err, nil)
		switch status {
		case http.StatusMethodNotAllowed:
			w.Header().Set("Allow", http.MethodPost)
			return status, nil
		case http.StatusUnsupportedMediaType:
			return status, nil
		}
		return status, soapError(ClientFault, err)
	}
	t, err := parseAndJudge(x.call.Raw)
	if err != nil {
		x.observe(RefusedMalformed, err, nil)
		return http.StatusInternalServerError, soapError(ClientFault, err)
	}
	version, payload, err := t.soap()
	x.call.Version = version
	if err == nil && t.mustUnderstand(payload) {
		err = errNotUnderstood
	}
	if err != nil {
		x.observe(RefusedNotSOAP, err, nil)
		return http.StatusInternalServerError, soapError(codeOf(err), err)
	}
	return x.serve(t, payload)
}

// serve goes on from a SOAP message to the answer.
func (x *exchange) serve(t *tree, payload ref) (int, *Envelope) {
	d := &decoder{tree: t, lenient: true}
	c := d.seq(payload)
	d.requestHeader(&c, &x.head)
	var dialect *Dialect
	if dialect, x.call.Sender = x.DialectFor(&x.head, x.r); dialect != nil {
		x.call.Dialect = dialect
	}
	if name := t.nodes[payload].Name; !IsRequest(name) {
		x.observe(RefusedUseCase, fmt.Errorf("%s is not a request", name), nil)
		return x.fault(&Fault{Class: UseCaseSupportEx, Desc: msgNotSupported}, name.String(), "")
	}
	if err := x.request(t); err != nil {
		return x.notConform(err)
	}
	resp, err := x.Service.Serve(x.r.Context(), &x.call)
	var fault *Fault
	switch {
	case errors.Is(err, ErrHangUp):
		x.observe(ServiceHungUp, err, nil)
		panic(http.ErrAbortHandler)
	case errors.As(err, &fault):
		return x.fault(fault, "", "")
	case err == nil && resp == nil:
		err = errors.New("xmlvend: the service gave no response")
		fallthrough
	case err != nil:
		x.observe(ServiceFailed, err, nil)
		return x.unknown()
	}
	return x.answer(resp)
}

// request decodes, if the schemas allow it. What they do not is repaired first; a valid
// request is taken as it is.
func (x *exchange) request(t *tree) error {
	if t.invalid != nil {
		var err error
		if t, x.call.Repairs, err = x.call.Dialect.repair(t, x.call.Raw); err != nil {
			return err
		}
		if t.invalid != nil {
			return t.invalid
		}
	}
	env, err := t.decode(false)
	if err != nil {
		return err
	}
	request := env.Payload.(Request)
	x.head = *request.Head()
	if err := (MsgID{DateTime: standardDate(x.head.MsgID.DateTime)}).Check(); err != nil {
		return err
	}
	x.call.Request = request
	return nil
}

// notConform answers a request that is not what the schema says, with line, path
// and reason.
func (x *exchange) notConform(err error) (int, *Envelope) {
	var desc string
	var invalid *schemas.Invalid
	if errors.As(err, &invalid) && len(invalid.Violations) > 0 {
		v := invalid.Violations[0]
		desc = fmt.Sprintf("line %d, %s: %s", v.Line, tail(v.Path), v.Reason)
	} else {
		desc = strings.TrimPrefix(err.Error(), "xmlvend: ")
	}
	x.observe(RefusedSchema, err, nil)
	return x.fault(&Fault{Class: XMLVendSchemaEx, Desc: desc}, msgCallIntegrator, msgNotPossible)
}

// tail is the end of a path, which says more than its beginning and leaves room
// for the reason.
func tail(path string) string {
	const keep = 2
	parts := strings.Split(path, "/")
	return strings.Join(parts[max(0, len(parts)-keep):], "/")
}

// answer fills the header in, with placeholders that are valid for what could
// not be read of the request, and chooses the form.
func (x *exchange) answer(resp Response) (int, *Envelope) {
	h := resp.Head()
	said := x.said()
	if h.Client.IsZero() {
		h.Client = said.Client
	}
	if h.Server.IsZero() {
		h.Server = presentable(x.Server, unknownDevice)
	}
	if h.Terminal.IsZero() {
		h.Terminal = said.Terminal
	}
	if h.ReqMsgID == (MsgID{}) {
		h.ReqMsgID = said.MsgID
	}
	if h.RespDateTime == "" {
		h.RespDateTime = NewDateTime(x.Now())
	}
	if m, is := resp.(*FaultResp); is {
		return http.StatusInternalServerError, x.call.Dialect.present(m, askedURL(x.r))
	}
	return http.StatusOK, &Envelope{Payload: x.call.Dialect.dressLast(resp)}
}

// said is what an answer repeats of the request's header: what was written, if the
// request was taken for one of the client's dialect, since a client may compare it
// letter by letter; else what of it is valid.
func (x *exchange) said() RequestHeader {
	if x.call.Request != nil {
		return x.head
	}
	h := RequestHeader{
		Client:   presentable(x.head.Client, unknownDevice),
		Terminal: presentable(x.head.Terminal, "1"),
		MsgID:    x.head.MsgID,
	}
	if id := h.MsgID; len(id.DateTime) != 14 || !allDigits(id.DateTime) || id.Number() == 0 || id.Number() > maxNumber {
		h.MsgID = NoMsgID
	}
	return h
}

// fault answers with a fault.
func (x *exchange) fault(f *Fault, operatorMsg, custMsg string) (int, *Envelope) {
	return x.answer(&FaultResp{
		ResponseHeader: ResponseHeader{DispHeader: dispError, OperatorMsg: operatorMsg, CustMsg: custMsg},
		Fault:          *f,
	})
}

// unknown answers that nobody knows what came of the request.
func (x *exchange) unknown() (int, *Envelope) {
	return x.fault(&Fault{Class: SystemEx, Desc: msgUnknown}, msgDoNotSell, msgDoNotSell)
}

func (x *exchange) observe(kind RefusalKind, err error, stack []byte) {
	x.Observe(x.r.Context(), Refusal{
		Kind: kind, Client: x.head.Client, MsgID: x.head.MsgID, Remote: x.r.RemoteAddr, Err: err, Stack: stack,
	})
}

// soapError answers with a SOAP fault that has no detail.
func soapError(code SOAPCode, err error) *Envelope {
	text := strings.TrimPrefix(err.Error(), "xmlvend: ")
	return &Envelope{Fault: &SOAPFault{Code: code, String: clip(text, maxMsg)}}
}

var errNotUnderstood = errors.New("xmlvend: a SOAP header that must be understood is not")

func codeOf(err error) SOAPCode {
	switch {
	case errors.Is(err, ErrSOAPVersion):
		return VersionMismatch
	case errors.Is(err, errNotUnderstood):
		return MustUnderstand
	}
	return ClientFault
}

// presentable returns a device the schema accepts.
func presentable(id DeviceID, instead string) DeviceID {
	switch {
	case id.ID == "":
		return Generic(instead)
	case id.Kind == EANDevice && len(id.ID) == 13 && allDigits(id.ID):
		return id
	}
	return Generic(clip(id.ID, maxMsg))
}

// mustUnderstand reports a SOAP header block meant for us that we would have to
// understand. There is none that we do.
func (t *tree) mustUnderstand(payload ref) bool {
	found := false
	t.children(0, func(header ref) bool {
		if header >= payload || t.nodes[header].Name.Local != "Header" {
			return true
		}
		t.children(header, func(block ref) bool {
			must, ours := false, true
			for _, a := range t.nodes[block].Attrs {
				switch {
				case a.Name.Space == "":
				case a.Name.Local == "mustUnderstand":
					must, _ = strconv.ParseBool(a.Value)
				case a.Name.Local == "actor" || a.Name.Local == "role":
					ours = a.Value == "" || a.Value == nextActor[SOAP11] || a.Value == nextActor[SOAP12]
				}
			}
			found = found || must && ours
			return !found
		})
		return false
	})
	return found
}

// nextActor names the node that a message reaches next, whoever that is.
var nextActor = map[Version]string{
	SOAP11: "http://schemas.xmlsoap.org/soap/actor/next",
	SOAP12: "http://www.w3.org/2003/05/soap-envelope/role/next",
}
