package bank

import (
	"fmt"
	"time"
)

// Verdict is what may be done with what was read.
type Verdict string

// The verdicts. All but Believed leave the merchants' money alone.
const (
	Believed           Verdict = "believed"                    // a deposit to the operator's account, from whom it should be
	Quarantine         Verdict = "quarantine"                  // an allowed sender's mail that was not shown to be the sender's
	Reject             Verdict = "reject"                      // from somebody else, or at second hand
	NotOperatorAccount Verdict = "reject_not_operator_account" // a deposit to an account that is not the operator's
	Unparsed           Verdict = "keep_unparsed_for_review"    // a text that no template reads, or a mail that cannot be read
	Ignore             Verdict = "ignore"                      // read, and no deposit
)

// Reading is what a message says, and whether to believe it.
type Reading struct {
	Bank          string // by its sender, else by its text; empty if unknown
	Notifications []Notification
	// Verdict is Reject or Quarantine if the message is not to be believed; else
	// Believed if one notification is, and what stands in its way if none is. A mail
	// with several has a Verdict in each.
	Verdict Verdict
	Reason  string // for a person
}

// Deposits are the notifications that may be credited: none, unless the message is
// believed.
func (r Reading) Deposits() []Notification {
	var list []Notification
	for _, n := range r.Notifications {
		if n.Verdict == Believed {
			list = append(list, n)
		}
	}
	return list
}

// Reader reads messages by templates, and judges them by a policy. It is safe for
// use by many.
type Reader struct {
	books  []*book
	policy Policy
	shapes []shape
}

// NewReader makes a reader. Its error says what is wrong with the policy.
func NewReader(t *Templates, p Policy) (*Reader, error) {
	if err := p.check(t); err != nil {
		return nil, err
	}
	r := &Reader{books: t.books, policy: p}
	for _, k := range p.Keys {
		s, err := k.compile()
		if err != nil {
			return nil, err
		}
		r.shapes = append(r.shapes, s)
	}
	return r, nil
}

// Read reads one message.
func (r *Reader) Read(m Message) Reading {
	var reading Reading
	var sender Verdict // Reject or Quarantine, or nothing
	var why string
	switch m.Channel {
	case SMS:
		reading, sender, why = r.readSMS(m)
	case Mail:
		reading, sender, why = r.readMail(m)
	default:
		sender, why = Reject, fmt.Sprintf("%q is no channel", m.Channel)
	}
	if len(reading.Notifications) == 0 {
		reading.Notifications = []Notification{{Bank: reading.Bank, Kind: Other, Verdict: Unparsed, Reason: "nothing in it was understood"}}
	}
	for i := range reading.Notifications {
		n := &reading.Notifications[i]
		if sender != "" {
			n.Verdict, n.Reason = sender, why
			continue
		}
		if n.Verdict == "" {
			n.Verdict, n.Reason = r.judge(*n)
		}
	}
	reading.conclude()
	return reading
}

// weight orders the verdicts of the notifications of one message.
var weight = map[Verdict]int{Reject: 6, Quarantine: 5, Believed: 4, NotOperatorAccount: 3, Unparsed: 2, Ignore: 1}

// conclude makes the verdict on a message of those on its notifications.
func (r *Reading) conclude() {
	for _, n := range r.Notifications {
		if weight[n.Verdict] > weight[r.Verdict] {
			r.Verdict, r.Reason = n.Verdict, n.Reason
		}
		if r.Bank == "" {
			r.Bank = n.Bank
		}
	}
}

// judge judges what a sender who is believed says.
func (r *Reader) judge(n Notification) (Verdict, string) {
	switch {
	case n.Kind != Deposit:
		return Ignore, "no deposit"
	case !n.HasAmount || n.Amount == 0:
		return Unparsed, "a deposit without an amount"
	case !r.policy.owns(n.Bank, n.Account, n.Currency):
		return NotOperatorAccount, fmt.Sprintf("account %s in %s at %s is not one of the operator's", n.Account, n.Currency, n.Bank)
	}
	return Believed, ""
}

