package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/smsc"
	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/upstream/bank"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
)

// office is a switch with everything around it: a mail server with the mailboxes of
// stock and deposits, an SMS gateway, and a supplier.
type office struct {
	*serving
	supplied
	mail    *mailboxtest.Server
	gateway *smsc.Server
	inbound string // with the secret
}

func (d *desk) office(t *testing.T) office {
	t.Helper()
	d.setUp()
	o := office{supplied: d.supply(), mail: mailboxtest.New(t)}
	d.do("merchant", "contact", "add", "M0001", "--sms", "0825550142")
	d.do("merchant", "contact", "add", "M0001", "--mail", mailboxtest.Merchant+"@"+mailboxtest.Domain)
	var err error
	if o.gateway, err = smsc.New(smsc.Config{}); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: o.gateway}
	go server.Serve(l)
	t.Cleanup(func() { server.Close(); o.gateway.Close() })
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	const secret = "a-secret-of-the-gateways"
	o.inbound = "http://" + listen + "/sms/kannel/" + url.PathEscape(secret)
	imap := func(name, user string) string {
		host, port, _ := net.SplitHostPort(o.mail.IMAP())
		return fmt.Sprintf("[mail.imap.%s]\nhost = %q\nport = %s\nuser = %q\npassword_file = %q\nca = [%q]\ndone = \"Done\"\nrefused = \"Refused\"\npoll = \"1s\"\n",
			name, host, port, user, o.mail.PasswordFile(), o.mail.CAFile())
	}
	host, port, _ := net.SplitHostPort(o.mail.SMTP())
	pgp, err := os.ReadFile(o.supplied.settings())
	if err != nil {
		t.Fatal(err)
	}
	settings := "[server]\nplain = true\n" + imap("stock", mailboxtest.Stock) + imap("deposits", mailboxtest.Deposits) +
		fmt.Sprintf("[mail.smtp]\nhost = %q\nport = %s\nuser = %q\npassword_file = %q\nca = [%q]\nfrom = \"Operator <switch@%s>\"\n",
			host, port, mailboxtest.Switch, o.mail.PasswordFile(), o.mail.CAFile(), mailboxtest.Domain) +
		"[stock]\nmailbox = \"stock\"\n" + string(pgp) + `
[deposit]
sender = "Operator"
mail.mailbox = "deposits"
mail.authserv_id = "mx.evd-operator.example"
sms.limit = "1000.00"
[[deposit.key]]
shape = "M[0-9]{4}"
[deposit.bank.FNB]
senders = ["inContact@fnb.co.za"]
sms_senders = ["FNB"]
accounts = ["482913"]
` + fmt.Sprintf("[sms]\nurl = \"http://%s/cgi-bin/sendsms\"\nuser = %q\npassword_file = %q\nfrom = \"27835550199\"\nreceipt_url = \"http://%s/sms/receipt\"\n[sms.inbound]\nlisten = %q\nsecret_file = %q\nbank_number = \"27835550100\"\n",
		l.Addr(), smsc.DemoUser, d.write("sms.password", smsc.DemoPassword+"\n"), listen, listen, d.write("sms.secret", secret+"\n"))
	o.serving = d.serves(settings)
	o.books = d.open()
	return o
}

// texts has the bank send an SMS.
func (o office) texts(t *testing.T, text string) {
	t.Helper()
	sent, err := o.gateway.Deliver(t.Context(), smsc.Inbound{URL: o.inbound, From: "FNB", To: "27835550100", Text: text})
	if err != nil || !sent.Taken() {
		t.Fatalf("%+v, %v; the log says\n%s", sent, err, o.log)
	}
}

// bankMail is a mail of the bank's as the operator's mail server has judged it.
func bankMail(text string, now time.Time) []byte {
	stamp := now.Format(time.RFC1123Z)
	return []byte(strings.Join([]string{"Return-Path: <bounce@fnb.co.za>",
		"Authentication-Results: mx.evd-operator.example;", "\tspf=pass smtp.mailfrom=bounce@fnb.co.za;", "\tdmarc=pass header.from=fnb.co.za",
		"Received: from mta1.fnb.co.za by mx.evd-operator.example; " + stamp,
		"From: inContact@fnb.co.za", "To: deposits@evd-operator.example", "Subject: " + text, "Date: " + stamp,
		"Message-ID: <" + ledger.NewID().String() + "@fnb.co.za>", "Content-Type: text/plain; charset=utf-8", "", text, ""}, "\r\n"))
}

