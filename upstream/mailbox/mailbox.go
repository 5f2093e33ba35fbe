package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
)

// Defaults of Config.
const (
	DefaultFolder  = "INBOX"
	DefaultPoll    = time.Minute
	DefaultMaxSize = 25 << 20 // octets
	DefaultRound   = 100      // mails
)

// MaxPoll is the longest Poll: servers log a client off that says nothing for half an
// hour (RFC 9051, 5.4).
const MaxPoll = 25 * time.Minute

// dialTimeout is how long a connection may take to be there, TLS included.
const dialTimeout = 30 * time.Second

// Config says which mailbox, and how. What is zero means the default, if there is one.
type Config struct {
	Name         string // of the mailbox in the log
	Address      string // host:port of a server that speaks TLS from the first octet (993)
	User         string
	PasswordFile string // see xmlvend.ReadSecret; read for each connection

	// TLS is asked for each connection. The host of Address is whom the certificate
	// must name, unless ServerName says otherwise. Nil trusts the system's authorities.
	TLS func() *tls.Config

	Folder  string // that mails are taken out of, DefaultFolder; it must be there
	Done    string // where mails go that were taken; made if it is not there
	Refused string // where mails go that were refused; made if it is not there

	Poll    time.Duration // the longest time between two looks, DefaultPoll; a server that can tell of mail (IDLE) is not waited for
	MaxSize int64         // of a mail in octets, DefaultMaxSize; a larger one is refused without being fetched
	Round   int           // how many mails are asked for at once, DefaultRound

	// OnRefused is told of a mail that is refused before it was handed over, which has
	// no Raw, and why. If it fails, the mail stays where it is. Nil: the log is all.
	OnRefused func(ctx context.Context, m Mail, why error) error

	Log  *slog.Logger                                                         // nil discards
	Now  func() time.Time                                                     // nil means time.Now
	Dial func(ctx context.Context, network, address string) (net.Conn, error) // nil means a net.Dialer's
}

// Mail is one, as it came.
type Mail struct {
	UID        uint32    // its number in the folder, for the log: another mail may have it another day
	ReceivedAt time.Time // when the server got it (INTERNALDATE), in UTC
	Size       int64     // in octets, as the server says
	Raw        []byte    // RFC 5322, lines end in CRLF
}

// String shows the mail without its content.
func (m Mail) String() string {
	return fmt.Sprintf("{UID:%d ReceivedAt:%s Size:%d}", m.UID, m.ReceivedAt.Format(time.RFC3339), m.Size)
}

// GoString is as String.
func (m Mail) GoString() string { return "mailbox.Mail" + m.String() }

// LogValue gives slog the mail without its content.
func (m Mail) LogValue() slog.Value {
	return slog.GroupValue(slog.Uint64("uid", uint64(m.UID)), slog.Time("received", m.ReceivedAt), slog.Int64("size", m.Size))
}

// Handler takes a mail. Nil means that what is to be kept of it has been committed;
// an error that is ErrRefuse, that it has been decided not to take it, and that this
// has been committed; any other, that it is to be handed over again (see ErrLater).
type Handler func(ctx context.Context, m Mail) error

// ErrRefuse is what a Handler returns to have a mail moved to the refused ones.
var ErrRefuse = errors.New("mail refused")

// Refuse makes why an ErrRefuse.
func Refuse(why error) error { return fmt.Errorf("%w: %w", ErrRefuse, why) }

// ErrLater is what a Handler returns if it can take no mail at all at this time, as
// when the database is away. The rest of the mails are not fetched in vain.
var ErrLater = errors.New("no mail can be taken now")

// Later makes why an ErrLater.
func Later(why error) error { return fmt.Errorf("%w: %w", ErrLater, why) }

// ErrTooLarge is why a mail above MaxSize is refused.
var ErrTooLarge = errors.New("mail is too large")

// ErrAuthentication means that the server does not accept user and password.
var ErrAuthentication = errors.New("the server does not accept user and password")

