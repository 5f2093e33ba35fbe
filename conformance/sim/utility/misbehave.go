package utility

import (
	"context"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// turn is what the HTTP side must know of a request's fate. It travels down in
// the context, because only the message says which faults apply.
type turn struct{ fault FaultKind }

type turnKey struct{}

func withTurn(ctx context.Context, t *turn) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

// drop makes the HTTP side close the connection unanswered.
func (t *turn) drop() { t.fault = DropAfter }

func operationOf(req xmlvend.Request) Operation {
	switch req.(type) {
	case *xmlvend.CreditVendReq:
		return Vend
	case *xmlvend.TrialCreditVendReq:
		return Trial
	case *xmlvend.ConfirmCustomerReq:
		return Confirm
	case xmlvend.Advice:
		return Advice
	}
	return ""
}

// answer processes a request, and does whatever of a fault happens before the
// answer is on the wire.
func (s *Server) answer(ctx context.Context, req xmlvend.Request) xmlvend.Response {
	t, ok := ctx.Value(turnKey{}).(*turn)
	if !ok {
		t = new(turn)
	}
	op, head := operationOf(req), req.Head()
	s.record.receive(op, keyOf(head.Client, head.MsgID))
	fault := s.faults.take(op)
	t.fault = fault.Kind

	switch fault.Kind {
	case DropBefore:
		return s.refused(req, systemError()) // for nobody to see
	case System:
		return s.refused(req, systemError())
	case NoVendorCredit:
		return s.refused(req, noVendorCredit())
	case Slow:
		return s.slowly(req, fault, t)
	case IssueDelayed, NotFoundThenOut:
		return s.afterwards(req.(*xmlvend.CreditVendReq), fault, t)
	}

	resp := s.process(req)
	switch fault.Kind {
	case BeingProcessed:
		return s.refused(req, beingProcessed())
	case WrongAmount:
		return withAnotherAmount(resp)
	case WrongMeter:
		return withAnotherMeter(resp)
	case Late:
		visit := s.room.enter()
		defer visit.leave()
		if !visit.wait(time.Duration(fault.Delay)) {
			t.drop()
		}
	}
	return resp
}

func (s *Server) slowly(req xmlvend.Request, fault Fault, t *turn) xmlvend.Response {
	visit := s.room.enter()
	defer visit.leave()
	if !visit.wait(time.Duration(fault.Delay)) {
		t.drop()
		return s.refused(req, systemError())
	}
	return s.process(req)
}

// afterwards has the connection closed, and the vend processed in the background
// after the wait. A vend that needs no processing is answered at once.
func (s *Server) afterwards(req *xmlvend.CreditVendReq, fault Fault, t *turn) xmlvend.Response {
	t.drop()
	process := func() { s.process(req) }
	if fault.Kind == IssueDelayed {
		o, answer := s.claim(req)
		if answer != nil {
			t.fault = ""
			return answer
		}
		process = func() { s.fulfil(req, o) }
	}
	visit := s.room.enter()
	go func() {
		defer visit.leave()
		if visit.wait(time.Duration(fault.Delay)) {
			process()
		}
	}()
	return s.refused(req, systemError()) // for nobody to see
}

func (s *Server) refused(req xmlvend.Request, r *refusal) xmlvend.Response {
	return s.faultResp(req.Head(), r, s.now())
}
