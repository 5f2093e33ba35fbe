package main

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/vendswitch/vendswitch/ledger"
)

type depositMessagesCmd struct {
	All    bool   `help:"Not only those that a person must look at."`
	Action string `help:"Only those with which this was done, such as quarantine."`
	Limit  int    `default:"100" help:"The most to list."`
}

// Help is printed below the flags.
func (depositMessagesCmd) Help() string {
	return "Example:\n\n  vendswitch deposit messages\n  vendswitch deposit messages --all --action quarantine"
}

// Run lists messages.
func (c depositMessagesCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := store.BankMessages(ctx, ledger.BankMessageFilter{Review: !c.All, Action: c.Action, Limit: c.Limit})
	if err != nil {
		return err
	}
	return list(s, "RECEIVED | MESSAGE | BY | SENDER | STATE | DONE | WHY | REVIEWED BY", found, func(m ledger.BankMessage) []any {
		return []any{s.stamp(m.ReceivedAt), m.ID, channelName(m.Channel), m.Sender, m.State, m.Action, m.Reason, m.ReviewedBy}
	})
}

type depositMessageCmd struct {
	Message uuid.UUID `arg:"" help:"Message id."`
	Reason  string    `required:"" help:"Why you look: the message may hold names."`
}

// Help is printed below the flags.
func (depositMessageCmd) Help() string {
	return "Example:\n\n  vendswitch deposit message 0198c1f2-0000-7000-8000-000000000001 --reason \"merchant M0001 asks\""
}

// messageContent is a bank's message with its content.
type messageContent struct {
	ledger.BankMessage
	Content []byte
}

// Run shows the message.
func (c depositMessageCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	m, err := store.BankMessage(ctx, c.Message)
	if err != nil {
		return noMessage(c.Message, err)
	}
	content, err := store.BankMessageContent(ctx, by, c.Message, c.Reason)
	if err != nil {
		return err
	}
	if s.cli.JSON {
		return printJSON(s.Stdout, recordOf(messageContent{m, content}))
	}
	fmt.Fprintf(s.Stdout, "Message %s by %s from %s, received %s by %s\n%s: %s %s\n\n", m.ID, channelName(m.Channel), m.Sender,
		s.stamp(m.ReceivedAt), m.Gateway, m.State, m.Action, m.Reason)
	_, err = s.Stdout.Write(append(printable(content), '\n'))
	return err
}

// printable is a text in which nothing can steer a terminal.
func printable(content []byte) []byte {
	var safe []byte
	for len(content) > 0 {
		r, n := utf8.DecodeRune(content)
		switch {
		case r == '\n' || r == '\t' || r >= ' ' && r != 0x7f && (r < 0x80 || r >= 0xa0) && (r != utf8.RuneError || n > 1):
			safe = append(safe, content[:n]...)
		case r != '\r':
			safe = append(safe, '?')
		}
		content = content[n:]
	}
	return safe
}

// noMessage says what to do about an id that is no message's.
func noMessage(id ledger.ID, err error) error {
	return refusal("message "+id.String(), err, hints{ledger.ErrNotFound: shows("deposit messages --all")})
}

type depositReviewCmd struct {
	Message uuid.UUID `arg:"" help:"Message id."`
	Note    string    `required:"" help:"What was found."`
	Again   bool      `help:"Have it read again, such as with a new template: it must have told of no deposit."`
}

// Help is printed below the flags.
func (depositReviewCmd) Help() string {
	return "Example:\n\n  vendswitch deposit review 0198c1f2-0000-7000-8000-000000000001 --note \"advertisement\""
}

// Run closes the review.
func (c depositReviewCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if _, err := store.BankMessage(ctx, c.Message); err != nil {
		return noMessage(c.Message, err)
	}
	record := map[string]any{"id": c.Message, "again": c.Again}
	if c.Again {
		if err := store.ReopenBankMessage(ctx, by, c.Message, c.Note); err != nil {
			return refusal("message "+c.Message.String(), err, hints{ledger.ErrState: "it is being read, or has told of a deposit already"})
		}
		return s.done(record, "message %s will be read again", c.Message)
	}
	err = store.ReviewBankMessage(ctx, by, c.Message, c.Note)
	switch {
	case errors.Is(err, ledger.ErrNotFound):
		return fmt.Errorf("message %s waits for no review; %s", c.Message, shows("deposit messages"))
	case err != nil:
		return err
	}
	return s.done(record, "message %s reviewed", c.Message)
}
