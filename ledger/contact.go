package ledger

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
)

// Channel is how a bank's message comes, or a notice goes.
type Channel string

const (
	SMS  Channel = "sms"
	Mail Channel = "mail"
)

// Contact is where a merchant is told of its money.
type Contact struct {
	Merchant string
	Channel  Channel
	Address  string // a cell number of ten digits, or an e-mail address
}

// cellDigits is how long a cell number is, its leading zero included.
const cellDigits = 10

// countryCode replaces the leading zero of a cell number in international form.
const countryCode = "27"

// NormaliseCell brings a cell number to the ten digits by which it is known:
// "+27 82 555 0134" and "082-555-0134" are both 0825550134.
func NormaliseCell(number string) (string, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -().\u00a0", r) {
			return -1
		}
		return r
	}, number)
	if rest, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimPrefix(digits, "+"), "00"), countryCode); ok && len(rest) == cellDigits-1 {
		digits = "0" + rest
	}
	if len(digits) != cellDigits || digits[0] != '0' || digits[1] < '6' || digits[1] > '8' || strings.Trim(digits, "0123456789") != "" {
		return "", fmt.Errorf("%q is not a cell number: it has ten digits and begins with 06, 07 or 08, such as 0825550134", number)
	}
	return digits, nil
}

// normalise checks the address and brings it to the form in which it is kept.
func (c Contact) normalise() (Contact, error) {
	var err error
	switch c.Channel {
	case SMS:
		c.Address, err = NormaliseCell(c.Address)
	case Mail:
		var parsed *mail.Address
		parsed, err = mail.ParseAddress(c.Address)
		if err != nil || parsed.Address != c.Address || strings.ContainsAny(c.Address, "\r\n") {
			return c, fmt.Errorf("%q is not an e-mail address", c.Address)
		}
	default:
		err = fmt.Errorf("nobody is told by %q: it is %s or %s", c.Channel, SMS, Mail)
	}
	return c, err
}

// masked is an address as the journal shows it, which is never deleted.
func masked(address string) string {
	if at := strings.LastIndexByte(address, '@'); at > 0 {
		return address[:1] + "***" + address[at:]
	}
	return "***" + address[max(0, len(address)-4):]
}

// contactFacts are a contact in the journal.
type contactFacts struct {
	Merchant string  `json:"merchant"`
	Channel  Channel `json:"channel"`
	Address  string  `json:"address"`       // masked
	Key      bool    `json:"key,omitempty"` // it is a deposit key as well
}

func (c Contact) facts(asKey bool) contactFacts {
	return contactFacts{c.Merchant, c.Channel, masked(c.Address), asKey}
}

// AddContact has a merchant told at an address too. With asKey a cell number is
// a deposit key of the merchant's as well. Errors: ErrExists (the contact, or the
// key, which may be another merchant's), ErrNotFound (the merchant).
func (s *Store) AddContact(ctx context.Context, actor string, c Contact, asKey bool) error {
	c, err := c.normalise()
	if err != nil {
		return err
	}
	if asKey && c.Channel != SMS {
		return errors.New("only a cell number can be a deposit key")
	}
	o := &operation{actor: actor, action: "contact.add", key: c.Merchant, owner: "merchant " + c.Merchant, after: c.facts(asKey)}
	o.step(nil, "INSERT INTO contact (merchant, channel, address) VALUES (?, ?, ?)", c.Merchant, string(c.Channel), c.Address)
	if asKey {
		o.step(nil, insertDepositKey, c.Address, c.Merchant, string(KeyCell))
	}
	return s.operate(ctx, o)
}

// RemoveContact has a merchant told there no more; a deposit key stays. Errors:
// ErrNotFound.
func (s *Store) RemoveContact(ctx context.Context, actor string, c Contact) error {
	c, err := c.normalise()
	if err != nil {
		return err
	}
	o := &operation{actor: actor, action: "contact.remove", key: c.Merchant, after: c.facts(false)}
	o.step(ErrNotFound, "DELETE FROM contact WHERE merchant = ? AND channel = ? AND address = ?", c.Merchant, string(c.Channel), c.Address)
	return s.operate(ctx, o)
}

const contactSelect = "SELECT merchant, channel, address FROM contact"

func scanContact(from scanner) (c Contact, err error) {
	return c, from.Scan(&c.Merchant, &c.Channel, &c.Address)
}

// Contacts lists the contacts of a merchant, or with an empty code all.
func (s *Store) Contacts(ctx context.Context, merchant string) ([]Contact, error) {
	var w where
	w.text("merchant", merchant)
	return collect(ctx, s, scanContact, contactSelect+w.limited("merchant, channel, address", -1), w.args...)
}
