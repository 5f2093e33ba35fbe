package mailbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// session is a connection with the folder open.
type session struct {
	*Mailbox
	client *imapclient.Client
	wire   *wire
	news   chan struct{} // the server told of mail
	stop   func() bool   // of what closes the connection when its context ends
}

// connect logs in, makes the folders and opens the one to take mails out of.
func (m *Mailbox) connect(ctx context.Context) (*session, error) {
	password, err := xmlvend.ReadSecret(m.config.PasswordFile)
	if err != nil {
		return nil, err
	}
	w, err := m.dial(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{Mailbox: m, wire: w, news: make(chan struct{}, 1)}
	s.wire.expect(true)
	s.stop = context.AfterFunc(ctx, func() { _ = w.Close() })
	s.client = imapclient.New(w, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages == nil {
				return
			}
			select {
			case s.news <- struct{}{}:
			default:
			}
		},
	}})
	if err := s.enter(password.Reveal()); err != nil {
		s.close()
		return nil, cause(ctx, err)
	}
	return s, nil
}

// cause is why it really failed: a connection that ctx closed is no news.
func cause(ctx context.Context, err error) error {
	if ended := context.Cause(ctx); ended != nil {
		return ended
	}
	return err
}

func (m *Mailbox) dial(ctx context.Context) (*wire, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var settings *tls.Config
	if m.config.TLS != nil {
		settings = m.config.TLS().Clone()
	} else {
		settings = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if settings.ServerName == "" {
		settings.ServerName = m.host
	}
	conn, err := m.config.Dial(ctx, "tcp", m.config.Address)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, settings)
	if err := secured.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS with %s: %w", m.config.Address, err)
	}
	return &wire{Conn: secured}, nil
}

func (s *session) enter(password string) error {
	if err := s.client.WaitGreeting(); err != nil {
		return fmt.Errorf("greeting of %s: %w", s.config.Address, err)
	}
	if err := s.client.Login(s.config.User, password).Wait(); err != nil {
		if answered(err) && !busy(err) {
			err = errors.Join(ErrAuthentication, err)
		}
		return fmt.Errorf("log in as %s: %w", s.config.User, err)
	}
	for _, folder := range []string{s.config.Done, s.config.Refused} {
		if err := s.makeFolder(folder); err != nil {
			return fmt.Errorf("make folder %s: %w", folder, err)
		}
	}
	if _, err := s.client.Select(s.config.Folder, nil).Wait(); err != nil {
		if answered(err) {
			err = errors.Join(ErrNoFolder, err)
		}
		return fmt.Errorf("open folder %s: %w", s.config.Folder, err)
	}
	return nil
}

// answered reports an error that the server sent, after which the connection is as
// good as before.
func answered(err error) bool {
	var said *imap.Error
	return errors.As(err, &said) && said.Type != imap.StatusResponseTypeBye
}

// busy reports an answer by which the server has not judged what was asked for (RFC
// 5530).
func busy(err error) bool {
	var said *imap.Error
	if !errors.As(err, &said) {
		return false
	}
	switch said.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeServerBug:
		return true
	}
	return false
}

// makeFolder makes a folder unless it is there. Another node may be faster.
func (s *session) makeFolder(name string) error {
	there, err := s.hasFolder(name)
	if there || err != nil {
		return err
	}
	err = s.client.Create(name, nil).Wait()
	if err == nil || !answered(err) {
		return err
	}
	if there, asked := s.hasFolder(name); !there || asked != nil {
		return errors.Join(err, asked)
	}
	return nil
}

func (s *session) hasFolder(name string) (bool, error) {
	_, err := s.client.Status(name, &imap.StatusOptions{UIDNext: true}).Wait()
	if err != nil && answered(err) {
		return false, nil
	}
	return err == nil, err
}

// close ends the connection at once: there is nothing to say goodbye for.
func (s *session) close() {
	s.stop()
	_ = s.client.Close() // an error is how the connection was before
}

// forgetNews is for before a look, which finds what there is news of.
func (s *session) forgetNews() {
	select {
	case <-s.news:
	default:
	}
}

// wait waits until there is news of mail, or for the time given.
func (s *session) wait(ctx context.Context, atMost time.Duration) error {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	var idle *imapclient.IdleCommand
	if s.client.Caps().Has(imap.CapIdle) {
		var err error
		if idle, err = s.client.Idle(); err != nil && !answered(err) {
			return cause(ctx, err)
		} else if err != nil {
			idle = nil // it can, and does not
		}
	}
	s.wire.expect(false)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-s.client.Closed():
	case <-s.news:
	case <-timer.C:
	}
	s.wire.expect(true)
	if idle == nil {
		return nil
	}
	if err := idle.Close(); err != nil {
		return cause(ctx, err)
	}
	if err := idle.Wait(); err != nil {
		return cause(ctx, err)
	}
	return nil
}
