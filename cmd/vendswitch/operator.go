package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

type operatorCmd struct {
	Add      operatorAddCmd      `cmd:"" help:"Add a person who runs the switch."`
	Approve  operatorApproveCmd  `cmd:"" help:"Let a person act whom another operator has proposed."`
	List     operatorListCmd     `cmd:"" help:"List the operators."`
	Password operatorPasswordCmd `cmd:"" help:"Give yourself a new password."`
	Block    operatorBlockCmd    `cmd:"" help:"Keep an operator from acting."`
	Unblock  operatorUnblockCmd  `cmd:"" help:"Propose to let a blocked operator act again."`
}

// Hints about operators.
var (
	operatorHints = hints{
		ledger.ErrNotFound:   shows("operator list"),
		ledger.ErrExists:     "choose another name, " + shows("operator list"),
		ledger.ErrState:      shows("operator list"),
		ledger.ErrSamePerson: "neither who is proposed nor who proposed them approves",
		ledger.ErrNoOperator: shows("operator list"),
	}
	errNobody = errors.New(`this takes two operators, and there are none yet: add them with "vendswitch operator add"`)
)

// act opens the database for a verb that changes something, and tells as whom. Once
// there are operators, it must be one of them, who shows their password; before,
// whoever may run the command is trusted.
func (s *session) act(ctx context.Context) (store *ledger.Store, by string, err error) {
	store, _, err = s.identify(ctx)
	return store, s.cli.By, err
}

// actNamed is act for what takes four eyes: a name that nobody has proven is no
// second person.
func (s *session) actNamed(ctx context.Context) (store *ledger.Store, by string, err error) {
	store, named, err := s.identify(ctx)
	if err == nil && !named {
		err = errNobody
	}
	if err != nil {
		return nil, "", err
	}
	return store, s.cli.By, nil
}

// identify checks the operator's password; named is whether there are operators.
func (s *session) identify(ctx context.Context) (store *ledger.Store, named bool, err error) {
	if store, err = s.open(ctx); err != nil {
		return nil, false, err
	}
	operators, err := store.Operators(ctx)
	if err != nil || len(operators) == 0 {
		return store, false, err
	}
	if s.credential == "" {
		return nil, false, fmt.Errorf("who are you? Name yourself with --by and the file of your password with --credential, or in VENDSWITCH_BY and VENDSWITCH_CREDENTIAL")
	}
	password, err := s.secret(s.credential)
	if err != nil {
		return nil, false, fmt.Errorf("--credential: %w", err)
	}
	for _, o := range operators {
		if o.Name != s.cli.By {
			continue
		}
		ok, err := vending.CheckPassword(o.PasswordHash, password)
		switch {
		case err != nil:
			return nil, false, fmt.Errorf("operator %s: %w", o.Name, err)
		case !ok:
			return nil, false, errWho(s.cli.By)
		case o.Status != ledger.OperatorActive:
			return nil, false, fmt.Errorf("operator %s is %s and may not act; %s", o.Name, o.Status, shows("operator list"))
		}
		return store, true, nil
	}
	return nil, false, errWho(s.cli.By)
}

// errWho does not say which of the two is wrong.
func errWho(name string) error {
	return fmt.Errorf("there is no operator %s with this password", name)
}

type operatorAddCmd struct {
	Name         string `arg:"" help:"The person's name, one word of up to 40 characters."`
	PasswordFile string `required:"" placeholder:"FILE" help:"File whose first line is their password, 10 to 200 characters; - reads standard input."`
}

// Help is printed below the flags.
func (operatorAddCmd) Help() string {
	return `The first two may act at once. Each later one acts when another operator has approved, so that nobody can be two persons.
Once there is an operator, whatever changes something wants one: name yourself with --by and the file of your password with --credential.

Examples:

  vendswitch operator add THABO --password-file thabo.password
  vendswitch --by THABO --credential thabo.password operator add NOMSA --password-file nomsa.password`
}

// Run adds the operator. The password is stored as its argon2id hash.
func (c operatorAddCmd) Run(ctx context.Context, s *session) error {
	if !serialText.MatchString(c.Name) {
		return fmt.Errorf("operator name %q is not 1 to 40 characters without a space", c.Name)
	}
	hash, err := s.newPassword(c.PasswordFile)
	if err != nil {
		return err
	}
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	o, err := store.AddOperator(ctx, by, c.Name, hash)
	if err != nil {
		return refusal("operator "+c.Name, err, operatorHints)
	}
	return s.staffed(o)
}

