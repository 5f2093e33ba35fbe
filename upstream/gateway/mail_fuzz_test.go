package gateway_test

import (
	"bufio"
	"errors"
	"io"
	"mime"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/gateway"
)

// submission is what a server got of one mail.
type submission struct {
	recipients []string
	mail       string
}

// sink takes all mails that it is sent, one on each connection.
func sink(tb testing.TB) (address string, got <-chan submission) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	submissions, ended := make(chan submission, 1), make(chan struct{})
	tb.Cleanup(func() { l.Close(); <-ended })
	go func() {
		defer close(ended)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			submissions <- converse(conn)
			conn.Close()
		}
	}()
	return l.Addr().String(), submissions
}

// converse is the server's part of SMTP.
func converse(conn net.Conn) (s submission) {
	wire := textproto.NewConn(conn)
	_ = wire.PrintfLine("220 mail.example")
	for {
		line, err := wire.ReadLine()
		if err != nil {
			return s
		}
		switch verb, argument, _ := strings.Cut(line, " "); strings.ToUpper(verb) {
		case "EHLO":
			_ = wire.PrintfLine("250-mail.example\r\n250 8BITMIME")
		case "RCPT":
			s.recipients = append(s.recipients, argument)
			_ = wire.PrintfLine("250 ok")
		case "DATA":
			_ = wire.PrintfLine("354 go on")
			text, err := io.ReadAll(wire.DotReader())
			if err != nil {
				return s
			}
			s.mail = string(text)
			_ = wire.PrintfLine("250 ok")
		case "QUIT":
			_ = wire.PrintfLine("221 bye")
			return s
		default:
			_ = wire.PrintfLine("250 ok")
		}
	}
}

// Whatever is in a message, it becomes one mail with the headers that all have, to one
// recipient, or none.
func FuzzMailHasNoHeaderOfItsOwn(f *testing.F) {
	address, got := sink(f)
	m, err := gateway.NewMailer(gateway.MailConfig{Address: address, Security: gateway.Plain, From: "Vending <switch@mail.example>", Timeout: 2 * time.Second})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("n-1", "shop@mail.example", "Deposit – Zoë", "text\n.\nmore")
	f.Add("n.1", "shop@mail.example", "a\r\nBcc: b@mail.example", "\r\n.\r\nRCPT TO:<b@mail.example>\r\n")
	f.Add("n>1", "shop@mail.example>\r\nRCPT TO:<b@mail.example", strings.Repeat("long ", 50), strings.Repeat("x", 2000))
	f.Add("n_1", "\"a b\"@mail.example", "=?utf-8?q?=0d=0aBcc:_b=40mail.example?=", "")
	f.Fuzz(func(t *testing.T, id, to, subject, text string) {
		message := gateway.Message{ID: id, To: to, Subject: subject, Text: text}
		if _, err := m.Send(t.Context(), message); err != nil {
			if !errors.Is(err, gateway.ErrRefused) {
				t.Fatalf("%q: %v", []string{id, to, subject, text}, err)
			}
			return
		}
		s := <-got
		if len(s.recipients) != 1 || s.recipients[0] != "TO:<"+to+">" {
			t.Fatalf("recipients %q", s.recipients)
		}
		read, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(s.mail)))
		if err != nil {
			t.Fatalf("%v: %q", err, s.mail)
		}
		for header, values := range read.Header {
			switch header {
			case "From", "To", "Subject", "Message-Id", "Date", "Auto-Submitted", "Mime-Version", "Content-Type", "Content-Transfer-Encoding":
			default:
				t.Errorf("a header %s: %q", header, values)
			}
			if len(values) != 1 {
				t.Errorf("%s: %q", header, values)
			}
		}
		if got := read.Header.Get("Message-Id"); got != "<"+id+"@mail.example>" {
			t.Errorf("Message-Id %q of %q", got, id)
		}
		decoded, err := new(mime.WordDecoder).DecodeHeader(read.Header.Get("Subject"))
		if err != nil || strings.ContainsAny(decoded, "\r\n") && !strings.Contains(subject, "=?") {
			t.Errorf("subject %q of %q, %v", decoded, subject, err)
		}
	})
}