// ErrNoFolder means that the folder to take mails out of is not there.
var ErrNoFolder = errors.New("there is no such folder")

// Status is how a mailbox is doing.
type Status struct {
	Up          bool      // the last look went through; false until the first
	LastSuccess time.Time // when a look last went through, UTC; zero if never
	LastError   error     // why the last one did not; kept when the next one does
	LastErrorAt time.Time

	// Counts since the start.
	Taken   uint64 // mails that were taken and moved
	Refused uint64 // mails that were refused and moved
	Failed  uint64 // times that a mail could not be taken, and stayed
}

// Mailbox is one. Its Status may be asked for at any time; Run and Once are for one
// goroutine.
type Mailbox struct {
	config Config
	host   string
	log    *slog.Logger

	brokeAt imap.UID // of the mail that was asked for when the last connection broke, else 0

	mu     sync.Mutex
	status Status
}

// New makes a mailbox of settings that go together. It does not connect.
func New(c Config) (*Mailbox, error) {
	host, _, err := net.SplitHostPort(c.Address)
	if err != nil || host == "" {
		return nil, fmt.Errorf("the mailbox's address is %q: it must be a host and a port", c.Address)
	}
	if c.Folder == "" {
		c.Folder = DefaultFolder
	}
	if c.Poll == 0 {
		c.Poll = DefaultPoll
	}
	if c.MaxSize == 0 {
		c.MaxSize = DefaultMaxSize
	}
	if c.Round == 0 {
		c.Round = DefaultRound
	}
	switch {
	case c.User == "" || c.PasswordFile == "":
		return nil, errors.New("a mailbox needs a user and a file with the password")
	case c.Done == "" || c.Refused == "":
		return nil, errors.New("a mailbox needs a folder for the mails that were taken, and one for those that were refused")
	case sameFolder(c.Folder, c.Done) || sameFolder(c.Folder, c.Refused):
		return nil, fmt.Errorf("mails cannot stay in %s when they have been taken or refused: name other folders for them", c.Folder)
	case c.Poll < 0 || c.Poll > MaxPoll:
		return nil, fmt.Errorf("a mailbox is looked at every %v at the least, not every %v", MaxPoll, c.Poll)
	case c.MaxSize < 0 || c.Round < 0:
		return nil, errors.New("the limits of a mailbox are not negative")
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Dial == nil {
		c.Dial = new(net.Dialer).DialContext
	}
	return &Mailbox{config: c, host: host, log: c.Log.With("mailbox", c.Name)}, nil
}

// sameFolder compares names as servers do: that of INBOX without regard to case.
func sameFolder(a, b string) bool {
	return a == b || strings.EqualFold(a, DefaultFolder) && strings.EqualFold(b, DefaultFolder)
}

// Status tells how the mailbox is doing.
func (m *Mailbox) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.status
}

// up notes a look that went through.
func (m *Mailbox) up() {
	m.mu.Lock()
	first := !m.status.Up
	m.status.Up, m.status.LastSuccess = true, m.config.Now().UTC()
	m.mu.Unlock()
	if first {
		m.log.Info("mailbox is read", "address", m.config.Address, "folder", m.config.Folder)
	}
}

// down notes one that did not. What is logged already is not again, until it is another
// reason.
func (m *Mailbox) down(err error) {
	m.mu.Lock()
	first := m.status.Up || m.status.LastError == nil || reason(m.status.LastError) != reason(err)
	m.status.Up, m.status.LastError, m.status.LastErrorAt = false, err, m.config.Now().UTC()
	m.mu.Unlock()
	if first {
		m.log.Error("mailbox cannot be read, it is tried again until it can", "address", m.config.Address, "error", err)
	}
}

// reason is an error's text but for its numbers, of which ports are others each time.
func reason(err error) string {
	return strings.Map(func(c rune) rune {
		if '0' <= c && c <= '9' {
			return -1
		}
		return c
	}, err.Error())
}

// count adds to one of the counts of the status.
func (m *Mailbox) count(of func(*Status) *uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*of(&m.status)++
}
