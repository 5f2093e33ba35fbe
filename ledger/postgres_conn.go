package ledger

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// dialImpatiently dials a connection whose every read and write must be done
// within answerTimeout.
func dialImpatiently(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &impatientConn{Conn: conn}, nil
}

// impatientConn bounds each read and write, unless its user has set a deadline,
// as pgx does when a caller gives up.
type impatientConn struct {
	net.Conn
	mu  sync.Mutex
	set bool
}

func (c *impatientConn) SetDeadline(t time.Time) error { return c.setDeadline(c.Conn.SetDeadline, t) }
func (c *impatientConn) SetReadDeadline(t time.Time) error {
	return c.setDeadline(c.Conn.SetReadDeadline, t)
}
func (c *impatientConn) SetWriteDeadline(t time.Time) error {
	return c.setDeadline(c.Conn.SetWriteDeadline, t)
}

func (c *impatientConn) setDeadline(set func(time.Time) error, t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = !t.IsZero()
	return set(t)
}

// bound sets the deadline of one read or write.
func (c *impatientConn) bound(set func(time.Time) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.set {
		return nil
	}
	return set(time.Now().Add(answerTimeout))
}

func (c *impatientConn) Read(b []byte) (int, error) {
	if err := c.bound(c.Conn.SetReadDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

func (c *impatientConn) Write(b []byte) (int, error) {
	if err := c.bound(c.Conn.SetWriteDeadline); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// looksDead reports whether a connection that comes out of the pool seems to be
// dead, so that it must prove itself with a ping: the server has hung up, or has
// said something without being asked, which is mostly why it is about to.
func looksDead(_ context.Context, p stdlib.ShouldPingParams) bool {
	conn := p.Conn.PgConn().Conn()
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	c, ok := conn.(*impatientConn)
	return !ok || !c.silent()
}

// silent reports whether there is nothing to be read, not even the end. It does
// not wait.
func (c *impatientConn) silent() bool {
	socket, ok := c.Conn.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return false
	}
	var peekErr error
	err = raw.Control(func(fd uintptr) {
		_, _, peekErr = syscall.Recvfrom(int(fd), make([]byte, 1), syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return err == nil && peekErr == syscall.EAGAIN
}
