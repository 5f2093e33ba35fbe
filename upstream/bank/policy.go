package bank

import (
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Policy says whom to believe, and which accounts are the operator's.
type Policy struct {
	// Zone is the banks' local time.
	Zone *time.Location
	// AuthServID names the operator's own mail server in Authentication-Results: what
	// any other claims counts for nothing.
	AuthServID string
	Banks      []BankPolicy
	Keys       []KeyShape
	// AnySMSSender takes each SMS as sent by the bank that it begins like: for texts
	// from files, which have no sender.
	AnySMSSender bool
}

// BankPolicy is about one bank.
type BankPolicy struct {
	Name       string   // as its templates name it
	MailFrom   []string // addresses that its mails are from
	SMSSenders []string // sender ids of its SMS
	Accounts   []Account
}

// Account is an account of the operator's: its number, or the last digits of it that
// the bank's messages show.
type Account struct {
	Number   string
	Currency string // ISO 4217
}

// KeyShape is what a merchant's key looks like in a reference.
type KeyShape struct {
	Pattern string // a regular expression, of the whole key
	Check   string // of its digits: "luhn", or "" for none
}

// CellNumber is the shape of a South African cell phone's number: ten digits, also
// with 27, +27 or 0027 in place of the first, and with spaces, points or hyphens
// between them. Its keys are the ten digits.
const CellNumber = "cell"

// Luhn is the check digit of ISO/IEC 7812-1.
const Luhn = "luhn"

// check refuses a policy that says nothing, or something else than it seems to.
func (p Policy) check(t *Templates) error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if p.Zone == nil {
		fault("the policy has no time zone")
	}
	seen := map[string]bool{}
	for _, b := range p.Banks {
		if !slices.ContainsFunc(t.books, func(k *book) bool { return k.bank == b.Name }) {
			fault("bank %q has no templates; there are those of %s", b.Name, strings.Join(t.Banks(), ", "))
		}
		if seen[b.Name] {
			fault("bank %q is there twice", b.Name)
		}
		seen[b.Name] = true
		for _, from := range b.MailFrom {
			if a, err := mail.ParseAddress(from); err != nil || a.Address != from {
				fault("bank %q: %q is not a mail address", b.Name, from)
			}
		}
		for _, sender := range b.SMSSenders {
			if strings.TrimSpace(sender) == "" {
				fault("bank %q: a sender id is empty", b.Name)
			}
		}
		for _, a := range b.Accounts {
			if len(a.Number) < minSuffix || strings.Trim(a.Number, "0123456789") != "" {
				fault("bank %q: account %q is not at least %d digits", b.Name, a.Number, minSuffix)
			}
			if !isCurrency(a.Currency) {
				fault("bank %q: currency %q is not three capital letters, as in ZAR", b.Name, a.Currency)
			}
		}
	}
	return errors.Join(errs...)
}

// minSuffix is the fewest digits that tell an account.
const minSuffix = 4

// bank finds what the policy says about a bank.
func (p Policy) bank(name string) *BankPolicy {
	for i := range p.Banks {
		if p.Banks[i].Name == name {
			return &p.Banks[i]
		}
	}
	return nil
}

// mailFrom finds the bank that mails from an address.
func (p Policy) mailFrom(address string) *BankPolicy {
	for i := range p.Banks {
		if containsFold(p.Banks[i].MailFrom, address) {
			return &p.Banks[i]
		}
	}
	return nil
}

// smsFrom finds the bank that has a sender id.
func (p Policy) smsFrom(sender string) *BankPolicy {
	for i := range p.Banks {
		if containsFold(p.Banks[i].SMSSenders, sender) {
			return &p.Banks[i]
		}
	}
	return nil
}

func containsFold(list []string, text string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, text) })
}

// owns reports whether an account at a bank is the operator's. Either may be the
// whole number or its last digits. A text that shows none is about the one that the
// bank sends messages about.
func (p Policy) owns(bank, account, currency string) bool {
	b := p.bank(bank)
	return b != nil && slices.ContainsFunc(b.Accounts, func(a Account) bool {
		return a.Currency == currency && (account == "" || strings.HasSuffix(a.Number, account) || strings.HasSuffix(account, a.Number))
	})
}

// shape is a KeyShape, ready to use.
type shape struct {
	re    *regexp.Regexp
	check string
	cell  bool
}

// cellNumber is at most 10 digits and their separators, and what stands for the
// country.
const cellNumber = `(?:\+?27|0027|0)[ .-]?[6-8](?:[ .-]?[0-9]){8}`

func (k KeyShape) compile() (shape, error) {
	if k.Check != "" && k.Check != Luhn {
		return shape{}, fmt.Errorf("key %q: check is %q: it must be %s, or left out", k.Pattern, k.Check, Luhn)
	}
	pattern := k.Pattern
	if pattern == CellNumber {
		pattern = cellNumber
	}
	re, err := regexp.Compile(`(?i)^(?:` + pattern + `)`)
	switch {
	case err != nil:
		return shape{}, fmt.Errorf("key %q: %w", k.Pattern, err)
	case re.MatchString(""):
		return shape{}, fmt.Errorf("key %q is found in every text", k.Pattern)
	}
	re.Longest()
	return shape{re: re, check: k.Check, cell: k.Pattern == CellNumber}, nil
}

// masked is a stranger's address or number as reasons show it, which are kept for
// ever: its domain, or its last digits. The name of a sender is shown.
func masked(sender string) string {
	if at := strings.LastIndexByte(sender, '@'); at >= 0 {
		return "***" + sender[at:]
	}
	if digits := strings.TrimPrefix(sender, "+"); len(digits) > minSuffix && strings.Trim(digits, "0123456789") == "" {
		return "***" + digits[len(digits)-minSuffix:]
	}
	return sender
}
