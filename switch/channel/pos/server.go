package pos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// channel is what sales made here are marked with.
const channel = "pos"

// Settings configure a server.
type Settings struct {
	Switch   *vending.Switch
	ServerID string // EAN of the switch, 13 digits

	Beneficiary *xmlvend.Beneficiary // the account that deposit slips name; nil: none

	Zone    *time.Location        // of times in answers; nil means UTC
	Now     func() time.Time      // nil means time.Now
	Log     *slog.Logger          // nil discards
	Metrics prometheus.Registerer // nil keeps them unseen
}

// server serves decoded requests.
type server struct {
	sells   *vending.Switch
	printer printer
	now     func() time.Time
	log     *slog.Logger
	metrics *metrics
}

// New returns the XMLVend server, to be served at one path.
func New(s Settings) (http.Handler, error) {
	if s.Switch == nil {
		return nil, errors.New("no switch to serve")
	}
	if len(s.ServerID) != 13 || digits(s.ServerID, 13) != s.ServerID {
		return nil, fmt.Errorf("server id %q is not an EAN of 13 digits", s.ServerID)
	}
	if s.Zone == nil {
		s.Zone = time.UTC
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Metrics == nil {
		s.Metrics = prometheus.NewRegistry()
	}
	self := &server{
		sells:   s.Switch,
		printer: printer{server: xmlvend.EAN(s.ServerID), zone: s.Zone, beneficiary: s.Beneficiary},
		now:     s.Now,
		log:     s.Log,
		metrics: newMetrics(s.Metrics),
	}
	return xmlvend.NewHandler(xmlvend.HandlerConfig{
		Service:    self,
		Server:     self.printer.server,
		DialectFor: self.dialectFor,
		Now:        func() time.Time { return s.Now().In(s.Zone) },
		Observe:    self.observe,
	})
}

// dialectFor chooses how a request is read, by the client it claims to be from. What
// it has looked up for that is left to serve, which finds out whether it is true.
func (s *server) dialectFor(head *xmlvend.RequestHeader, r *http.Request) (*xmlvend.Dialect, any) {
	sender := s.sells.Sender(r.Context(), credentials(head))
	dialect, _ := xmlvend.DialectByName(sender.Dialect())
	return dialect, sender
}

// credentials are what a request says about who sends it.
func credentials(head *xmlvend.RequestHeader) vending.Credentials {
	c := vending.Credentials{Client: head.Client.ID, Terminal: head.Terminal.ID}
	if a := head.AuthCred; a != nil {
		c.OpName, c.Password, c.NewPassword = a.OpName, a.Password.Reveal(), a.NewPassword.Reveal()
	}
	return c
}

// exchange is one request at work. The caller is known once it is authenticated.
type exchange struct {
	*server
	operation     operation
	head          *xmlvend.RequestHeader
	request       vending.Request
	dialect       *xmlvend.Dialect
	caller        vending.Caller
	authenticated bool
}

// Serve answers a decoded request. It never fails but to hang up.
func (s *server) Serve(ctx context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
	began := s.now()
	op, head := operationOf(call.Request), call.Request.Head()
	x := &exchange{
		server:    s,
		operation: op,
		head:      head,
		request: vending.Request{
			Channel:   channel,
			Operation: op.name,
			Message:   key(head.Client, head.MsgID),
			Digest:    call.Digest(),
		},
		dialect: call.Dialect,
	}
	resp, err := x.serve(ctx, call)
	return x.end(ctx, resp, err, began)
}

// serve authenticates the caller and lets the operation answer.
func (x *exchange) serve(ctx context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
	who := credentials(x.head)
	if err := x.certified(call.HTTP, who.Client); err != nil {
		return nil, err
	}
	who.Sender, _ = call.Sender.(*vending.Sender)
	caller, err := x.sells.Authenticate(ctx, who)
	if err != nil {
		return nil, err
	}
	x.caller, x.authenticated = caller, true
	return x.operation.serve(x, ctx, call.Request)
}

// header heads an answer made now.
func (x *exchange) header() xmlvend.ResponseHeader { return x.printer.header(x.head, x.now()) }

// faultHeader heads a fault: one that is stored is as old as it is.
func (x *exchange) faultHeader(f *vending.Fault) xmlvend.ResponseHeader {
	if f.At.IsZero() {
		return x.header()
	}
	return x.printer.header(x.head, f.At)
}

// end turns what became of a request into the answer, and writes it down.
func (x *exchange) end(ctx context.Context, resp xmlvend.Response, err error, began time.Time) (xmlvend.Response, error) {
	note := ending{took: x.now().Sub(began), cause: err}
	if err != nil {
		note.fault = referenced(vending.AsFault(err))
		refusal := faultResp(x.faultHeader(note.fault), note.fault, x.dialect.Has)
		note.class = refusal.Fault.Class
		resp, err = refusal, nil
		if note.fault.Code == vending.CodeUnknownOutcome && x.caller.Client.OnUnknown == vending.AnswerHangUp {
			resp, err = nil, xmlvend.ErrHangUp
		}
	}
	x.write(ctx, note)
	return resp, err
}
