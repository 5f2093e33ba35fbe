package main

import (
	"context"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
)

type reportCmd struct {
	Legs     reportLegsCmd     `cmd:"" help:"The journal: every message in and out, the newest first."`
	Postings reportPostingsCmd `cmd:"" help:"Lines of the ledger, in the order of posting."`
	Balance  reportBalanceCmd  `cmd:"" help:"The trial balance: every account, and that all sum to zero."`
	Closings reportClosingsCmd `cmd:"" help:"Balances at the ends of days, the latest day first."`
}

type reportLegsCmd struct {
	Party     string   `help:"Only of this client or supplier."`
	Operation string   `help:"Only of this operation."`
	State     []string `help:"Only in these states: open, accepted, declined, unknown, \"not executed\"."`
	Limit     int      `default:"50" help:"The most to list."`
}

// Help is printed below the flags.
func (reportLegsCmd) Help() string { return "Example:\n\n  vendswitch report legs --state unknown" }

// Run lists legs.
func (c reportLegsCmd) Run(ctx context.Context, s *session) error {
	if err := checkLegStates(c.State); err != nil {
		return err
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	filter := ledger.LegFilter{Party: c.Party, Operation: c.Operation, Limit: c.Limit}
	for _, state := range c.State {
		filter.States = append(filter.States, ledger.LegState(state))
	}
	legs, err := store.Legs(ctx, filter)
	if err != nil {
		return err
	}
	return list(s, legHeading+" | AMOUNT | SALE", legs, func(l ledger.Leg) []any {
		return append(s.legColumns(l), formatMinor(l.Amount), known(l.SaleID))
	})
}

type reportPostingsCmd struct {
	Account string `help:"Only of this account, as in float:M0001."`
	From    day    `placeholder:"DAY" help:"From this day on, yyyy-mm-dd."`
	To      day    `placeholder:"DAY" help:"Before this day, yyyy-mm-dd."`
	Limit   int    `default:"1000" help:"The most to list."`
}

// Help is printed below the flags.
func (reportPostingsCmd) Help() string {
	return "Example:\n\n  vendswitch report postings --account float:M0001 --from 2026-11-01 --to 2026-12-01"
}

// Run lists postings.
func (c reportPostingsCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	lines, err := store.Postings(ctx, ledger.PostingFilter{
		Account: c.Account, From: s.start(c.From), To: s.start(c.To), Limit: c.Limit,
	})
	if err != nil {
		return err
	}
	return list(s, "POSTED | EVENT | ACCOUNT | DEBIT | CREDIT | SALE", lines, func(p ledger.PostedLine) []any {
		columns := s.postingColumns(p)
		return []any{columns[0], p.Kind, columns[1], columns[2], columns[3], known(p.SaleID)}
	})
}

// known writes an id, or nothing for none.
func known(id ledger.ID) string {
	if id == (ledger.ID{}) {
		return ""
	}
	return id.String()
}

// day is a date on the command line, yyyy-mm-dd.
type day string

// UnmarshalText reads a date that exists.
func (d *day) UnmarshalText(text []byte) error {
	if _, err := time.Parse(time.DateOnly, string(text)); err != nil {
		return fmt.Errorf("%q is not a date yyyy-mm-dd", text)
	}
	*d = day(text)
	return nil
}

// start is when a day begins in the operator's zone; zero if there is no day.
func (s *session) start(d day) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), s.config.Zone.Location)
	if err != nil {
		return time.Time{}
	}
	return t
}

type reportBalanceCmd struct{}

// Help is printed below the flags.
func (reportBalanceCmd) Help() string { return "Example:\n\n  vendswitch report balance" }

// Run prints the trial balance. It fails if the balance is not zero.
func (reportBalanceCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	balances, err := store.TrialBalance(ctx)
	if err != nil {
		return err
	}
	if err := list(s, "ACCOUNT | DEBIT | CREDIT | CURRENCY", balances, balanceColumns); err != nil {
		return err
	}
	sums := make(map[string]int64)
	for _, b := range balances {
		sums[b.Currency] += b.Balance
	}
	for currency, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("the accounts in %s sum to %s, not to zero", currency, formatMinor(sum))
		}
		if !s.cli.JSON {
			fmt.Fprintf(s.Stdout, "\nall accounts in %s sum to 0.00\n", currency)
		}
	}
	return nil
}

func balanceColumns(b ledger.AccountBalance) []any {
	if b.Balance < 0 {
		return []any{b.Account, "", formatMinor(-b.Balance), b.Currency}
	}
	return []any{b.Account, formatMinor(b.Balance), "", b.Currency}
}

type reportClosingsCmd struct {
	Account string `help:"Only of this account, as in float:M0001."`
	From    day    `placeholder:"DAY" help:"From this day on, yyyy-mm-dd."`
	To      day    `placeholder:"DAY" help:"Before this day, yyyy-mm-dd."`
	Limit   int    `default:"1000" help:"The most to list."`
}

// Help is printed below the flags.
func (reportClosingsCmd) Help() string {
	return `A day is closed by the switch, while it serves, from four hours after its end. One on which nothing was posted has no
balances of its own: those of the day before hold.

Example:

  vendswitch report closings --account float:M0001 --from 2026-11-01 --to 2026-12-01`
}

// Run lists closing balances.
func (c reportClosingsCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	// A day is closed at the beginning of the next.
	closings, err := store.ClosingBalances(ctx, ledger.ClosingFilter{
		Account: c.Account, From: s.end(c.From), To: s.end(c.To), Limit: c.Limit,
	})
	if err != nil {
		return err
	}
	return list(s, "CLOSED UNTIL | ACCOUNT | DEBIT | CREDIT | CURRENCY", closings, func(b ledger.ClosingBalance) []any {
		return append([]any{s.stamp(b.Cut)}, balanceColumns(b.AccountBalance)...)
	})
}

// end is when a day ends in the operator's zone; zero if there is no day.
func (s *session) end(d day) time.Time {
	t := s.start(d)
	if t.IsZero() {
		return t
	}
	return t.AddDate(0, 0, 1)
}
