package rule

import (
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// headerRules judge the header that every response starts with.
var headerRules = []Rule{
	{
		Name: "echo-message-id", Clause: base + ", BaseResp/reqMsgID", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "An answer repeats the message id of its request.",
		breaks: func(v *view) []breach {
			if !v.hasHeader() {
				return nil
			}
			if got := v.ans.msgID(v.ans.message, "reqMsgID"); !got.Same(v.id) {
				return says(fmt.Sprintf("the request is %s, the answer is to %s", v.id, got))
			}
			return nil
		},
	},
	{
		Name: "echo-client", Clause: base + ", BaseResp/clientID", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "An answer repeats the client of its request.",
		breaks: func(v *view) []breach {
			if got := v.answerDevice("clientID"); got != v.client && v.hasHeader() {
				return says(fmt.Sprintf("client %s was answered as client %s", v.client, got))
			}
			return nil
		},
	},
	{
		Name: "echo-terminal", Clause: base + ", BaseResp/terminalID", Severity: conformance.Warning, Side: conformance.ServerSide,
		Holds: "An answer repeats the terminal of its request.",
		breaks: func(v *view) []breach {
			if got := v.answerDevice("terminalID"); got != v.terminal && v.hasHeader() {
				return says(fmt.Sprintf("terminal %q was answered as terminal %q", v.terminal, got))
			}
			return nil
		},
	},
	{
		Name: "response-time", Clause: base + ", BaseResp/respDateTime", Severity: conformance.Warning, Side: conformance.ServerSide,
		Holds:  "The time of an answer is a date and time that exists, and about the time at which it came.",
		breaks: responseTime,
	},
}

// hasHeader reports an answer with a response header, to a request that had one.
func (v *view) hasHeader() bool {
	return v.soapAnswer() && v.ans.child(v.ans.message, "reqMsgID") != none && v.id.Known() && v.client != ""
}

func (v *view) answerDevice(local string) string {
	if v.ans == nil {
		return ""
	}
	return v.ans.device(v.ans.message, local)
}

const (
	// aheadOfTime is how far a clock may be in front of ours.
	aheadOfTime = time.Hour
	// behindTime is how far it may be behind; a replayed answer bears its old time.
	behindTime = time.Hour
	// widestZone is how far local time is from UTC at most, in either direction.
	widestZone = 14 * time.Hour
)

func responseTime(v *view) []breach {
	if !v.soapAnswer() {
		return nil
	}
	n := v.ans.child(v.ans.message, "respDateTime")
	if n == none {
		return nil
	}
	text := v.ans.text(n)
	at, err := xmlvend.DateTime(text).Time(time.UTC)
	if err != nil {
		return says(fmt.Sprintf("respDateTime %q is not a date and time", text))
	}
	slack := time.Duration(0)
	if _, err := time.Parse(time.RFC3339Nano, text); err != nil {
		slack = widestZone // it does not say its zone
	}
	switch off := at.Sub(v.ended()); {
	case off > aheadOfTime+slack:
		return says(fmt.Sprintf("respDateTime is %s ahead of the time at which the answer came", off.Round(time.Second)))
	case -off > behindTime+slack && !v.again:
		return says(fmt.Sprintf("respDateTime is %s behind the time at which the answer came", (-off).Round(time.Second)))
	}
	return nil
}