// readSMS reads an SMS: one message, from its first word to its last.
func (r *Reader) readSMS(m Message) (Reading, Verdict, string) {
	if len(m.Raw) > MaxSMS {
		return unreadable(fmt.Sprintf("the SMS has more than %d bytes", MaxSMS)), "", ""
	}
	text := plain(decoded(m.Raw))
	if len(text) > maxMessage {
		return unreadable("the text is longer than any message of a bank"), "", ""
	}
	books, bank := r.books, ""
	var sender Verdict
	var why string
	if !r.policy.AnySMSSender {
		if b := r.policy.smsFrom(m.Sender); b != nil {
			bank, books = b.Name, r.booksOf(b.Name)
		} else {
			sender, why = Reject, fmt.Sprintf("sender id %q is not among those of a bank in the settings", masked(m.Sender))
		}
	}
	reading := Reading{Bank: bank}
	u := unit{text: text}
	for _, b := range books {
		if !b.starting(text) {
			continue
		}
		if u.book == nil {
			u.book = b
		}
		if f := b.matchText(text); f != nil {
			u.book, u.found = b, f
			break
		}
	}
	if u.book == nil && bank != "" {
		u.book = books[0]
	}
	if u.book != nil {
		reading.Notifications = []Notification{r.notification(u, m.At)}
	}
	return reading, sender, why
}

func (r *Reader) booksOf(bank string) []*book {
	var list []*book
	for _, b := range r.books {
		if b.bank == bank {
			list = append(list, b)
		}
	}
	return list
}

// notification makes a notification of what a template found. came is when the
// message was written, or received.
func (r *Reader) notification(u unit, came time.Time) Notification {
	n := Notification{Bank: u.book.bank, Currency: u.book.standard, Kind: Other}
	if u.found == nil {
		n.Verdict, n.Reason = Unparsed, "no template reads this wording"
		if first := u.book.amount.FindString(u.text); first != "" {
			n.setAmount(u.book, first)
		}
		return n
	}
	f, t := u.found, u.found.template
	n.Template, n.Kind = t.id, t.kind
	negative := n.setAmount(u.book, f.fields["amount"])
	n.Account = f.fields["account"]
	if from, to := f.fields["from"], f.fields["to"]; from != "" {
		n.Kind, n.Account = Withdrawal, from
		if !r.policy.owns(n.Bank, from, n.Currency) && to != "" && r.policy.owns(n.Bank, to, n.Currency) {
			n.Kind, n.Account = Deposit, to
		}
	}
	n.setKind(f, negative)
	if n.Kind == Deposit && u.payer {
		n.Kind, n.Verdict, n.Reason = Other, Unparsed, "in a mail that a payer had the bank send: what looks like a deposit may be what he typed"
	}
	if n.Kind == Deposit {
		n.Reference = plain(f.fields["reference"])
	}
	if text, there := f.fields["balance"]; there {
		if balance, err := cents(text); err == nil {
			n.HasBalance, n.Balance = true, balance
		}
	}
	n.Method = u.book.methodOf(f)
	if text, there := f.fields["date"]; there {
		n.Day, n.Date, _ = dateOf(text, came, r.policy.Zone)
	}
	if text, there := f.fields["time"]; there {
		n.Time, _ = minuteOf(text)
	}
	return n
}

// setAmount takes an amount with its symbol. It reports a negative one.
func (n *Notification) setAmount(b *book, text string) (negative bool) {
	amount, err := cents(text)
	if err != nil {
		return false
	}
	n.HasAmount, n.Amount = true, max(amount, -amount)
	n.Currency = b.currencyOf(text)
	return amount < 0
}

// setKind corrects the kind of a template by the bank's other words: only what
// nothing speaks against is a deposit.
func (n *Notification) setKind(f *found, negative bool) {
	for _, r := range f.template.but {
		if r.says.MatchString(f.outside) {
			n.Kind = Kind(r.is)
			return
		}
	}
	if n.Kind != Deposit {
		return
	}
	switch {
	case negative:
		n.Kind = Withdrawal
	case anyIn(f.template.book.never, f.outside):
		n.Kind, n.Verdict, n.Reason = Other, Unparsed, "reads as a deposit, but has words that no deposit has"
	}
}

// methodOf is how money was paid.
func (b *book) methodOf(f *found) string {
	text, told := f.fields["method"]
	if !told {
		return f.template.method
	}
	for _, m := range b.methods {
		if m.says.MatchString(text) {
			return m.is
		}
	}
	return "other"
}
