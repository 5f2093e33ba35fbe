package main

import (
	"context"
	"errors"
	"slices"

	"github.com/vendswitch/vendswitch/ledger"
)

type merchantContactCmd struct {
	Add    contactAddCmd    `cmd:"" help:"Have a merchant told at a cell number or an e-mail address."`
	List   contactListCmd   `cmd:"" help:"List where merchants are told."`
	Remove contactRemoveCmd `cmd:"" help:"Have a merchant told there no more."`
}

// contactFlags name one contact.
type contactFlags struct {
	Code string `arg:"" help:"Merchant code."`
	SMS  string `name:"sms" xor:"address" required:"" help:"Cell number."`
	Mail string `xor:"address" required:"" help:"E-mail address."`
}

func (c contactFlags) contact() ledger.Contact {
	if c.SMS != "" {
		return ledger.Contact{Merchant: c.Code, Channel: ledger.SMS, Address: c.SMS}
	}
	return ledger.Contact{Merchant: c.Code, Channel: ledger.Mail, Address: c.Mail}
}

type contactAddCmd struct {
	contactFlags
	NoKey bool `name:"no-key" help:"A cell number shall not be a deposit key of the merchant's as well."`
}

// Help is printed below the flags.
func (contactAddCmd) Help() string {
	return "A cell number is a deposit key of the merchant's as well: who writes it as the reference pays him.\n\nExample:\n\n" +
		"  vendswitch merchant contact add M0001 --sms 0825550134\n  vendswitch merchant contact add M0001 --mail owner@shop.example"
}

// Run adds the contact.
func (c contactAddCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	contact := c.contact()
	asKey := contact.Channel == ledger.SMS && !c.NoKey
	if err := store.AddContact(ctx, by, contact, asKey); err != nil {
		known := added("merchant contact list", "merchant")
		known[ledger.ErrExists] = "he is told there already, or the number is somebody's deposit key: " + shows("merchant key list") + "; --no-key adds it as a contact only"
		return refusal("contact of "+c.Code, err, known)
	}
	return s.done(contact, "%s is told at %s", c.Code, contact.Address)
}

type contactListCmd struct {
	Code string `arg:"" optional:"" help:"Merchant code; default: all."`
}

// Help is printed below the flags.
func (contactListCmd) Help() string { return "Example:\n\n  vendswitch merchant contact list M0001" }

// Run lists contacts.
func (c contactListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := store.Contacts(ctx, c.Code)
	if err != nil {
		return err
	}
	return list(s, "MERCHANT | BY | ADDRESS", found, func(c ledger.Contact) []any { return []any{c.Merchant, channelName(c.Channel), c.Address} })
}

type contactRemoveCmd struct{ contactFlags }

// Help is printed below the flags.
func (contactRemoveCmd) Help() string {
	return "A deposit key stays.\n\nExample:\n\n  vendswitch merchant contact remove M0001 --sms 0825550134"
}

// Run removes the contact.
func (c contactRemoveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.RemoveContact(ctx, by, c.contact()); err != nil {
		return refusal("contact of "+c.Code, err, listed("merchant contact list"))
	}
	return s.done(c.contact(), "%s is told there no more", c.Code)
}

type merchantKeyCmd struct {
	Issue  keyIssueCmd  `cmd:"" help:"Give a merchant a new deposit key."`
	Add    keyAddCmd    `cmd:"" help:"Make a cell number a deposit key of a merchant's."`
	List   keyListCmd   `cmd:"" help:"List deposit keys."`
	Remove keyRemoveCmd `cmd:"" help:"Take a deposit key away."`
}

type keyIssueCmd struct {
	Code string `arg:"" help:"Merchant code."`
}

// Help is printed below the flags.
func (keyIssueCmd) Help() string {
	return "The last digit checks the others, so that a reference that is mistyped names nobody.\n\nExample:\n\n  vendswitch merchant key issue M0001"
}

// Run issues a key.
func (c keyIssueCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	key, err := store.IssueDepositKey(ctx, by, c.Code)
	if err != nil {
		if errors.Is(err, ledger.ErrNotFound) {
			return refusal("deposit key", err, added("merchant key list", "merchant"))
		}
		return err
	}
	return s.done(ledger.DepositKey{Key: key, Merchant: c.Code, Kind: ledger.KeyIssued}, "%s has the deposit key %s", c.Code, key)
}

type keyAddCmd struct {
	Code string `arg:"" help:"Merchant code."`
	Cell string `arg:"" help:"Cell number."`
}

// Help is printed below the flags.
func (keyAddCmd) Help() string { return "Example:\n\n  vendswitch merchant key add M0001 0825550134" }

// Run adds the key.
func (c keyAddCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	key, err := store.AddDepositKey(ctx, by, c.Code, c.Cell)
	if err != nil {
		return refusal("deposit key "+c.Cell, err, added("merchant key list", "merchant"))
	}
	return s.done(ledger.DepositKey{Key: key, Merchant: c.Code, Kind: ledger.KeyCell}, "%s has the deposit key %s", c.Code, key)
}

// searchedKey is a deposit key, and whether references are searched for its like.
type searchedKey struct {
	ledger.DepositKey
	Searched bool
}

type keyListCmd struct {
	Code string `arg:"" optional:"" help:"Merchant code; default: all."`
}

// Help is printed below the flags.
func (keyListCmd) Help() string {
	return `References of deposits are searched for the keys whose shape the settings tell under [[deposit.key]], and for issued ones.

Example:

  vendswitch merchant key list`
}

// Run lists keys.
func (c keyListCmd) Run(ctx context.Context, s *session) error {
	store, err := s.open(ctx)
	if err != nil {
		return err
	}
	found, err := store.DepositKeys(ctx, c.Code)
	if err != nil {
		return err
	}
	reader, err := s.config.Deposit.reader()
	if err != nil {
		return err
	}
	keys := make([]searchedKey, len(found))
	for i, k := range found {
		keys[i] = searchedKey{k, slices.Contains(reader.Candidates(k.Key).Keys, k.Key)}
	}
	return list(s, "MERCHANT | KEY | KIND | SEARCHED", keys, func(k searchedKey) []any {
		searched := "yes"
		if !k.Searched {
			searched = "no: [[deposit.key]] has no such shape"
		}
		return []any{k.Merchant, k.Key, k.Kind, searched}
	})
}

type keyRemoveCmd struct {
	Code string `arg:"" help:"Merchant code."`
	Key  string `arg:"" help:"Deposit key; a merchant's code stays one."`
}

// Help is printed below the flags.
func (keyRemoveCmd) Help() string {
	return "Example:\n\n  vendswitch merchant key remove M0001 0825550134"
}

// Run removes the key.
func (c keyRemoveCmd) Run(ctx context.Context, s *session) error {
	store, by, err := s.act(ctx)
	if err != nil {
		return err
	}
	if err := store.RemoveDepositKey(ctx, by, c.Code, c.Key); err != nil {
		return refusal("deposit key "+c.Key+" of "+c.Code, err, listed("merchant key list"))
	}
	return s.done(map[string]any{"merchant": c.Code, "key": c.Key}, "%s is a deposit key of %s no more", c.Key, c.Code)
}
