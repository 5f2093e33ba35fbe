package smsc

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Fault is a way in which the centre misbehaves towards who sends to phones.
type Fault struct {
	Kind  FaultKind `json:"kind"`
	Count int       `json:"count,omitempty"` // how many messages it applies to; 0: all, until the faults are cleared
	Delay Duration  `json:"delay,omitempty"` // of Slow; 0: DefaultDelay
}

// DefaultDelay is how slow Slow is.
const DefaultDelay = Duration(5 * time.Second)

// FaultKind names a way to misbehave.
type FaultKind string

// The kinds of fault. "Taken" means that the phone gets it.
const (
	Refuse      FaultKind = "refuse"      // not taken: 403 "Not routable", or ESME_RSUBMITFAIL
	Unavailable FaultKind = "unavailable" // not taken: 503, or ESME_RSYSERR
	Throttle    FaultKind = "throttle"    // not taken: 503, or ESME_RTHROTTLED (0x58)
	DropBefore  FaultKind = "drop-before" // not taken, and the connection is closed
	DropAfter   FaultKind = "drop-after"  // taken, and the connection is closed
	Slow        FaultKind = "slow"        // waits, then takes it
	Garbage     FaultKind = "garbage"     // taken; the answer is noise
	Duplicate   FaultKind = "duplicate"   // taken twice, with each receipt twice
	Undelivered FaultKind = "undelivered" // taken, but the receipt says that the phone did not get it
	Late        FaultKind = "late"        // taken, but the phone is off at first: receipts over HTTP say buffered, and then delivered
	Rejected    FaultKind = "rejected"    // taken, but the receipt says that the centre has rejected it
	NoReceipt   FaultKind = "no-receipt"  // taken; no receipt
)

var faultKinds = []FaultKind{Refuse, Unavailable, Throttle, DropBefore, DropAfter, Slow, Garbage, Duplicate, Undelivered, Late, Rejected, NoReceipt}

// FaultKinds returns all kinds of fault.
func FaultKinds() []FaultKind { return slices.Clone(faultKinds) }

// ErrFault reports a fault that cannot be.
var ErrFault = errors.New("smsc: no such fault")

// Validate returns ErrFault, with the reason, or nil.
func (f Fault) Validate() error {
	switch {
	case !slices.Contains(faultKinds, f.Kind):
		return fmt.Errorf("%w: kind %q", ErrFault, f.Kind)
	case f.Count < 0 || f.Delay < 0:
		return fmt.Errorf("%w: negative count or delay", ErrFault)
	}
	return nil
}

// ParseFault reads a fault as written on a command line: the kind, then a count and a
// delay, separated by commas, as in "drop-after,1" or "slow,3s". It returns ErrFault.
func ParseFault(text string) (Fault, error) {
	parts := strings.Split(text, ",")
	f := Fault{Kind: FaultKind(parts[0])}
	for _, part := range parts[1:] {
		if n, err := strconv.Atoi(part); err == nil {
			f.Count = n
		} else if d, err := time.ParseDuration(part); err == nil {
			f.Delay = Duration(d)
		} else {
			return f, fmt.Errorf("%w: %q is neither a count nor a delay", ErrFault, part)
		}
	}
	return f, f.Validate()
}

// injector holds the faults that are switched on, oldest first.
type injector struct {
	mu     sync.Mutex
	faults []Fault
}

// take returns the fault that applies to the next message, and uses it up by one.
func (i *injector) take() Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.faults) == 0 {
		return Fault{}
	}
	f := i.faults[0]
	switch f.Count {
	case 0: // for good
	case 1:
		i.faults = i.faults[1:]
	default:
		i.faults[0].Count--
	}
	return f
}

// Inject switches a fault on. It returns ErrFault.
func (s *Server) Inject(f Fault) error {
	if err := f.Validate(); err != nil {
		return err
	}
	if f.Kind == Slow && f.Delay == 0 {
		f.Delay = DefaultDelay
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = append(s.faults.faults, f)
	return nil
}

// Faults returns those that are on.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return append([]Fault{}, s.faults.faults...)
}

// ClearFaults switches all off.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = nil
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
