package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

// IntakeConfig is how banks' notifications become deposits: whom to believe, whose
// accounts the money must be on, what merchants' keys look like, and what a person
// must look at. Without banks nothing is taken in.
type IntakeConfig struct {
	Templates string                `toml:"templates" env:"TEMPLATES"` // folder of the operator's own, besides those that come with the switch
	Zone      zone                  `toml:"zone" env:"ZONE"`           // the banks' local time
	Cap       amount                `toml:"cap" env:"CAP"`             // a deposit above it waits until a person approves it; 0: none does
	Mail      MailIntakeConfig      `toml:"mail" envPrefix:"MAIL_"`
	SMS       SMSIntakeConfig       `toml:"sms" envPrefix:"SMS_"`
	Sender    string                `toml:"sender" env:"SENDER"`     // who we are, below what merchants are told by mail
	VAT       percent               `toml:"vat" env:"VAT"`           // within fees
	Resemble  duration              `toml:"resemble" env:"RESEMBLE"` // so far apart, two deposits alike but for the minute may be one; 0: the default
	Fee       []FeeConfig           `toml:"fee" env:"-"`             // the first that fits is charged
	Key       []KeyConfig           `toml:"key" env:"-"`             // those looked for, besides the issued ones
	Bank      map[string]BankConfig `toml:"bank" env:"-"`            // by name, as templates have it
}

// MailIntakeConfig is about notifications by mail.
type MailIntakeConfig struct {
	AuthServID string `toml:"authserv_id" env:"AUTHSERV_ID"` // our own mail server in Authentication-Results
	Mailbox    string `toml:"mailbox" env:"MAILBOX"`         // of mail.imap that banks write to; empty: none is read
}

// SMSIntakeConfig is about notifications by SMS.
type SMSIntakeConfig struct {
	Limit amount `toml:"limit" env:"LIMIT"` // a deposit above it is provisional until the mail confirms it; 0: each is
}

// FeeConfig is what deposits of a sort cost their merchants, VAT included.
type FeeConfig struct {
	Name    string  `toml:"name"`   // kept with each deposit that it was charged for
	Bank    string  `toml:"bank"`   // empty: any
	Method  string  `toml:"method"` // eft, online, instant, cash, atm, card; empty: any
	From    amount  `toml:"from"`   // deposits of this and more
	Below   amount  `toml:"below"`  // and of less than this; 0: no limit
	Fixed   amount  `toml:"fixed"`
	Percent percent `toml:"percent"` // of the deposit, beside what is fixed
	Min     amount  `toml:"min"`
	Max     amount  `toml:"max"` // 0: none
}

// KeyConfig is what a merchant's key looks like in a reference.
type KeyConfig struct {
	Shape string `toml:"shape"` // a regular expression, or cell
	Check string `toml:"check"` // luhn, or nothing
}

// BankConfig is about one bank.
type BankConfig struct {
	Senders    []string `toml:"senders"`     // addresses its mails are from
	SMSSenders []string `toml:"sms_senders"` // sender ids of its SMS
	Accounts   []string `toml:"accounts"`    // the operator's: numbers, or the last digits that are shown
	Currency   string   `toml:"currency"`    // of the accounts; ZAR by default
}

// Defaults of the intake.
const (
	defaultDepositCap = amount(50_000_00)
	defaultSMSLimit   = amount(1_000_00)
)

// defaultKeys are a merchant's code and his cell phone's number.
var defaultKeys = []KeyConfig{{Shape: `M[0-9]{4,6}`}, {Shape: bank.CellNumber}}

// issuedKeys are those that "merchant key issue" gives out, which are looked for
// whatever the settings say of others.
var issuedKeys = bank.KeyShape{Pattern: `M1[0-9]{6,}`, Check: bank.Luhn}

func defaultIntake() IntakeConfig {
	var home zone
	if err := home.UnmarshalText([]byte(defaultZone)); err != nil {
		panic(err) // the zones are compiled in
	}
	return IntakeConfig{Zone: home, VAT: defaultVATBP, Cap: defaultDepositCap, SMS: SMSIntakeConfig{Limit: defaultSMSLimit}}
}

// policy makes what a reader of messages needs. Its error names the setting.
func (c IntakeConfig) policy() (*bank.Templates, bank.Policy, error) {
	templates := bank.DefaultTemplates()
	if c.Templates != "" {
		var err error
		if templates, err = bank.LoadTemplates(c.Templates); err != nil {
			return nil, bank.Policy{}, fmt.Errorf("deposit.%w", err)
		}
	}
	p := bank.Policy{Zone: c.zone(), AuthServID: c.Mail.AuthServID, Keys: []bank.KeyShape{issuedKeys}}
	keys := c.Key
	if len(keys) == 0 {
		keys = defaultKeys
	}
	for _, k := range keys {
		p.Keys = append(p.Keys, bank.KeyShape{Pattern: k.Shape, Check: k.Check})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Bank)) {
		b := c.Bank[name]
		currency := b.Currency
		if currency == "" {
			currency = "ZAR"
		}
		entry := bank.BankPolicy{Name: name, MailFrom: b.Senders, SMSSenders: b.SMSSenders}
		for _, number := range b.Accounts {
			entry.Accounts = append(entry.Accounts, bank.Account{Number: number, Currency: currency})
		}
		p.Banks = append(p.Banks, entry)
	}
	return templates, p, nil
}

