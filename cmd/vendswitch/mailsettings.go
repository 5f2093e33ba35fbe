package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/upstream/gateway"
	"github.com/vendswitch/vendswitch/upstream/mailbox"
	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// MailConfig is about mails that come in and go out.
type MailConfig struct {
	IMAP map[string]IMAPConfig `toml:"imap" env:"-"` // mailboxes, by names of ours
	SMTP SMTPConfig            `toml:"smtp" envPrefix:"SMTP_"`
}

// IMAPConfig is a mailbox that mails are taken out of. The server speaks TLS.
type IMAPConfig struct {
	Host         string   `toml:"host"`
	Port         int      `toml:"port"` // 0: 993
	User         string   `toml:"user"`
	PasswordFile string   `toml:"password_file"` // one line; nobody else's to read
	CA           []string `toml:"ca"`            // PEM files of authorities that sign the server's certificate; empty: the system's

	Folder  string `toml:"folder"`  // empty: INBOX
	Done    string `toml:"done"`    // folder for what was taken
	Refused string `toml:"refused"` // folder for what was not

	Poll   duration `toml:"poll"`    // between two looks, if the server does not tell of mail; 0: one minute
	MaxMiB int64    `toml:"max_mib"` // of one mail; 0: 25
	Round  int      `toml:"round"`   // mails that are asked for at once; 0: 100
}

// SMTPConfig is the server that mails go out by. Without a host none does.
type SMTPConfig struct {
	Host         string           `toml:"host" env:"HOST"`
	Port         int              `toml:"port" env:"PORT"` // 0: 587; 465 with tls, 25 with plain
	Security     gateway.Security `toml:"tls" env:"TLS"`   // starttls, tls or plain; empty: starttls
	User         string           `toml:"user" env:"USER"` // empty: the server asks for no password
	PasswordFile string           `toml:"password_file" env:"PASSWORD_FILE"`
	CA           []string         `toml:"ca" env:"CA"`           // PEM files of authorities that sign the server's certificate; empty: the system's
	From         string           `toml:"from" env:"FROM"`       // "Name <address>", or the address alone
	Timeout      duration         `toml:"timeout" env:"TIMEOUT"` // for one mail; 0: 30s
}

// Ports of mail servers.
const (
	portIMAPS      = 993
	portSubmission = 587
	portSMTPS      = 465
	portSMTP       = 25
)

const (
	mib       = 1 << 20
	maxMaxMiB = 1024 // of which each node would hold one in memory
)

