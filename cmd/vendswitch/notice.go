package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

type noticeCmd struct {
	List  noticeListCmd  `cmd:"" help:"List what merchants are told, and how far that is."`
	Retry noticeRetryCmd `cmd:"" help:"Have a notice sent that was given up."`
}

type noticeListCmd struct {
	State    string `enum:",due,sent,dead" default:"" help:"Only in this state: due, sent or dead."`
	Merchant string `help:"Only to this merchant."`
	Limit    int    `default:"100" help:"The most to list."`
}

// Help is printed below the flags.
func (noticeListCmd) Help() string { return "Example:\n\n  vendswitch notice list --state dead" }

// Run lists notices. What they say, and to which number, is not read.
func (c noticeListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := store.Notices(ctx, ledger.NoticeFilter{State: ledger.NoticeState(c.State), Party: c.Merchant, Limit: c.Limit})
	if err != nil {
		return err
	}
	return list(s, "MADE | NOTICE | EVENT | MERCHANT | BY | STATE | ATTEMPTS | SENT | DELIVERY | ERROR", found, func(n ledger.Notice) []any {
		return []any{s.stamp(n.CreatedAt), n.ID, n.Event, n.Party, channelName(n.Channel), n.State, n.Attempts, s.stamp(n.SentAt), n.Delivery, n.Error}
	})
}

type noticeRetryCmd struct {
	Notice uuid.UUID `arg:"" help:"Notice id."`
}

// Help is printed below the flags.
func (noticeRetryCmd) Help() string {
	return "Example:\n\n  vendswitch notice retry 0198c1f2-0000-7000-8000-000000000001"
}

// Run makes the notice due.
func (c noticeRetryCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.RetryNotice(ctx, by, c.Notice); err != nil {
		return refusal(fmt.Sprintf("dead notice %s", c.Notice), err, hints{ledger.ErrNotFound: shows("notice list --state dead")})
	}
	return s.done(map[string]any{"id": c.Notice}, "notice %s will be sent", c.Notice)
}
