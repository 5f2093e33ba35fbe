package gateway_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

const merchant = mailboxtest.Merchant + "@" + mailboxtest.Domain

var notice = gateway.Message{
	ID: "notice-17", To: merchant, Subject: "Deposit of R500.00 – Zoë's Spaza",
	Text: "R500.00 was seen by SMS at 08:15.\nFee R5.00.\n.\nNew balance: R1 495.00 – thank you, Zoë.\n" + strings.Repeat("long ", 300),
}

// mailer has the settings for the account of the switch, which a test may change.
func mailer(t *testing.T, s *mailboxtest.Server, change func(*gateway.MailConfig)) *gateway.Mailer {
	t.Helper()
	c := gateway.MailConfig{
		Address: s.SMTP(), Security: gateway.StartTLS, User: mailboxtest.Switch, PasswordFile: s.PasswordFile(),
		TLS:  func() *tls.Config { return &tls.Config{RootCAs: s.Pool(), MinVersion: tls.VersionTLS12} },
		From: "Vending <switch@mail.example>",
		Now:  func() time.Time { return time.Date(2026, 11, 25, 6, 15, 0, 0, time.UTC) },
	}
	if change != nil {
		change(&c)
	}
	m, err := gateway.NewMailer(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// plain has the connection without TLS, by way of an address.
func plain(address string) func(*gateway.MailConfig) {
	return func(c *gateway.MailConfig) {
		c.Address, c.Security, c.User, c.PasswordFile = address, gateway.Plain, "", ""
	}
}

// arrived waits for mails of the merchant's.
func arrived(t *testing.T, s *mailboxtest.Server, n int) []*mail.Message {
	t.Helper()
	var found []*mail.Message
	for _, raw := range s.Await(t, mailboxtest.Merchant, "INBOX", n) {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, m)
	}
	return found
}

func TestAMailArrivesAsItWasMeantByEachWay(t *testing.T) {
	s := mailboxtest.New(t)
	ways := map[string]func(*gateway.MailConfig){
		"STARTTLS":     nil,
		"implicit TLS": func(c *gateway.MailConfig) { c.Address, c.Security = s.SMTPS(), gateway.ImplicitTLS },
		"plain":        plain(s.PlainSMTP()),
	}
	for name, change := range ways {
		receipt, err := mailer(t, s, change).Send(t.Context(), notice)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, s.Log())
		}
		if !strings.Contains(receipt, "id=") {
			t.Errorf("%s: the receipt is %q, not the server's", name, receipt)
		}
	}
	for _, m := range arrived(t, s, len(ways)) {
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != notice.Subject {
			t.Errorf("subject %q, %v", subject, err)
		}
		for header, want := range map[string]string{
			"Message-Id": "<notice-17@mail.example>", "From": `"Vending" <switch@mail.example>`, "To": "<" + merchant + ">",
			"Date": "Wed, 25 Nov 2026 06:15:00 +0000", "Content-Type": "text/plain; charset=UTF-8", "Auto-Submitted": "auto-generated",
		} {
			if got := m.Header.Get(header); got != want {
				t.Errorf("%s: %q, want %q", header, got, want)
			}
		}
		text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
		if got := strings.ReplaceAll(string(text), "\r\n", "\n"); err != nil || strings.TrimRight(got, "\n") != notice.Text {
			t.Errorf("text %q, %v", got, err)
		}
	}
}

func TestEachAnswerOfAMailServerHasOneMeaning(t *testing.T) {
	s := mailboxtest.New(t)
	stranger := certificatetest.New(t, "stranger")
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("not-the-one-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, row := range map[string]struct {
		settings func(*gateway.MailConfig)
		message  func(*gateway.Message)
		refused  bool
		account  bool
		says     string
	}{
		"no such recipient":        {message: func(m *gateway.Message) { m.To = mailboxtest.Nobody }, refused: true, says: "no such mailbox"},
		"content that it does not": {message: func(m *gateway.Message) { m.Subject = mailboxtest.RefusedContent }, refused: true, says: "not welcome"},
		"not now":                  {message: func(m *gateway.Message) { m.To = mailboxtest.Later }, says: "try again later"},
		"wrong password":           {settings: func(c *gateway.MailConfig) { c.PasswordFile = wrong }, account: true, says: "535"},
		"no password":              {settings: func(c *gateway.MailConfig) { c.User, c.PasswordFile = "", "" }, account: true, says: "log in first"},
		"no file with a password":  {settings: func(c *gateway.MailConfig) { c.PasswordFile = wrong + "er" }, account: true, says: "no such file"},
		"another certificate": {settings: func(c *gateway.MailConfig) {
			c.TLS = func() *tls.Config { return &tls.Config{RootCAs: stranger.Pool()} }
		}, says: "certificate"},
		"no server": {settings: plain(closed.Addr().String()), says: "refused"},
		"no TLS where it must be": {settings: func(c *gateway.MailConfig) {
			c.Address, c.Security = s.PlainSMTP(), gateway.ImplicitTLS
		}, says: "TLS"},
		"a server that says nothing": {settings: func(c *gateway.MailConfig) {
			plain(silent.Addr().String())(c)
			c.Timeout = 50 * time.Millisecond
		}, says: "deadline exceeded"},
	} {
		t.Run(name, func(t *testing.T) {
			m := notice
			if row.message != nil {
				row.message(&m)
			}
			_, err := mailer(t, s, row.settings).Send(t.Context(), m)
			if err == nil || errors.Is(err, gateway.ErrRefused) != row.refused || errors.Is(err, gateway.ErrAccount) != row.account || !strings.Contains(err.Error(), row.says) {
				t.Errorf("%v, want one that says %q; refused for good: %v", err, row.says, row.refused)
			}
			if err != nil && (strings.Contains(err.Error(), "not-the-one") || strings.Contains(err.Error(), mailboxtest.Password)) {
				t.Errorf("the password is in %v", err)
			}
		})
	}
}

