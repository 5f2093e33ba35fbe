package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
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
	return "Example:\n\n  vendswitch client add 6001234500008 --merchant M0001"
}

// Run adds the client, with the terminal "1" that stands for the client itself.
func (c clientAddCmd) Run(ctx context.Context, s *session) error {
	if _, ok := xmlvend.DialectByName(c.Dialect); !ok {
		return fmt.Errorf("there is no dialect %q", c.Dialect)
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

type terminalCmd struct {
	Add  terminalAddCmd  `cmd:"" help:"Add a terminal behind a client."`
	List terminalListCmd `cmd:"" help:"List a client's terminals."`
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
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	t := ledger.Terminal{Client: c.Client, ID: c.ID, Status: ledger.Active}
	if err := store.AddTerminal(ctx, s.cli.By, t); err != nil {
		return fmt.Errorf("terminal %s: %w", c.ID, err)
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
	terminals, err := store.Terminals(ctx, c.Client)
	if err != nil {
		return err
	}
	return list(s, "TERMINAL | STATUS", terminals, func(t ledger.Terminal) []any { return []any{t.ID, t.Status} })
}

type cashierCmd struct {
	Add  cashierAddCmd  `cmd:"" help:"Add an operator name with its password."`
	List cashierListCmd `cmd:"" help:"List a client's operator names."`
}

type cashierAddCmd struct {
	Client       string `arg:"" help:"Client id."`
	OpName       string `arg:"" help:"opName, 1 to 10 characters."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File whose first line is the password; - reads standard input."`
}

// Help is printed below the flags.
func (cashierAddCmd) Help() string {
	return "Example:\n\n  printf 'Sample123\\n' | vendswitch cashier add 6001234500008 THANDI --password-file -"
}

// Run adds the cashier. The password is stored as its argon2id hash.
func (c cashierAddCmd) Run(ctx context.Context, s *session) error {
	password, err := s.secret(c.PasswordFile)
	if err != nil {
		return err
	}
	hash, err := vending.HashPassword(password)
	if err != nil {
		return err
	}
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	cashier := ledger.Cashier{Client: c.Client, OpName: c.OpName, PasswordHash: hash, Status: ledger.Active}
	if err := store.AddCashier(ctx, s.cli.By, cashier); err != nil {
		return fmt.Errorf("cashier %s: %w", c.OpName, err)
	}
	record := map[string]any{"client": c.Client, "opName": c.OpName}
	return s.done(record, "cashier %s of client %s added", c.OpName, c.Client)
}

// secret reads the first line of a file, or of standard input.
func (s *session) secret(file string) (string, error) {
	in := s.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	}
	line, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type cashierListCmd struct {
	Client string `arg:"" help:"Client id."`
}

// Help is printed below the flags.
func (cashierListCmd) Help() string { return "Example:\n\n  vendswitch cashier list 6001234500008" }

// Run lists the cashiers, without their hashes.
func (c cashierListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	cashiers, err := store.Cashiers(ctx, c.Client)
	if err != nil {
		return err
	}
	type row struct {
		Client, OpName string
		Status         ledger.Status
	}
	rows := make([]row, len(cashiers))
	for i, k := range cashiers {
		rows[i] = row{k.Client, k.OpName, k.Status}
	}
	return list(s, "OPERATOR | STATUS", rows, func(r row) []any { return []any{r.OpName, r.Status} })
}
