package mailbox_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/mailbox"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
	"github.com/vendswitch/vendswitch/xmlvend/certificate/certificatetest"
)

// run runs a mailbox until the function that it returns is called, or the test ends.
func run(t *testing.T, m *mailbox.Mailbox, handle mailbox.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx, handle) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// until waits for a state.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// record is a log that may be read while it is written.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) count(words string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return strings.Count(r.text.String(), words)
}

func TestAMailThatArrivesIsHandedOverAtOnce(t *testing.T) {
	s := mailboxtest.New(t)
	c := settings(s)
	c.Poll = mailbox.MaxPoll
	m := open(t, c)
	k := taker{came: make(chan struct{}, 10)}
	run(t, m, k.take)
	until(t, "the first look", func() bool { return m.Status().Up })
	for n := range 3 {
		s.Deliver(t, mailboxtest.Stock, mail(n))
		<-k.came
	}
	until(t, "all mails to be moved", func() bool { return m.Status().Taken == 3 })
	has(t, s, done, mail(0), mail(1), mail(2))
}

func TestAMailThatCouldNotBeTakenStaysAndIsTriedAgain(t *testing.T) {
	s := mailboxtest.New(t)
	s.Deliver(t, mailboxtest.Stock, mail(1))
	s.Deliver(t, mailboxtest.Stock, mail(2))
	k := taker{err: func(n int) error {
		if n == 1 {
			return errors.New("the database is away")
		}
		return nil
	}}
	m := open(t, settings(s))
	if err := m.Once(t.Context(), k.take); err == nil || !strings.Contains(err.Error(), "the database is away") {
		t.Fatalf("%v", err)
	}
	has(t, s, inbox, mail(1))
	has(t, s, done, mail(2)) // one that fails holds up no other
	if st := m.Status(); !st.Up || st.Failed != 1 || st.Taken != 1 {
		t.Errorf("%+v", st)
	}
	if err := m.Once(t.Context(), k.take); err != nil {
		t.Fatal(err)
	}
	has(t, s, inbox)
	has(t, s, done, mail(2), mail(1))
	if !bytes.Equal(k.taken[2].Raw, mail(1)) {
		t.Errorf("tried again: %q", k.taken[2].Raw)
	}
}

func TestWhileNoMailCanBeTakenTheOthersAreNotFetched(t *testing.T) {
	s := mailboxtest.New(t)
	for n := range 3 {
		s.Deliver(t, mailboxtest.Stock, mail(n))
	}
	k := taker{err: func(n int) error {
		if n == 1 {
			return mailbox.Later(errors.New("the database is away"))
		}
		return nil
	}}
	m := open(t, settings(s))
	if err := m.Once(t.Context(), k.take); !errors.Is(err, mailbox.ErrLater) || len(k.taken) != 1 {
		t.Fatalf("%v, %d mails were handed over", err, len(k.taken))
	}
	if st := m.Status(); !st.Up || st.Failed != 1 {
		t.Errorf("%+v", st)
	}
	if err := m.Once(t.Context(), k.take); err != nil {
		t.Fatal(err)
	}
	has(t, s, done, mail(0), mail(1), mail(2))
}

func TestAFailedMailIsTriedAgainAtTheNextLook(t *testing.T) {
	s := mailboxtest.New(t)
	c := settings(s)
	c.Poll = 20 * time.Millisecond
	k := taker{err: func(n int) error {
		if n < 3 {
			return errors.New("not yet")
		}
		return nil
	}}
	m := open(t, c)
	run(t, m, k.take)
	s.Deliver(t, mailboxtest.Stock, mail(1))
	until(t, "the mail to be taken", func() bool { return m.Status().Taken == 1 })
	if st := m.Status(); st.Failed != 2 {
		t.Errorf("%+v", st)
	}
	has(t, s, done, mail(1))
}

func TestAMailWhoseTakerDiedIsHandedOverAgain(t *testing.T) {
	s := mailboxtest.New(t)
	s.Deliver(t, mailboxtest.Stock, mail(1))
	c := settings(s)
	var wire net.Conn
	c.Dial = func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		wire, err = new(net.Dialer).DialContext(ctx, network, address)
		return wire, err
	}
	committed := 0
	err := open(t, c).Once(t.Context(), func(context.Context, mailbox.Mail) error {
		committed++
		return wire.Close() // as all connections of a process that dies
	})
	if err == nil || committed != 1 {
		t.Fatalf("%v, %d committed", err, committed)
	}
	has(t, s, inbox, mail(1))
	var k taker
	if err := open(t, settings(s)).Once(t.Context(), k.take); err != nil || len(k.taken) != 1 {
		t.Fatalf("%v, %d taken", err, len(k.taken))
	}
	has(t, s, inbox)
	has(t, s, done, mail(1))
}

