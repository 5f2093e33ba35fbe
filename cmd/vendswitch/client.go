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
	Add     clientAddCmd             `cmd:"" help:"Add a vending client of a merchant."`
	List    clientListCmd            `cmd:"" help:"List vending clients."`
	Block   blockCmd[clientTarget]   `cmd:"" help:"Refuse a client's requests."`
	Unblock unblockCmd[clientTarget] `cmd:"" help:"Serve a client again."`
}

type clientAddCmd struct {
	ID          string        `arg:"" help:"clientID as the client sends it: an EAN of 13 digits, or a free id."`
	Merchant    string        `required:"" help:"Whose float its sales are charged to."`
	Dialect     string        `default:"strict" help:"How the client departs from the standard (strict, hexing, conlog-2016, conlog-2021, itron)."`
	Budget      time.Duration `default:"0s" help:"The longest it waits for an answer; 0 means the switch's default."`
	OnUnknown   string        `enum:"fault,hangup" default:"fault" help:"What it gets while an outcome is unknown: fault or hangup."`
	OnDuplicate string        `enum:"replay,refuse," default:"" help:"What it gets for a message id it has used before: replay or refuse; not said means as the servers of its dialect do."`
	Rights      []string      `help:"Operations it may use; none named means all but engineeringKeyChange."`
}

// Help is printed below the flags.
func (clientAddCmd) Help() string {
	return `The client gets terminal "1", which stands for the client itself (XMLVend, common header); others are added with terminal add.

Example:

  vendswitch client add 6001234500008 --merchant M0001
  vendswitch client add VEND1 --merchant M0001 --dialect conlog-2016`
}

// Run adds the client, with the terminal "1" that stands for the client itself.
func (c clientAddCmd) Run(ctx context.Context, s *session) error {
	dialect, ok := xmlvend.DialectByName(c.Dialect)
	if !ok {
		return xmlvend.CheckDialect(c.Dialect)
	}
	if err := errors.Join(checkKey("client id", c.ID), checkEAN(c.ID), checkRights(c.Rights)); err != nil {
		return err
	}
	if c.Budget != 0 && c.Budget < vending.LeastAnswerBudget {
		return fmt.Errorf("an answer budget below %s leaves no time to sell", vending.LeastAnswerBudget)
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if c.OnDuplicate == "" {
		c.OnDuplicate = string(onDuplicate(dialect))
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
	if err := store.AddClient(ctx, by, client); err != nil {
		return refusal("client "+c.ID, err, added("client list", "merchant"))
	}
	self := ledger.Terminal{Client: c.ID, ID: "1", Status: ledger.Active}
	if err := store.AddTerminal(ctx, by, self); err != nil && !errors.Is(err, ledger.ErrExists) {
		return err
	}
	return s.done(client, "client %s of merchant %s added", c.ID, c.Merchant)
}

// onDuplicate is what a client of a dialect is ready for, unless the operator knows
// better.
func onDuplicate(d *xmlvend.Dialect) ledger.DuplicateAnswer {
	if d.RefusesRepeats() {
		return ledger.DuplicateRefuse
	}
	return ledger.DuplicateReplay
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

// clientTarget is a client to block or unblock.
type clientTarget struct {
	ID string `arg:"" help:"Client id."`
}

func (clientTarget) noun() string   { return "client" }
func (clientTarget) sample() string { return "6001234500008" }

func (t clientTarget) set(ctx context.Context, s *session, to ledger.Status) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	client, err := store.Client(ctx, t.ID)
	if err != nil {
		return refusal("client "+t.ID, err, listed("client list"))
	}
	client.Status = to
	if err := store.SetClient(ctx, by, client); err != nil {
		return fmt.Errorf("client %s: %w", t.ID, err)
	}
	return s.done(client, "client %s is %s", t.ID, to)
}
