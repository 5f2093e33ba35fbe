package ledger

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// MaxClaims is how often a merchant may claim money on a day (UTC): enough for who
// has mistyped, too few for who is guessing.
const MaxClaims = 5

// claimDigits is how many of the last digits of the operator's account a claim
// gives.
const claimDigits = 4

// DepositClaim is what a merchant knows of money that he has paid in and that did
// not reach him.
type DepositClaim struct {
	Merchant string
	Amount   int64
	Date     string    // yyyy-mm-dd; or
	Minute   time.Time // as on his slip
	Account  string    // the last four digits of the account that he paid into
}

func (c DepositClaim) check() error {
	switch {
	case c.Merchant == "" || c.Amount <= 0:
		return errors.New("claim: merchant and amount must be given")
	case (c.Date == "") == c.Minute.IsZero():
		return errors.New("claim: either a date or a minute must be given")
	case len(c.Account) != claimDigits || strings.Trim(c.Account, "0123456789") != "":
		return fmt.Errorf("claim: the last %d digits of the account must be given", claimDigits)
	}
	if c.Date != "" {
		if _, err := time.Parse(time.DateOnly, c.Date); err != nil {
			return fmt.Errorf("claim: date %q is not as 2026-11-14", c.Date)
		}
	}
	return nil
}

// ClaimDeposit looks in suspense for the money that a merchant says is his. If it
// is exactly one deposit, which nobody else has claimed, an allocation to him is
// proposed by the actor, which another person must confirm. Whatever else there is,
// the answer is the same, so that nobody learns of others' money by claiming.
//
// Errors: ErrNotFound (the merchant), ErrNoClaim, ErrClaims (more than MaxClaims
// today).
func (s *Store) ClaimDeposit(ctx context.Context, actor string, claim DepositClaim) error {
	if strings.TrimSpace(actor) == "" {
		return errors.New("claim: who claims must be given")
	}
	if err := claim.check(); err != nil {
		return err
	}
	c := &claiming{claim: claim, depositDesk: depositDesk{store: s, actor: actor, merchants: []string{claim.Merchant}}}
	var rows []depositRow
	err := s.selectAll(ctx, &rows, "SELECT "+depositColumns+" FROM deposit WHERE state = 'suspense' AND amount = ?", claim.Amount)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	for _, r := range rows {
		c.banks = append(c.banks, r.Bank)
		c.ids = append(c.ids, r.ID)
	}
	return s.changeDeposits(ctx, c)
}

type claiming struct {
	depositDesk
	claim DepositClaim
	banks []string
	ids   []ID // that may be meant

	day    string
	claims int // before, on the day
}

func (c *claiming) peek(ctx context.Context, q queryer) error {
	c.day, c.claims = c.store.now().UTC().Format(time.DateOnly), 0
	err := q.get(ctx, &c.claims, "SELECT claims FROM deposit_claim WHERE merchant = ? AND day = ?", c.claim.Merchant, c.day)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err := c.lock(ctx, q, c.banks...); err != nil {
		return err
	}
	err = c.read(ctx, q, c.ids)
	c.missing = nil // no float of another merchant moves
	return err
}

func (c *claiming) decide(v *view) error {
	f := v.floats[c.claim.Merchant]
	switch {
	case f == nil:
		return fmt.Errorf("merchant %s: %w", c.claim.Merchant, ErrNotFound)
	case c.claims >= MaxClaims:
		return fmt.Errorf("%w: at most %d times", ErrClaims, MaxClaims)
	}
	v.exec(ErrChanged, `INSERT INTO deposit_claim (merchant, day, claims) VALUES (?, ?, 1)
		ON CONFLICT (merchant, day) DO UPDATE SET claims = deposit_claim.claims + 1`, c.claim.Merchant, c.day)
	found := c.found(f.Currency)
	body := DepositClaimBody{V: BodyVersion, Merchant: c.claim.Merchant, Amount: c.claim.Amount, Date: c.claim.Date, Account: c.claim.Account}
	if !c.claim.Minute.IsZero() {
		body.Minute = c.claim.Minute.UTC().Format(time.RFC3339)
	}
	if found != nil {
		body.ID = found.ID
	}
	entry := NewID()
	v.entry(entry, EntryDepositClaim, ID{}, ID{}, c.actor, body, nil)
	if found == nil {
		return ErrNoClaim
	}
	c.about(v, found.ID, entry)
	if found.proposal == nil {
		c.suggest(v, found, DepositProposal{found.ID, ActAllocate, c.claim.Merchant, c.actor,
			"claimed by the merchant: amount, time and account are those of the deposit", v.now})
	}
	return nil
}

// found is the one deposit that is as claimed; nil if there is none, or more, or
// if something else is proposed of it.
func (c *claiming) found(currency string) *seenDeposit {
	var one *seenDeposit
	for _, d := range c.deposits {
		if d.State != DepositSuspense || d.Currency != currency || !strings.HasSuffix(d.Account, c.claim.Account) || !c.then(d) {
			continue
		}
		if one != nil {
			return nil
		}
		one = d
	}
	if one != nil && one.proposal != nil && (one.proposal.Act != ActAllocate || one.proposal.Merchant != c.claim.Merchant) {
		return nil
	}
	return one
}

// then reports whether a deposit was made when it is said to have been.
func (c *claiming) then(d *seenDeposit) bool {
	if c.claim.Date != "" {
		return d.Date == c.claim.Date
	}
	return !d.BankedAt.IsZero() && d.BankedAt.Truncate(time.Minute).Equal(c.claim.Minute.Truncate(time.Minute))
}