func TestAMailThatIsTooLargeIsRefusedWithoutBeingFetched(t *testing.T) {
	s := mailboxtest.New(t)
	large := append(mail(1), bytes.Repeat([]byte("0123456789abcdef\r\n"), 4<<20/18)...)
	s.Deliver(t, mailboxtest.Stock, large)
	s.Deliver(t, mailboxtest.Stock, mail(2))
	c := settings(s)
	c.MaxSize = 1 << 20
	var received atomic.Int64
	c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return counted{conn, &received}, err
	}
	var told []mailbox.Mail
	var whys []error
	fail := errors.New("the database is away")
	c.OnRefused = func(_ context.Context, m mailbox.Mail, why error) error {
		told, whys = append(told, m), append(whys, why)
		return fail
	}
	var k taker
	if err := open(t, c).Once(t.Context(), k.take); !errors.Is(err, fail) {
		t.Fatalf("%v", err)
	}
	has(t, s, inbox, large) // until it has been told of
	fail = nil
	m := open(t, c)
	if err := m.Once(t.Context(), k.take); err != nil {
		t.Fatal(err)
	}
	has(t, s, refused, large)
	has(t, s, done, mail(2))
	if len(told) != 2 || told[1].Size != int64(len(large)) || told[1].Raw != nil || told[1].ReceivedAt.IsZero() ||
		!errors.Is(whys[1], mailbox.ErrTooLarge) || !strings.Contains(whys[1].Error(), "no more than 1048576") {
		t.Errorf("told: %v, %v", told, whys)
	}
	if got := received.Load(); got > 1<<20 {
		t.Errorf("%d octets were received", got)
	}
	if len(k.taken) != 1 || m.Status().Refused != 1 {
		t.Errorf("%d taken, %+v", len(k.taken), m.Status())
	}
}

// counted counts what is received.
type counted struct {
	net.Conn
	received *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.received.Add(int64(n))
	return n, err
}

func TestAMailOfAHundredMegabytesIsTakenIfTheSettingsAllowIt(t *testing.T) {
	s := mailboxtest.New(t)
	large := slices.Concat(mail(1), bytes.Repeat([]byte("0123456789abcdef\r\n"), 100<<20/18))
	s.Deliver(t, mailboxtest.Stock, large)
	c := settings(s)
	c.MaxSize = 110 << 20
	err := open(t, c).Once(t.Context(), func(_ context.Context, m mailbox.Mail) error {
		if !bytes.Equal(m.Raw, large) {
			t.Errorf("%d octets of %d came, or others", len(m.Raw), len(large))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTwoNodesAtOneMailboxLoseNothing(t *testing.T) {
	s := mailboxtest.New(t)
	const mails = 40
	want := map[string]bool{}
	for n := range mails {
		s.Deliver(t, mailboxtest.Stock, mail(n))
		want[string(mail(n))] = true
	}
	c := settings(s)
	c.Poll, c.Round = 20*time.Millisecond, 7
	var log record
	c.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))
	var a, b taker
	first, second := open(t, c), open(t, c)
	run(t, first, a.take)
	run(t, second, b.take)
	until(t, "an empty folder", func() bool { return len(s.Mails(t, mailboxtest.Stock, inbox)) == 0 })
	a.mu.Lock()
	defer a.mu.Unlock()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range append(slices.Clone(a.taken), b.taken...) {
		if !want[string(m.Raw)] {
			t.Errorf("a mail that is none: %q", m.Raw)
		}
	}
	kept := map[string]bool{}
	for _, raw := range s.Mails(t, mailboxtest.Stock, done) {
		kept[string(raw)] = true
	}
	if len(kept) != mails || len(a.taken)+len(b.taken) < mails {
		t.Errorf("%d kept, %d and %d taken", len(kept), len(a.taken), len(b.taken))
	}
	if log.text.Len() > 0 {
		t.Errorf("that the other was faster is no trouble:\n%s", &log.text)
	}
}

func TestAMailboxThatCannotBeEnteredSaysWhy(t *testing.T) {
	s := mailboxtest.New(t)
	stranger := certificatetest.New(t, "stranger")
	wrong := filepath.Join(t.TempDir(), "wrong")
	if err := os.WriteFile(wrong, []byte("not-the-one-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		change func(*mailbox.Config)
		is     error
		says   string
	}{
		"wrong password":      {func(c *mailbox.Config) { c.PasswordFile = wrong }, mailbox.ErrAuthentication, "log in as stock"},
		"no password":         {func(c *mailbox.Config) { c.PasswordFile = empty }, nil, "must hold one line"},
		"no file":             {func(c *mailbox.Config) { c.PasswordFile = wrong + "er" }, os.ErrNotExist, "wronger"},
		"no folder":           {func(c *mailbox.Config) { c.Folder = "Stcok" }, mailbox.ErrNoFolder, "open folder Stcok"},
		"another certificate": {func(c *mailbox.Config) { c.TLS = func() *tls.Config { return &tls.Config{RootCAs: stranger.Pool()} } }, nil, "certificate"},
		"another name": {func(c *mailbox.Config) {
			c.TLS = func() *tls.Config { return &tls.Config{RootCAs: s.Pool(), ServerName: "mail.bank.example"} }
		}, nil, "mail.bank.example"},
		"the system's authorities": {func(c *mailbox.Config) { c.TLS = nil }, nil, "certificate"},
		"no TLS":                   {func(c *mailbox.Config) { c.Address = s.PlainSMTP() }, nil, "TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			var log record
			c := settings(s)
			row.change(&c)
			c.Log = slog.New(slog.NewTextHandler(&log, nil))
			m := open(t, c)
			var k taker
			err := m.Once(t.Context(), k.take)
			if err == nil || row.is != nil && !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.says) {
				t.Fatalf("%v", err)
			}
			if st := m.Status(); st.Up || st.LastError == nil || st.LastErrorAt.IsZero() || !st.LastSuccess.IsZero() {
				t.Errorf("%+v", st)
			}
			for _, secret := range []string{mailboxtest.Password, "not-the-one"} {
				if strings.Contains(err.Error(), secret) || log.count(secret) > 0 {
					t.Errorf("the password is told: %v, %s", err, &log.text)
				}
			}
		})
	}
}

func TestAServerThatWasDownIsReadAgainAndLoggedOnce(t *testing.T) {
	s := mailboxtest.New(t)
	var log record
	c := settings(s)
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	var dials atomic.Int64
	c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	m := open(t, c)
	var k taker
	stop := run(t, m, k.take)
	until(t, "the first look", func() bool { return m.Status().Up })
	s.KillIMAP(t)
	until(t, "the mailbox to be down", func() bool { return !m.Status().Up })
	down := m.Status()
	if down.LastError == nil || down.LastSuccess.IsZero() {
		t.Errorf("%+v", down)
	}
	tried := dials.Load()
	until(t, "another try", func() bool { return dials.Load() > tried })
	s.Deliver(t, mailboxtest.Stock, mail(1))
	s.StartIMAP(t)
	until(t, "the mail to be taken", func() bool { return m.Status().Taken == 1 })
	until(t, "the mailbox to be up", func() bool { return m.Status().Up })
	stop()
	if n, up := log.count("mailbox cannot be read"), log.count("mailbox is read"); n != 1 || up != 2 {
		t.Errorf("down is logged %d times, up %d times:\n%s", n, up, &log.text)
	}
	has(t, s, done, mail(1))
}

func TestAServerThatDiesInTheMiddleOfAMailCostsNothing(t *testing.T) {
	s := mailboxtest.New(t)
	large := slices.Concat(mail(1), bytes.Repeat([]byte("0123456789abcdef\r\n"), 48<<20/18)) // more than what is on the way at a time
	s.Deliver(t, mailboxtest.Stock, large)
	c := settings(s)
	c.MaxSize = 64 << 20
	var received atomic.Int64
	killed := false
	c.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return dying{counted{conn, &received}, func() {
			if !killed && received.Load() > 4<<20 {
				killed = true
				s.KillIMAP(t)
				received.Store(0)
			}
		}}, err
	}
	var k taker
	m := open(t, c)
	if err := m.Once(t.Context(), k.take); err == nil || !killed || len(k.taken) != 0 {
		t.Fatalf("%v, killed: %v, taken: %d", err, killed, len(k.taken))
	}
	s.StartIMAP(t)
	has(t, s, inbox, large)
	if err := m.Once(t.Context(), k.take); err != nil || len(k.taken) != 1 || !bytes.Equal(k.taken[0].Raw, large) {
		t.Fatalf("%v, %d taken", err, len(k.taken))
	}
	has(t, s, done, large)
}

