package deposit

import (
	"cmp"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream/bank"
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

// Sequence says what the intake would do with messages, in the order in which they
// come, as if each key in a reference were a merchant's. It keeps what it has seen in
// memory.
type Sequence struct {
	reader    *bank.Reader
	rehearsal ledger.DepositRehearsal
	names     map[sight]string // of the messages that told of deposits first
}

// sight is a deposit as one channel has told of it.
type sight struct {
	deposit ledger.ID
	channel bank.Channel
}

// NewSequence begins one. Resemble is as in Terms.
func NewSequence(r *bank.Reader, resemble time.Duration) *Sequence {
	return &Sequence{reader: r, rehearsal: ledger.DepositRehearsal{Resemble: resemble}, names: make(map[sight]string)}
}

// Add returns the action for the next message, which is known as name to later ones.
func (s *Sequence) Add(name string, m bank.Message) (action string, reading bank.Reading) {
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
func (s *Sequence) deposit(name string, channel bank.Channel, n bank.Notification) string {
	n.Date = "2000-" + n.Day // an SMS from a file has no year
	id, relation, alike := s.rehearsal.Tell(ledger.Channel(channel), content(s.reader, n, time.UTC))
	earlier, there := s.names[sight{id, channel}]
	if !there {
		s.names[sight{id, channel}] = name
	}
	switch {
	case relation == ledger.SightDuplicate:
		return ActionDuplicate + ":" + earlier
	case relation == ledger.SightConfirmation:
		return ActionConfirms + ":" + s.names[sight{id, other(channel)}]
	case alike != ledger.ID{}:
		return ActionReview
	case len(s.reader.Candidates(n.Reference).Keys) == 1:
		return ActionCredit
	}
	return ActionUnallocated
}

func other(c bank.Channel) bank.Channel {
	if c == bank.SMS {
		return bank.Mail
	}
	return bank.SMS
}
