package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/upstream/mailbox"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// box is a mailbox of the settings, with some of its keys.
func box(name string, keys ...string) string {
	all := []string{"host = 'imap.example'", "user = 'u'", "password_file = 'f'", "done = 'Done'", "refused = 'Refused'"}
	for _, key := range keys {
		name, value, _ := strings.Cut(key, " = ")
		for i := range all {
			if strings.HasPrefix(all[i], name+" = ") {
				all[i] = ""
			}
		}
		if value != "" {
			all = append(all, key)
		}
	}
	return "[mail.imap." + name + "]\n" + strings.Join(all, "\n") + "\n"
}

func TestSettingsOfMailThatCannotBeAreRefusedInWordsThatHelp(t *testing.T) {
	smtp := "[mail.smtp]\nhost = 'smtp.example'\nfrom = 'a@example.com'\n"
	for name, row := range map[string]struct{ toml, says string }{
		"no host":                     {box("stock", "host"), "mail.imap.stock: host is missing"},
		"no user":                     {box("stock", "user"), "mail.imap.stock: user is missing"},
		"no password":                 {box("stock", "password_file"), "mail.imap.stock: password_file is missing"},
		"no folder for the taken":     {box("stock", "done"), "mail.imap.stock: done is missing"},
		"no folder for the refused":   {box("stock", "refused"), "mail.imap.stock: refused is missing"},
		"a folder that is the inbox":  {box("stock", "done = 'inbox'"), "mail.imap.stock: mails cannot stay in INBOX"},
		"banks' mails of no bank":     {box("deposits") + "[deposit.mail]\nmailbox = 'deposits'", `deposit.mail.mailbox is "deposits", and there is no [deposit.bank.NAME]`},
		"banks' SMS of no bank":       {"[sms.inbound]\nlisten = '127.0.0.1:0'\nsecret_file = 's'\nbank_number = '0820000001'", `bank_number is "0820000001", and there is no [deposit.bank.NAME]`},
		"a port that is none":         {box("stock", "port = 70000"), "port is 70000"},
		"a mail without end":          {box("stock", "max_mib = 2000"), "max_mib is 2000"},
		"a poll that is too seldom":   {box("stock", "poll = '2h'"), "mail.imap.stock: a mailbox is looked at every 25m"},
		"a negative poll":             {box("stock", "poll = '-1s'"), "is negative"},
		"a negative round":            {box("stock", "round = -1"), "not negative"},
		"a name that is none":         {box("'Stock mail'"), "a mailbox's name is"},
		"a key that nobody knows":     {box("stock", "password = 'x'"), "unknown key mail.imap.stock.password"},
		"two at one folder":           {box("a") + box("b", "port = 993"), "mail.imap.b: mail.imap.a takes mails out of the same folder"},
		"one that gets another's":     {box("a") + box("b", "folder = 'Done'", "done = 'Kept'"), "mail.imap.b: mail.imap.a puts mails into Done"},
		"an SMTP server without name": {"[mail.smtp]\nfrom = 'a@example.com'", "mail.smtp: host is missing"},
		"mails from nobody":           {"[mail.smtp]\nhost = 'smtp.example'", "mail.smtp: from is missing"},
		"mails from no address":       {"[mail.smtp]\nhost = 'smtp.example'\nfrom = 'vending'", "it must be a mail address"},
		"security that is none":       {smtp + "tls = 'maybe'", "it must be starttls, tls or plain"},
		"a password without a user":   {smtp + "password_file = 'f'", "the file a user"},
		"a password in the clear":     {smtp + "tls = 'plain'\nuser = 'u'\npassword_file = 'f'", "without TLS"},
		"an SMTP port that is none":   {smtp + "port = -1", "port is -1"},
		"stock and banks in one mailbox": {box("all") + "[stock]\nmailbox = 'all'\npgp = [{key_file = 'k', passphrase_file = 'p'}]\n" +
			"[deposit]\nmail.mailbox = 'all'\nmail.authserv_id = 'mx.example'\n[deposit.bank.FNB]\nsenders = ['a@example.com']\naccounts = ['482913']\n", "stock.mailbox and deposit.mail.mailbox are both \"all\""},
		"one mailbox by two names": {box("stock") + box("deposits", "host = 'IMAP.example'"), "takes mails out of the same folder"},
		"an SMTP key nobody knows": {smtp + "password = 'x'", "unknown key mail.smtp.password"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readConfig(write(t, "vendswitch.toml", row.toml), nil)
			if err == nil || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want it to say %q", err, row.says)
			}
		})
	}
}

