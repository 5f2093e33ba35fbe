package ledger

import (
	"fmt"
)

// home is the state that a deposit belongs into by what is known of it, no doubt
// about its being one of its own considered, and why.
func (d *seenDeposit) home(v *view) (DepositState, string) {
	switch {
	case d.Unproven:
		return DepositProvisional, "above the limit for what has told of it: a confirmation is awaited"
	case d.Merchant == "":
		return DepositSuspense, d.Unmatched
	}
	f := v.floats[d.Merchant]
	switch {
	case f == nil:
		return DepositSuspense, fmt.Sprintf("there is no merchant %s", d.Merchant)
	case f.Currency != d.Currency:
		return DepositSuspense, fmt.Sprintf("it is in %s, and the float of %s in %s", d.Currency, d.Merchant, f.Currency)
	case d.Capped:
		return DepositHeld, "above the cap: a person must approve it"
	}
	return DepositCredited, ""
}

// eventOf is what happens to a deposit that moves; from is empty of a new one.
func eventOf(from, to DepositState) DepositEvent {
	switch to {
	case DepositCredited:
		if from.posted() {
			return EventClaimed
		}
		return EventCredited
	case DepositReturned:
		if from == DepositCredited {
			return EventReturned
		}
		return EventWithdrawn
	case DepositSuspense, DepositHeld:
		if !from.posted() {
			return EventSuspended
		}
	case DepositProvisional:
		return EventProvisional
	case DepositRefused:
		return EventRefused
	}
	return EventWaiting
}

// depositStep is how a deposit came to where it is now.
type depositStep struct {
	from     DepositState // empty: the deposit is new
	message  ID           // that told of it, if one did
	by       []string     // if people decided it
	evidence string
	note     string
}

// settle brings a deposit into a state, with all that follows: its row, its entry
// and postings, what its merchant is told, and an exception if his account is
// blocked. An error ends the transaction.
func (k *depositDesk) settle(v *view, d *seenDeposit, to DepositState, s depositStep) error {
	d.State = to
	if to == DepositSuspense && d.Merchant != "" {
		d.Merchant, d.Unmatched = "", d.Reason
	}
	if s.from != to {
		d.SettledAt = v.now
	}
	event := eventOf(s.from, to)
	if s.from == to {
		event = EventConfirmed
	}
	if to == DepositCredited && event.posts() {
		k.charge(d)
	}
	if to != DepositReview {
		d.doubt, d.Alike = "", ID{}
	}
	var postings []Posting
	if event.posts() {
		postings = k.terms.Postings(event, d.Deposit)
		if err := v.checkPostings(postings); err != nil {
			v.err = fmt.Errorf("postings of deposit %s: %w", d.ID, err)
			return v.err
		}
	}
	k.write(v, d, s, postings)
	if s.from == "" || s.from != to {
		k.tell(v, d, event)
	}
	if f := v.floats[d.Merchant]; to == DepositCredited && event.posts() && f != nil && f.blocked {
		v.raise(Exception{ID: NewID(), Kind: ExceptionDepositBlocked, Note: fmt.Sprintf(
			"deposit %s of %d %s was credited to %s, whose account is blocked", d.ID, d.Amount, d.Currency, d.Merchant)}, nil, v.store.node)
	}
	return nil
}

// charge works out the fee, which is at most the deposit.
func (k *depositDesk) charge(d *seenDeposit) {
	if d.Bank == byHand {
		return // people have said what it costs
	}
	d.Fee, d.FeeRule = 0, ""
	if k.terms.Fee == nil {
		return
	}
	fee := k.terms.Fee(d.Deposit)
	d.Fee, d.FeeRule = max(fee.Amount, 0), fee.Rule
	if d.Fee > d.Amount {
		d.FeeRule = fmt.Sprintf("%s (%d, limited to the deposit)", fee.Rule, d.Fee)
		d.Fee = d.Amount
	}
}

// write puts a deposit that is new or has changed into the journal.
func (k *depositDesk) write(v *view, d *seenDeposit, s depositStep, postings []Posting) {
	id := NewID()
	if s.from == "" {
		k.insert(v, d)
		v.entry(id, EntryDeposit, ID{}, ID{}, k.actor, DepositBody{V: BodyVersion, Facts: d.facts(k.store), Standing: d.standing(),
			Message: s.message, By: s.by, Note: s.note}, postings)
	} else {
		d.step++
		v.exec(ErrChanged, `UPDATE deposit SET merchant = ?, state = ?, reason = ?, unmatched = ?, unproven = ?, capped = ?, doubt = ?, alike = ?,
			fee = ?, fee_rule = ?, settled_at = ?, step = ? WHERE id = ? AND step = ?`, d.Merchant, string(d.State), d.Reason, d.Unmatched, d.Unproven, d.Capped,
			d.doubt, nullable(d.Alike), d.Fee, d.FeeRule, d.SettledAt, d.step, d.ID, d.step-1)
		v.entry(id, EntryDepositMoved, ID{}, ID{}, k.actor, DepositMovedBody{V: BodyVersion, ID: d.ID, From: s.from, Standing: d.standing(),
			Message: s.message, By: s.by, Evidence: s.evidence, Note: s.note}, postings)
		if d.proposal != nil && s.from != d.State {
			v.exec(ErrChanged, "DELETE FROM deposit_proposal WHERE deposit_id = ?", d.ID)
			d.proposal = nil
		}
	}
	k.about(v, d.ID, id)
	if d.Bank == byHand && d.State == DepositCredited && s.from != d.State {
		v.rows.add(newReferences, handReferences, d.Reference, id)
	}
}

// about notes that an entry is about a deposit.
func (k *depositDesk) about(v *view, deposit, entry ID) {
	v.exec(ErrChanged, "INSERT INTO deposit_entry (deposit_id, entry_id) VALUES (?, ?)", deposit, entry)
}

func (k *depositDesk) insert(v *view, d *seenDeposit) {
	var balance, banked any
	if d.Balance != nil {
		balance = *d.Balance
	}
	if !d.BankedAt.IsZero() {
		banked = micro(d.BankedAt)
	}
	v.exec(ErrChanged, "INSERT INTO deposit ("+depositColumns+`, reference_hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.ID, d.Bank, d.Account, d.Currency, d.Amount, d.Kind, k.store.sealer.Seal([]byte(d.Reference), aad("deposit reference", d.ID)),
		d.Date, banked, balance, d.Merchant, string(d.State), d.Reason, d.Unmatched, d.Unproven, d.Capped, d.doubt,
		nullable(d.Alike), d.Fee, d.FeeRule, d.SeenAt, d.SettledAt, d.step, k.store.referenceHash(d.Reference))
}

// referenceHash is what a payer's reference is compared by: it may hold a name.
func (s *Store) referenceHash(reference string) []byte {
	return hashReference(s.sealer, reference)
}

// tell puts into the outbox what the deposit's merchant is told.
func (k *depositDesk) tell(v *view, d *seenDeposit, event DepositEvent) {
	f := v.floats[d.Merchant]
	if k.terms.Tell == nil || f == nil {
		return
	}
	news := DepositNews{Event: event, Deposit: d.Deposit, Available: f.Available(), Sightings: d.sightings, Contacts: k.contacts[d.Merchant]}
	for _, draft := range k.terms.Tell(news) {
		v.notice(noticeEvent(d.ID, event), d.Merchant, draft)
	}
}
