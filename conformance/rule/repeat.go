package rule

import (
	"fmt"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// memoryRules judge whether a server stands by what it said.
var memoryRules = []Rule{
	{
		Name: "repeat-same-outcome", Clause: base + ", msgID: unique with the clientID across the system", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "A message sent again has the outcome it had, or is refused as a duplicate; another under its id is not sold.",
		breaks: repeated,
	},
	{
		Name: "last-response-asked", Clause: base + ", LastRespAdviceResp", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "A last response is that of the message that was asked for.",
		breaks: rightLastResponse,
	},
	{
		Name: "last-response-same", Clause: base + ", LastRespAdviceResp/lastResponse: the response itself", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "A last response is what was answered before.",
		breaks: sameLastResponse,
	},
	{
		Name: "last-response-denied", Clause: base + ", LastResponseEx: no transaction with that message id", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "A server that sold does not say that it knows nothing of the message.",
		breaks: func(v *view) []breach {
			m := v.about()
			if m == nil || v.fault() != string(xmlvend.LastResponseEx) || !m.sold {
				return nil
			}
			return []breach{{text: fmt.Sprintf("the server denies message %s/%d, which it had answered with a sale", m.key.dateTime, m.key.number), with: m}}
		},
	},
	{
		Name: "sold-after-denied", Clause: base + ", LastResponseEx: a new purchase may follow", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "A message that the server said it does not know is not sold later.",
		breaks: soldAfterDenied,
	},
}

func repeated(v *view) []breach {
	m := v.self
	if m == nil || !v.again || m.answered.IsZero() || m.answered.After(v.x.Began) || !v.soapAnswer() || !v.isVend() {
		return nil
	}
	if v.isFault() && v.another(m) {
		return nil // the id was taken: refused, and rightly
	}
	if v.fault() == string(xmlvend.DuplicateMsgIDEx) || outcomeOf(v.ans, v.ans.message) == m.outcome {
		return nil
	}
	text := "the message had another outcome before: other tokens, amounts or receipt"
	switch {
	case m.sold && v.isFault():
		text = fmt.Sprintf("the message was answered with a sale before, and with %s now", v.fault())
	case !m.sold && !v.isFault():
		text = "the message was refused before, and is sold now"
	case v.isFault():
		text = fmt.Sprintf("the message was refused for another reason before, now with %s", v.fault())
	}
	return []breach{{text: text, with: m}}
}

// another reports that a request came under the id of m, and is not m.
func (v *view) another(m *message) bool {
	return v.op != m.op || v.req.print(v.req.payload, "authCred") != m.print
}

// about is what is remembered of the message that a last response is asked of.
func (v *view) about() *message {
	if v.adviceKind() != lastResponse {
		return nil
	}
	m, _ := v.messages.get(keyOf(v.client, v.advised()))
	return m
}

func rightLastResponse(v *view) []breach {
	n := v.lastResponse()
	if n == none {
		return nil
	}
	asked := v.advised()
	var breaches []breach
	if got := v.ans.msgID(v.ans.payload, "adviceReqMsgID"); !got.Same(asked) {
		breaches = append(breaches, breach{text: fmt.Sprintf("the last response of %s was asked for, the answer is about %s", asked, got)})
	}
	if got := v.ans.msgID(n, "reqMsgID"); v.ans.child(n, "reqMsgID") != none && !got.Same(asked) {
		breaches = append(breaches, breach{text: fmt.Sprintf("the last response of %s was asked for, the response in the answer is that to %s", asked, got), with: v.about()})
	}
	return breaches
}

func sameLastResponse(v *view) []breach {
	m, n := v.about(), v.lastResponse()
	if m == nil || n == none || m.answered.IsZero() {
		return nil
	}
	if outcomeOf(v.ans, n) != m.outcome {
		return []breach{{text: "the last response is another than what was answered: other tokens, amounts, receipt or fault", with: m}}
	}
	if v.ans.print(n, "clientStatus") != m.whole {
		return []breach{{text: "the last response differs from what was answered, though not in tokens, amounts or receipt", with: m, alter: conformance.Warning}}
	}
	return nil
}

func soldAfterDenied(v *view) []breach {
	m := v.self
	sold := v.isSale()
	if n := v.lastResponse(); n != none {
		m = v.about()
		sold = m != nil && lowerFirst(v.ans.typ(n)) == responseOf(m.op)
	}
	if m == nil || !m.denied || !sold {
		return nil
	}
	return []breach{{text: fmt.Sprintf("the server had said that it knows no message %s/%d, so that the client was free to buy again; now it is sold", m.key.dateTime, m.key.number), with: m}}
}
