package deposit

import (
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
)

// What merchants read. An SMS stays within the 160 characters of one, as long as the
// amounts are those of a shop.

// rand writes minor units as people read them.
func rand(amount int64) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	return fmt.Sprintf("%s%d.%02d", sign, amount/100, amount%100)
}

// money is an amount with its currency: R for the rand, as on every till there.
func money(amount int64, currency string) string {
	if currency == "ZAR" {
		return strings.Replace("R"+rand(amount), "R-", "-R", 1)
	}
	return currency + " " + rand(amount)
}

const smsTime = "2 Jan 15:04"

// seen says which channels have told of a deposit, and when: "seen by SMS 14 Nov
// 09:12, confirmed by e-mail 14 Nov 09:13".
func (t Terms) seen(sightings []ledger.Sighting) string {
	word := map[ledger.Channel]string{ledger.SMS: "SMS", ledger.Mail: "e-mail"}
	var parts []string
	for _, s := range sightings {
		verb := map[ledger.SightRelation]string{ledger.SightFirst: "seen by", ledger.SightConfirmation: "confirmed by"}[s.Relation]
		if verb != "" {
			parts = append(parts, fmt.Sprintf("%s %s %s", verb, word[s.Channel], s.At.In(t.Zone).Format(smsTime)))
		}
	}
	return strings.Join(parts, ", ")
}

// headline is what has happened to a deposit, in one sentence.
func headline(n ledger.DepositNews) string {
	d, amount := n.Deposit, money(n.Deposit.Amount, n.Deposit.Currency)
	switch n.Event {
	case ledger.EventCredited, ledger.EventClaimed:
		return "Deposit " + amount + " credited"
	case ledger.EventProvisional:
		return "Deposit " + amount + " seen, not yet to spend: awaiting the bank's confirmation"
	case ledger.EventSuspended:
		if d.State == ledger.DepositHeld {
			return "Deposit " + amount + " received, awaiting our approval"
		}
	case ledger.EventReturned:
		return "Deposit " + amount + " was taken back by the bank"
	case ledger.EventRefused:
		return "Deposit " + amount + " was not confirmed by the bank and will not be credited"
	}
	return ""
}

// tell makes the notices of an event: one for each of the merchant's contacts, or
// none if the event is not for him to know of.
func (t Terms) tell(n ledger.DepositNews) []ledger.NoticeDraft {
	head := headline(n)
	if head == "" {
		return nil
	}
	var drafts []ledger.NoticeDraft
	for _, c := range n.Contacts {
		draft := ledger.NoticeDraft{Channel: c.Channel, To: c.Address, Text: t.short(n, head)}
		if c.Channel == ledger.Mail {
			draft.Subject, draft.Text = head, t.long(n, head)
		}
		drafts = append(drafts, draft)
	}
	return drafts
}

// short is the text of an SMS.
func (t Terms) short(n ledger.DepositNews, head string) string {
	d := n.Deposit
	text := head
	if seen := t.seen(n.Sightings); seen != "" {
		text += ", " + seen
	}
	if d.State == ledger.DepositCredited {
		text += ". Fee " + money(d.Fee, d.Currency)
	}
	return text + ". Balance " + money(n.Available, d.Currency)
}

// long is the text of a mail.
func (t Terms) long(n ledger.DepositNews, head string) string {
	d := n.Deposit
	var b strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%-12s %s\n", label, value)
		}
	}
	fmt.Fprintf(&b, "%s.\n\n", head)
	line("Merchant", d.Merchant)
	line("Bank", d.Bank+ending(d.Account))
	line("Reference", d.Reference)
	if d.BankedAt.IsZero() {
		line("Booked", d.Date)
	} else {
		line("Booked", d.BankedAt.In(t.Zone).Format("2006-01-02 15:04"))
	}
	for _, part := range strings.Split(t.seen(n.Sightings), ", ") {
		if part != "" {
			line("", strings.ToUpper(part[:1])+part[1:])
		}
	}
	line("Amount", money(d.Amount, d.Currency))
	if d.State == ledger.DepositCredited {
		line("Fee", money(d.Fee, d.Currency)+", VAT included"+ruled(d.FeeRule))
	}
	line("Balance", money(n.Available, d.Currency)+" to spend")
	line("Deposit", d.ID.String())
	fmt.Fprintf(&b, "\n%s\n", t.Sender)
	return b.String()
}

// ending shows the last digits of an account, if it is known.
func ending(account string) string {
	if account == "" {
		return ""
	}
	return ", account ending " + account[max(0, len(account)-4):]
}

// ruled names the rule of a fee.
func ruled(rule string) string {
	if rule == "" {
		return ""
	}
	return " (" + rule + ")"
}
