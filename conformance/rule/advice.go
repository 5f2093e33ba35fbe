package rule

import (
	"fmt"

	"github.com/vendswitch/vendswitch/conformance"
)

// adviceRules judge what a client does about a vend it has no answer to.
var adviceRules = []Rule{
	{
		Name: "vend-again", Clause: requirements + ", transaction control: a vend is not repeated before the first one's outcome is known", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds:  "A vend whose outcome is not known is not sent again under a new id.",
		breaks: vendAgain,
	},
	{
		Name: "advice-before-next-vend", Clause: advice, Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds:  "After a vend without an answer, a terminal asks for its last response before it sells on.",
		breaks: soldOn,
	},
	{
		Name: "advice-new-id", Clause: base + ", AdviceReq: a request with an id of its own", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds: "An advice has a message id of its own.",
		breaks: func(v *view) []breach {
			if v.op != "adviceReq" || !v.id.Same(v.advised()) {
				return nil
			}
			return says(fmt.Sprintf("the advice bears the id %s of the message it is about", v.id))
		},
	},
	{
		Name: "advice-known-id", Clause: base + ", AdviceReq/adviceReqMsgID", Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds: "An advice is about a message that its client sent.",
		breaks: func(v *view) []breach {
			if v.op != "adviceReq" || v.client == "" {
				return nil
			}
			if m, known := v.messages.get(keyOf(v.client, v.advised())); known && m != v.self {
				return nil
			}
			return says(fmt.Sprintf("the client was not seen to send %s, which it asks about", v.advised()))
		},
	},
	{
		Name: "advice-needed", Clause: advice, Severity: conformance.Note, Side: conformance.ClientSide,
		Holds: "A last response is asked for when there was no answer.",
		breaks: func(v *view) []breach {
			m := v.about()
			if m == nil || m.answered.IsZero() || !m.answered.Before(v.x.Began) || m.advised || !m.given.IsZero() {
				return nil
			}
			return []breach{{text: fmt.Sprintf("the message %s was answered; did the answer not arrive?", v.advised()), with: m}}
		},
	},
	neverAsked, neverLearnt,
}

func vendAgain(v *view) []breach {
	if v.self == nil || !v.isVend() || v.again || v.self.purchase == "" {
		return nil
	}
	for _, m := range v.of.open {
		if m != v.self && m.purchase == v.self.purchase && m.began.Before(v.x.Began) && m.unresolved(v.x.Began) {
			b := breach{with: m, text: fmt.Sprintf("the same purchase was sent as %s/%d, whose outcome nobody knows yet: it may be sold twice", m.key.dateTime, m.key.number)}
			if m.doubtful {
				b.text = fmt.Sprintf("the same purchase was sent as %s/%d and answered with a system fault, which does not say that nothing was sold: it may be sold twice", m.key.dateTime, m.key.number)
			}
			return []breach{b}
		}
	}
	return nil
}

func soldOn(v *view) []breach {
	if v.self == nil || !v.isVend() || v.again {
		return nil
	}
	for _, m := range v.of.open {
		gone := !m.given.IsZero() && m.given.Before(v.x.Began)
		if m == v.self || m.terminal != v.terminal || m.advised || !gone || m.doubtful || m.purchase == v.self.purchase {
			continue
		}
		return []breach{{text: fmt.Sprintf("terminal %q sells on, and has not asked what became of its vend %s/%d", v.terminal, m.key.dateTime, m.key.number), with: m}}
	}
	return nil
}
