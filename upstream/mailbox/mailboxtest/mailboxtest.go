// Package mailboxtest gives tests a real mail server: Debian's Exim, which takes mails
// by SMTP, and Dovecot, which shows them by IMAP, over the same mailboxes.
//
// Both are run by an unprivileged user, on loopback, with all that is theirs in a
// temporary folder; what the machine itself has of them is not touched. They go when
// the test process goes, however that ends.
package mailboxtest

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend/certificate"
)

// The accounts that every server has, as they log in, and their password. Mail for
// stock@mail.example is in the mailbox of stock, and so on.
const (
	Stock    = "stock"
	Deposits = "deposits"
	Switch   = "switch" // whom the switch sends mails as
	Merchant = "merchant"
	Password = "open-sesame-1"

	Domain = "mail.example"
)

// Addresses that the server answers for in a way of its own.
const (
	Nobody = "nobody@" + Domain // there is none: refused for good
	Later  = "later@" + Domain  // not now, always
	// RefusedContent in a subject has the mail refused when it has been read.
	RefusedContent = "unwanted advertisement"
)

// MaxSize is how many octets the SMTP server takes.
const MaxSize = 200 << 20

// Server is a mail server of a test's own. It is for one goroutine.
type Server struct {
	root      string
	owner     *syscall.Credential
	authority *certificate.Authority
	imap      *program
	smtp      *program

	imapPort, submissionPort, tlsPort, plainPort int
	passwordFile, caFile                         string
}

// New starts a server that goes when the test ends.
func New(tb testing.TB) *Server {
	tb.Helper()
	s := new(Server)
	if err := s.open(tb); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.close)
	s.StartIMAP(tb)
	s.StartSMTP(tb)
	return s
}

// open makes what the two programs need.
func (s *Server) open(tb testing.TB) error {
	var err error
	if s.owner, err = unprivileged(); err != nil {
		return err
	}
	if s.root, err = makeFolder(s.owner); err != nil {
		return err
	}
	if err := s.prepare(tb); err != nil {
		return errors.Join(err, os.RemoveAll(s.root))
	}
	return nil
}

func (s *Server) prepare(tb testing.TB) error {
	for _, port := range []*int{&s.imapPort, &s.submissionPort, &s.tlsPort, &s.plainPort} {
		var err error
		if *port, err = freePort(); err != nil {
			return err
		}
	}
	s.passwordFile = filepath.Join(tb.TempDir(), "password")
	if err := os.WriteFile(s.passwordFile, []byte(Password+"\n"), 0o600); err != nil {
		return err
	}
	crt, key, err := s.certify(tb)
	if err != nil {
		return err
	}
	people, err := s.people()
	if err != nil {
		return err
	}
	exim, err := s.fill(eximConfig)
	if err != nil {
		return err
	}
	dovecot, err := s.fill(dovecotConfig)
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		"tls.crt":       string(crt),
		"tls.key":       string(key),
		"dovecot.users": passwords("%s:{PLAIN}%s\n"),
		"exim.users":    passwords("%s: %s\n"),
		"exim.boxes":    passwords("%[1]s: %[1]s\n"),
		"dovecot.conf":  dovecot,
		"exim.conf":     exim,
		"passwd":        people.users,
		"group":         people.groups,
	} {
		if err := s.write(name, []byte(text)); err != nil {
			return err
		}
	}
	return s.programs()
}

// certify makes an authority, and what the server shows.
func (s *Server) certify(tb testing.TB) (crt, key []byte, err error) {
	if s.authority, err = certificate.NewAuthority("mail", time.Now(), time.Hour); err != nil {
		return nil, nil, err
	}
	ca, _, err := s.authority.PEM()
	if err != nil {
		return nil, nil, err
	}
	s.caFile = filepath.Join(tb.TempDir(), "ca.crt")
	if err := os.WriteFile(s.caFile, ca, 0o644); err != nil {
		return nil, nil, err
	}
	shown, err := s.authority.Server("mail", []string{"127.0.0.1", "localhost"}, time.Now(), time.Hour)
	if err != nil {
		return nil, nil, err
	}
	return shown.PEM()
}

func passwords(format string) string {
	var b strings.Builder
	for _, user := range []string{Stock, Deposits, Switch, Merchant} {
		fmt.Fprintf(&b, format, user, Password)
	}
	return b.String()
}

// write writes a file of the servers' own.
func (s *Server) write(name string, text []byte) error {
	path := filepath.Join(s.root, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	return s.give(path)
}

// give makes a file the servers'.
func (s *Server) give(path string) error {
	if s.owner == nil {
		return nil
	}
	return os.Chown(path, int(s.owner.Uid), int(s.owner.Gid))
}

func (s *Server) close() {
	for _, p := range []*program{s.imap, s.smtp} {
		if p != nil {
			p.close()
		}
	}
	_ = os.RemoveAll(s.root)
}

// CAFile has the authority that signed the server's certificate, which names 127.0.0.1
// and localhost.
func (s *Server) CAFile() string { return s.caFile }

// Pool trusts the server.
func (s *Server) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(s.authority.Certificate)
	return pool
}

// PasswordFile holds Password.
func (s *Server) PasswordFile() string { return s.passwordFile }

// IMAP is host:port of the IMAP server, which speaks TLS from the first octet.
func (s *Server) IMAP() string { return address(s.imapPort) }

// SMTP is host:port for who has an account: TLS by STARTTLS, then a password.
func (s *Server) SMTP() string { return address(s.submissionPort) }

// SMTPS is host:port for the same, with TLS from the first octet.
func (s *Server) SMTPS() string { return address(s.tlsPort) }

// PlainSMTP is host:port of a relay that asks for neither TLS nor a password.
func (s *Server) PlainSMTP() string { return address(s.plainPort) }

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// Folder has all that is the servers', for a test that looks for secrets.
func (s *Server) Folder() string { return s.root }
