package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// DepositAct is what two people do with a deposit.
type DepositAct string

const (
	ActAllocate DepositAct = "allocate" // to a merchant
	ActRefuse   DepositAct = "refuse"   // it is no money
	ActReturn   DepositAct = "return"   // the bank took it back
)

// DepositProposal is what one person, or a merchant by its claim, wants done.
type DepositProposal struct {
	DepositID ID
	Act       DepositAct
	Merchant  string // of an allocation
	Actor     string
	Evidence  string // where the proof is
	At        time.Time
}

type proposedRow struct {
	DepositID ID         `db:"deposit_id"`
	Act       DepositAct `db:"act"`
	Merchant  string     `db:"merchant"`
	Actor     string     `db:"actor"`
	Evidence  string     `db:"evidence"`
	At        time.Time  `db:"at"`
}

const proposedSelect = "SELECT deposit_id, act, merchant, actor, evidence, at FROM deposit_proposal"

func (r proposedRow) proposal() DepositProposal {
	r.At = r.At.UTC()
	return DepositProposal(r)
}

// actStates are what a deposit must be for an act.
var actStates = map[DepositAct][]DepositState{
	ActAllocate: {DepositSuspense, DepositReview, DepositProvisional, DepositHeld},
	ActRefuse:   {DepositReview, DepositProvisional},
	ActReturn:   {DepositCredited, DepositSuspense, DepositHeld},
}

// ProposeAllocation says whose a deposit is that waits, and where the proof is. It
// replaces what was proposed before. Errors: ErrNotFound (the deposit, the
// merchant), ErrState (it does not wait, or is in another currency).
func (s *Store) ProposeAllocation(ctx context.Context, actor string, id ID, merchant, evidence string) (Deposit, error) {
	if merchant == "" || evidence == "" {
		return Deposit{}, errors.New("allocation: the merchant and where the proof is must be given")
	}
	c := &deciding{act: ActAllocate, merchant: merchant, evidence: evidence, verb: (*deciding).propose}
	return s.decided(ctx, actor, id, DepositTerms{}, c)
}

// ConfirmAllocation credits a deposit to the merchant that another person, or he by
// his claim, has proposed. Errors: ErrNotFound (the deposit), ErrState (nothing is
// proposed, or for another merchant), ErrSamePerson.
func (s *Store) ConfirmAllocation(ctx context.Context, actor string, id ID, merchant string, terms DepositTerms) (Deposit, error) {
	if merchant == "" {
		return Deposit{}, errors.New("allocation: the merchant must be given")
	}
	c := &deciding{act: ActAllocate, merchant: merchant, verb: (*deciding).confirm}
	return s.decided(ctx, actor, id, terms, c)
}

// ApproveDeposit credits a deposit that is held for being above the cap to the
// merchant it names: the reference has told whose it is, so one person suffices.
// Errors: ErrNotFound, ErrState (it is not held).
func (s *Store) ApproveDeposit(ctx context.Context, actor string, id ID, terms DepositTerms) (Deposit, error) {
	c := &deciding{verb: (*deciding).approve}
	return s.decided(ctx, actor, id, terms, c)
}

// RefuseDeposit lets two people say that what is provisional or in review is no
// money: the first proposes, another, by asking for the same, confirms; then
// settled is true. Errors: ErrNotFound, ErrState, ErrSamePerson.
func (s *Store) RefuseDeposit(ctx context.Context, actor string, id ID, evidence string, terms DepositTerms) (d Deposit, settled bool, err error) {
	return s.byTwo(ctx, actor, id, ActRefuse, evidence, terms)
}

// ReturnDeposit lets two people say that the bank took a deposit back, as by
// RefuseDeposit. It is taken off the float, even past its limit, which then blocks
// selling. Our fee stays.
func (s *Store) ReturnDeposit(ctx context.Context, actor string, id ID, evidence string, terms DepositTerms) (d Deposit, settled bool, err error) {
	return s.byTwo(ctx, actor, id, ActReturn, evidence, terms)
}

func (s *Store) byTwo(ctx context.Context, actor string, id ID, act DepositAct, evidence string, terms DepositTerms) (Deposit, bool, error) {
	if evidence == "" {
		return Deposit{}, false, fmt.Errorf("%s: where the proof is must be given", act)
	}
	c := &deciding{act: act, evidence: evidence, verb: (*deciding).either}
	d, err := s.decided(ctx, actor, id, terms, c)
	return d, err == nil && c.settled, err
}

func (s *Store) decided(ctx context.Context, actor string, id ID, terms DepositTerms, c *deciding) (Deposit, error) {
	if err := s.decideDeposit(ctx, actor, id, terms, c); err != nil {
		return Deposit{}, err
	}
	return c.result, nil
}

// deciding is what a person does with a deposit.
type deciding struct {
	depositDesk
	id       ID
	bank     string
	act      DepositAct
	merchant string
	evidence string
	verb     func(*deciding, *view, *seenDeposit) error

	result  Deposit
	settled bool
}

