package main

import (
	"context"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
)

type terminalCmd struct {
	Add     terminalAddCmd             `cmd:"" help:"Add a terminal behind a client."`
	List    terminalListCmd            `cmd:"" help:"List a client's terminals."`
	Block   blockCmd[terminalTarget]   `cmd:"" help:"Refuse a terminal's requests."`
	Unblock unblockCmd[terminalTarget] `cmd:"" help:"Serve a terminal again."`
}

type terminalAddCmd struct {
	Client string `arg:"" help:"Client id."`
	ID     string `arg:"" help:"terminalID as the terminal sends it."`
}

// Help is printed below the flags.
func (terminalAddCmd) Help() string {
	return "Example:\n\n  vendswitch terminal add 6001234500008 0000000000007"
}

// Run adds the terminal.
func (c terminalAddCmd) Run(ctx context.Context, s *session) error {
	if err := checkKey("terminal id", c.ID); err != nil {
		return err
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	t := ledger.Terminal{Client: c.Client, ID: c.ID, Status: ledger.Active}
	if err := store.AddTerminal(ctx, by, t); err != nil {
		return refusal("terminal "+c.ID, err, added("terminal list "+c.Client, "client"))
	}
	return s.done(t, "terminal %s of client %s added", c.ID, c.Client)
}

type terminalListCmd struct {
	Client string `arg:"" help:"Client id."`
}

// Help is printed below the flags.
func (terminalListCmd) Help() string { return "Example:\n\n  vendswitch terminal list 6001234500008" }

// Run lists the terminals.
func (c terminalListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := knownClient(ctx, store, c.Client); err != nil {
		return err
	}
	terminals, err := store.Terminals(ctx, c.Client)
	if err != nil {
		return err
	}
	return list(s, "TERMINAL | STATUS", terminals, func(t ledger.Terminal) []any { return []any{t.ID, t.Status} })
}

// terminalTarget is a terminal to block or unblock.
type terminalTarget struct {
	Client string `arg:"" help:"Client id."`
	ID     string `arg:"" help:"Terminal id."`
}

func (terminalTarget) noun() string   { return "terminal" }
func (terminalTarget) sample() string { return "6001234500008 0000000000007" }

func (t terminalTarget) set(ctx context.Context, s *session, to ledger.Status) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.SetTerminalStatus(ctx, by, t.Client, t.ID, to); err != nil {
		return refusal(fmt.Sprintf("terminal %s of client %s", t.ID, t.Client), err, listed("terminal list "+t.Client))
	}
	return s.done(map[string]any{"client": t.Client, "id": t.ID, "status": to}, "terminal %s of client %s is %s", t.ID, t.Client, to)
}
