package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

type clientCmd struct {
	Add     clientAddCmd    `cmd:"" help:"Add a vending client of a merchant."`
	List    clientListCmd   `cmd:"" help:"List vending clients."`
	Block   clientBlockCmd  `cmd:"" help:"Refuse a client's requests."`
	Unblock clientActiveCmd `cmd:"" help:"Serve a client again."`
}

type clientAddCmd struct {
	ID          string        `arg:"" help:"clientID as the client sends it: an EAN of 13 digits, or a free id."`
	Merchant    string        `required:"" help:"Whose float its sales are charged to."`
	Dialect     string        `default:"strict" help:"How the client departs from the standard (strict, hexing)."`
	Budget      time.Duration `default:"0s" help:"The longest it waits for an answer; 0 means the switch's default."`
	OnUnknown   string        `enum:"fault,hangup" default:"fault" help:"What it gets while an outcome is unknown: fault or hangup."`
	OnDuplicate string        `enum:"replay,refuse" default:"replay" help:"What it gets for a message id it has used before: replay or refuse."`
	Rights      []string      `help:"Operations it may use; none named means all."`
}

// Help is printed below the flags.
func (clientAddCmd) Help() string {
	return `The client gets terminal "1", which stands for the client itself (XMLVend, common header); others are added with terminal add.

Example:

  vendswitch client add 6001234500008 --merchant M0001`
}

// Run adds the client, with the terminal "1" that stands for the client itself.
func (c clientAddCmd) Run(ctx context.Context, s *session) error {
	if _, ok := xmlvend.DialectByName(c.Dialect); !ok {
		return fmt.Errorf("there is no dialect %q", c.Dialect)
	}
	if err := errors.Join(checkEAN(c.ID), checkRights(c.Rights)); err != nil {
		return err
	}
	if c.Budget != 0 && c.Budget < vending.LeastAnswerBudget {
		return fmt.Errorf("an answer budget below %s leaves no time to sell", vending.LeastAnswerBudget)
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	client := ledger.Client{
		ID:           c.ID,
		Merchant:     c.Merchant,
		Dialect:      c.Dialect,
		Status:       ledger.Active,
		AnswerBudget: c.Budget,
		OnUnknown:    ledger.UnknownAnswer(c.OnUnknown),
		OnDuplicate:  ledger.DuplicateAnswer(c.OnDuplicate),
		Rights:       c.Rights,
	}
	if err := store.AddClient(ctx, s.cli.By, client); err != nil {
		return fmt.Errorf("client %s: %w", c.ID, err)
	}
	self := ledger.Terminal{Client: c.ID, ID: "1", Status: ledger.Active}
	if err := store.AddTerminal(ctx, s.cli.By, self); err != nil && !errors.Is(err, ledger.ErrExists) {
		return err
	}
	return s.done(client, "client %s of merchant %s added", c.ID, c.Merchant)
}

type clientListCmd struct{}

// Help is printed below the flags.
func (clientListCmd) Help() string { return "Example:\n\n  vendswitch client list" }

// Run lists the clients.
func (clientListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	clients, err := store.Clients(ctx)
	if err != nil {
		return err
	}
	return list(s, "CLIENT | MERCHANT | STATUS | DIALECT | UNKNOWN | DUPLICATE", clients, func(c ledger.Client) []any {
		return []any{c.ID, c.Merchant, c.Status, c.Dialect, c.OnUnknown, c.OnDuplicate}
	})
}

type clientBlockCmd struct {
	ID string `arg:"" help:"Client id."`
}

// Help is printed below the flags.
func (clientBlockCmd) Help() string { return "Example:\n\n  vendswitch client block 6001234500008" }

// Run blocks the client.
func (c clientBlockCmd) Run(ctx context.Context, s *session) error {
	return setClient(ctx, s, c.ID, ledger.Blocked)
}

type clientActiveCmd struct {
	ID string `arg:"" help:"Client id."`
}

// Help is printed below the flags.
func (clientActiveCmd) Help() string { return "Example:\n\n  vendswitch client unblock 6001234500008" }

// Run makes the client active again.
func (c clientActiveCmd) Run(ctx context.Context, s *session) error {
	return setClient(ctx, s, c.ID, ledger.Active)
}

func setClient(ctx context.Context, s *session, id string, to ledger.Status) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	client, err := store.Client(ctx, id)
	if err != nil {
		return fmt.Errorf("client %s: %w", id, err)
	}
	client.Status = to
	if err := store.SetClient(ctx, s.cli.By, client); err != nil {
		return fmt.Errorf("client %s: %w", id, err)
	}
	return s.done(client, "client %s is %s", id, to)
}
