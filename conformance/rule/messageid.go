package rule

import (
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
)

const messageID = base + ", msgID"

// messageIDRules judge the ids of a client's messages.
var messageIDRules = []Rule{
	{
		Name: "message-id-date", Clause: messageID + "/dateTime: yyyymmddHHMMSS", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds: "The dateTime of a message id is 14 digits, a date and time that exist.",
		breaks: func(v *view) []breach {
			if v.req.child(v.req.payload, "msgID") == none {
				return nil
			}
			if err := v.id.Check(); err != nil || len(v.id.DateTime) != 14 {
				return says(fmt.Sprintf("%q is not a date and time yyyymmddHHMMSS", v.id.DateTime))
			}
			return nil
		},
	},
	{
		Name: "message-id-clock", Clause: messageID + "/dateTime: the client's local time", Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds:  "The dateTime of a message id is the time at which it was sent, in some time zone.",
		breaks: clock,
	},
	{
		Name: "message-id-unique", Clause: messageID + ": unique with the clientID across the system; " + requirements + ", unique message ids", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds:  "A message id is used for one message.",
		breaks: unique,
	},
	{
		Name: "message-id-order", Clause: messageID + ": sequential", Severity: conformance.Warning, Side: conformance.ClientSide,
		Holds: "Message ids go up with time.",
		breaks: func(v *view) []breach {
			at, err := v.id.Time(time.UTC)
			if err != nil || v.of == nil || v.again || !at.Before(v.of.latest.Add(-outOfOrder)) {
				return nil
			}
			return says(fmt.Sprintf("the dateTime is %s before that of an earlier message", v.of.latest.Sub(at)))
		},
	},
	{
		Name: "message-id-sequence", Clause: messageID + "/uniqueNumber: sequential", Severity: conformance.Note, Side: conformance.ClientSide, once: true,
		Holds: "The uniqueNumber of message ids is sequential.",
		breaks: func(v *view) []breach {
			n := v.id.Number()
			if v.of == nil || v.of.last == 0 || v.again || n == 0 || n > v.of.last && n-v.of.last <= maxGap || n < v.of.last && (n <= maxGap || v.of.last-n <= maxGap) {
				return nil
			}
			return says(fmt.Sprintf("the uniqueNumber went from %d to %d", v.of.last, n))
		},
	},
}

const (
	// outOfOrder is how far messages of one client may overtake each other.
	outOfOrder = 2 * time.Minute
	// maxGap is how many messages may overtake each other, or be seen by others only.
	maxGap = 50
	// clockSlack is how far a client's clock may be off its zone's time.
	clockSlack = 10 * time.Minute
)

func clock(v *view) []breach {
	at, err := v.id.Time(time.UTC)
	if err != nil || v.again || v.req.child(v.req.payload, "msgID") == none {
		return nil
	}
	off := at.Sub(v.x.Began)
	if off < -12*time.Hour-clockSlack || off > widestZone+clockSlack {
		return says(fmt.Sprintf("the dateTime is %s from the time at which the message came (UTC): no time zone is that far away", off.Round(time.Second)))
	}
	zone := off.Round(15 * time.Minute)
	if rest := off - zone; rest.Abs() > clockTolerance {
		return []breach{{text: fmt.Sprintf("the client's clock is off the time of every time zone by %s", rest.Abs().Round(time.Second)), alter: conformance.Note}}
	}
	return nil
}

// clockTolerance is what a clock may be off before it is worth a note. Zones are
// quarters of an hour apart, so nothing above half of one can be seen.
const clockTolerance = 5 * time.Minute

func unique(v *view) []breach {
	m := v.self
	if m == nil || !v.again {
		return nil
	}
	if v.another(m) {
		return []breach{{text: fmt.Sprintf("the id %s was used for another message before", v.id), with: m}}
	}
	return []breach{{text: fmt.Sprintf("the message %s was sent again; a last response should have been asked for, under a new id", v.id), with: m, alter: conformance.Warning}}
}
