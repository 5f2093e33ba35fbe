package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/bank"
	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
)

// What the world has besides the town: banks that tell of deposits, an SMS gateway,
// and a supplier who mails vouchers.
const (
	bankNumber   = "27835550100" // that the banks send SMS to
	merchantCell = "0825550142"
	freshProduct = "CELLX12"
	freshBatch   = "0042"
	freshCount   = 30
	tellTimeout  = 30 * time.Second
)

// outside is the far side of money and stock.
type outside struct {
	gateway  *smsc.Server
	server   *http.Server
	address  string // of the gateway
	inbound  string // where the switch takes in SMS
	secret   string
	banks    *bank.Server
	supplier *supplier.Supplier

	counter     *http.Server // where a person has customers deposit; nil: nowhere
	bankControl string       // its address
}

// startOutside starts the gateway and the banks. The switch need not run yet.
func (w *world) startOutside() error {
	o := &w.outside
	o.secret = rand.Text()
	var err error
	if o.inbound, err = freeAddress(); err != nil {
		return err
	}
	if o.gateway, err = smsc.New(smsc.Config{}); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o.address = l.Addr().String()
	o.server = &http.Server{Handler: o.gateway, ReadHeaderTimeout: startTimeout}
	go o.server.Serve(l)
	o.banks, err = bank.New(bank.Config{SMS: bank.SMS{Centre: o.gateway, URL: "http://" + o.inbound + "/sms/kannel/" + o.secret, To: bankNumber}})
	if err == nil {
		o.supplier, err = supplier.New(supplier.Config{Code: "CELLX", Name: "Cell X", Address: "stock@cellx.example"})
	}
	return err
}

func (o *outside) stop() {
	if o.server != nil {
		o.server.Close()
	}
	if o.counter != nil {
		o.counter.Close()
	}
	if o.banks != nil {
		o.banks.Close()
	}
	if o.gateway != nil {
		o.gateway.Close()
	}
}

// settings is the part of the switch's settings that is about money and stock.
func (o *outside) settings(in func(string) string) string {
	text := fmt.Sprintf(`
[stock]
[[stock.pgp]]
key_file = %q
passphrase_file = %q

[deposit]
sender = "The demo's operator"
[[deposit.fee]]
name = "small deposits"
below = "1000.00"
fixed = "5.00"
[[deposit.fee]]
name = "half a percent"
percent = "0.5"
max = "50.00"
[[deposit.key]]
shape = "M[0-9]{4}"
[[deposit.key]]
shape = "cell"
`, in("pgp/private.asc"), in("pgp.passphrase"))
	for _, a := range o.banks.Accounts() {
		name, sender := bankNames[a.Bank][0], bankNames[a.Bank][1]
		text += fmt.Sprintf("[deposit.bank.%q]\nsms_senders = [%q]\naccounts = [%q]\n", name, sender, a.Suffix)
	}
	return text + fmt.Sprintf(`
[sms]
url = %q
user = %q
password_file = %q
from = "27835550199"
receipt_url = %q
[sms.inbound]
listen = %q
secret_file = %q
bank_number = %q
`, "http://"+o.address+"/cgi-bin/sendsms", smsc.DemoUser, in("sms.password"), "http://"+o.inbound+"/sms/receipt", o.inbound, in("sms.secret"), bankNumber)
}

// bankNames are the banks' names in the switch's templates, and their sender ids.
var bankNames = map[bank.Bank][2]string{
	bank.FNB: {"FNB", "FNB"}, bank.StandardBank: {"Standard Bank", "StdBank"}, bank.Absa: {"Absa", "Absa"},
	bank.Nedbank: {"Nedbank", "Nedbank"}, bank.Capitec: {"Capitec", "Capitec"},
}

// files are those that the settings name.
func (o *outside) files(in func(string) string) map[string]string {
	return map[string]string{
		in("pgp.passphrase"): rand.Text() + "\n",
		in("sms.password"):   smsc.DemoPassword + "\n",
		in("sms.secret"):     o.secret + "\n",
		in("cellx.toml"):     o.agreement(),
	}
}