func TestMoneyAndStockComeInThroughRealServersAndTheMerchantIsTold(t *testing.T) {
	d := newDesk(t, ledger.Postgres, ledgertest.PostgreSQL(t))
	o := d.office(t)
	available := func() int64 {
		f, err := o.books.Float(t.Context(), "M0001")
		if err != nil {
			t.Fatal(err)
		}
		return f.Posted
	}
	before, now := available(), time.Now().In(time.FixedZone("SAST", 2*60*60))

	// The SMS shows the money, the mail makes it spendable.
	paid := "FNB:-) R2500.00 paid to Business a/c..482913 @ Eft. Ref.M0001. " + now.Format("2Jan 15:04")
	o.texts(t, paid)
	o.eventually("provisional money", func() bool {
		sums, err := o.books.Provisional(t.Context())
		return err == nil && sums["M0001"] == 2500_00
	})
	if available() != before {
		t.Error("it is spendable by an SMS alone")
	}
	o.mail.Deliver(t, mailboxtest.Deposits, bankMail(paid, now))
	o.eventually("the credit", func() bool { return available() == before+2500_00 })
	o.mail.Await(t, mailboxtest.Deposits, "Done", 1)
	told := o.mail.Await(t, mailboxtest.Merchant, "INBOX", 2)
	if text := string(told[0]) + string(told[1]); !strings.Contains(text, "Deposit R2500.00 credited") || !strings.Contains(text, "Confirmed by e-mail") {
		t.Errorf("the merchant is mailed\n%s", text)
	}
	patient, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	phone, err := o.gateway.AwaitMessages(patient, 2)
	if err != nil || phone[1].To != "27825550142" {
		t.Errorf("texted %+v, %v", phone, err)
	}

	// Stock by mail: one that is good, and one that is not.
	for _, tc := range []struct {
		batch string
		fault []supplier.Fault
	}{{"0042", nil}, {"0043", []supplier.Fault{supplier.TenColumns}}} {
		raw, err := os.ReadFile(o.supplied.mail(tc.batch, tc.fault...))
		if err != nil {
			t.Fatal(err)
		}
		o.mail.Deliver(t, mailboxtest.Stock, raw)
	}
	o.mail.Await(t, mailboxtest.Stock, "Done", 1)
	o.mail.Await(t, mailboxtest.Stock, "Refused", 1)
	batches, err := o.books.StockBatches(t.Context(), ledger.StockBatchFilter{States: []ledger.StockBatchState{ledger.StockBatchAwaiting}})
	if err != nil || len(batches) != 1 || batches[0].Name != "0042" {
		t.Errorf("%+v await approval, %v", batches, err)
	}
	if log := o.log.String(); !strings.Contains(log, "has 10 columns where 9 are due") {
		t.Errorf("the operator is not told why:\n%s", log)
	}
	for _, pin := range o.PINs() {
		if strings.Contains(o.log.String(), pin) {
			t.Fatal("a PIN is in the log")
		}
	}
	if up := o.metric(`vendswitch_mailbox_up{mailbox="stock"}`); up != "1" {
		t.Errorf("the mailbox is up: %q", up)
	}
}

