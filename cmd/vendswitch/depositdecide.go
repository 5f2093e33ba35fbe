package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

// defaultVATBP is the VAT in fees, in basis points.
const defaultVATBP = 1500

// depositTerms are what deposits cost and whom they are told to, for those that
// people decide.
func (s *session) depositTerms() ledger.DepositTerms {
	return s.config.Deposit.terms().Ledger()
}

// decideRefusal says what to do about a deposit that cannot be decided so.
func decideRefusal(id ledger.ID, err error) error {
	switch {
	case errors.Is(err, ledger.ErrSamePerson):
		return fmt.Errorf("deposit %s: who has proposed it cannot confirm it; a second person must", id)
	case errors.Is(err, ledger.ErrState):
		return fmt.Errorf("%w; %s", err, fmt.Sprintf(`"vendswitch deposit show %s" shows it`, id))
	}
	return err
}

type depositAllocateCmd struct {
	Deposit  uuid.UUID `arg:"" help:"Deposit id."`
	Merchant string    `arg:"" help:"Merchant code."`
	Evidence string    `required:"" help:"Reference to what proves it: a slip, a statement line."`
}

// Help is printed below the flags.
func (depositAllocateCmd) Help() string {
	return `Of money in suspense, in review, held or provisional. It is credited once another person gives "deposit confirm". Naming another merchant replaces what is proposed.

Example:

  vendswitch --by AYANDA --credential ayanda.password deposit allocate 0198c1f2-0000-7000-8000-000000000001 M0001 --evidence slip-4711`
}

// Run proposes the allocation.
func (c depositAllocateCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	if err := knownDeposit(ctx, store, c.Deposit, c.Merchant); err != nil {
		return err
	}
	d, err := store.ProposeAllocation(ctx, by, c.Deposit, c.Merchant, c.Evidence)
	if err != nil {
		return decideRefusal(c.Deposit, err)
	}
	return s.done(map[string]any{"id": d.ID, "state": d.State, "merchant": c.Merchant, "settled": false, "proposedBy": by},
		"proposed by %s: %s %s to %s; a second person must confirm it", by, formatMinor(d.Amount), d.Currency, c.Merchant)
}

// knownDeposit wants a deposit and a merchant to be there.
func knownDeposit(ctx context.Context, store *ledger.Store, id ledger.ID, merchant string) error {
	if _, err := store.Deposit(ctx, id); err != nil {
		return noDeposit(id, err)
	}
	if merchant == "" {
		return nil
	}
	if _, err := store.Merchant(ctx, merchant); err != nil {
		return refusal("merchant "+merchant, err, listed("merchant list"))
	}
	return nil
}

type depositConfirmCmd struct {
	Deposit  uuid.UUID `arg:"" help:"Deposit id."`
	Merchant string    `arg:"" help:"Merchant code, the one that is proposed."`
}

// Help is printed below the flags.
func (depositConfirmCmd) Help() string {
	return "Example:\n\n  vendswitch --by SIPHO --credential sipho.password deposit confirm 0198c1f2-0000-7000-8000-000000000001 M0001"
}

// Run credits the deposit.
func (c depositConfirmCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	if err := knownDeposit(ctx, store, c.Deposit, c.Merchant); err != nil {
		return err
	}
	d, err := store.ConfirmAllocation(ctx, by, c.Deposit, c.Merchant, s.depositTerms())
	if err != nil {
		return decideRefusal(c.Deposit, err)
	}
	return s.depositDone(d, by, true)
}

// depositDone says what has become of a deposit.
func (s *session) depositDone(d ledger.Deposit, by string, settled bool) error {
	record := map[string]any{"id": d.ID, "state": d.State, "settled": settled}
	if d.Merchant != "" {
		record["merchant"] = d.Merchant
	}
	if !settled {
		return s.done(record, "proposed by %s; deposit %s is %s until a second person gives the same command", by, d.ID, d.State)
	}
	whose := ""
	switch {
	case d.Merchant == "":
	case d.State == ledger.DepositCredited:
		whose = " to " + d.Merchant
	default:
		whose = ", " + d.Merchant + "'s"
	}
	return s.done(record, "deposit %s of %s %s is %s%s", d.ID, formatMinor(d.Amount), d.Currency, d.State, whose)
}

type depositApproveCmd struct {
	Deposit uuid.UUID `arg:"" help:"Deposit id."`
}

// Help is printed below the flags.
func (depositApproveCmd) Help() string {
	return "The reference has told whose the money is, so one person suffices.\n\nExample:\n\n  vendswitch deposit approve 0198c1f2-0000-7000-8000-000000000001"
}