// swallow is a relay to a server that closes the connection instead of passing on what
// the server answers to the whole of a mail.
func swallow(t *testing.T, server string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	t.Cleanup(func() { l.Close(); ended.Wait() })
	ended.Go(func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			over := make(chan struct{})
			ended.Go(func() { // what the server says
				defer near.Close()
				answer := make([]byte, 4096)
				for {
					n, err := far.Read(answer)
					if err != nil {
						return
					}
					select {
					case <-over:
						return
					default:
						_, _ = near.Write(answer[:n])
					}
				}
			})
			ended.Go(func() {
				defer far.Close()
				var all []byte
				piece := make([]byte, 4096)
				for {
					n, err := near.Read(piece)
					if all = append(all, piece[:n]...); bytes.HasSuffix(all, []byte("\r\n.\r\n")) {
						close(over)
						_, _ = far.Write(piece[:n])
						_, _ = near.Read(piece) // until the answer has been swallowed
						return
					}
					if err != nil {
						return
					}
					_, _ = far.Write(piece[:n])
				}
			})
		}
	})
	return l.Addr().String()
}

func TestAMailThatMayHaveBeenAcceptedIsSentAgainUnderTheSameID(t *testing.T) {
	s := mailboxtest.New(t)
	_, err := mailer(t, s, plain(swallow(t, s.PlainSMTP()))).Send(t.Context(), notice)
	if err == nil || errors.Is(err, gateway.ErrRefused) || !strings.Contains(err.Error(), "may have accepted it") {
		t.Fatalf("%v", err)
	}
	arrived(t, s, 1)
	if _, err := mailer(t, s, nil).Send(t.Context(), notice); err != nil {
		t.Fatal(err)
	}
	both := arrived(t, s, 2)
	if a, b := both[0].Header.Get("Message-Id"), both[1].Header.Get("Message-Id"); a != b || a == "" {
		t.Errorf("the ids are %q and %q", a, b)
	}
}

func TestAServerThatIsDownIsFoundWhenItIsUpAgain(t *testing.T) {
	s := mailboxtest.New(t)
	m := mailer(t, s, nil)
	s.StopSMTP(t)
	if _, err := m.Send(t.Context(), notice); err == nil || errors.Is(err, gateway.ErrRefused) {
		t.Fatalf("%v", err)
	}
	s.StartSMTP(t)
	if _, err := m.Send(t.Context(), notice); err != nil {
		t.Fatal(err)
	}
	arrived(t, s, 1)
}

