package deposit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

// Difference is a message that other templates, or another policy, read otherwise
// than those it was taken in by.
type Difference struct {
	Message ledger.BankMessage
	Before  string // what was read, in words: `deposit R2500.00 "M100234" to 482913 at FNB 2026-11-14 09:12 for [M100234]; believed`
	After   string
	Losing  bool // a deposit is no longer read, or is another: this must not go live
}

// Replayed sums a replay up.
type Replayed struct {
	Messages    int
	Differences int
	Losing      int // of the differences
	Gained      int // messages that tell of a deposit only now
}

// Replay reads all past messages with both readers, and calls each for those that
// are read otherwise. Nothing is recorded but that somebody, and why, has read them.
func Replay(ctx context.Context, store *ledger.Store, actor, why string, before, after *bank.Reader, each func(Difference) error) (Replayed, error) {
	var sum Replayed
	for m, err := range store.ReplayBankMessages(ctx, actor, why) {
		if err != nil {
			return sum, err
		}
		sum.Messages++
		old, now := before.Read(inbound(m.BankMessage, m.Content)), after.Read(inbound(m.BankMessage, m.Content))
		d := Difference{Message: m.BankMessage, Before: said(before, old), After: said(after, now), Losing: loses(before, after, old, now)}
		if d.Before == d.After && !d.Losing {
			continue
		}
		sum.Differences++
		switch {
		case d.Losing:
			sum.Losing++
		case len(now.Deposits()) > len(old.Deposits()):
			sum.Gained++
		}
		if err := each(d); err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// said is what was read, in words that do not depend on the templates' names.
func said(r *bank.Reader, reading bank.Reading) string {
	text := ""
	for _, n := range reading.Notifications {
		text += movement(r, n)
		if keys := r.Candidates(n.Reference).Keys; n.Kind == bank.Deposit && len(keys) > 0 {
			text += fmt.Sprintf(" for %v", keys)
		}
		text += "; "
	}
	return text + string(reading.Verdict)
}

// movement is a notification with all that it is known again by.
func movement(r *bank.Reader, n bank.Notification) string {
	text := string(n.Kind)
	if n.HasAmount {
		text += " " + money(n.Amount, n.Currency)
	}
	if n.Kind == bank.Deposit {
		text += fmt.Sprintf(" %q to %s at %s %s", n.Reference, cmp.Or(r.Account(n), "an account not shown"), n.Bank, cmp.Or(n.Date, n.Day))
		if n.Time != "" {
			text += " " + n.Time
		}
		if n.HasBalance {
			text += ", balance " + money(n.Balance, n.Currency)
		}
	}
	return text
}

// loses reports whether a deposit that was read is not read now, or would be known
// for another one.
func loses(before, after *bank.Reader, old, now bank.Reading) bool {
	movements := func(r *bank.Reader, reading bank.Reading) (list []string) {
		for _, n := range reading.Deposits() {
			list = append(list, movement(r, n))
		}
		return list
	}
	is := movements(after, now)
	return slices.ContainsFunc(movements(before, old), func(m string) bool { return !slices.Contains(is, m) })
}