func TestWhatCannotBeReachedIsTriedAgainAndNothingIsLost(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	o := d.office(t)
	o.eventually("a mailbox that is up", func() bool { return o.metric(`vendswitch_mailbox_up{mailbox="deposits"}`) == "1" })
	o.mail.StopIMAP(t)
	o.eventually("a mailbox that is known to be down", func() bool { return o.metric(`vendswitch_mailbox_up{mailbox="deposits"}`) == "0" })
	now := time.Now().In(time.FixedZone("SAST", 2*60*60))
	paid := "FNB:-) R900.00 paid to Business a/c..482913 @ Eft. Ref.M0001. " + now.Format("2Jan 15:04")
	o.mail.Deliver(t, mailboxtest.Deposits, bankMail(paid, now))
	o.mail.StartIMAP(t)
	o.mail.Await(t, mailboxtest.Deposits, "Done", 1)
	list, err := o.books.Deposits(t.Context(), ledger.DepositFilter{Account: "482913", Limit: -1})
	if err != nil || len(list) != 1 || list[0].State != ledger.DepositCredited {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestEachReceiptOfAGatewayIsUnderstood(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	o := d.office(t)
	now := time.Now().In(time.FixedZone("SAST", 2*60*60))
	told := make(map[ledger.ID]bool)
	for i, row := range []struct {
		fault smsc.FaultKind
		want  string
	}{{smsc.Late, ledger.DeliveryDelivered}, {smsc.Rejected, ledger.DeliveryFailed}, {smsc.Undelivered, ledger.DeliveryFailed}} {
		if err := o.gateway.Inject(smsc.Fault{Kind: row.fault, Count: 1}); err != nil {
			t.Fatal(err)
		}
		o.texts(t, fmt.Sprintf("FNB:-) R%d.00 paid to Business a/c..482913 @ Eft. Ref.M0001. %s", 100+i, now.Format("2Jan 15:04")))
		var got ledger.Notice
		o.eventually("the last receipt of "+string(row.fault), func() bool {
			list, err := o.books.Notices(t.Context(), ledger.NoticeFilter{Party: "M0001", Limit: -1})
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range list {
				if got = n; n.Channel == ledger.SMS && !told[n.ID] && n.Delivery == row.want {
					return true
				}
			}
			return false
		})
		told[got.ID] = true
	}
	if log := o.log.String(); strings.Contains(log, "SMS not taken in") || strings.Contains(log, "SMS gateway refused") {
		t.Errorf("a receipt is asked for again:\n%s", log)
	}
}

func TestAnSMSWithoutATextIsRefusedAndALongOneIsKeptForAPerson(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	o := d.office(t)
	for text, want := range map[string]int{"": http.StatusBadRequest, strings.Repeat("R1 ", 2000): http.StatusOK, strings.Repeat("R1 ", 20_000): http.StatusRequestURITooLong} {
		resp, err := http.Get(o.inbound + "?" + url.Values{"from": {"FNB"}, "to": {"27835550100"}, "id": {fmt.Sprint(len(text))}, "text": {text}}.Encode())
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%d characters: %d, want %d", len(text), resp.StatusCode, want)
		}
	}
	kept, err := o.books.BankMessages(t.Context(), ledger.BankMessageFilter{Review: true, Limit: -1})
	if err != nil || len(kept) != 1 || !strings.Contains(kept[0].Reason, "more than 4096 bytes") {
		t.Errorf("for a person to see: %+v, %v", kept, err)
	}
	if log := o.log.String(); strings.Count(log, "SMS gateway refused") != 2 || !strings.Contains(log, "there is no text") {
		t.Errorf("the log says\n%s", log)
	}
}

func TestOneWhoSendsMailsThatAreTooLargeIsToldOfOnce(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	o := d.office(t)
	now := time.Now()
	for range 2 {
		o.mail.Deliver(t, mailboxtest.Deposits, bankMail(strings.Repeat("large ", bank.MaxMail/6), now))
	}
	o.mail.Await(t, mailboxtest.Deposits, "Refused", 2)
	open, err := o.books.Exceptions(t.Context(), true)
	if err != nil || len(open) != 1 || open[0].Kind != ledger.ExceptionMailUnread || !strings.Contains(open[0].Note, "mailbox deposits: ") ||
		!strings.Contains(open[0].Note, "folder Refused") || !strings.Contains(open[0].Note, "too large") {
		t.Errorf("exceptions are %+v, %v", open, err)
	}
}

func TestAMailThatTellsAMerchantWaitsWhileTheServerDoesNotKnowOurPassword(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	o := d.office(t)
	if err := os.WriteFile(o.mail.PasswordFile(), []byte("another-Sample-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.texts(t, "FNB:-) R100.00 paid to Business a/c..482913 @ Eft. Ref.M0001. "+time.Now().In(time.FixedZone("SAST", 2*60*60)).Format("2Jan 15:04"))
	state := func(channel ledger.Channel) (n ledger.Notice) {
		list, err := o.books.Notices(t.Context(), ledger.NoticeFilter{Party: "M0001", Limit: -1})
		if err != nil {
			t.Fatal(err)
		}
		for _, n = range list {
			if n.Channel == channel {
				return n
			}
		}
		return ledger.Notice{}
	}
	o.eventually("the SMS", func() bool { return state(ledger.SMS).State == ledger.NoticeSent })
	o.eventually("a mail that waits", func() bool { n := state(ledger.Mail); return n.Error != "" && n.Attempts == 0 })
	if n := state(ledger.Mail); n.State != ledger.NoticeDue || !strings.Contains(n.Error, "535") {
		t.Errorf("the mail is %+v", n)
	}
	o.eventually("a line for the operator", func() bool {
		return strings.Contains(o.log.String(), "the gateway does not accept our account or settings")
	})
}

func TestAFileOfASecretThatIsNotThereOrNotSecretIsToldOfBeforeTheSwitchServes(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	open := d.write("open", "a-sample-of-a-secret\n")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, settings := range map[string]string{
		"mail.imap.banks.password_file": "[mail.imap.banks]\nhost = 'imap.example'\nuser = 'u'\ndone = 'Done'\nrefused = 'Refused'\npassword_file = 'FILE'\n" +
			"[deposit]\nmail.mailbox = 'banks'\nmail.authserv_id = 'mx.example'\n[deposit.bank.FNB]\nsenders = ['a@example.com']\naccounts = ['482913']\n",
		"mail.smtp.password_file": "[mail.smtp]\nhost = 'smtp.example'\nfrom = 'a@example.com'\nuser = 'u'\npassword_file = 'FILE'\n",
		"sms.password_file":       "[sms]\nurl = 'http://127.0.0.1:1/sendsms'\nuser = 'u'\npassword_file = 'FILE'\n",
		"sms.inbound.secret_file": "[sms.inbound]\nlisten = '127.0.0.1:0'\nsecret_file = 'FILE'\n",
	} {
		for file, says := range map[string]string{open: "may be read by others", open + ".none": "no such file"} {
			config := write(t, "vendswitch.toml", "[server]\nplain = true\nlisten = '127.0.0.1:0'\noperations = '127.0.0.1:0'\n"+strings.ReplaceAll(settings, "FILE", file))
			code, _, failed := d.run("-c", config, "serve")
			if code == exitOK || !strings.Contains(failed, name+": ") || !strings.Contains(failed, says) || strings.Contains(failed, "serving") || strings.Contains(failed, "taking in") {
				t.Errorf("%s: it ended with %d: %s", name, code, failed)
			}
		}
	}
}
