package utility

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is a way in which the simulator misbehaves.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Operation it applies to; empty: every one that the kind can apply to.
	Operation Operation `json:"operation,omitempty"`
	// Meter confines it to requests that name this meter, and to advices about vends
	// that did; empty: every request.
	Meter string `json:"meter,omitempty"`
	// Count is how many requests it applies to before it is used up; 0: all, until
	// the faults are cleared.
	Count int `json:"count,omitempty"`
	// Delay of the kinds that wait. 0: until [Server.Release] is called.
	Delay Duration `json:"delay,omitempty"`
}

// FaultKind names a way to misbehave.
type FaultKind string

// The kinds of fault. "Processed" means that a vend has issued its token, booked
// it, and can be found by advice; likewise whatever else binds.
const (
	Slow       FaultKind = "slow"        // waits, then processes and answers
	Late       FaultKind = "late"        // processes, waits, then answers
	DropBefore FaultKind = "drop-before" // the connection is closed, nothing is processed
	DropAfter  FaultKind = "drop-after"  // processed, then the connection is closed
	Duplicate  FaultKind = "duplicate"   // processed; the HTTP response is sent twice over
	Doubled    FaultKind = "doubled"     // processed; the body of the response holds the answer twice
	Garbage    FaultKind = "garbage"     // processed; 200 with a body of noise
	BadGateway FaultKind = "bad-gateway" // processed; 502 with an HTML page
	Headless   FaultKind = "headless"    // nothing is processed; the answer is a fault without header, SystemEx with a code

	WrongAmount FaultKind = "wrong-amount" // processed; the answer shows R1 more, what is remembered is right
	WrongMeter  FaultKind = "wrong-meter"  // processed; the answer shows another meter, what is remembered is right

	System         FaultKind = "system"           // SystemEx, nothing is processed
	BeingProcessed FaultKind = "being-processed"  // processed; the answer is SystemEx "being processed"
	NoVendorCredit FaultKind = "no-vendor-credit" // VendorCreditEx, nothing is processed
	IssueDelayed   FaultKind = "issue-delayed"    // the connection is closed, the request processed after the wait; till then it counts as being processed
	NotFoundFirst  FaultKind = "not-found-first"  // as issue-delayed, but till then an advice gets LastResponseEx
)

// Operation names what a request wants.
type Operation string

// The operations that faults can be confined to.
const (
	Vend    Operation = "vend"
	Trial   Operation = "trial"
	Confirm Operation = "confirm"
	Advice  Operation = "advice" // all three kinds of advice
	Issue   Operation = "issue"  // whatever else issues, moves money or changes something
	Lookup  Operation = "lookup" // whatever else only tells
)

// binds reports whether the outcome of such a request is remembered: the same message
// id does not do it again.
func (o Operation) binds() bool { return o == Vend || o == Issue }

// Other is every use case that the town does not support. Such requests are
// counted; no fault applies to them.
const Other Operation = "other"

// operationsOf lists the kinds of fault and what they can apply to.
var operationsOf = map[FaultKind][]Operation{
	Slow: allOperations, Late: allOperations, DropBefore: allOperations, DropAfter: allOperations,
	Duplicate: allOperations, Doubled: allOperations, Garbage: allOperations, BadGateway: allOperations,
	System: allOperations, BeingProcessed: allOperations, Headless: allOperations,
	WrongAmount:    {Vend, Trial, Issue, Advice},
	WrongMeter:     allOperations,
	NoVendorCredit: {Vend, Trial, Issue},
	IssueDelayed:   {Vend, Issue},
	NotFoundFirst:  {Vend, Issue},
}

var allOperations = []Operation{Vend, Trial, Confirm, Issue, Lookup, Advice}

// ErrFault reports a fault that cannot be: an unknown kind or operation, a kind
// that does not apply to its operation, a negative count or delay.
var ErrFault = errors.New("utility: no such fault")

// Validate returns ErrFault, with the reason, or nil.
func (f Fault) Validate() error {
	applies, known := operationsOf[f.Kind]
	switch {
	case !known:
		return fmt.Errorf("%w: kind %q", ErrFault, f.Kind)
	case f.Operation != "" && !slices.Contains(allOperations, f.Operation):
		return fmt.Errorf("%w: operation %q", ErrFault, f.Operation)
	case f.Operation != "" && !slices.Contains(applies, f.Operation):
		return fmt.Errorf("%w: %s does not apply to %s", ErrFault, f.Kind, f.Operation)
	case f.Count < 0 || f.Delay < 0:
		return fmt.Errorf("%w: negative count or delay", ErrFault)
	}
	return nil
}

func (f Fault) appliesTo(op Operation) bool {
	return (f.Operation == "" || f.Operation == op) && slices.Contains(operationsOf[f.Kind], op)
}

// ParseFault reads a fault as written on a command line: the kind, then in any
// order an operation, a count and a delay, separated by commas, such as
// "drop-after,vend,1" or "slow,3s". It returns ErrFault.
func ParseFault(text string) (Fault, error) {
	kind, rest, _ := strings.Cut(text, ",")
	f := Fault{Kind: FaultKind(kind)}
	for rest != "" {
		var part string
		part, rest, _ = strings.Cut(rest, ",")
		if n, err := strconv.Atoi(part); err == nil {
			f.Count = n
		} else if d, err := time.ParseDuration(part); err == nil {
			f.Delay = Duration(d)
		} else {
			f.Operation = Operation(part)
		}
	}
	return f, f.Validate()
}

// FaultKinds returns all kinds of fault, sorted.
func FaultKinds() []FaultKind {
	kinds := make([]FaultKind, 0, len(operationsOf))
	for kind := range operationsOf {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

// Duration is a time.Duration that JSON holds as text, such as "1.5s".
type Duration time.Duration

// MarshalJSON writes the duration as text.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads text such as "1.5s".
func (d *Duration) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return fmt.Errorf("a duration is text such as \"1.5s\": %w", err)
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}