// agreement is what the operator and the supplier have agreed on.
func (o *outside) agreement() string {
	return fmt.Sprintf(`# What was agreed with Cell X: prices, who signs, and how the columns lie.
code    = "CELLX"
name    = "Cell X"
vat     = 15
mail    = %q
pgp_key = """
%s
"""

[[product]]
ours       = %q
theirs     = "112"
face       = "12.00"
cost       = "8%%"
currency   = "ZAR"
commission = "5"

[file]
delimiter = "|"

[[file.header]]
columns = ["mark H", "ignore supplier", "batch", "ignore date"]

[[file.trailer]]
columns = ["mark T", "count", "total"]

[[layout]]
name              = "airtime"
columns           = ["mark D", "product", "face", "number days", "number value", "expires", "batch", "serial", "pin"]
date              = "dd/mm/yyyy"
pin_length        = "16"
serial_length     = "4-20"
serial_characters = "letters and digits"
`, o.supplier.Address(), o.supplier.PublicKey(), freshProduct)
}

// stockByMail is workflow 1: an encrypted mail becomes stock that nobody has seen.
func (d *demo) stockByMail(ctx context.Context) error {
	heading(d.out, "The operator imports vouchers: a PGP mail of the supplier's, signed and encrypted")
	good, forged, err := d.stockMails()
	if err != nil {
		return err
	}
	name := d.stockMail()
	if err := os.WriteFile(name, forged, 0o600); err != nil {
		return err
	}
	for _, step := range d.agreeing() {
		if err := d.runAs(ctx, step.by, step.verb...); err != nil {
			return err
		}
	}
	if err := d.runAs(ctx, staff[0], "stock", "import", name); err == nil {
		return errors.New("stock was taken in that another has signed")
	}
	fmt.Fprintln(d.out, "That mail had the supplier's name, and another's signature. Now the supplier's own:")
	if err := os.WriteFile(name, good, 0o600); err != nil {
		return err
	}
	if err := d.runAs(ctx, staff[0], "stock", "import", name); err != nil {
		return err
	}
	if err := d.runAs(ctx, staff[0], "stock", "approve", "CELLX", freshBatch); err == nil {
		return errors.New("one person has approved what the same person has loaded")
	}
	fmt.Fprintf(d.out, "Nobody approves his own import. %s does:\n", staff[1])
	return d.runAs(ctx, staff[1], "stock", "approve", "CELLX", freshBatch)
}

// deposits is workflow 2: a merchant pays at the bank, and can sell seconds later.
func (d *demo) deposits(ctx context.Context) error {
	heading(d.out, "A merchant deposits: the bank's SMS is read, the float credited, the fee charged, the merchant told")
	if err := d.runAs(ctx, staff[0], "merchant", "contact", "add", merchantCode, "--sms", merchantCell); err != nil {
		return err
	}
	before := len(d.outside.gateway.Messages())
	for _, paid := range []bank.Deposit{
		{Bank: bank.FNB, Amount: 750_00, Reference: "rent " + merchantCode, Only: "sms"},
		{Bank: bank.FNB, Amount: 80_00, Reference: "airtime pls", Only: "sms"},
	} {
		told, err := d.outside.banks.Deposit(ctx, paid)
		if err != nil {
			return err
		}
		for _, n := range told.Notices {
			fmt.Fprintf(d.out, "%s texts: %s\n", n.From, n.Text)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, tellTimeout)
	defer cancel()
	got, err := d.outside.gateway.AwaitMessages(ctx, before+1)
	if err != nil {
		return fmt.Errorf("the merchant was told nothing: %w", err)
	}
	last := got[len(got)-1]
	fmt.Fprintf(d.out, "\n%s's phone (%s) shows: %s\n\n", merchantCode, last.To, last.Text)
	if err := d.runAs(ctx, staff[0], "deposit", "list", "--all"); err != nil {
		return err
	}
	return d.runAs(ctx, staff[0], "merchant", "list")
}
