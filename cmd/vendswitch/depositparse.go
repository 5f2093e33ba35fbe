package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/switch/deposit"
	"github.com/vendswitch/vendswitch/upstream/bank"
)

type depositParseCmd struct {
	Files []string `arg:"" name:"file" help:"Messages: one SMS in each .txt, one mail in each .eml."`
}

// Help is printed below the flags.
func (depositParseCmd) Help() string {
	return `Neither a database nor keys are needed, and nothing is kept: files are judged in the order given, each by itself and by those before it.
Limits for SMS and the cap, by which the intake may hold a deposit back, and whether a key is a merchant's, are not looked at.
Accounts, senders and merchants' keys are those of the settings ([deposit.bank.NAME]); without any, those of a demonstration.
An SMS from a file is taken to be from the bank that it begins like. A file that cannot be read is named, the others are read, and the exit code is 1.

What would be done:

  credit, unallocated            a deposit with one merchant's key in its reference; with none, or several
  credit_each_deposit_once       several movements in one mail
  duplicate_of:NAME              the deposit of an earlier message of the same channel
  confirms:NAME                  the deposit of an earlier message of the other channel
  new_or_review                  like an earlier deposit, with nothing to tell whether it is the same
  quarantine                     a bank's address, but its mail server's results do not say that DMARC passed
  reject                         from somebody else, or forwarded
  reject_not_operator_account    to an account that is not the operator's
  keep_unparsed_for_review       no template reads it
  ignore                         no deposit

Example:

  vendswitch deposit parse --json sms1.txt mail1.eml`
}

// parsedMessage is what is printed of a file. Its keys, and those of a notification
// in it, are those of the files of expectations that messages are tested with.
type parsedMessage struct {
	File          string              `json:"file"`
	Action        string              `json:"action"`
	Notifications []bank.Notification `json:"notifications"`
}

// Run reads the files.
func (c depositParseCmd) Run(s *session) error {
	reader, resemble, err := s.fileReader()
	if err != nil {
		return err
	}
	sequence := deposit.NewSequence(reader, resemble)
	parsed := []parsedMessage{}
	table := [][]string{{"FILE", "ACTION", "BANK", "KIND", "AMOUNT", "CURRENCY", "ACCOUNT", "DATE", "REFERENCE", "KEYS", "WHY"}}
	failed := false
	for _, file := range c.Files {
		m, err := messageFrom(file)
		if err != nil {
			failed = true
			fmt.Fprintln(s.Stderr, "vendswitch:", err)
			continue
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		action, reading := sequence.Add(name, m)
		parsed = append(parsed, parsedMessage{file, action, reading.Notifications})
		for _, n := range reading.Notifications {
			table = append(table, parsedLine(reader, file, action, n))
		}
	}
	if s.cli.JSON {
		err = printJSON(s.Stdout, parsed)
	} else {
		_, err = io.WriteString(s.Stdout, layOut(table))
	}
	if err == nil && failed {
		err = errReported
	}
	return err
}

// parsedLine is a notification in the table. A key whose check digit is wrong is
// marked.
func parsedLine(reader *bank.Reader, file, action string, n bank.Notification) []string {
	amount, currency := "", ""
	if n.HasAmount {
		amount, currency = formatMinor(n.Amount), n.Currency
	}
	found := reader.Candidates(n.Reference)
	keys := slices.Clone(found.Keys)
	for _, k := range found.Mistyped {
		keys = append(keys, k+" (looks mistyped)")
	}
	return []string{file, action, n.Bank, string(n.Kind), amount, currency, n.Account, n.Date, n.Reference, strings.Join(keys, ", "), n.Reason}
}

// messageFrom reads a file by its ending.
func messageFrom(file string) (bank.Message, error) {
	channel, limit := bank.Channel(""), int64(0)
	switch strings.ToLower(filepath.Ext(file)) {
	case ".txt":
		channel, limit = bank.SMS, bank.MaxSMS
	case ".eml":
		channel, limit = bank.Mail, bank.MaxMail
	default:
		return bank.Message{}, fmt.Errorf("%s is neither an SMS (.txt) nor a mail (.eml)", file)
	}
	f, err := os.Open(file)
	if err != nil {
		return bank.Message{}, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1)) // more is too much, and says so
	if err != nil {
		return bank.Message{}, err
	}
	return bank.Message{Channel: channel, Raw: raw}, nil
}

// fileReader reads messages from files by the settings, or those of the
// demonstration; resemble is as in deposit.Terms.
func (s *session) fileReader() (reader *bank.Reader, resemble time.Duration, err error) {
	settings := s.config.Deposit.IntakeConfig
	if len(settings.Bank) == 0 {
		settings = demonstration(settings)
		fmt.Fprintln(s.Stderr, "vendswitch: there is no [deposit.bank.NAME] in the settings: judged by those of the demonstration, with "+demonstrationAccounts(settings))
	}
	templates, policy, err := settings.policy()
	if err != nil {
		return nil, 0, err
	}
	policy.AnySMSSender = true
	reader, err = bank.NewReader(templates, policy)
	return reader, time.Duration(settings.Resemble), err
}