func (s *Store) decideDeposit(ctx context.Context, actor string, id ID, terms DepositTerms, c *deciding) error {
	if strings.TrimSpace(actor) == "" {
		return errors.New("deposit: who decides must be given")
	}
	for _, text := range []string{actor, c.merchant, c.evidence} {
		if !storable(text) {
			return errText
		}
	}
	d, err := s.Deposit(ctx, id)
	if err != nil {
		return err
	}
	c.depositDesk = depositDesk{store: s, terms: terms, actor: actor}
	c.id, c.bank = id, d.Bank
	for _, m := range []string{c.merchant, d.Merchant} {
		if m != "" && !slices.Contains(c.merchants, m) {
			c.merchants = append(c.merchants, m)
		}
	}
	if err := s.changeDeposits(ctx, c); err != nil {
		return fmt.Errorf("deposit %s: %w", id, err)
	}
	return nil
}

func (c *deciding) peek(ctx context.Context, q queryer) error {
	if err := c.lock(ctx, q, c.bank); err != nil {
		return err
	}
	return c.read(ctx, q, []ID{c.id})
}

func (c *deciding) decide(v *view) error {
	if len(c.missing) > 0 {
		return errMoreFloats
	}
	c.settled = false
	d := c.deposits[0]
	if err := c.verb(c, v, d); err != nil {
		return err
	}
	c.result = d.Deposit
	return nil
}

// may reports whether the act is possible at all.
func (c *deciding) may(v *view, d *seenDeposit) error {
	if !slices.Contains(actStates[c.act], d.State) {
		return fmt.Errorf("it is %s: %w", d.State, ErrState)
	}
	if c.act != ActAllocate {
		return nil
	}
	f := v.floats[c.merchant]
	switch {
	case f == nil:
		return fmt.Errorf("merchant %s: %w", c.merchant, ErrNotFound)
	case f.Currency != d.Currency:
		return fmt.Errorf("it is in %s, the float of %s in %s: %w", d.Currency, c.merchant, f.Currency, ErrState)
	}
	return nil
}

func (c *deciding) propose(v *view, d *seenDeposit) error {
	if err := c.may(v, d); err != nil {
		return err
	}
	c.suggest(v, d, DepositProposal{d.ID, c.act, c.merchant, c.actor, c.evidence, v.now})
	return nil
}

// suggest keeps what one person says.
func (k *depositDesk) suggest(v *view, d *seenDeposit, p DepositProposal) {
	v.rows.execs = append(v.rows.execs, execution{"DELETE FROM deposit_proposal WHERE deposit_id = ?", []any{d.ID}, -1, nil})
	v.exec(ErrChanged, "INSERT INTO deposit_proposal (deposit_id, act, merchant, actor, evidence, at) VALUES (?, ?, ?, ?, ?, ?)",
		d.ID, string(p.Act), p.Merchant, p.Actor, p.Evidence, p.At)
	entry := NewID()
	v.entry(entry, EntryDepositProposal, ID{}, ID{}, p.Actor, DepositProposalBody{V: BodyVersion, ID: d.ID, Act: p.Act,
		Merchant: p.Merchant, Evidence: p.Evidence}, nil)
	k.about(v, d.ID, entry)
	d.proposal = &p
}

func (c *deciding) confirm(v *view, d *seenDeposit) error {
	if err := c.may(v, d); err != nil {
		return err
	}
	p := d.proposal
	switch {
	case p == nil || p.Act != c.act:
		return fmt.Errorf("nobody has proposed it: %w", ErrState)
	case p.Merchant != c.merchant:
		return fmt.Errorf("it is proposed for %s, not %s: %w", p.Merchant, c.merchant, ErrState)
	case SamePerson(p.Actor, c.actor):
		return ErrSamePerson
	}
	return c.carryOut(v, d, *p)
}

// SamePerson compares names of operators as people write them.
func SamePerson(a, b string) bool {
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// either proposes, or confirms what another has proposed.
func (c *deciding) either(v *view, d *seenDeposit) error {
	if p := d.proposal; p == nil || p.Act != c.act {
		return c.propose(v, d)
	}
	return c.confirm(v, d)
}

// carryOut does what two people want.
func (c *deciding) carryOut(v *view, d *seenDeposit, p DepositProposal) error {
	s := depositStep{from: d.State, by: []string{p.Actor, c.actor}, evidence: p.Evidence, note: c.evidence}
	to := map[DepositAct]DepositState{ActAllocate: DepositCredited, ActRefuse: DepositRefused, ActReturn: DepositReturned}[c.act]
	if c.act == ActAllocate {
		d.Merchant, d.Unmatched, d.Unproven, d.Capped = c.merchant, "", false, false
	}
	d.Reason = ""
	c.settled = true
	return c.settle(v, d, to, s)
}

func (c *deciding) approve(v *view, d *seenDeposit) error {
	if d.State != DepositHeld {
		return fmt.Errorf("it is %s: %w", d.State, ErrState)
	}
	d.Reason = ""
	c.settled = true
	return c.settle(v, d, DepositCredited, depositStep{from: DepositHeld, by: []string{c.actor}})
}
