package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// How a notification is known for what it is. Whose message comes again, under its
// transport id, has been sorted out before (ReceiveBankMessage). Then it is compared
// with the deposits of the same bank, currency, amount and reference. Account and
// minute are those of a deposit, or near: the account is not shown by one of the two,
// or the minute is not given by one of the two, on the same day, or is some minutes
// away. What channels say differs in that: one bank's SMS has no minute, another's
// mail does not show the account.
//
// Of a deposit that this channel has not told of yet:
//
//	account, minute                               a confirmation
//	but with another balance                      a review
//	near, the same balance                        a confirmation
//	near, another balance or none to compare      a review
//
// Of one that it has told of:
//
//	account, minute, the same balance or none     a duplicate; but without a minute and a
//	                                              balance, which would tell two apart, a review
//	another balance                               a deposit of its own
//	near, or the same, no balance to compare      a review
//	near, the same balance                        a review
//
// And with none of these it is a deposit of its own.
//
// What is in review is a deposit of its own after all, and released, as soon as what
// has been seen shows it: one that was near as soon as another channel confirms it,
// one that matched as soon as some channel has told of both with different balances.
// Else two people decide.

// nearness is how much of what two tellings say of where and when is the same.
type nearness int

const (
	apart nearness = iota
	near
	exact
)

// of reports whether a notification may be of a deposit, as far as bank and payer go.
func (n *Notification) of(d *seenDeposit) bool {
	return d.paid(n.Bank, n.Currency, n.Amount, n.Reference)
}

// paid reports whether a deposit is of so much, at that bank, with that reference.
func (d *seenDeposit) paid(bank, currency string, amount int64, reference string) bool {
	return d.Bank == bank && d.Currency == currency && d.Amount == amount && foldReference(d.Reference) == foldReference(reference)
}

// foldReference is a reference without regard to case: one bank writes it as the
// payer did, another in capitals.
func foldReference(reference string) string { return strings.ToUpper(reference) }

// from says how near a sighting is to another; within are the minutes that are near.
func (s *Sighting) from(other *Sighting, within time.Duration) nearness {
	where := exact
	switch {
	case s.Account == other.Account:
	case s.Account == "" || other.Account == "":
		where = near
	default:
		return apart
	}
	return min(where, s.after(other, within))
}

func (s *Sighting) after(other *Sighting, within time.Duration) nearness {
	given, otherGiven := !s.BankedAt.IsZero(), !other.BankedAt.IsZero()
	switch {
	case given && otherGiven && s.BankedAt.Equal(other.BankedAt):
		return exact
	case given && otherGiven && s.BankedAt.Sub(other.BankedAt).Abs() <= within:
		return near
	case given && otherGiven || s.Date != other.Date:
		return apart
	case given == otherGiven:
		return exact
	}
	return near
}

// matched is what a notification is known for.
type matched struct {
	relation SightRelation
	same     *seenDeposit // unless it is the first
	doubt    string       // of a first
	alike    ID
	reason   string
}

// match finds what a notification by a channel is among deposits, the first seen
// first.
func (n *Notification) match(among []*seenDeposit, by Channel, within time.Duration) matched {
	now := n.sighting("", by)
	var is likeness
	for _, d := range among {
		if n.of(d) {
			is.compare(d, &now, within)
		}
	}
	switch {
	case is.confirmed != nil:
		return matched{relation: SightConfirmation, same: is.confirmed}
	case is.repeated != nil:
		return matched{relation: SightDuplicate, same: is.repeated}
	case is.nearConfirmed != nil:
		return matched{relation: SightConfirmation, same: is.nearConfirmed}
	case is.halfConfirmed != nil:
		return matched{relation: SightConfirmation, same: is.halfConfirmed}
	case is.like == nil:
		return matched{relation: SightFirst}
	}
	m := matched{relation: SightFirst, alike: is.like.ID}
	switch {
	case is.nearest == near:
		m.doubt, m.reason = doubtResembles, fmt.Sprintf("deposit %s is the same but for a minute close by, or for what one of the two does not show: it may be that one again", m.alike)
	case is.weak:
		m.doubt, m.reason = doubtWeak, fmt.Sprintf("the same as deposit %s, and the bank gives neither a minute nor a balance: it may be that one again", m.alike)
	default:
		m.doubt, m.reason = doubtMatch, fmt.Sprintf("the same as deposit %s but for the balance: it may be that one again", m.alike)
	}
	return m
}