// Run credits the deposit.
func (c depositApproveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	if err := knownDeposit(ctx, store, c.Deposit, ""); err != nil {
		return err
	}
	d, err := store.ApproveDeposit(ctx, by, c.Deposit, s.depositTerms())
	if err != nil {
		return decideRefusal(c.Deposit, err)
	}
	return s.depositDone(d, by, true)
}

type depositRefuseCmd struct {
	Deposit  uuid.UUID `arg:"" help:"Deposit id."`
	Evidence string    `required:"" help:"Reference to what shows it: the statement's page."`
}

// Help is printed below the flags.
func (depositRefuseCmd) Help() string {
	return `The first person proposes; it is done when a second gives the same command under another name (--by).

Example:

  vendswitch --by AYANDA --credential ayanda.password deposit refuse 0198c1f2-0000-7000-8000-000000000001 --evidence "statement 14, not there"`
}

// Run proposes or confirms the refusal.
func (c depositRefuseCmd) Run(ctx context.Context, s *session) error {
	return byTwo(ctx, s, c.Deposit, c.Evidence, (*ledger.Store).RefuseDeposit)
}

type depositReturnCmd struct {
	Deposit  uuid.UUID `arg:"" help:"Deposit id."`
	Evidence string    `required:"" help:"Reference to what shows it: the statement's page."`
}

// Help is printed below the flags.
func (depositReturnCmd) Help() string {
	return `The money leaves the float, even past its limit, which then stops sales. The first person proposes; it is done when a second gives the same command under another name (--by).

Example:

  vendswitch --by AYANDA --credential ayanda.password deposit return 0198c1f2-0000-7000-8000-000000000001 --evidence "statement 14, line 3"`
}

// Run proposes or confirms the return.
func (c depositReturnCmd) Run(ctx context.Context, s *session) error {
	return byTwo(ctx, s, c.Deposit, c.Evidence, (*ledger.Store).ReturnDeposit)
}

// byTwo does what one person proposes and another confirms.
func byTwo(ctx context.Context, s *session, id ledger.ID, evidence string,
	act func(*ledger.Store, context.Context, string, ledger.ID, string, ledger.DepositTerms) (ledger.Deposit, bool, error)) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	if err := knownDeposit(ctx, store, id, ""); err != nil {
		return err
	}
	d, settled, err := act(store, ctx, by, id, evidence, s.depositTerms())
	if err != nil {
		return decideRefusal(id, err)
	}
	return s.depositDone(d, by, settled)
}

type depositClaimCmd struct {
	Merchant string `arg:"" help:"Merchant code."`
	Amount   amount `arg:"" help:"What was paid in."`
	Account  string `required:"" help:"Last four digits of the account that it was paid into."`
	Date     day    `xor:"when" required:"" help:"Day of the deposit, yyyy-mm-dd."`
	At       string `xor:"when" required:"" help:"Minute of the deposit, as on the slip: \"2026-11-14 09:12\"."`
}

// Help is printed below the flags.
func (depositClaimCmd) Help() string {
	return `If exactly one deposit in suspense is so, it is proposed that it is the merchant's, and another person confirms it with "deposit confirm". Whatever else there is, the answer is the same, so that nobody learns of others' money. A merchant may claim 5 times a day.

Example:

  vendswitch --by AYANDA --credential ayanda.password deposit claim M0001 2500.00 --account 2913 --at "2026-11-14 09:12"`
}

// Run claims the deposit.
func (c depositClaimCmd) Run(ctx context.Context, s *session) error {
	claim := ledger.DepositClaim{Merchant: c.Merchant, Amount: int64(c.Amount), Date: string(c.Date), Account: c.Account}
	if c.At != "" {
		at, err := time.ParseInLocation("2006-01-02 15:04", c.At, s.config.Zone.Location)
		if err != nil {
			return fmt.Errorf("%q is not a minute such as \"2026-11-14 09:12\"", c.At)
		}
		claim.Minute = at
	}
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	if _, err := store.Merchant(ctx, c.Merchant); err != nil {
		return refusal("merchant "+c.Merchant, err, listed("merchant list"))
	}
	if err := store.ClaimDeposit(ctx, by, claim); err != nil {
		if errors.Is(err, ledger.ErrNoClaim) {
			return fmt.Errorf("%w; have the merchant's slip at hand and use \"vendswitch deposit allocate\"", err)
		}
		return err
	}
	return s.done(map[string]any{"merchant": c.Merchant, "amount": int64(c.Amount), "proposedBy": by},
		"claimed for %s; a second person must confirm it, \"vendswitch deposit list --state suspense\" shows it", c.Merchant)
}
