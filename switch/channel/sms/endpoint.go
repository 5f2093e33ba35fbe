package sms

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Inbound is an SMS that a gateway has received for us.
type Inbound struct {
	Gateway string    // who posted it: Kannel or AfricasTalking
	ID      string    // the gateway's; with Gateway it tells a message that is posted again
	From    string    // as the gateway has it: a number, or a sender id such as a bank's name
	To      string    // our number, as the gateway has it
	Text    string    // UTF-8
	At      time.Time // when the gateway received it, UTC; if it does not say, when we did
}

// The forms of gateways, and their names in Inbound.
const (
	Kannel         = "kannel"
	AfricasTalking = "africastalking"
)

// Receipt is what a gateway says of an SMS of ours.
type Receipt struct {
	ID     string // ours, of the message
	Status Status
}

// Status is what became of an SMS of ours.
type Status string

// The statuses of Kannel. Only Delivered, Failed and Rejected are the last word.
const (
	Delivered Status = "delivered"
	Failed    Status = "failed"
	Buffered  Status = "buffered" // the receiver's phone is off
	Accepted  Status = "accepted" // by the SMS centre
	Rejected  Status = "rejected" // by the SMS centre
)

// Handler takes in a message. It returns nil once the message is committed, and must
// take one that it has committed before as the same.
type Handler func(context.Context, Inbound) error

// ReceiptHandler takes in a receipt. Receipts may come twice, in any order, and for
// messages of long ago.
type ReceiptHandler func(context.Context, Receipt) error

// Config says who may post, and to whom the messages go.
type Config struct {
	User   string         // of HTTP Basic; empty: DefaultUser
	Secret xmlvend.Secret // at least MinSecret characters

	// Networks that gateways post from; none: any. Behind a proxy it is the proxy's.
	Networks []netip.Prefix

	// BankNumbers are the number that banks send to, in each form that the gateway may
	// write it. It should be one that nobody else knows of.
	BankNumbers []string
	Bank        Handler // what is sent to BankNumbers

	// Commands takes what is sent to any other number; nil: it is answered with 404.
	Commands Handler
	Receipts ReceiptHandler // nil: they are answered with 404

	Now func() time.Time // nil: time.Now
	Log *slog.Logger     // nil: slog.Default()
}

// MinSecret is how many characters a secret has at least.
const MinSecret = 16

// DefaultUser is the user of HTTP Basic.
const DefaultUser = "gateway"

// Limits of a request.
const (
	maxBody  = 16 << 10 // bytes, of a body or a query: the longest SMS that phones join has 255 parts, few have ten
	maxField = 256      // bytes, of an id or a number
)

// SecretHeader is the header that may hold the secret.
const SecretHeader = "X-SMS-Secret"

// Endpoint is the handler of all paths below /sms/.
type Endpoint struct {
	config Config
	secret [sha256.Size]byte
	bank   map[string]bool
	mux    *http.ServeMux
}

// New returns an endpoint, or an error that says which part of its configuration
// cannot be.
func New(c Config) (*Endpoint, error) {
	switch {
	case len(c.Secret) < MinSecret:
		return nil, fmt.Errorf("sms: the secret has fewer than %d characters", MinSecret)
	case strings.ContainsAny(c.Secret.Reveal(), "/?#% \t\r\n"):
		return nil, errors.New("sms: the secret must fit into a URL: no space, slash, percent sign, # or ?")
	case (c.Bank == nil) != (len(c.BankNumbers) == 0):
		return nil, errors.New("sms: a number of the bank and its handler belong together")
	}
	c.User = cmp.Or(c.User, DefaultUser)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	e := &Endpoint{config: c, secret: sha256.Sum256([]byte(c.Secret.Reveal())), bank: map[string]bool{}, mux: http.NewServeMux()}
	for _, number := range c.BankNumbers {
		e.bank[bare(number)] = true
	}
	for path, way := range map[string]http.HandlerFunc{
		"/sms/kannel":         e.guarded(http.MethodGet, e.inbound(readKannel)),
		"/sms/africastalking": e.guarded(http.MethodPost, e.inbound(readAfricasTalking)),
		"/sms/receipt":        e.guarded(http.MethodGet, e.receipt),
	} {
		e.mux.Handle(path, way)
		e.mux.Handle(path+"/{secret}", way)
	}
	return e, nil
}

