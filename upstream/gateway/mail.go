package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// Security is how the connection to a mail server is protected.
type Security string

// The ways. There is none that protects if it can: a server that was expected to
// protect and does not gets nothing.
const (
	StartTLS    Security = "starttls" // a plain connection turns into TLS before anything is said (587)
	ImplicitTLS Security = "tls"      // TLS from the first octet (465)
	Plain       Security = "plain"    // none: for a relay on the same machine
)

// DefaultMailTimeout is that of MailConfig.
const DefaultMailTimeout = 30 * time.Second

// MailConfig says by which server mails go, and from whom.
type MailConfig struct {
	Address      string // host:port
	Security     Security
	User         string // empty: the server asks for no password
	PasswordFile string // see xmlvend.ReadSecret; read for each mail

	// TLS is asked for each mail. The host of Address is whom the certificate must
	// name, unless ServerName says otherwise. Nil trusts the system's authorities.
	TLS func() *tls.Config

	From    string           // a mail address, with or without a name: "Vending <vending@example.com>"
	Timeout time.Duration    // for one mail, DefaultMailTimeout
	Now     func() time.Time // nil means time.Now
}

// Mailer sends mails, each on a connection of its own.
type Mailer struct {
	config MailConfig
	host   string
	port   int
	from   *mail.Address
	domain string // of from
}

// NewMailer makes a sender of settings that go together. It does not connect.
func NewMailer(c MailConfig) (*Mailer, error) {
	m := &Mailer{config: c}
	host, port, err := net.SplitHostPort(c.Address)
	if err == nil {
		m.host = host
		m.port, err = strconv.Atoi(port)
	}
	if err != nil || host == "" || m.port < 1 || m.port > 65535 {
		return nil, fmt.Errorf("the mail server's address is %q: it must be a host and a port", c.Address)
	}
	switch c.Security {
	case StartTLS, ImplicitTLS:
	case Plain:
		if c.User != "" {
			return nil, errors.New("a password is not sent over a connection without TLS: take the user away, or use starttls or tls")
		}
	default:
		return nil, fmt.Errorf("the security of the mail server is %q: it must be starttls, tls or plain", c.Security)
	}
	if (c.User == "") != (c.PasswordFile == "") {
		return nil, errors.New("a mail server's user needs a file with the password, and the file a user")
	}
	if m.from, err = mail.ParseAddress(c.From); err == nil {
		err = errors.Join(checkAddress(m.from.Address), checkLine(m.from.Name))
	}
	if err != nil {
		return nil, fmt.Errorf("mails are from %q: it must be a mail address: %w", c.From, err)
	}
	m.domain = m.from.Address[strings.LastIndexByte(m.from.Address, '@')+1:]
	if c.Timeout < 0 {
		return nil, errors.New("the time-out of a mail is not negative")
	}
	if c.Timeout == 0 {
		m.config.Timeout = DefaultMailTimeout
	}
	if c.Now == nil {
		m.config.Now = time.Now
	}
	return m, nil
}

// Send submits a mail. The receipt is what the server said to it.
//
// [ErrRefused] is a server's 5xx about the recipient or the content, or a message that
// cannot be a mail. An answer about us (the account, the sender) is [ErrAccount]. A
// server that had the whole mail and did not answer may have accepted it: it is to be
// sent again, and has the same Message-ID then.
func (m *Mailer) Send(ctx context.Context, message Message) (receipt string, err error) {
	written, err := m.write(message)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, m.config.Timeout)
	defer cancel()
	conn := new(lease)
	defer conn.end()
	stop := context.AfterFunc(ctx, conn.end) // the client heeds no context
	defer stop()
	client, err := m.client(func(ctx context.Context, network, address string) (net.Conn, error) {
		dialled, err := m.dial(ctx, network, address)
		return conn.hold(dialled, err)
	})
	if err != nil {
		return "", err
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		err := fmt.Errorf("connect to the mail server %s: %w", m.config.Address, errors.Join(said(err), context.Cause(ctx)))
		var reply *textproto.Error
		if errors.As(err, &reply) && aboutUs(reply.Code) {
			return "", fmt.Errorf("%w: %w", ErrAccount, err)
		}
		return "", err
	}
	if err := client.SendWithSMTPClient(session, written); err != nil && !written.IsDelivered() {
		return "", judge(ctx, err)
	}
	_ = session.Quit() // the mail has been accepted, whatever the server says to goodbye
	return clip(written.ServerResponse()), nil
}

// lease is the connection of one mail, which ends when the time is up.
type lease struct {
	mu    sync.Mutex
	conn  net.Conn
	ended bool
}

func (l *lease) hold(conn net.Conn, err error) (net.Conn, error) {
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn = conn; l.ended {
		_ = conn.Close()
	}
	return conn, nil
}

func (l *lease) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended = true; l.conn != nil {
		_ = l.conn.Close()
	}
}

