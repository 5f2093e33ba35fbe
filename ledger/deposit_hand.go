package ledger

import (
	"context"
	"errors"
	"fmt"
)

// byHand is the bank of deposits that a person enters, and the rule of their fees.
const byHand = "by hand"

// handReferences is the kind of entry under which references of deposits by hand are
// kept unique.
const handReferences = "deposit"

// HandCredit is money that a person says has come in, and no bank's message told of.
type HandCredit struct {
	Merchant  string
	Amount    int64
	Fee       int64  // VAT included
	Reference string // the bank's: the same one is credited once
	Note      string
}

// CreditByHand lets two people credit a deposit: the first proposes, and another, by
// asking for the same, confirms; then settled is true. If alone one suffices, which is
// for as long as nobody knows who is who.
//
// Errors: ErrNotFound (the merchant), ErrExists (the reference was credited),
// ErrChanged (something else is proposed under the reference), ErrSamePerson.
func (s *Store) CreditByHand(ctx context.Context, actor string, c HandCredit, alone bool, terms DepositTerms) (d Deposit, settled bool, err error) {
	switch {
	case actor == "" || c.Merchant == "" || c.Reference == "":
		return d, false, errors.New("credit: who credits, the merchant and the bank's reference must be given")
	case c.Amount <= 0 || c.Amount > maxAmount || c.Fee < 0 || c.Fee > c.Amount:
		return d, false, fmt.Errorf("credit: no deposit can be of %d with a fee of %d", c.Amount, c.Fee)
	}
	for _, text := range []string{actor, c.Merchant, c.Reference, c.Note} {
		if !storable(text) {
			return d, false, errText
		}
	}
	h := &crediting{credit: c, alone: alone, depositDesk: depositDesk{store: s, terms: terms, actor: actor, merchants: []string{c.Merchant}}}
	if err := s.changeDeposits(ctx, h); err != nil {
		return d, false, err
	}
	return h.result, h.settled, nil
}

type crediting struct {
	depositDesk
	credit HandCredit
	alone  bool

	result  Deposit
	settled bool
}

func (c *crediting) reference() referenceKey { return referenceKey{handReferences, c.credit.Reference} }

func (c *crediting) need(n *needs) {
	c.depositDesk.need(n)
	n.references = append(n.references, c.reference())
}

func (c *crediting) peek(ctx context.Context, q queryer) error {
	if err := c.lock(ctx, q, byHand); err != nil {
		return err
	}
	var ids []ID
	err := q.list(ctx, &ids, "SELECT id FROM deposit WHERE reference_hash = ? AND bank = ? AND state <> 'refused'", c.store.referenceHash(c.credit.Reference), byHand)
	if err != nil {
		return err
	}
	return c.read(ctx, q, ids)
}

// same reports whether a deposit is what two people must agree on.
func (c *crediting) same(d *seenDeposit) bool {
	return d.Reference == c.credit.Reference && d.Merchant == c.credit.Merchant && d.Amount == c.credit.Amount && d.Fee == c.credit.Fee
}

func (c *crediting) decide(v *view) error {
	if len(c.missing) > 0 {
		return errMoreFloats
	}
	c.settled = false
	f := v.floats[c.credit.Merchant]
	if f == nil {
		return fmt.Errorf("merchant %s: %w", c.credit.Merchant, ErrNotFound)
	}
	if _, used := v.references[c.reference()]; used {
		return ErrExists
	}
	if len(c.deposits) > 0 {
		return c.confirm(v, c.deposits[0])
	}
	d := &seenDeposit{Deposit: Deposit{
		ID: NewID(), Bank: byHand, Currency: f.Currency, Amount: c.credit.Amount, Kind: byHand, Reference: c.credit.Reference,
		Merchant: c.credit.Merchant, Fee: c.credit.Fee, FeeRule: byHand, SeenAt: v.now}}
	if c.alone {
		return c.credited(v, d, depositStep{by: []string{c.actor}, note: c.credit.Note})
	}
	d.Reason = "entered by hand: another person must confirm it"
	if err := c.settle(v, d, DepositReview, depositStep{note: c.credit.Note}); err != nil {
		return err
	}
	evidence := c.credit.Note
	if evidence == "" {
		evidence = "bank's reference " + c.credit.Reference
	}
	c.suggest(v, d, DepositProposal{d.ID, ActAllocate, c.credit.Merchant, c.actor, evidence, v.now})
	c.result = d.Deposit
	return nil
}

func (c *crediting) confirm(v *view, d *seenDeposit) error {
	p := d.proposal
	switch {
	case d.State != DepositReview:
		return ErrExists
	case !c.same(d) || p == nil || p.Act != ActAllocate || p.Merchant != c.credit.Merchant:
		return fmt.Errorf("something else is proposed of deposit %s: %w", d.ID, ErrChanged)
	case SamePerson(p.Actor, c.actor):
		return ErrSamePerson
	}
	d.Reason = ""
	return c.credited(v, d, depositStep{from: d.State, by: []string{p.Actor, c.actor}, evidence: p.Evidence, note: c.credit.Note})
}

func (c *crediting) credited(v *view, d *seenDeposit, s depositStep) error {
	if err := c.settle(v, d, DepositCredited, s); err != nil {
		return err
	}
	c.settled, c.result = true, d.Deposit
	return nil
}
