package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/vendswitch/vendswitch/conformance/sim/bank"
	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
)

type bankCmd struct {
	Listen string `default:"127.0.0.1:8495" help:"Where to serve control, at /control/."`
	SMS    string `name:"sms" placeholder:"URL" help:"Where SMS are posted to, with the secret of the switch."`
	SMSTo  string `name:"sms-to" default:"27820000001" help:"The operator's number that they are sent to."`
	Form   string `enum:"kannel,africastalking" default:"kannel" help:"The gateway in whose form they are posted (kannel, africastalking)."`
	SMTP   string `name:"smtp" placeholder:"HOST:PORT" help:"The operator's mail server, which takes mails without a password."`
	Folder string `placeholder:"FOLDER" help:"Where mails are written, as they lie in the operator's mailbox."`
	MailTo string `default:"deposits@evd-operator.example" help:"The operator's address."`
}

// Help is printed below the flags.
func (bankCmd) Help() string {
	accounts, faults := "", ""
	for _, a := range bank.DemoAccounts() {
		accounts += fmt.Sprintf(" %s %s", a.Bank, a.Suffix)
	}
	for _, f := range bank.Faults() {
		faults += " " + string(f)
	}
	return fmt.Sprintf(`The operator's accounts:%s. Mails carry the result of DMARC that the operator's own server, mx.evd-operator.example, would add.

Faults of a deposit:%s.

While it runs, POST /control/deposit makes a deposit (amount in cents; method eft or cash; only sms or mail), POST /control/release sends what a fault has held back, GET /control/accounts tells the balances:

  curl -s http://127.0.0.1:8495/control/deposit -d '{"bank":"fnb","amount":250000,"reference":"M100234","fault":"duplicate"}'

Example:

  vendsim bank --sms http://127.0.0.1:8482/sms/kannel/SECRET --smtp 127.0.0.1:2525
  vendsim bank --folder inbox`, accounts, faults)
}

// Run serves the banks until ctx ends.
func (c bankCmd) Run(ctx context.Context, m Main) error {
	config := bank.Config{Mail: bank.Mail{SMTP: c.SMTP, Folder: c.Folder, To: c.MailTo}}
	if c.SMS != "" {
		config.SMS = bank.SMS{URL: c.SMS, Form: smsc.Form(c.Form), To: c.SMSTo}
	}
	if c.SMS == "" && c.SMTP == "" && c.Folder == "" {
		return errors.New("nobody would be told of a deposit: give --sms, --smtp or --folder")
	}
	banks, err := bank.New(config)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.Stdout, "control at http://%s/control/\n\naccounts\n", l.Addr())
	for _, a := range banks.Accounts() {
		fmt.Fprintf(m.Stdout, "  %-12s  %s\n", a.Bank, a.Suffix)
	}
	return serve(ctx, l, banks)
}