// judge tells what an error means for the mail.
func judge(ctx context.Context, err error) error {
	var failed *gomail.SendError
	if !errors.As(err, &failed) {
		return fmt.Errorf("send a mail: %w", errors.Join(said(err), context.Cause(ctx)))
	}
	switch code := failed.ErrorCode(); {
	case code == 0 && failed.Reason == gomail.ErrSMTPDataClose:
		return fmt.Errorf("the mail server had the whole mail and did not answer, it may have accepted it: %w", errors.Join(said(err), context.Cause(ctx)))
	case code == 0:
		return fmt.Errorf("send a mail: %w", errors.Join(said(err), context.Cause(ctx)))
	case code >= 500 && (aboutUs(code) || failed.Reason == gomail.ErrSMTPMailFrom):
		return fmt.Errorf("%w: %w", ErrAccount, said(err))
	case code >= 500:
		return Refused(said(err))
	}
	return fmt.Errorf("send a mail: %w", said(err))
}

// aboutUs reports a reply that asks for another log-in or another order of commands
// (RFC 4954, 6; RFC 5321, 4.2.2).
func aboutUs(code int) bool {
	switch code {
	case 502, 503, 530, 534, 535, 538:
		return true
	}
	return false
}

// client makes the client of one mail. Its own time-out comes after that of the mail,
// which is what ends it.
func (m *Mailer) client(dial gomail.DialContextFunc) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(m.port), gomail.WithTimeout(m.config.Timeout + time.Second), gomail.WithDialContextFunc(dial),
		gomail.WithHELO(m.domain), gomail.WithoutNoop(), gomail.WithoutRset(),
	}
	switch m.config.Security {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(m.tls()))
	case ImplicitTLS:
		options = append(options, gomail.WithSSL()) // the connection that is dialled has it
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if m.config.User != "" {
		password, err := xmlvend.ReadSecret(m.config.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrAccount, err)
		}
		options = append(options, gomail.WithUsername(m.config.User), gomail.WithPassword(password.Reveal()),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(m.host, options...)
}

func (m *Mailer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if m.config.Security == ImplicitTLS {
		return (&tls.Dialer{Config: m.tls()}).DialContext(ctx, network, address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

func (m *Mailer) tls() *tls.Config {
	settings := &tls.Config{MinVersion: tls.VersionTLS12}
	if m.config.TLS != nil {
		settings = m.config.TLS().Clone()
	}
	if settings.ServerName == "" {
		settings.ServerName = m.host
	}
	return settings
}

// write makes the mail.
func (m *Mailer) write(message Message) (*gomail.Msg, error) {
	if err := checkID(message.ID); err != nil {
		return nil, err
	}
	if err := errors.Join(checkAddress(message.To), checkLine(message.Subject), checkText(message.Text)); err != nil {
		return nil, Refused(err)
	}
	written := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	written.FromMailAddress(m.from)
	written.ToMailAddress(&mail.Address{Address: message.To})
	written.Subject(message.Subject)
	written.SetMessageIDWithValue(message.ID + "@" + m.domain)
	written.SetDateWithValue(m.config.Now())
	written.SetGenHeader("Auto-Submitted", "auto-generated") // so that no absent reader's machine answers (RFC 3834)
	written.SetBodyString(gomail.TypeTextPlain, message.Text)
	return written, nil
}

// checkAddress reports what is not one plain mail address. The address itself is not
// quoted: what a person wrote into the wrong field is not for the log.
func checkAddress(address string) error {
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" {
		return errors.New("it is not a mail address alone, such as shop@example.com")
	}
	for _, c := range []byte(address) {
		if c <= ' ' || c >= 0x7f {
			return errors.New("a mail address has only letters, digits and signs of ASCII here")
		}
	}
	return nil
}

// checkLine reports what could end a header and begin another.
func checkLine(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("a header of a mail is not UTF-8")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return errors.New("a header of a mail has a line break or another control character")
	}
	return nil
}

func checkText(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("the text of a mail is not UTF-8")
	}
	if strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }) {
		return errors.New("the text of a mail has a control character")
	}
	return nil
}

// maxSaid is how many characters of a server's words are passed on.
const maxSaid = 300

// longNumbers are what a server that quotes a mail might quote of a PIN.
var longNumbers = regexp.MustCompile(`[0-9](?:[ -]?[0-9]){8,}`)

// clip makes a server's words fit for the log.
func clip(words string) string {
	words = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == utf8.RuneError {
			return ' '
		}
		return c
	}, longNumbers.ReplaceAllString(words, redacted))
	if len(words) > maxSaid {
		words = strings.ToValidUTF8(words[:maxSaid], "") + "..."
	}
	return words
}

// saying is an error whose words came from a server.
type saying struct{ error }

func said(err error) error { return saying{err} }

// Error is clipped.
func (s saying) Error() string { return clip(s.error.Error()) }

// Unwrap is the error itself, for errors.Is.
func (s saying) Unwrap() error { return s.error }
