package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

type cashierCmd struct {
	Add      cashierAddCmd             `cmd:"" help:"Add an operator name with its password."`
	List     cashierListCmd            `cmd:"" help:"List a client's operator names."`
	Password cashierPasswordCmd        `cmd:"" help:"Give an operator name a new password."`
	Block    blockCmd[cashierTarget]   `cmd:"" help:"Refuse an operator name."`
	Unblock  unblockCmd[cashierTarget] `cmd:"" help:"Accept an operator name again."`
}

type cashierAddCmd struct {
	Client       string `arg:"" help:"Client id."`
	OpName       string `arg:"" help:"opName, 1 to 10 characters."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File whose first line is the password, 6 to 15 characters; - reads standard input."`
}

// Help is printed below the flags.
func (cashierAddCmd) Help() string {
	return "Example:\n\n  printf 'Sample123\\n' | vendswitch cashier add 6001234500008 THANDI --password-file -"
}

// Run adds the cashier. The password is stored as its argon2id hash.
func (c cashierAddCmd) Run(ctx context.Context, s *session) error {
	if !opNameText.MatchString(c.OpName) {
		return fmt.Errorf("operator name %q is not 1 to 10 characters without a space", c.OpName)
	}
	password, err := s.secret(c.PasswordFile)
	if err != nil {
		return err
	}
	hash, err := vending.HashPassword(password)
	if err != nil {
		return err
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	cashier := ledger.Cashier{Client: c.Client, OpName: c.OpName, PasswordHash: hash, Status: ledger.Active}
	if err := store.AddCashier(ctx, by, cashier); err != nil {
		return refusal("cashier "+c.OpName, err, added("cashier list "+c.Client, "client"))
	}
	return s.done(cashier, "cashier %s of client %s added", c.OpName, c.Client)
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
	if err := knownClient(ctx, store, c.Client); err != nil {
		return err
	}
	cashiers, err := store.Cashiers(ctx, c.Client)
	if err != nil {
		return err
	}
	return list(s, "OPERATOR | STATUS", cashiers, func(k ledger.Cashier) []any { return []any{k.OpName, k.Status} })
}

type cashierPasswordCmd struct {
	Client       string `arg:"" help:"Client id."`
	OpName       string `arg:"" help:"Operator name."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File whose first line is the new password, 6 to 15 characters; - reads standard input."`
}

// Help is printed below the flags.
func (cashierPasswordCmd) Help() string {
	return "Example:\n\n  printf 'Sample456\\n' | vendswitch cashier password 6001234500008 THANDI --password-file -"
}

// Run replaces the password.
func (c cashierPasswordCmd) Run(ctx context.Context, s *session) error {
	password, err := s.secret(c.PasswordFile)
	if err != nil {
		return err
	}
	hash, err := vending.HashPassword(password)
	if err != nil {
		return err
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	cashier, err := store.Cashier(ctx, c.Client, c.OpName)
	if err == nil {
		err = store.SetPassword(ctx, by, c.Client, c.OpName, cashier.PasswordHash, hash)
	}
	if err != nil {
		return refusal(fmt.Sprintf("cashier %s of client %s", c.OpName, c.Client), err, listed("cashier list "+c.Client))
	}
	return s.done(map[string]any{"client": c.Client, "opName": c.OpName}, "cashier %s of client %s has a new password", c.OpName, c.Client)
}

// cashierTarget is a cashier to block or unblock.
type cashierTarget struct {
	Client string `arg:"" help:"Client id."`
	OpName string `arg:"" help:"Operator name."`
}

func (cashierTarget) noun() string   { return "cashier" }
func (cashierTarget) sample() string { return "6001234500008 THANDI" }

func (t cashierTarget) set(ctx context.Context, s *session, to ledger.Status) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.SetCashierStatus(ctx, by, t.Client, t.OpName, to); err != nil {
		return refusal(fmt.Sprintf("cashier %s of client %s", t.OpName, t.Client), err, listed("cashier list "+t.Client))
	}
	return s.done(map[string]any{"client": t.Client, "opName": t.OpName, "status": to}, "cashier %s of client %s is %s", t.OpName, t.Client, to)
}