// dying does something before each read.
type dying struct {
	counted
	before func()
}

func (d dying) Read(p []byte) (int, error) {
	d.before()
	return d.counted.Read(p)
}

func TestFoldersThatAreThereAreUsed(t *testing.T) {
	s := mailboxtest.New(t)
	c := settings(s)
	c.Done, c.Refused = "Done.2026", "Done.2026" // both at one place is the operator's choice
	for n := range 2 {
		s.Deliver(t, mailboxtest.Stock, mail(n))
		var k taker
		if err := open(t, c).Once(t.Context(), k.take); err != nil {
			t.Fatal(err)
		}
	}
	has(t, s, "Done.2026", mail(0), mail(1))
}

func TestAMailThatCannotBeMovedHoldsUpNoOther(t *testing.T) {
	s := mailboxtest.New(t)
	for n := range 3 {
		s.Deliver(t, mailboxtest.Stock, mail(n))
	}
	c := settings(s)
	m := open(t, c)
	k := taker{err: func(n int) error {
		if n == 1 {
			s.Remove(t, mailboxtest.Stock, done)
		}
		return nil
	}}
	if err := m.Once(t.Context(), k.take); err == nil || !strings.Contains(err.Error(), "move mail") {
		t.Fatalf("%v", err)
	}
	if len(k.taken) != 3 || m.Status().Up {
		t.Errorf("%d taken, %+v", len(k.taken), m.Status())
	}
	has(t, s, inbox, mail(0), mail(1), mail(2))
	if err := m.Once(t.Context(), k.take); err != nil { // which makes the folder
		t.Fatal(err)
	}
	has(t, s, done, mail(0), mail(1), mail(2))
}