func TestSettingsOfMailHaveTheDefaultsThatAreDocumented(t *testing.T) {
	c, err := readConfig(write(t, "vendswitch.toml", box("stock")+box("deposits", "user = 'd'", "port = 10993", "poll = '5s'", "max_mib = 100")+
		"[mail.smtp]\nhost = 'smtp.example'\nfrom = 'Vending <a@example.com>'\n"), map[string]string{"VENDSWITCH_MAIL_SMTP_USER": "u", "VENDSWITCH_MAIL_SMTP_PASSWORD_FILE": "f"})
	if err != nil {
		t.Fatal(err)
	}
	stock, deposits := c.Mail.IMAP["stock"].mailbox("stock", nil, nil), c.Mail.IMAP["deposits"].mailbox("deposits", nil, nil)
	if stock.Address != "imap.example:993" || stock.Name != "stock" || stock.Poll != 0 || stock.MaxSize != 0 {
		t.Errorf("%+v", stock)
	}
	if deposits.Address != "imap.example:10993" || deposits.Poll != 5*time.Second || deposits.MaxSize != 100<<20 {
		t.Errorf("%+v", deposits)
	}
	smtp := c.Mail.SMTP.mailer(nil)
	if smtp.Address != "smtp.example:587" || smtp.Security != gateway.StartTLS || smtp.User != "u" || smtp.PasswordFile != "f" {
		t.Errorf("%+v", smtp)
	}
	for security, want := range map[gateway.Security]string{gateway.ImplicitTLS: "smtp.example:465", gateway.Plain: "smtp.example:25"} {
		if got := (SMTPConfig{Host: "smtp.example", Security: security}).address(); got != want {
			t.Errorf("%s: %s, want %s", security, got, want)
		}
	}
	none, err := readConfig(write(t, "vendswitch.toml", ""), nil)
	if err != nil || none.Mail.SMTP.on() || len(none.Mail.IMAP) > 0 {
		t.Errorf("%+v, %v", none.Mail, err)
	}
}

func TestMailGoesOutAndComesInAsTheSettingsSay(t *testing.T) {
	s := mailboxtest.New(t)
	host, port := "127.0.0.1", func(address string) string { return address[strings.LastIndexByte(address, ':')+1:] }
	c, err := readConfig(write(t, "vendswitch.toml", fmt.Sprintf(`
[mail.imap.stock]
host = %q
port = %s
user = %q
password_file = %q
ca = [%q]
done = "Done"
refused = "Refused"

[mail.smtp]
host = %[1]q
port = %[6]s
user = %[7]q
password_file = %[4]q
ca = [%[5]q]
from = "Vending <switch@mail.example>"
`, host, port(s.IMAP()), mailboxtest.Stock, s.PasswordFile(), s.CAFile(), port(s.SMTP()), mailboxtest.Switch)), nil)
	if err != nil {
		t.Fatal(err)
	}
	tr := transport{sources: map[string]*certificate.Source{}}
	log := slog.New(slog.DiscardHandler)
	out, err := tr.openMail("mail.smtp", c.Mail.SMTP.CA, log)
	if err != nil {
		t.Fatal(err)
	}
	in, err := tr.openMail("mail.imap.stock", c.Mail.IMAP["stock"].CA, log)
	if err != nil {
		t.Fatal(err)
	}
	if len(tr.sources) != 2 {
		t.Errorf("%d sources are watched", len(tr.sources))
	}
	sender, err := gateway.NewMailer(c.Mail.SMTP.mailer(out))
	if err != nil {
		t.Fatal(err)
	}
	message := gateway.Message{ID: "n-1", To: mailboxtest.Stock + "@" + mailboxtest.Domain, Subject: "there and back", Text: "again"}
	if _, err := sender.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	s.Await(t, mailboxtest.Stock, "INBOX", 1)
	m, err := mailbox.New(c.Mail.IMAP["stock"].mailbox("stock", in, log))
	if err != nil {
		t.Fatal(err)
	}
	var got mailbox.Mail
	if err := m.Once(t.Context(), func(_ context.Context, m mailbox.Mail) error { got = m; return nil }); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got.Raw), "Subject: there and back\r\n") {
		t.Errorf("%q", got.Raw)
	}
	missing, err := tr.openMail("mail.imap.other", []string{"/nowhere.pem"}, log)
	if err == nil || missing != nil || !strings.Contains(err.Error(), "/nowhere.pem") {
		t.Errorf("%v", err)
	}
	if system, err := tr.openMail("mail.imap.other", nil, log); system != nil || err != nil {
		t.Errorf("without files there is nothing to read: %v", err)
	}
}
