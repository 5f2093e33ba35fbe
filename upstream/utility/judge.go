package utility

import (
	"fmt"
	"slices"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// judge says what an answer means for the money. It looks at nothing but the
// answer and the question.
type judge struct {
	declined closedList
	zone     *time.Location
}

// vend judges the answer to a vend or a trial.
func (j judge) vend(m xmlvend.Response, id upstream.MessageID, order upstream.VendOrder, trial bool) upstream.Result {
	r := reading{order: order, trial: trial, zone: j.zone}
	switch m := m.(type) {
	case *xmlvend.FaultResp:
		return j.fault(m, id)
	case *xmlvend.CreditVendResp:
		if !trial {
			return r.judge(&m.VendResponseHeader, &m.Receipt, id)
		}
	case *xmlvend.TrialCreditVendResp:
		if trial {
			return r.judge(&m.VendResponseHeader, &m.Receipt, id)
		}
	}
	return unknown("the answer is a %s", name(m))
}

func (r *reading) judge(head *xmlvend.VendResponseHeader, receipt *xmlvend.Receipt, id upstream.MessageID) upstream.Result {
	if !answers(head.ReqMsgID, id) {
		return unknown("the answer is to another message")
	}
	vend, err := r.vend(head, receipt)
	if err != nil {
		return unknown("the answer cannot be taken for ours: %v", err)
	}
	reason := "sold"
	if r.order.Amount != 0 && vend.Tendered != r.order.Amount {
		reason = "sold, but for another amount than ordered"
	}
	return upstream.Result{Verdict: upstream.Accepted, Vend: vend, Reason: reason, Deviations: r.deviations}
}

// fault judges a fault in answer to a request. A fault without header is taken for
// ours, since it came back on our own connection (Hexing sends none); one that
// names another message is not.
func (j judge) fault(m *xmlvend.FaultResp, id upstream.MessageID) upstream.Result {
	r := faulty(m)
	switch {
	case m.ReqMsgID.Known() && !answers(m.ReqMsgID, id):
		r.Reason = "a fault for another message"
	case j.declined.holds(m.Fault):
		r.Verdict, r.Reason = upstream.Declined, "refused with "+r.Fault.Class
	default:
		r.Pending = pending(m.Fault)
		r.Reason = "a fault that does not say that nothing was sold: " + r.Fault.Class
	}
	return r
}

// lastResponse judges the answer to an advice. Only the embedded response, under
// the message id asked for, says anything about the vend, or LastResponseEx: any
// other fault is about the advice.
func (j judge) lastResponse(m xmlvend.Response, id, asked upstream.MessageID, order upstream.VendOrder) upstream.Result {
	switch m := m.(type) {
	case *xmlvend.FaultResp:
		return j.adviceFault(m, id)
	case *xmlvend.LastRespAdviceResp:
		switch {
		case !answers(m.ReqMsgID, id):
			return unknown("the answer is to another message")
		case !answers(m.AdviceReqMsgID, asked):
			return unknown("the last response is to another message")
		}
		return j.embedded(m.LastResponse, asked, order)
	}
	return unknown("the answer is a %s", name(m))
}

func (j judge) adviceFault(m *xmlvend.FaultResp, id upstream.MessageID) upstream.Result {
	r := faulty(m)
	switch {
	case m.ReqMsgID.Known() && !answers(m.ReqMsgID, id):
		r.Reason = "a fault for another message"
	case m.Fault.IsA(xmlvend.LastResponseEx):
		r.Verdict, r.Reason = upstream.Absent, "the supplier has no such message"
	default:
		r.Pending = pending(m.Fault)
		r.Reason = "the advice was answered with " + r.Fault.Class
	}
	return r
}

func (j judge) embedded(m xmlvend.Response, asked upstream.MessageID, order upstream.VendOrder) upstream.Result {
	f, ok := m.(*xmlvend.FaultResp)
	if !ok {
		return j.vend(m, asked, order, false)
	}
	if !answers(f.ReqMsgID, asked) {
		r := faulty(f)
		r.Reason = "the last response is a fault for another message"
		return r
	}
	return j.fault(f, asked)
}

// confirmation judges the answer to a lookup. Lines about another meter are left
// out; an answer of nothing else is not ours.
func (j judge) confirmation(m xmlvend.Response, id upstream.MessageID, meter upstream.Meter, currency string) upstream.Confirmation {
	switch m := m.(type) {
	case *xmlvend.FaultResp:
		r := j.fault(m, id)
		return upstream.Confirmation{Verdict: r.Verdict, Fault: r.Fault, Account: r.Account, Reason: r.Reason}
	case *xmlvend.ConfirmCustomerResp:
		if !answers(m.ReqMsgID, id) {
			return upstream.Confirmation{Reason: "the answer is to another message"}
		}
		r := reading{order: upstream.VendOrder{Meter: meter, Currency: currency}, zone: j.zone}
		customers := r.customers(m.Results)
		if len(customers) == 0 {
			return upstream.Confirmation{Reason: "no customer of this meter in the answer"}
		}
		return upstream.Confirmation{Verdict: upstream.Accepted, Customers: customers, Reason: "confirmed", Deviations: r.deviations}
	}
	return upstream.Confirmation{Reason: "the answer is a " + name(m)}
}

func answers(got xmlvend.MsgID, id upstream.MessageID) bool { return got.Same(wireID(id)) }

func unknown(format string, args ...any) upstream.Result {
	return upstream.Result{Verdict: upstream.Unknown, Reason: fmt.Sprintf(format, args...)}
}

// faulty is an unknown result that carries a fault.
func faulty(m *xmlvend.FaultResp) upstream.Result {
	return upstream.Result{
		Fault: &upstream.Fault{
			Class:       string(m.Fault.Class),
			Code:        m.Fault.Code,
			Text:        m.Fault.Desc,
			OperatorMsg: m.OperatorMsg,
			CustomerMsg: m.CustMsg,
		},
		Account: slices.ContainsFunc(aboutAccount, m.Fault.IsA),
	}
}

func name(m xmlvend.Response) string {
	if m == nil {
		return "nothing"
	}
	return m.Type().Local
}
