package bank

import (
	"cmp"
	"strings"
	"time"
)

// What the intake does with a message, besides the verdicts. With a name, the action
// is the word, a colon, and the name of the earlier message.
const (
	ActionCredit      = "credit"                   // one deposit, with one merchant's key in its reference
	ActionUnallocated = "unallocated"              // one deposit, with none or several: to suspense
	ActionEach        = "credit_each_deposit_once" // several notifications in one mail, of which one deposit at least was not told before on this channel
	ActionDuplicate   = "duplicate_of"             // said before, on the same channel
	ActionConfirms    = "confirms"                 // said before, on the other channel
	ActionReview      = "new_or_review"            // like an earlier deposit, with nothing to tell whether it is the same
)

// resembling is how far apart the minutes of two deposits are at most that may be one,
// of which the bank has told twice.
const resembling = 10 * time.Minute

// Sequence says what the intake would do with messages, in the order in which they
// come. It keeps what it has seen in memory.
type Sequence struct {
	reader *Reader
	seen   []*sighting
}

// sighting is a believed deposit.
type sighting struct {
	name    string
	channel Channel
	n       Notification // without its year, which an SMS from a file has not
	paired  bool         // told on the other channel too
}

// NewSequence begins one.
func NewSequence(r *Reader) *Sequence { return &Sequence{reader: r} }

// Add returns the action for the next message, which is known as name to later ones.
func (s *Sequence) Add(name string, m Message) (action string, reading Reading) {
	reading = s.reader.Read(m)
	deposits := reading.Deposits()
	if len(deposits) == 0 {
		return string(reading.Verdict), reading
	}
	held, each := "", false
	for _, n := range deposits {
		action = s.deposit(name, m.Channel, n)
		if action == ActionReview || strings.HasPrefix(action, ActionDuplicate) {
			held = cmp.Or(held, action)
		} else {
			each = true
		}
	}
	switch {
	case len(reading.Notifications) == 1:
		return action, reading
	case !each:
		return held, reading
	}
	return ActionEach, reading
}

// deposit judges one believed deposit by those before.
func (s *Sequence) deposit(name string, channel Channel, n Notification) string {
	n.Date, n.Account = "", s.reader.Account(n)
	now := &sighting{name: name, channel: channel, n: n}
	action := s.compare(now)
	if action == "" {
		action = ActionUnallocated
		if len(s.reader.Candidates(n.Reference).Keys) == 1 {
			action = ActionCredit
		}
	}
	s.seen = append(s.seen, now)
	return action
}

// compare finds what a deposit repeats. It is empty for a new one.
func (s *Sequence) compare(now *sighting) string {
	for _, old := range s.seen { // the same in all
		if old.channel == now.channel && old.n.Fingerprint() == now.n.Fingerprint() {
			now.paired = true // a later mail has the first one to confirm
			if !now.n.Distinct() {
				return ActionReview
			}
			return ActionDuplicate + ":" + old.name
		}
	}
	for _, same := range []bool{true, false} { // with the same balance first, then where one has none
		for _, old := range s.seen {
			if old.channel == now.channel || old.paired || old.n.Match() != now.n.Match() {
				continue
			}
			if same && old.n.Fingerprint() == now.n.Fingerprint() || !same && old.n.HasBalance != now.n.HasBalance {
				old.paired, now.paired = true, true
				return ActionConfirms + ":" + old.name
			}
		}
	}
	for _, old := range s.seen {
		if now.resembles(old) {
			return ActionReview
		}
	}
	return ""
}

// resembles reports whether a deposit may be an earlier one once more. On the other
// channel that is a match with another balance; on the same, one that is minutes
// away, with no balances to tell them apart.
func (s *sighting) resembles(old *sighting) bool {
	if s.channel != old.channel {
		return s.n.Match() == old.n.Match() && !old.paired
	}
	if s.n.HasBalance && old.n.HasBalance || s.n.Time == "" || old.n.Time == "" {
		return false
	}
	at, earlier := s.n, old.n
	at.Time, earlier.Time = "", ""
	if at.Match() != earlier.Match() {
		return false
	}
	a, errA := time.Parse("15:04", s.n.Time)
	b, errB := time.Parse("15:04", old.n.Time)
	return errA == nil && errB == nil && a.Sub(b).Abs() <= resembling
}