// likeness is what a sighting has been found to be among deposits. The first of each
// sort counts.
type likeness struct {
	confirmed     *seenDeposit // by the same words
	repeated      *seenDeposit // in words of before, by a channel that has told of it
	nearConfirmed *seenDeposit // near, with the same balance
	halfConfirmed *seenDeposit // with a balance that one of the two does not give

	like    *seenDeposit // that it may be, the nearest
	nearest nearness
	weak    bool // it is the same in all, and that does not suffice
}

// compare compares a sighting with those of a deposit.
func (l *likeness) compare(d *seenDeposit, now *Sighting, within time.Duration) {
	known := d.seenBy(now.Channel)
	first := func(of **seenDeposit) {
		if *of == nil {
			*of = d
		}
	}
	nearest, weak := apart, false
	for i := range d.sightings {
		s := &d.sightings[i]
		is, equal, differ := now.from(s, within), balancesEqual(s.Balance, now.Balance), balancesDiffer(s.Balance, now.Balance)
		if known && s.Channel == now.Channel && differ {
			return // two balances by one channel are two deposits
		}
		switch {
		case known && is == exact && equal:
			if now.distinct() {
				first(&l.repeated)
			}
			weak = weak || !now.distinct()
		case known || differ:
		case is == exact && equal:
			first(&l.confirmed)
		case is == near && equal && now.Balance != nil:
			first(&l.nearConfirmed)
		case is == exact:
			first(&l.halfConfirmed)
		}
		nearest = max(nearest, is)
	}
	if nearest > l.nearest {
		l.like, l.nearest, l.weak = d, nearest, weak
	}
}

// distinct reports whether a sighting has what two equal payments of one day would
// differ in.
func (s *Sighting) distinct() bool { return !s.BankedAt.IsZero() || s.Balance != nil }

// balancesEqual reports whether both say the same of the balance, if only that they
// say nothing.
func balancesEqual(a, b *int64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// balancesDiffer reports whether there are two balances, and not the same.
func balancesDiffer(a, b *int64) bool { return a != nil && b != nil && *a != *b }

// alike finds the deposits that a notification is compared with.
func (c *recording) alike(ctx context.Context, q queryer, n Notification) ([]ID, error) {
	from, to := n.Date, n.Date
	if day, err := time.Parse(time.DateOnly, n.Date); err == nil {
		from, to = day.AddDate(0, 0, -1).Format(time.DateOnly), day.AddDate(0, 0, 1).Format(time.DateOnly) // minutes may be around midnight
	}
	var ids []ID
	err := q.list(ctx, &ids, "SELECT id FROM deposit WHERE reference_hash = ? AND amount = ? AND date BETWEEN ? AND ?",
		c.store.referenceHash(n.Reference), n.Amount, from, to)
	return ids, err
}

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
		if !slices.ContainsFunc(c.request.Notifications, func(n Notification) bool { return n.of(d) && n.Date == d.Date }) {
			return false // not all that it matches were read
		}
		for _, other := range c.deposits {
			if other != d && d.same(other) && !toldApart(d, other) {
				return false
			}
		}
		return true
	}
	return false
}

// same reports whether two deposits were told of in the same words, balances aside.
func (d *seenDeposit) same(other *seenDeposit) bool {
	return d.paid(other.Bank, other.Currency, other.Amount, other.Reference) && d.anyTwo(other, func(a, b *Sighting) bool { return a.from(b, 0) == exact })
}

// toldApart reports whether a channel has told of both with different balances.
func toldApart(a, b *seenDeposit) bool {
	return a.anyTwo(b, func(a, b *Sighting) bool { return a.Channel == b.Channel && balancesDiffer(a.Balance, b.Balance) })
}

// anyTwo reports whether something is so of a sighting of each.
func (d *seenDeposit) anyTwo(other *seenDeposit, so func(a, b *Sighting) bool) bool {
	for i := range d.sightings {
		for j := range other.sightings {
			if so(&d.sightings[i], &other.sightings[j]) {
				return true
			}
		}
	}
	return false
}
