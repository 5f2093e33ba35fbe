package bank

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"html"
	"mime"
	"mime/quotedprintable"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// letter is a mail before it is written.
type letter struct {
	id         string // Message-ID, without brackets
	domain     string // that sends it
	from       string // the header, which may have a name
	subject    string
	text       string // lines end with \n
	html       bool   // with an HTML part beside the text
	dmarc, spf string // what the operator's server finds
	dkim       string
	at         time.Time
}

// write makes the mail as it lies in the operator's mailbox: with the headers that the
// operator's server has put on top.
func (l letter) write(to, server string) []byte {
	var b bytes.Buffer
	stamp := l.at.Format("Mon, 02 Jan 2006 15:04:05 -0700")
	queue, _, _ := strings.Cut(l.id, "@")
	line := func(format string, a ...any) { fmt.Fprintf(&b, format+"\n", a...) }
	line("Return-Path: <bounce@%s>", l.domain)
	line("Authentication-Results: %s;\n\tdkim=%s header.d=%s header.s=sel1;\n\tspf=%s smtp.mailfrom=bounce@%s;\n\tdmarc=%s header.from=%s",
		server, l.dkim, l.domain, l.spf, l.domain, l.dmarc, l.domain)
	line("Received: from mta1.%s (mta1.%s [192.0.2.25])\n\tby %s with ESMTPS id %s;\n\t%s", l.domain, l.domain, server, queue, stamp)
	if l.dkim != "none" {
		line("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=sel1;\n\th=from:to:subject:date:message-id; bh=MADEUPBODYHASH=; b=MADEUPSIGNATURE=", l.domain)
	}
	line("From: %s", l.from)
	line("To: %s", to)
	line("Subject: %s", mime.QEncoding.Encode("utf-8", l.subject))
	line("Date: %s", stamp)
	line("Message-ID: <%s>", l.id)
	line("MIME-Version: 1.0")
	const text = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
	if !l.html {
		b.WriteString(text + l.text)
		return crlf(b.Bytes())
	}
	boundary := "=_evd_" + queue[:8]
	line("Content-Type: multipart/alternative; boundary=\"%s\"\n", boundary)
	line("--%s\n%s%s", boundary, text, l.text)
	line("--%s\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n", boundary)
	page := "<html><body><p>" + strings.ReplaceAll(html.EscapeString(strings.TrimSpace(l.text)), "\n\n", "</p><p>") + "</p></body></html>"
	q := quotedprintable.NewWriter(&b)
	_, _ = q.Write([]byte(page)) // a buffer does not fail
	_ = q.Close()
	line("\n--%s--", boundary)
	return crlf(b.Bytes())
}

// crlf ends each line as mails do.
func crlf(text []byte) []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
}

// newID makes a Message-ID.
func newID(domain string) string {
	var random [10]byte
	_, _ = rand.Read(random[:]) // which never fails
	return hex.EncodeToString(random[:]) + "@" + domain
}

const smtpTimeout = 20 * time.Second

// post hands a mail to a server as it is; go-mail would write the headers anew.
func (m Mail) post(ctx context.Context, from string, content []byte) error {
	host, port, err := net.SplitHostPort(m.SMTP)
	if err != nil {
		return fmt.Errorf("bank: mail server: %w", err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("bank: mail server: port %q", port)
	}
	client, err := mail.NewClient(host, mail.WithPort(number), mail.WithTLSPolicy(mail.NoTLS), mail.WithTimeout(smtpTimeout), mail.WithHELO("mta1.bank.example"))
	if err != nil {
		return fmt.Errorf("bank: mail server: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return fmt.Errorf("bank: mail server: %w", err)
	}
	defer conn.Close()
	if err := conn.Mail(from); err != nil {
		return fmt.Errorf("bank: mail from: %w", err)
	}
	if err := conn.Rcpt(m.To); err != nil {
		return fmt.Errorf("bank: mail to: %w", err)
	}
	w, err := conn.Data()
	if err != nil {
		return fmt.Errorf("bank: mail: %w", err)
	}
	if _, err := w.Write(content); err != nil {
		return fmt.Errorf("bank: mail: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("bank: mail: %w", err)
	}
	return conn.Quit()
}

// file writes a mail whole or not at all, for somebody may be watching the folder.
func (m Mail) file(name string, content []byte) error {
	target := filepath.Join(m.Folder, name+".eml")
	if err := os.WriteFile(target+".part", content, 0o600); err != nil {
		return fmt.Errorf("bank: mail: %w", err)
	}
	return os.Rename(target+".part", target)
}
