package xmlvend

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// TLS gives the settings of a client's next handshake, so that certificates may be
// replaced while the client is used. What it returns is not changed. Nil stands for
// the system's authorities, no certificate, and no session that is resumed.
type TLS func() *tls.Config

// Dial connects and shakes hands within the dialer's time-out, so that what a
// connection counts is requests and not handshakes. An error means that the server
// got nothing but a handshake; that of a failed one is a [*HandshakeError].
//
// From TLS 1.3 on a client is through with its handshake before the server has seen
// its certificate, or that it has none. Dial then waits for the server's verdict, for a quarter of a second
// or as long as the handshake took: a refusal in that time is certain to have kept the
// request here. A server that lets us in gives tickets for resuming the session as its
// first words, and the wait is over; a session that is resumed needs none. A server
// that says nothing may refuse us later: the request has left by then, and its outcome
// is not known.
func (settings TLS) Dial(ctx context.Context, dialer *net.Dialer, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialer.Timeout)
	defer cancel()
	conn, err := dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	config := new(tls.Config)
	if settings != nil {
		config = settings().Clone()
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(addr)
	}
	shown := watchCertificate(config)
	secure := tls.Client(conn, config)
	began := time.Now()
	err = secure.HandshakeContext(ctx)
	if err == nil && shown.asked && secure.ConnectionState().Version >= tls.VersionTLS13 {
		err = shown.verdict(ctx, secure, max(time.Since(began), leastVerdict))
	}
	if err != nil {
		_ = conn.Close()
		return nil, &HandshakeError{err}
	}
	return secure, nil
}

// leastVerdict is how long a server is given at least to refuse our certificate.
const leastVerdict = 250 * time.Millisecond

// HandshakeError means that a server was connected to, and that no TLS came about.
type HandshakeError struct{ Err error }

// Error says what went wrong.
func (e *HandshakeError) Error() string { return "TLS handshake: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *HandshakeError) Unwrap() error { return e.Err }

// showing is what becomes of our certificate in one handshake. All of it happens in
// the goroutine that dials.
type showing struct {
	tls.ClientSessionCache
	asked  bool   // the server wants to see a certificate, whether there is one or not
	ticket func() // called when the server has given one
}

// watchCertificate has the settings of one handshake tell what becomes of our
// certificate.
func watchCertificate(config *tls.Config) *showing {
	s := &showing{ticket: func() {}}
	give := config.GetClientCertificate
	if give == nil && len(config.Certificates) == 0 {
		give = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return new(tls.Certificate), nil } // none
	}
	if give != nil {
		config.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			s.asked = true
			return give(info)
		}
	}
	if config.ClientSessionCache != nil {
		s.ClientSessionCache, config.ClientSessionCache = config.ClientSessionCache, s
	}
	return s
}

// Put keeps a ticket.
func (s *showing) Put(key string, session *tls.ClientSessionState) {
	s.ClientSessionCache.Put(key, session)
	s.ticket()
}

// verdict waits until the server has given a ticket or has refused our certificate,
// or the wait is over.
func (s *showing) verdict(ctx context.Context, conn *tls.Conn, wait time.Duration) error {
	if s.ClientSessionCache == nil {
		return nil // tickets are not seen
	}
	end := time.Now().Add(wait)
	if limit, ok := ctx.Deadline(); ok && limit.Before(end) {
		end = limit
	}
	if err := conn.SetReadDeadline(end); err != nil {
		return err
	}
	s.ticket = func() { _ = conn.SetReadDeadline(past) }
	defer func() { s.ticket = func() {} }()
	n, err := conn.Read(make([]byte, 1))
	switch {
	case n > 0:
		return errors.New("the server spoke before it was asked")
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return err
	}
	return conn.SetReadDeadline(time.Time{})
}