// staffed says where an operator stands now.
func (s *session) staffed(o ledger.Operator) error {
	if o.Status == ledger.OperatorProposed {
		return s.done(o, "operator %s is proposed: another operator approves with \"vendswitch operator approve %s\"", o.Name, o.Name)
	}
	return s.done(o, "operator %s is %s", o.Name, o.Status)
}

// newPassword reads a password and hashes it.
func (s *session) newPassword(file string) (hash string, err error) {
	password, err := s.secret(file)
	if err != nil {
		return "", err
	}
	if len(password) < minCredential || len(password) > maxCredential || strings.TrimSpace(password) != password {
		return "", fmt.Errorf("an operator's password has %d to %d characters and no space at its ends", minCredential, maxCredential)
	}
	return vending.HashCredential(password), nil
}

// Lengths of an operator's password. What XMLVend allows a cashier is too little.
const (
	minCredential = 10
	maxCredential = 200
)

type operatorApproveCmd struct {
	Name string `arg:"" help:"Who is proposed."`
}

// Help is printed below the flags.
func (operatorApproveCmd) Help() string {
	return "Example:\n\n  vendswitch --by NOMSA --credential nomsa.password operator approve SIPHO"
}

// Run approves.
func (c operatorApproveCmd) Run(ctx context.Context, s *session) error {
	return s.changeStaff(ctx, c.Name, (*ledger.Store).ApproveOperator)
}

type operatorBlockCmd struct {
	Name string `arg:"" help:"Operator name."`
}

// Help is printed below the flags.
func (operatorBlockCmd) Help() string {
	return `Any operator may do it at once; letting one in again takes two. Keep three: of two, one blocked leaves nobody to approve another.

Example:

  vendswitch --by NOMSA --credential nomsa.password operator block SIPHO`
}

// Run blocks.
func (c operatorBlockCmd) Run(ctx context.Context, s *session) error {
	return s.changeStaff(ctx, c.Name, (*ledger.Store).BlockOperator)
}

type operatorUnblockCmd struct {
	Name string `arg:"" help:"Operator name."`
}

// Help is printed below the flags.
func (operatorUnblockCmd) Help() string {
	return "Another operator approves.\n\nExample:\n\n  vendswitch --by NOMSA --credential nomsa.password operator unblock SIPHO"
}

// Run proposes.
func (c operatorUnblockCmd) Run(ctx context.Context, s *session) error {
	return s.changeStaff(ctx, c.Name, (*ledger.Store).UnblockOperator)
}

// changeStaff makes a change to one operator.
func (s *session) changeStaff(ctx context.Context, name string, change func(*ledger.Store, context.Context, string, string) (ledger.Operator, error)) error {
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	o, err := change(store, ctx, by, name)
	if err != nil {
		return refusal("operator "+name, err, operatorHints)
	}
	return s.staffed(o)
}

type operatorPasswordCmd struct {
	PasswordFile string `required:"" placeholder:"FILE" help:"File whose first line is your new password, 10 to 200 characters; - reads standard input."`
}

// Help is printed below the flags.
func (operatorPasswordCmd) Help() string {
	return "Nobody can set another's. Who has lost theirs is blocked, and added under another name.\n\nExample:\n\n  vendswitch --by NOMSA --credential old.password operator password --password-file new.password"
}

// Run replaces the password.
func (c operatorPasswordCmd) Run(ctx context.Context, s *session) error {
	hash, err := s.newPassword(c.PasswordFile)
	if err != nil {
		return err
	}
	store, by, err := s.actNamed(ctx)
	if err != nil {
		return err
	}
	o, err := store.Operator(ctx, by)
	if err == nil {
		err = store.SetOperatorPassword(ctx, by, o.PasswordHash, hash)
	}
	if err != nil {
		return refusal("operator "+by, err, operatorHints)
	}
	return s.done(o, "operator %s has a new password", by)
}

type operatorListCmd struct{}

// Help is printed below the flags.
func (operatorListCmd) Help() string { return "Example:\n\n  vendswitch operator list" }

// Run lists the operators, without their hashes.
func (operatorListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	operators, err := store.Operators(ctx)
	if err != nil {
		return err
	}
	return list(s, "NAME | STATUS | PROPOSED BY", operators, func(o ledger.Operator) []any { return []any{o.Name, o.Status, o.ProposedBy} })
}