// mailboxName is what a mailbox may be called: it is in the log and in metrics.
var mailboxName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,31}$`)

// on reports whether mails go out at all.
func (c SMTPConfig) on() bool { return c.Host != "" }

// check reports settings that cannot be, each by its key.
func (c MailConfig) check() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.IMAP)) {
		if err := c.IMAP[name].check(name); err != nil {
			errs = append(errs, fmt.Errorf("mail.imap.%s: %w", name, err))
		}
	}
	if err := c.SMTP.check(); err != nil {
		errs = append(errs, fmt.Errorf("mail.smtp: %w", err))
	}
	return errors.Join(append(errs, c.checkShared())...)
}

// checkShared refuses two mailboxes that take mails out of one folder, for which of the
// two got a mail would be chance; and one that is handed what another has done with.
func (c MailConfig) checkShared() error {
	names := slices.Sorted(maps.Keys(c.IMAP))
	for _, a := range names {
		for _, b := range names {
			one, other := c.IMAP[a], c.IMAP[b]
			if a == b || one.address() != other.address() || one.User != other.User {
				continue
			}
			switch from := one.from(); {
			case from == other.from():
				return fmt.Errorf("mail.imap.%s: mail.imap.%s takes mails out of the same folder: give each a folder of its own", b, a)
			case from == other.Done || from == other.Refused:
				return fmt.Errorf("mail.imap.%s: mail.imap.%s puts mails into %s when it has done with them: give each folders of its own", a, b, from)
			}
		}
	}
	return nil
}

// from is the folder that mails are taken out of.
func (c IMAPConfig) from() string {
	if c.Folder == "" || strings.EqualFold(c.Folder, mailbox.DefaultFolder) {
		return mailbox.DefaultFolder
	}
	return c.Folder
}

func (c IMAPConfig) check(name string) error {
	switch {
	case !mailboxName.MatchString(name):
		return errors.New("a mailbox's name is 1 to 32 of a-z, 0-9, _ and -, and begins with a letter")
	case c.Host == "":
		return errors.New("host is missing")
	case c.User == "":
		return errors.New("user is missing")
	case c.PasswordFile == "":
		return errors.New("password_file is missing: a file that holds the password, one line")
	case c.Done == "":
		return errors.New("done is missing: the folder for mails that were taken")
	case c.Refused == "":
		return errors.New("refused is missing: the folder for mails that were refused")
	case c.MaxMiB < 0 || c.MaxMiB > maxMaxMiB:
		return fmt.Errorf("max_mib is %d: it must be 1 to %d", c.MaxMiB, maxMaxMiB)
	}
	if err := checkPort(c.Port); err != nil {
		return err
	}
	_, err := mailbox.New(c.mailbox(name, nil, nil))
	return err
}

func (c SMTPConfig) check() error {
	if !c.on() {
		// What else there is would be dealt with as if nothing were said.
		if c.User != "" || c.PasswordFile != "" || c.From != "" || c.Port != 0 || c.Security != "" || len(c.CA) > 0 || c.Timeout != 0 {
			return errors.New("host is missing")
		}
		return nil
	}
	if c.From == "" {
		return errors.New("from is missing: the address that mails come from")
	}
	if err := checkPort(c.Port); err != nil {
		return err
	}
	_, err := gateway.NewMailer(c.mailer(nil))
	return err
}

func checkPort(port int) error {
	if port < 0 || port > 65535 {
		return fmt.Errorf("port is %d: it must be 1 to 65535", port)
	}
	return nil
}

func (c IMAPConfig) address() string {
	port := c.Port
	if port == 0 {
		port = portIMAPS
	}
	return net.JoinHostPort(strings.ToLower(c.Host), strconv.Itoa(port))
}

// mailbox is what the settings say, over connections that are secured with what
// settings says at the time; nil trusts the system's authorities.
func (c IMAPConfig) mailbox(name string, settings func() *tls.Config, log *slog.Logger) mailbox.Config {
	return mailbox.Config{
		Name: name, Address: c.address(), User: c.User, PasswordFile: c.PasswordFile, TLS: settings,
		Folder: c.Folder, Done: c.Done, Refused: c.Refused,
		Poll: time.Duration(c.Poll), MaxSize: c.MaxMiB * mib, Round: c.Round, Log: log,
	}
}

func (c SMTPConfig) address() string {
	port := c.Port
	if port == 0 {
		switch c.Security {
		case gateway.ImplicitTLS:
			port = portSMTPS
		case gateway.Plain:
			port = portSMTP
		default:
			port = portSubmission
		}
	}
	return net.JoinHostPort(c.Host, strconv.Itoa(port))
}

// mailer is what the settings say, as for a mailbox.
func (c SMTPConfig) mailer(settings func() *tls.Config) gateway.MailConfig {
	security := c.Security
	if security == "" {
		security = gateway.StartTLS
	}
	return gateway.MailConfig{
		Address: c.address(), Security: security, User: c.User, PasswordFile: c.PasswordFile, TLS: settings,
		From: c.From, Timeout: time.Duration(c.Timeout),
	}
}

// openMail returns the settings of connections to a mail server, whose authorities are
// read again when their files change. Without files they are the system's.
func (t transport) openMail(name string, authorities []string, log *slog.Logger) (func() *tls.Config, error) {
	files := certificate.Files{Authorities: authorities}
	if files.None() {
		return nil, nil
	}
	source, err := t.open(name, files, log, func(m certificate.Material) *tls.Config {
		return certificate.Client(m, certificate.Expected{Minimum: tls.VersionTLS12}, time.Now)
	})
	if err != nil {
		return nil, err
	}
	return source.Config, nil
}
