package ledger

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"
)

// How a notification is known for what it is. Whose message comes again, under its
// transport id, has been sorted out before (ReceiveBankMessage). Then, among the
// deposits to the same account:
//
//	same fingerprint, another channel         a confirmation
//	same fingerprint, same channel            a duplicate; but without a minute and a
//	                                          balance, which would tell two apart, a review
//	same but for the balance                  a deposit of its own, if both were told of by one
//	                                          channel with different balances; else a review
//	same but for the minute, close together,  a review, unless both have balances
//	same channel
//	none of these                             a deposit of its own
//
// What is in review is a deposit of its own after all, and released, as soon as what
// has been seen shows it: one that only resembled once another channel confirms it,
// one that matched once some channel has told of both with different balances. Else
// two people decide.

// matched is what a notification is known for.
type matched struct {
	relation SightRelation
	same     *seenDeposit // unless it is the first
	doubt    string       // of a first
	alike    ID
	reason   string
}

// alike finds the deposits that a notification is compared with.
func (c *recording) alike(ctx context.Context, q queryer, n Notification) ([]ID, error) {
	query := "SELECT id FROM deposit WHERE fingerprint = ? UNION SELECT id FROM deposit WHERE likeness = ?"
	args := []any{n.Fingerprint, n.Likeness}
	if window := c.terms.resemble(); !n.BankedAt.IsZero() && window > 0 {
		query += " UNION SELECT id FROM deposit WHERE reference_hash = ? AND amount = ? AND banked_at BETWEEN ? AND ?"
		args = append(args, c.store.referenceHash(n.Reference), n.Amount, micro(n.BankedAt.Add(-window)), micro(n.BankedAt.Add(window)))
	}
	var ids []ID
	err := q.list(ctx, &ids, query, args...)
	return ids, err
}

func (c *recording) match(n *Notification) matched {
	if m, ok := c.matchContent(n); ok {
		return m
	}
	return c.matchLikeness(n)
}

// to reports whether a deposit is one to the account of a notification.
func (n *Notification) to(d *seenDeposit) bool {
	return d.Bank == n.Bank && d.Account == n.Account && d.Currency == n.Currency && d.Amount == n.Amount
}

// matchContent looks for deposits of the same content.
func (c *recording) matchContent(n *Notification) (matched, bool) {
	var again *seenDeposit // told of by this channel before
	for _, d := range c.deposits {
		if !n.to(d) || !bytes.Equal(d.fingerprint, n.Fingerprint) {
			continue
		}
		if !d.seenBy(c.message.Channel) {
			return matched{relation: SightConfirmation, same: d}, true
		}
		if again == nil {
			again = d
		}
	}
	switch {
	case again == nil:
		return matched{}, false
	case n.BankedAt.IsZero() && n.Balance == nil:
		return matched{relation: SightFirst, doubt: doubtWeak, alike: again.ID, reason: fmt.Sprintf(
			"the same as deposit %s, and the bank gives neither a minute nor a balance: it may be that one again", again.ID)}, true
	}
	return matched{relation: SightDuplicate, same: again}, true
}

// matchLikeness looks for deposits that may be the same.
func (c *recording) matchLikeness(n *Notification) matched {
	var close *seenDeposit
	for _, d := range c.deposits {
		switch {
		case !n.to(d):
		case bytes.Equal(d.likeness, n.Likeness):
			if !d.seenBy(c.message.Channel) || !balancesDiffer(d.Balance, n.Balance) {
				return matched{relation: SightFirst, doubt: doubtMatch, alike: d.ID, reason: fmt.Sprintf(
					"the same as deposit %s but for the balance: it may be that one again", d.ID)}
			}
		case close == nil && c.resembles(d, n):
			close = d
		}
	}
	if close != nil {
		return matched{relation: SightFirst, doubt: doubtResembles, alike: close.ID, reason: fmt.Sprintf(
			"within %s of deposit %s, which is the same else: it may be that one again", c.terms.resemble(), close.ID)}
	}
	return matched{relation: SightFirst}
}

func (c *recording) resembles(d *seenDeposit, n *Notification) bool {
	if d.Reference != n.Reference || d.BankedAt.IsZero() || n.BankedAt.IsZero() || !d.seenBy(c.message.Channel) ||
		d.Balance != nil && n.Balance != nil {
		return false
	}
	apart := n.BankedAt.Sub(d.BankedAt)
	return max(apart, -apart) <= max(c.terms.resemble(), time.Duration(0)) && apart != 0
}

func balancesDiffer(a, b *int64) bool { return a != nil && b != nil && *a != *b }

// release brings home what is in review and is by now known for a deposit of its
// own.
func (c *recording) release(v *view) error {
	for _, d := range c.deposits {
		if d.State != DepositReview || !c.distinct(d) {
			continue
		}
		to, reason := d.home(v)
		d.Reason = reason
		if err := c.settle(v, d, to, depositStep{from: DepositReview, message: c.request.Message, note: "known for a deposit of its own"}); err != nil {
			return err
		}
	}
	return nil
}

// distinct reports whether what has been seen shows that a deposit in review is
// one of its own.
func (c *recording) distinct(d *seenDeposit) bool {
	switch d.doubt {
	case doubtResembles:
		return d.channels() > 1
	case doubtMatch:
		if !slices.ContainsFunc(c.request.Notifications, func(n Notification) bool { return bytes.Equal(n.Likeness, d.likeness) }) {
			return false // not all that it matches were read
		}
		for _, other := range c.deposits {
			if other != d && bytes.Equal(other.likeness, d.likeness) && !toldApart(d, other) {
				return false
			}
		}
		return true
	}
	return false
}

// toldApart reports whether a channel has told of both with different balances.
func toldApart(a, b *seenDeposit) bool {
	if !balancesDiffer(a.Balance, b.Balance) {
		return false
	}
	return a.seenBy(SMS) && b.seenBy(SMS) || a.seenBy(Mail) && b.seenBy(Mail)
}
