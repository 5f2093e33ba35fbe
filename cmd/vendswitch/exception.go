package main

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

type exceptionCmd struct {
	List  exceptionListCmd  `cmd:"" help:"List what needs a person's eye."`
	Take  exceptionTakeCmd  `cmd:"" help:"Make an exception yours."`
	Close exceptionCloseCmd `cmd:"" help:"Close an exception, saying what was found."`
}

type exceptionListCmd struct {
	All bool `help:"Closed ones too."`
}

// Help is printed below the flags.
func (exceptionListCmd) Help() string { return "Example:\n\n  vendswitch exception list" }

// Run lists exceptions with their age.
func (c exceptionListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	exceptions, err := store.Exceptions(ctx, !c.All)
	if err != nil {
		return err
	}
	now := s.now()
	return list(s, "EXCEPTION | KIND | STATE | AGE | OWNER | SALE | NOTE", exceptions, func(e ledger.Exception) []any {
		state, until := "open", now
		if !e.ClosedAt.IsZero() {
			state, until = "closed", e.ClosedAt
		}
		return []any{e.ID, e.Kind, state, age(until.Sub(e.OpenedAt)), e.Owner, e.SaleID, e.Note}
	})
}

// age rounds a duration to what a person wants to know of it.
func age(d time.Duration) time.Duration {
	if d < time.Hour {
		return d.Round(time.Second)
	}
	return d.Round(time.Minute)
}

// openExceptions is what to do about one that is closed or never was.
var openExceptions = hints{ledger.ErrNotFound: `it is closed or never was; "vendswitch exception list --all" shows all`}

type exceptionTakeCmd struct {
	Exception uuid.UUID `arg:"" help:"Exception id."`
}

// Help is printed below the flags.
func (exceptionTakeCmd) Help() string {
	return "Example:\n\n  vendswitch --by AYANDA --credential ayanda.password exception take 0198c1f2-0000-7000-8000-000000000001"
}

// Run takes the exception.
func (c exceptionTakeCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.TakeException(ctx, c.Exception, by); err != nil {
		return refusal("exception "+c.Exception.String(), err, openExceptions)
	}
	return s.done(map[string]any{"id": c.Exception, "owner": by}, "exception %s is %s's", c.Exception, by)
}

type exceptionCloseCmd struct {
	Exception uuid.UUID `arg:"" help:"Exception id."`
	Note      string    `required:"" help:"What was found."`
}

// Help is printed below the flags.
func (exceptionCloseCmd) Help() string {
	return `One of kind "unresolved" closes by itself when its sale is settled, by the supplier's answer or by "sale resolve"; until then it stays open, as does one of kind "token taken".

Example:

  vendswitch exception close 0198c1f2-0000-7000-8000-000000000001 --note "credited by the utility, statement 14"`
}

// Run closes the exception.
func (c exceptionCloseCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.CloseException(ctx, c.Exception, by, c.Note); err != nil {
		return refusal("exception "+c.Exception.String(), err, openExceptions)
	}
	return s.done(map[string]any{"id": c.Exception}, "exception %s closed", c.Exception)
}
