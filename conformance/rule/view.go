package rule

import (
	"crypto/sha256"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// view is an exchange as the rules see it.
type view struct {
	*Session
	x   conformance.Exchange
	req *document
	ans *document // nil if nothing was answered

	op       string // local name of the request's payload element
	client   string // as claimed by the request, else by the answer
	server   string
	terminal string
	id       xmlvend.MsgID

	self  *message  // what is remembered of this message id; nil if the request has none
	again bool      // the id was used before
	of    *customer // the client

	record *conformance.Record
}

func (s *Session) look(x conformance.Exchange) *view {
	v := &view{Session: s, x: x, req: read(x.Request.Body)}
	if x.Response != nil {
		v.ans = read(x.Response.Body)
		v.server = v.ans.device(v.ans.message, "serverID")
	}
	v.op = v.req.local(v.req.payload)
	v.client = v.req.device(v.req.payload, "clientID")
	v.terminal = v.req.device(v.req.payload, "terminalID")
	v.id = v.req.msgID(v.req.payload, "msgID")
	return v
}

// shown is the exchange without secrets, made once.
func (v *view) shown() conformance.Record {
	if v.record == nil {
		r := v.x.Record()
		v.record = &r
	}
	return *v.record
}

// ended is when the exchange ended.
func (v *view) ended() time.Time { return v.x.Began.Add(v.x.Took) }

// readable reports an answer that is XML.
func (v *view) readable() bool { return v.ans != nil && len(v.ans.elements) > 0 }

// soapAnswer reports an answer that is a SOAP message.
func (v *view) soapAnswer() bool { return v.readable() && v.ans.payload != none }

// fault is the local name of the fault's class, "" if the answer is none or has none.
func (v *view) fault() string {
	if !v.soapAnswer() || !v.ans.isFault() {
		return ""
	}
	return v.ans.typ(v.ans.find(v.ans.payload, "fault"))
}

// isFault reports that the answer is a SOAP fault.
func (v *view) isFault() bool { return v.soapAnswer() && v.ans.isFault() }

// isVend reports a request that sells a token if it succeeds.
func (v *view) isVend() bool { return vends[v.op] }

// vends are the operations that issue something of value which must not be
// issued twice.
var vends = map[string]bool{
	"creditVendReq": true, "fbeReq": true, "freeIssueReq": true, "meterCreditTransferReq": true,
	"payAccReq": true, "voucherVendReq": true,
}

// isSale reports that the answer of a vend says that it succeeded.
func (v *view) isSale() bool {
	return v.isVend() && v.soapAnswer() && !v.isFault() && responseOf(v.op) == v.ans.local(v.ans.payload)
}

// adviceKind is the type of an advice request, "" if the request is none.
func (v *view) adviceKind() string {
	if v.op != "adviceReq" {
		return ""
	}
	return v.req.typ(v.req.payload)
}

const lastResponse = "LastRespAdviceReq"

// advised is the message id that an advice is about.
func (v *view) advised() xmlvend.MsgID { return v.req.msgID(v.req.payload, "adviceReqMsgID") }

// purchase is what the vend is for: two vends that agree in it may be one purchase.
func (v *view) purchase() string {
	meter := v.req.find(v.req.payload, "meterIdentifier")
	number := v.req.attr(meter, "msno")
	if track := v.req.find(v.req.payload, "track2Data"); number == "" && track != none {
		sum := sha256.Sum256([]byte(v.req.text(track)))
		number = string(sum[:])
	}
	value := v.req.find(v.req.payload, "purchaseValue")
	amount := v.req.attr(v.req.find(value, "amt"), "value") + v.req.attr(v.req.find(value, "units"), "value")
	if number == "" {
		return ""
	}
	return v.op + " " + number + " " + string(xmlvend.Decimal(amount).Canonical())
}