// ServeHTTP answers a gateway.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.mux.ServeHTTP(w, r) }

// guarded lets in whoever knows the secret, comes from where a gateway may be, and asks
// in the way that is right there. Nothing of a body is read before.
func (e *Endpoint) guarded(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !e.mayComeFrom(r.RemoteAddr):
			e.refuse(w, r, http.StatusForbidden, "gateways do not post from this address")
		case !e.knowsSecret(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="sms", charset="UTF-8"`)
			e.refuse(w, r, http.StatusUnauthorized, "the secret is missing or wrong")
		case r.Method != method:
			w.Header().Set("Allow", method)
			e.refuse(w, r, http.StatusMethodNotAllowed, "the method must be "+method)
		case len(r.URL.RawQuery) > maxBody:
			e.refuse(w, r, http.StatusRequestURITooLong, fmt.Sprintf("the query has more than %d bytes", maxBody))
		default:
			next(w, r)
		}
	}
}

func (e *Endpoint) mayComeFrom(remote string) bool {
	if len(e.config.Networks) == 0 {
		return true
	}
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	for _, network := range e.config.Networks {
		if network.Contains(from.Addr().Unmap()) {
			return true
		}
	}
	return false
}

// knowsSecret looks at the secret in each place where it may be. Hashes are compared, so
// that the time tells nothing, not even the length.
func (e *Endpoint) knowsSecret(r *http.Request) bool {
	user, password, _ := r.BasicAuth()
	right := e.isSecret(password) & subtle.ConstantTimeCompare([]byte(user), []byte(e.config.User))
	return right|e.isSecret(r.Header.Get(SecretHeader))|e.isSecret(r.PathValue("secret")) == 1
}

func (e *Endpoint) isSecret(text string) int {
	sum := sha256.Sum256([]byte(text))
	return subtle.ConstantTimeCompare(sum[:], e.secret[:])
}

// inbound answers a message in the form that read knows.
func (e *Endpoint) inbound(read func(*http.Request) (Inbound, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		in, err := read(r)
		if err != nil {
			e.refuse(w, r, statusOf(err), err.Error())
			return
		}
		if in.At.IsZero() {
			in.At = e.config.Now().UTC()
			e.config.Log.WarnContext(r.Context(), "SMS without a time that can be read: taken as of now", "path", route(r), "id", in.ID)
		}
		handle := e.config.Commands
		if e.bank[bare(in.To)] {
			handle = e.config.Bank
		}
		if handle == nil {
			e.refuse(w, r, http.StatusNotFound, fmt.Sprintf("SMS %s was sent to %s: nobody here takes in what is sent to that number", in.ID, in.To))
			return
		}
		e.commit(w, r, in.ID, handle(r.Context(), in))
	}
}

func (e *Endpoint) receipt(w http.ResponseWriter, r *http.Request) {
	receipt, err := readReceipt(r)
	switch {
	case err != nil:
		e.refuse(w, r, statusOf(err), err.Error())
	case e.config.Receipts == nil:
		e.refuse(w, r, http.StatusNotFound, "receipts are not taken in here")
	default:
		e.commit(w, r, receipt.ID, e.config.Receipts(r.Context(), receipt))
	}
}

// commit answers 200 to what the handler has committed, and asks for the rest again.
func (e *Endpoint) commit(w http.ResponseWriter, r *http.Request, id string, err error) {
	if err != nil {
		e.config.Log.ErrorContext(r.Context(), "SMS not taken in, the gateway is to send it again", "path", route(r), "id", id, "err", err)
		w.Header().Set("Retry-After", "10")
		http.Error(w, "not taken in: send it again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// refuse answers with a sentence, which the log gets too: a gateway shows it to nobody.
func (e *Endpoint) refuse(w http.ResponseWriter, r *http.Request, status int, sentence string) {
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	e.config.Log.WarnContext(r.Context(), "SMS gateway refused", "path", route(r), "from", host, "status", status, "reason", sentence)
	http.Error(w, sentence, status)
}

// route is a request's path without the secret that may be in it.
func route(r *http.Request) string { return strings.TrimSuffix(r.Pattern, "/{secret}") }

// bare is a number as digits alone, so that forms with and without a plus are one.
func bare(number string) string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.ReplaceAll(number, " ", ""), "+"), "00")
}
