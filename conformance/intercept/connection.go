package intercept

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

// tapped is a client's connection whose traffic is also taken apart.
type tapped struct {
	net.Conn
	tap *tap
}

func (t *tapped) idle() bool { return t.tap.idle() }

// connection forwards one connection until both sides have ended it.
func (i *Interceptor) connection(ctx context.Context, client net.Conn) {
	server, err := i.config.Dial(ctx)
	if err != nil {
		i.config.Log("cannot reach the server: " + err.Error())
		reset(client)
		return
	}
	t := newTap(i)
	down := &tapped{client, t}
	i.track(down, true)
	i.track(server, true)
	defer i.track(down, false)
	defer i.track(server, false)

	var both sync.WaitGroup
	both.Add(2)
	go func() {
		defer both.Done()
		err := forward(server, client, t.requests)
		t.ended(clientEnded, serverEnded, err)
		end(server, err)
	}()
	go func() {
		defer both.Done()
		err := forward(client, server, t.responses)
		t.ended(serverEnded, clientEnded, err)
		end(client, err)
		// What the client still sends has nowhere to go, but closing at once could
		// take from it what it has not read yet.
		_ = client.SetReadDeadline(time.Now().Add(linger)) // it is closed already
	}()
	both.Wait()
	client.Close()
	server.Close()
	t.wait()
}

// linger is how long a client may take to close after its server has.
const linger = 2 * time.Second

const chunk = 16 << 10

// forward copies until the source ends, and shows the tap each piece before the
// destination gets it. It returns nil at a proper end.
func forward(to io.Writer, from io.Reader, copied *stream) error {
	defer copied.close()
	buffer := make([]byte, chunk)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			copied.show(buffer[:n])
			if _, err := to.Write(buffer[:n]); err != nil {
				return &undelivered{err}
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// undelivered is the error of a side that takes nothing more.
type undelivered struct{ error }

func (u *undelivered) Unwrap() error { return u.error }

// end passes on how a side ended: a proper end as such, a reset as a reset.
func end(to net.Conn, err error) {
	switch {
	case err == nil:
		if half, ok := to.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite() // it is gone already
			return
		}
		to.Close()
	case errors.Is(err, syscall.ECONNRESET):
		reset(to)
	default:
		to.Close()
	}
}

// reset closes a connection in the way of one that broke.
func reset(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // best effort: a plain close tells nearly the same
	}
	conn.Close()
}
