package utility

import (
	"context"
	"slices"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// turn is what the HTTP side must know of a request's fate. It travels down in
// the context, because only the message says which faults apply.
type turn struct {
	fault  FaultKind
	answer xmlvend.Response // nil if the request never reached the town
}

type turnKey struct{}

func withTurn(ctx context.Context, t *turn) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}

// turnOf returns the turn that misbehaving put into the context.
func turnOf(ctx context.Context) *turn { return ctx.Value(turnKey{}).(*turn) }

// operationOf is what a request wants, or Other if the town lacks that.
func (s *Server) operationOf(req xmlvend.Request) Operation {
	if slices.Contains(s.config.Lacks, req.Element().Local) {
		return Other
	}
	switch req.(type) {
	case *xmlvend.CreditVendReq:
		return Vend
	case *xmlvend.TrialCreditVendReq:
		return Trial
	case *xmlvend.ConfirmCustomerReq:
		return Confirm
	case xmlvend.Advice:
		return Advice
	case *xmlvend.FBEReq, *xmlvend.FreeIssueReq, *xmlvend.MeterCreditTransferReq, *xmlvend.PayAccReq,
		*xmlvend.CancelVendReq, *xmlvend.UpdateMeterKeyReq, *xmlvend.MeterSpecificEngReq,
		*xmlvend.NonMeterSpecificEngReq, *xmlvend.CustReportFaultReq:
		return Issue
	case *xmlvend.VerifyReq, *xmlvend.ConfirmMeterReq:
		return Lookup
	}
	return Other
}

// serve implements xmlvend.Service.
func (s *Server) serve(ctx context.Context, call *xmlvend.Call) (xmlvend.Response, error) {
	req := call.Request
	op, head := s.operationOf(req), req.Head()
	s.record.receive(op, keyOf(head.Client, head.MsgID))
	t := turnOf(ctx)
	if r := impostor(call.HTTP.TLS, head.Client.ID); r != nil {
		t.answer = s.refused(req, r)
		return t.answer, nil
	}
	fault := s.faults.take(op, s.meterOf(req))
	t.fault = fault.Kind
	var err error
	t.answer, err = s.misserve(req, fault)
	return t.answer, err
}

// misserve processes a request, and does whatever of a fault happens before the
// answer is on the wire. The only error is xmlvend.ErrHangUp.
func (s *Server) misserve(req xmlvend.Request, fault Fault) (xmlvend.Response, error) {
	delay := time.Duration(fault.Delay)
	switch fault.Kind {
	case DropBefore:
		return nil, xmlvend.ErrHangUp
	case System, Headless:
		return s.refused(req, systemError()), nil
	case NoVendorCredit:
		return s.refused(req, noVendorCredit()), nil
	case Slow:
		visit := s.room.enter()
		defer visit.leave()
		if !visit.wait(delay) {
			return nil, xmlvend.ErrHangUp
		}
	case IssueDelayed, NotFoundFirst:
		return s.afterwards(req, fault)
	}

	answer := s.process(req)
	switch fault.Kind {
	case DropAfter:
		return nil, xmlvend.ErrHangUp
	case BeingProcessed:
		return s.refused(req, beingProcessed()), nil
	case WrongAmount:
		return withAnotherAmount(answer), nil
	case WrongMeter:
		return withAnotherMeter(answer), nil
	case Late:
		visit := s.room.enter()
		defer visit.leave()
		if !visit.wait(delay) {
			return nil, xmlvend.ErrHangUp
		}
	}
	return answer, nil
}

// afterwards hangs up, and has the request processed in the background after the
// wait. If its message id is claimed at once and needs no processing, it is
// answered.
func (s *Server) afterwards(req xmlvend.Request, fault Fault) (xmlvend.Response, error) {
	process := func() { s.process(req) }
	if fault.Kind == IssueDelayed {
		o, answer := s.claim(req)
		if answer != nil {
			return answer, nil
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
	return nil, xmlvend.ErrHangUp
}

func (s *Server) refused(req xmlvend.Request, r *refusal) xmlvend.Response {
	return s.faultResp(req.Head(), r, s.now())
}
