package ledger

import "time"

// DepositRehearsal judges notifications as RecordDeposits does, but of money that no
// merchant is looked up for, in memory, and keeps nothing. It is for one goroutine.
type DepositRehearsal struct {
	Resemble time.Duration // as in DepositTerms

	deposits []*seenDeposit
}

// Tell judges what a channel tells of next. ID is that of the deposit which it is a
// sight of, and alike, unless zero, that of the one because of which it would be
// reviewed.
func (r *DepositRehearsal) Tell(by Channel, n Notification) (id ID, relation SightRelation, alike ID) {
	m := n.match(r.deposits, by, DepositTerms{Resemble: r.Resemble}.resemble())
	if m.same == nil {
		m.same = n.deposit(m)
		r.deposits = append(r.deposits, m.same)
	}
	m.same.sightings = append(m.same.sightings, n.sighting(m.relation, by))
	return m.same.ID, m.relation, m.alike
}