// terms are what is done about a deposit.
func (c IntakeConfig) terms() deposit.Terms {
	t := deposit.Terms{VATBP: int(c.VAT), Resemble: time.Duration(c.Resemble), Zone: c.zone(), Sender: c.Sender}
	for _, f := range c.Fee {
		t.Fees = append(t.Fees, deposit.FeeRule{Name: f.Name, Bank: f.Bank, Method: f.Method, From: int64(f.From), Below: int64(f.Below),
			Fixed: int64(f.Fixed), PercentBP: int(f.Percent), Min: int64(f.Min), Max: int64(f.Max)})
	}
	return t
}

// checkSources wants the mailbox that is named to be there, and banks for what is
// brought: without any, each message would be rejected and its money be missed.
func (c IntakeConfig) checkSources(mail MailConfig, number string) error {
	switch {
	case len(c.Bank) > 0:
	case c.Mail.Mailbox != "":
		return fmt.Errorf("deposit.mail.mailbox is %q, and there is no [deposit.bank.NAME] to believe", c.Mail.Mailbox)
	case number != "":
		return fmt.Errorf("sms.inbound.bank_number is %q, and there is no [deposit.bank.NAME] to believe", number)
	}
	if _, ok := mail.IMAP[c.Mail.Mailbox]; c.Mail.Mailbox != "" && !ok {
		return fmt.Errorf("deposit.mail.mailbox is %q, and there is no mail.imap.%s", c.Mail.Mailbox, c.Mail.Mailbox)
	}
	return nil
}

func (c IntakeConfig) zone() *time.Location { return c.Zone.Location }

// check refuses settings by which nothing, or the wrong thing, would be believed.
func (c IntakeConfig) check() error {
	var errs []error
	if c.Cap < 0 {
		errs = append(errs, errors.New("deposit.cap is negative"))
	}
	if c.SMS.Limit < 0 {
		errs = append(errs, errors.New("deposit.sms.limit is negative"))
	}
	for _, k := range c.Key {
		if k.Shape == "" {
			errs = append(errs, errors.New("deposit.key: shape is missing: a regular expression, or cell"))
		}
	}
	if err := c.terms().Check(); err != nil {
		errs = append(errs, fmt.Errorf("deposit.fee: %w", err))
	}
	for name, b := range c.Bank {
		if len(b.Accounts) == 0 {
			errs = append(errs, fmt.Errorf("deposit.bank.%q: accounts is empty: no deposit there would be ours", name))
		}
		if len(b.Senders)+len(b.SMSSenders) == 0 {
			errs = append(errs, fmt.Errorf("deposit.bank.%q: it needs senders, sms_senders or both: nobody would be believed", name))
		}
		if len(b.Senders) > 0 && c.Mail.AuthServID == "" {
			errs = append(errs, fmt.Errorf("deposit.bank.%q has senders, and deposit.mail.authserv_id is missing: the name by which our own mail server signs Authentication-Results", name))
		}
	}
	if len(errs) > 0 || len(c.Bank)+len(c.Key) == 0 && c.Templates == "" {
		return errors.Join(errs...)
	}
	templates, p, err := c.policy()
	if err == nil {
		if _, err = bank.NewReader(templates, p); err != nil {
			err = fmt.Errorf("deposit: %w", err)
		}
	}
	return err
}

// demonstration are the settings of an operator who has set none: those of the
// sample messages.
func demonstration(c IntakeConfig) IntakeConfig {
	c.Mail.AuthServID = "mx.evd-operator.example"
	c.Key = []KeyConfig{{Shape: `M1[0-9]{5}`}, {Shape: bank.CellNumber}}
	c.Bank = map[string]BankConfig{
		"FNB":           {Senders: []string{"inContact@fnb.co.za", "noreply@fnb.co.za"}, Accounts: []string{"482913"}},
		"Standard Bank": {Senders: []string{"information@standardbank.co.za", "noreply@standardbank.co.za"}, Accounts: []string{"6025"}},
		"Absa":          {Senders: []string{"NotifyMe@absa.co.za", "ibreply@absa.co.za"}, Accounts: []string{"6485", "9437"}},
		"Nedbank":       {Senders: []string{"noreply@nedbank.co.za"}, Accounts: []string{"9912"}},
		"Capitec":       {Senders: []string{"noreply@capitecbank.co.za"}, Accounts: []string{"3301"}},
	}
	return c
}

// demonstrationAccounts are the accounts in words.
func demonstrationAccounts(c IntakeConfig) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(c.Bank)) {
		list = append(list, name+" "+strings.Join(c.Bank[name].Accounts, " and "))
	}
	return "the accounts " + strings.Join(list, ", ")
}
