package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// received is an answer with what is known of the way it came.
type received struct {
	*xmlvend.Answer
	// fresh says that the connection carried nothing before this exchange. On one
	// that did, an answer may be the belated or second one to an earlier request.
	fresh bool
}

// judge says what an answer means for the money. It looks at nothing but the
// answer and the question.
type judge struct {
	declined closedList // of a vend
	refused  closedList // of a lookup or trial, by which nothing can be sold
	dialect  *xmlvend.Dialect
	zone     *time.Location
}

// vend judges the answer to a vend or a trial.
func (j judge) vend(a received, id upstream.MessageID, order upstream.VendOrder, trial bool) upstream.Result {
	if a.Fault != nil {
		list := j.declined
		if trial {
			list = j.refused
		}
		return list.fault(a.Fault, a.names(id))
	}
	return j.sale(a.Response, id, order, trial)
}

// inquiry judges the answer to a service that changes nothing.
func (j judge) inquiry(a received, id upstream.MessageID, order upstream.VendOrder) upstream.Result {
	if a.Fault != nil {
		return j.refused.fault(a.Fault, a.names(id))
	}
	return j.sale(a.Response, id, order, false)
}

// sale judges a response that is not a fault.
func (j judge) sale(m xmlvend.Response, id upstream.MessageID, order upstream.VendOrder, trial bool) upstream.Result {
	r := reading{order: order, trial: trial, zone: j.zone}
	if order.Service != nil {
		return r.judgeService(m, id)
	}
	switch m := m.(type) {
	case *xmlvend.CreditVendResp:
		if !trial {
			return r.judge(m, id)
		}
	case *xmlvend.TrialCreditVendResp:
		if trial {
			return r.judge(&m.CreditVendResp, id)
		}
	}
	return upstream.Result{Reason: "the answer is a " + name(m)}
}

func (r *reading) judge(m *xmlvend.CreditVendResp, id upstream.MessageID) upstream.Result {
	if !answers(m.ReqMsgID, id) {
		return upstream.Result{Reason: "the answer is to another message"}
	}
	vend, err := r.vend(&m.VendResponseHeader, &m.Receipt)
	return r.judged(vend, err, "receipt read")
}

// judged is the result of a reading.
func (r *reading) judged(vend *upstream.Vend, err error, reason string) upstream.Result {
	if err != nil {
		return upstream.Result{Reason: "the answer cannot be taken for ours: " + err.Error(), Deviations: r.deviations}
	}
	if r.order.Amount != 0 && vend.Tendered != r.order.Amount {
		reason += ", but for another amount than ordered"
	}
	return upstream.Result{Verdict: upstream.Accepted, Vend: vend, Reason: reason, Deviations: r.deviations}
}

// names reports that a fault is about our message: it says so, or it names no
// message (Hexing's never do) but came over a connection that carried no other.
func (a received) names(id upstream.MessageID) bool {
	var named xmlvend.MsgID
	if a.Response != nil {
		named = a.Response.Head().ReqMsgID
	}
	return answers(named, id) || !named.Known() && a.fresh
}

// fault judges a fault in answer to a request.
func (l closedList) fault(f *xmlvend.RemoteFault, ours bool) upstream.Result {
	r := faulty(f)
	switch {
	case !ours:
		r.Reason = "a fault that may be for another message: " + calling(f)
	case l.holds(f):
		r.Verdict, r.Reason = upstream.Declined, "refused: "+calling(f)
	default:
		r.Pending = pending(f)
		r.Reason = "a fault that does not say that nothing was sold: " + calling(f)
	}
	return r
}

// lastResponse judges the answer to an advice. Of the vend speak only the embedded
// response, when it is under the message id asked for, and LastResponseEx: any
// other fault is about the advice.
func (j judge) lastResponse(a received, id, asked upstream.MessageID, order upstream.VendOrder) upstream.Result {
	if a.Fault != nil {
		return adviceFault(a.Fault, a.names(id))
	}
	m, ok := a.Response.(*xmlvend.LastRespAdviceResp)
	switch {
	case !ok:
		return upstream.Result{Reason: "the answer is a " + name(a.Response)}
	case !answers(m.ReqMsgID, id):
		return upstream.Result{Reason: "the answer is to another message"}
	case !answers(m.AdviceReqMsgID, asked):
		return upstream.Result{Reason: "the last response is to another message than the one asked for"}
	}
	embedded, ok := m.LastResponse.(*xmlvend.FaultResp)
	if !ok {
		return j.sale(m.LastResponse, asked, order, false)
	}
	return j.declined.fault(j.dialect.RemoteFault(embedded), answers(embedded.ReqMsgID, asked))
}

func adviceFault(f *xmlvend.RemoteFault, ours bool) upstream.Result {
	r := faulty(f)
	switch {
	case !ours:
		r.Reason = "a fault that may be for another message: " + calling(f)
	case f.Class.IsA(xmlvend.LastResponseEx):
		r.Verdict, r.Reason = upstream.Absent, "the supplier has no such message"
	default:
		r.Pending = pending(f)
		r.Reason = "the advice was refused: " + calling(f)
	}
	return r
}

// confirmation judges the answer to a lookup. Lines about another meter are left
// out; an answer of nothing else is not ours.
func (j judge) confirmation(a received, id upstream.MessageID, order upstream.VendOrder) (upstream.Result, []upstream.Customer) {
	if a.Fault != nil {
		return j.refused.fault(a.Fault, a.names(id)), nil
	}
	m, ok := a.Response.(*xmlvend.ConfirmCustomerResp)
	switch {
	case !ok:
		return upstream.Result{Reason: "the answer is a " + name(a.Response)}, nil
	case !answers(m.ReqMsgID, id):
		return upstream.Result{Reason: "the answer is to another message"}, nil
	}
	r := reading{order: order, zone: j.zone}
	customers := r.customers(m.Results)
	if len(customers) == 0 {
		return upstream.Result{Reason: "the answer is for another meter", Deviations: r.deviations}, nil
	}
	return upstream.Result{Verdict: upstream.Accepted, Reason: "confirmed", Deviations: r.deviations}, customers
}

// answers reports that the message id in an answer is the one asked with. A number
// that cannot be read is 0, which no message of ours has.
func answers(got xmlvend.MsgID, id upstream.MessageID) bool {
	return got.DateTime == id.DateTime && got.Number() == id.Number && id.Number != 0
}

func name(m xmlvend.Response) string {
	if m == nil {
		return "response of an unknown kind"
	}
	return m.Type().Local
}
