package mailbox_test

import (
	"bytes"
	"crypto/tls"
	netmail "net/mail"
	"testing"

	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
)

func TestAMailThatIsSentComesOutOfTheMailboxAsTheServerGotIt(t *testing.T) {
	s := mailboxtest.New(t)
	sender, err := gateway.NewMailer(gateway.MailConfig{
		Address: s.SMTP(), Security: gateway.StartTLS, User: mailboxtest.Switch, PasswordFile: s.PasswordFile(),
		TLS:  func() *tls.Config { return &tls.Config{RootCAs: s.Pool(), MinVersion: tls.VersionTLS12} },
		From: "Bank <switch@mail.example>",
	})
	if err != nil {
		t.Fatal(err)
	}
	m := open(t, settings(s))
	k := taker{came: make(chan struct{}, 1)}
	run(t, m, k.take)
	message := gateway.Message{ID: "n-1", To: mailboxtest.Stock + "@" + mailboxtest.Domain, Subject: "Zoë", Text: "Zoë – R500\n.\nFrom here on\n"}
	if _, err := sender.Send(t.Context(), message); err != nil {
		t.Fatal(err)
	}
	<-k.came
	until(t, "the mail to be moved", func() bool { return m.Status().Taken == 1 })
	has(t, s, inbox)
	has(t, s, done, k.taken[0].Raw) // octet by octet what is on the server's disk
	read, err := netmail.ReadMessage(bytes.NewReader(k.taken[0].Raw))
	if err != nil {
		t.Fatal(err)
	}
	if id, way := read.Header.Get("Message-Id"), read.Header.Get("Received"); id != "<n-1@mail.example>" || way == "" {
		t.Errorf("Message-Id %q, Received %q", id, way)
	}
	if !bytes.HasSuffix(k.taken[0].Raw, []byte("\r\n.\r\nFrom here on\r\n")) {
		t.Errorf("%q", k.taken[0].Raw)
	}
}