func TestNothingInAMessageCanBecomeAHeaderOrAnotherRecipient(t *testing.T) {
	s := mailboxtest.New(t)
	m := mailer(t, s, nil)
	for name, change := range map[string]func(*gateway.Message){
		"a header in the subject":     func(m *gateway.Message) { m.Subject = "Hello\r\nBcc: thief@mail.example" },
		"a line feed in the subject":  func(m *gateway.Message) { m.Subject = "Hello\nBcc: thief@mail.example" },
		"a NUL in the subject":        func(m *gateway.Message) { m.Subject = "Hello\x00" },
		"a subject that is not UTF-8": func(m *gateway.Message) { m.Subject = "Zo\xeb" },
		"a header in the recipient":   func(m *gateway.Message) { m.To = merchant + "\r\nBcc: thief@mail.example" },
		"two recipients":              func(m *gateway.Message) { m.To = merchant + ", thief@mail.example" },
		"a recipient with a name":     func(m *gateway.Message) { m.To = "Zoe <" + merchant + ">" },
		"a quoted recipient":          func(m *gateway.Message) { m.To = `"a b"@mail.example` },
		"a command in the recipient":  func(m *gateway.Message) { m.To = "a> SIZE=1@mail.example" },
		"a recipient not of ASCII":    func(m *gateway.Message) { m.To = "zoë@mail.example" },
		"no recipient":                func(m *gateway.Message) { m.To = "" },
		"a telephone number":          func(m *gateway.Message) { m.To = "27821234567" },
		"a text that is not UTF-8":    func(m *gateway.Message) { m.Text = "Zo\xeb" },
		"a control character":         func(m *gateway.Message) { m.Text = "a\x1b[2Jb" },
		"no id":                       func(m *gateway.Message) { m.ID = "" },
		"an id with a bracket":        func(m *gateway.Message) { m.ID = "a>b" },
		"an id with a line break":     func(m *gateway.Message) { m.ID = "a\r\nb" },
		"an id with two dots":         func(m *gateway.Message) { m.ID = "a..b" },
		"a long id":                   func(m *gateway.Message) { m.ID = strings.Repeat("a", gateway.MaxID+1) },
	} {
		bad := notice
		change(&bad)
		if _, err := m.Send(t.Context(), bad); !errors.Is(err, gateway.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.Send(t.Context(), notice); err != nil {
		t.Fatal(err)
	}
	if found := arrived(t, s, 1); len(found) != 1 {
		t.Errorf("%d mails arrived, and one was good", len(found))
	}
}

func TestAMailIsGivenUpWhenItsContextEnds(t *testing.T) {
	s := mailboxtest.New(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan struct{})
	go func() { // a server that greets and then says nothing
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, "220 mail.example\r\n")
		_, _ = conn.Read(make([]byte, 100))
		cancel()
		_, _ = io.Copy(io.Discard, conn)
	}()
	_, err = mailer(t, s, plain(l.Addr().String())).Send(ctx, notice)
	if !errors.Is(err, context.Canceled) || errors.Is(err, gateway.ErrRefused) {
		t.Errorf("%v", err)
	}
	<-served
}

func TestAServerThatQuotesThePINDoesNotGetItIntoTheError(t *testing.T) {
	s := mailboxtest.New(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		lines := []string{"220 mail.example", "250 mail.example", "250 ok", "550 no mail with 1111 2222 3333 4444 here"}
		for _, line := range lines {
			_, _ = io.WriteString(conn, line+"\r\n")
			_, _ = conn.Read(make([]byte, 1000))
		}
	}()
	_, err = mailer(t, s, plain(l.Addr().String())).Send(t.Context(), notice)
	if !errors.Is(err, gateway.ErrRefused) || !strings.Contains(err.Error(), "550") || strings.Contains(err.Error(), "2222") {
		t.Errorf("%v", err)
	}
}

func TestSettingsThatDoNotGoTogetherAreRefused(t *testing.T) {
	good := gateway.MailConfig{Address: "mail.example:587", Security: gateway.StartTLS, User: "u", PasswordFile: "p", From: "a@mail.example"}
	if _, err := gateway.NewMailer(good); err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*gateway.MailConfig){
		"a host and a port":         func(c *gateway.MailConfig) { c.Address = "mail.example" },
		"must be starttls":          func(c *gateway.MailConfig) { c.Security = "" },
		"without TLS":               func(c *gateway.MailConfig) { c.Security = gateway.Plain },
		"the file a user":           func(c *gateway.MailConfig) { c.User = "" },
		"must be a mail address":    func(c *gateway.MailConfig) { c.From = "Vending\nBcc: b <a@mail.example>" },
		"time-out":                  func(c *gateway.MailConfig) { c.Timeout = -1 },
		"letters, digits and signs": func(c *gateway.MailConfig) { c.From = "zoë@mail.example" },
	} {
		c := good
		change(&c)
		if _, err := gateway.NewMailer(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v does not say %q", err, says)
		}
	}
}

func TestAllIdentifiersThatTheDocumentationAllowsCanTravel(t *testing.T) {
	s := mailboxtest.New(t)
	m := mailer(t, s, nil)
	ids := []string{"a", "2026.11.25-n_7", strings.Repeat("x", gateway.MaxID)}
	for _, id := range ids {
		message := notice
		message.ID = id
		if _, err := m.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	for _, found := range arrived(t, s, len(ids)) {
		id, _, _ := strings.Cut(strings.Trim(found.Header.Get("Message-Id"), "<>"), "@")
		if !slices.Contains(ids, id) {
			t.Errorf("an id arrived as %q", id)
		}
	}
}
