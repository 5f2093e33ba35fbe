package utility

import (
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// What the utility does with a request that was read, apart from misbehaving.
// The lock is held throughout: one town, one clerk.

func (s *Server) process(req xmlvend.Request) xmlvend.Response {
	if s.operationOf(req).binds() {
		o, answer := s.claim(req)
		if answer != nil {
			return answer
		}
		return s.fulfil(req, o)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now, head := s.now(), req.Head()
	v, refused := s.admit(head)
	if refused != nil {
		return s.faultResp(head, refused, now)
	}
	if s.operationOf(req) == Other {
		return s.faultResp(head, noUseCase(), now)
	}
	switch req := req.(type) {
	case *xmlvend.TrialCreditVendReq:
		return s.trial(v, req)
	case *xmlvend.ConfirmCustomerReq:
		return s.confirm(req)
	case xmlvend.Advice:
		return s.advise(req)
	case *xmlvend.VerifyReq:
		return s.verify(v, req)
	case *xmlvend.ConfirmMeterReq:
		return s.confirmMeter(req)
	}
	return s.faultResp(head, noUseCase(), now)
}

func (s *Server) admit(head *xmlvend.RequestHeader) (*vendor, *refusal) {
	v := s.vendors[head.Client.ID]
	if v == nil {
		return nil, unknownClient()
	}
	return v, v.admit(head)
}

// claim takes the message id of a request that binds. It returns the outcome to be
// filled in, or the answer if the request needs no processing.
func (s *Server) claim(req xmlvend.Request) (*outcome, xmlvend.Response) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, head := s.now(), req.Head()
	if _, refused := s.admit(head); refused != nil {
		return nil, s.faultResp(head, refused, now)
	}
	key := keyOf(head.Client, head.MsgID)
	if first := s.outcomes[key]; first != nil {
		switch {
		case s.config.Duplicates == RefuseDuplicates, first.asked != req.Element():
			return nil, s.faultResp(head, duplicate(), now)
		case first.response == nil:
			return nil, s.faultResp(head, beingProcessed(), now)
		}
		return nil, first.response
	}
	o := &outcome{asked: req.Element()}
	s.outcomes[key] = o
	return o, nil
}

// fulfil does what is asked, or refuses, and remembers the answer.
func (s *Server) fulfil(req xmlvend.Request, o *outcome) xmlvend.Response {
	s.mu.Lock()
	defer s.mu.Unlock()
	now, head := s.now(), req.Head()
	answer, refused := s.bind(s.vendors[head.Client.ID], req, now)
	if refused != nil {
		answer = s.faultResp(head, refused, now)
	}
	o.response = answer
	return answer
}

// bind does what cannot be undone by forgetting it: it issues, moves money, or changes
// something. A refusal has changed nothing.
func (s *Server) bind(v *vendor, req xmlvend.Request, now time.Time) (xmlvend.Response, *refusal) {
	switch req := req.(type) {
	case *xmlvend.CreditVendReq:
		return s.vend(v, req, now)
	case *xmlvend.FBEReq:
		return s.fbe(v, req, now)
	case *xmlvend.FreeIssueReq:
		return s.freeIssue(v, req, now)
	case *xmlvend.MeterCreditTransferReq:
		return s.transfer(v, req, now)
	case *xmlvend.PayAccReq:
		return s.payAccount(v, req, now)
	case *xmlvend.CancelVendReq:
		return s.cancel(v, req, now)
	case *xmlvend.UpdateMeterKeyReq:
		return s.updateKey(v, req, now)
	case *xmlvend.MeterSpecificEngReq:
		return s.engineer(v, req, now)
	case *xmlvend.NonMeterSpecificEngReq:
		return s.testToken(req, now)
	case *xmlvend.CustReportFaultReq:
		return s.logFault(req, now)
	}
	return nil, noUseCase()
}

func (s *Server) vend(v *vendor, req *xmlvend.CreditVendReq, now time.Time) (xmlvend.Response, *refusal) {
	head := req.Head()
	h, b, refused := s.quote(v, purchase{&req.VendRequestHeader, req.PurchaseValue}, now)
	if refused != nil {
		return nil, refused
	}
	sold, err := h.sell(b, now, s.receipts+1, s.config.Seed)
	if err != nil {
		// No token can be made, for one because the base date has rolled over.
		return nil, systemError()
	}
	s.receipts++
	v.balance -= b.tender
	s.record.issue(h, sold, head, now)
	answer := s.vendResp(head, v, h, sold, now)
	h.keepSale(&answer, sold, keyOf(head.Client, head.MsgID))
	return &answer, nil
}

func (s *Server) trial(v *vendor, req *xmlvend.TrialCreditVendReq) xmlvend.Response {
	now, head := s.now(), req.Head()
	h, b, refused := s.quote(v, purchase{&req.VendRequestHeader, req.PurchaseValue}, now)
	if refused != nil {
		return s.faultResp(head, refused, now)
	}
	return &xmlvend.TrialCreditVendResp{CreditVendResp: s.vendResp(head, v, h, h.try(b), now)}
}

func (s *Server) confirm(req *xmlvend.ConfirmCustomerReq) xmlvend.Response {
	now, head := s.now(), req.Head()
	var found []*household
	switch id := req.ID.(type) {
	case xmlvend.VendIDMethod:
		h, refused := s.find(id.Meter)
		if refused != nil {
			return s.faultResp(head, refused, now)
		}
		found = append(found, h)
	case xmlvend.CustIDMethod:
		for _, h := range s.inOrder() {
			if h.meter.Customer.is(id.Customer) {
				found = append(found, h)
			}
		}
	}
	if len(found) == 0 {
		return s.faultResp(head, noCustomer(), now)
	}
	for _, h := range found {
		h.turn(now)
	}
	return s.confirmResp(head, found, now)
}

// is reports whether a customer is the one looked for. Names and addresses match
// in any case of letters; identity numbers are not kept.
func (c Customer) is(id xmlvend.CustIdentifier) bool {
	switch id := id.(type) {
	case xmlvend.CustAccountNo:
		return c.AccountNo == id.AccNo
	case xmlvend.CustName:
		return strings.EqualFold(c.Name, id.Name)
	case xmlvend.CustAddress:
		return strings.EqualFold(c.Address, id.Address)
	}
	return false
}

// advise answers from memory. Only requests that bind are remembered.
func (s *Server) advise(req xmlvend.Advice) xmlvend.Response {
	now, head := s.now(), req.Head()
	o := s.outcomes[keyOf(head.Client, req.Advised())]
	if o != nil && o.response == nil {
		return s.faultResp(head, indeterminate(), now)
	}
	adviceHead := xmlvend.AdviceRespHeader{ResponseHeader: s.header(head, now), AdviceReqMsgID: req.Advised()}
	switch req.(type) {
	case *xmlvend.LastRespAdviceReq:
		if o == nil {
			return s.faultResp(head, neverSeen(xmlvend.LastResponseEx), now)
		}
		return &xmlvend.LastRespAdviceResp{AdviceRespHeader: adviceHead, LastResponse: o.response}
	case *xmlvend.ReversalAdviceReq:
		if o == nil {
			return s.faultResp(head, neverSeen(xmlvend.ReversalEx), now)
		}
		if o.stands() {
			adviceHead.OperatorMsg = "A token that was issued cannot be reversed"
		}
		return &xmlvend.ReversalAdviceResp{AdviceRespHeader: adviceHead, TxReversed: !o.stands()}
	default:
		if o == nil {
			return s.faultResp(head, neverSeen(xmlvend.ConfirmationEx), now)
		}
		return &xmlvend.ConfirmationAdviceResp{AdviceRespHeader: adviceHead, TxConfirmed: o.stands()}
	}
}
