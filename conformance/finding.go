package conformance

import "net/http"

// Severity says how much a finding weighs.
type Severity string

const (
	// Error breaks the standard, or puts money or tokens at risk: it fails a case.
	Error Severity = "error"
	// Warning is tolerated by careful peers, but a deviation all the same.
	Warning Severity = "warning"
	// Note is worth knowing, and nobody's fault.
	Note Severity = "note"
)

// Weight is greater for what weighs more: lists begin with the heaviest. It is 0 for
// a severity that is none of the three.
func (s Severity) Weight() int {
	switch s {
	case Error:
		return 3
	case Warning:
		return 2
	case Note:
		return 1
	}
	return 0
}

// Side is who a finding is about.
type Side string

const (
	ServerSide Side = "server"
	ClientSide Side = "client"
)

// Finding is something wrong with what one side sent. It quotes no secret.
type Finding struct {
	Rule      string   `json:"rule"`   // name of the rule, such as "echo-message-id"
	Clause    string   `json:"clause"` // where the rule comes from, in words an auditor can look up
	Severity  Severity `json:"severity"`
	Side      Side     `json:"side"`
	Operation string   `json:"operation,omitempty"` // payload element's local name, such as "creditVendReq"
	Client    string   `json:"client,omitempty"`    // as claimed in the messages
	Server    string   `json:"server,omitempty"`
	Text      string   `json:"text"`
	Times     int      `json:"times,omitempty"`     // how often, if more than once: of many alike only the first are kept
	Exchanges []Record `json:"exchanges,omitempty"` // what shows it, oldest first
}

// Count is how often the finding was made.
func (f Finding) Count() int { return max(1, f.Times) }

// Party names the one it is about, as they name themselves; "" if they did not.
func (f Finding) Party() string {
	if f.Side == ServerSide {
		return f.Server
	}
	return f.Client
}

// Record is an exchange without its secrets, fit to be kept and shown.
type Record struct {
	Began          string      `json:"began"` // RFC 3339, with milliseconds
	TookMS         int64       `json:"tookMs"`
	Status         int         `json:"status,omitempty"` // of the answer
	RequestHeader  http.Header `json:"requestHeader,omitempty"`
	Request        string      `json:"request"`
	ResponseHeader http.Header `json:"responseHeader,omitempty"`
	Response       string      `json:"response,omitempty"`
	Error          string      `json:"error,omitempty"`
}
