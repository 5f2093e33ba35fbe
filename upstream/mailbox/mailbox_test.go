package mailbox_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/mailbox"
	"github.com/vendswitch/vendswitch/upstream/mailbox/mailboxtest"
)

const (
	inbox   = "INBOX"
	done    = "Done"
	refused = "Refused"
)

// mail is a small one that can be told from others.
func mail(n int) []byte {
	return fmt.Appendf(nil, "From: bank@bank.example\r\nTo: stock@mail.example\r\nSubject: number %d\r\nX-Odd:  kept   as\tit is\r\n\r\nBody %d \xe9 in no charset.\r\n.\r\n\r\n", n, n)
}

// settings are those of the account of stock.
func settings(s *mailboxtest.Server) mailbox.Config {
	return mailbox.Config{
		Name: "stock", Address: s.IMAP(), User: mailboxtest.Stock, PasswordFile: s.PasswordFile(),
		TLS:  func() *tls.Config { return &tls.Config{RootCAs: s.Pool(), MinVersion: tls.VersionTLS12} },
		Done: done, Refused: refused, Poll: time.Minute,
	}
}

func open(t *testing.T, c mailbox.Config) *mailbox.Mailbox {
	t.Helper()
	m, err := mailbox.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// taker keeps what it is handed.
type taker struct {
	mu    sync.Mutex
	taken []mailbox.Mail
	came  chan struct{} // one for each mail; nil if nobody waits
	err   func(n int) error
}

func (k *taker) take(_ context.Context, m mailbox.Mail) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken = append(k.taken, m)
	var err error
	if k.err != nil {
		err = k.err(len(k.taken))
	}
	if k.came != nil {
		k.came <- struct{}{}
	}
	return err
}

// has checks what is in a folder, in whatever order.
func has(t *testing.T, s *mailboxtest.Server, folder string, want ...[]byte) {
	t.Helper()
	got := s.Mails(t, mailboxtest.Stock, folder)
	if len(got) != len(want) {
		t.Fatalf("%s has %d mails, want %d", folder, len(got), len(want))
	}
	slices.SortFunc(got, bytes.Compare)
	slices.SortFunc(want, bytes.Compare)
	for i := range got {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("%s, mail %d: %q, want %q", folder, i, got[i], want[i])
		}
	}
}

func TestAMailIsHandedOverAsItCameAndThenMoved(t *testing.T) {
	s := mailboxtest.New(t)
	s.Deliver(t, mailboxtest.Stock, mail(1))
	s.Deliver(t, mailboxtest.Stock, mail(2))
	var k taker
	before := time.Now().Add(-time.Minute)
	if err := open(t, settings(s)).Once(t.Context(), k.take); err != nil {
		t.Fatal(err, s.Log())
	}
	if len(k.taken) != 2 || !bytes.Equal(k.taken[0].Raw, mail(1)) || !bytes.Equal(k.taken[1].Raw, mail(2)) {
		t.Fatalf("%d taken: %v", len(k.taken), k.taken)
	}
	for _, m := range k.taken {
		if m.UID == 0 || m.Size != int64(len(m.Raw)) || m.ReceivedAt.Before(before) || m.ReceivedAt.After(time.Now()) || m.ReceivedAt.Location() != time.UTC {
			t.Errorf("mail %d of %d octets, received %v", m.UID, m.Size, m.ReceivedAt)
		}
	}
	has(t, s, inbox)
	has(t, s, done, mail(1), mail(2))
}

func TestAMailThatIsRefusedIsMovedToTheRefusedOnes(t *testing.T) {
	s := mailboxtest.New(t)
	s.Deliver(t, mailboxtest.Stock, mail(1))
	k := taker{err: func(int) error { return mailbox.Refuse(errors.New("nobody's")) }}
	var logged bytes.Buffer
	c := settings(s)
	c.Log = slog.New(slog.NewTextHandler(&logged, nil))
	m := open(t, c)
	if err := m.Once(t.Context(), k.take); err != nil {
		t.Fatal(err)
	}
	has(t, s, inbox)
	has(t, s, done)
	has(t, s, refused, mail(1))
	if st := m.Status(); st.Refused != 1 || st.Taken != 0 || !bytes.Contains(logged.Bytes(), []byte("nobody's")) {
		t.Errorf("%+v, log %s", st, &logged)
	}
}
