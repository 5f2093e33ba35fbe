package main

import (
	"context"

	"github.com/vendswitch/vendswitch/ledger"
)

// target is something that can be blocked: its fields are the arguments that name
// it.
type target interface {
	// noun and sample make the example of the help text.
	noun() string
	sample() string
	set(context.Context, *session, ledger.Status) error
}

// blockCmd blocks a target.
type blockCmd[T target] struct {
	Target T `embed:""`
}

// Help is printed below the flags.
func (c blockCmd[T]) Help() string { return example("block", c.Target) }

// Run blocks the target.
func (c blockCmd[T]) Run(ctx context.Context, s *session) error {
	return c.Target.set(ctx, s, ledger.Blocked)
}

// unblockCmd makes a target active again.
type unblockCmd[T target] struct {
	Target T `embed:""`
}

// Help is printed below the flags.
func (c unblockCmd[T]) Help() string { return example("unblock", c.Target) }

// Run makes the target active again.
func (c unblockCmd[T]) Run(ctx context.Context, s *session) error {
	return c.Target.set(ctx, s, ledger.Active)
}

func example(verb string, t target) string {
	return "Example:\n\n  vendswitch " + t.noun() + " " + verb + " " + t.sample()
}
