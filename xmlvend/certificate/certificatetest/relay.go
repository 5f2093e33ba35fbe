package certificatetest

import (
	"encoding/binary"
	"io"
	"net"
	"sync"
	"testing"
)

// Relay passes connections of TLS 1.3 on to a server and returns its address. When a
// client has sent more than its part of a full handshake, and so something of its
// request, beyond is called, once for all connections.
func Relay(tb testing.TB, server string, beyond func()) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	r := &relay{server: server, beyond: sync.OnceFunc(beyond)}
	r.all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			r.all.Go(func() { r.pass(client) })
		}
	})
	tb.Cleanup(r.all.Wait)
	tb.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

type relay struct {
	server string
	beyond func()
	all    sync.WaitGroup
}

// A client's certificate, its signature and its finish are a record each.
const (
	handshakeRecords = 3
	applicationData  = 23
)

// pass passes one connection on, the client's side record by record.
func (r *relay) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", r.server)
	if err != nil {
		return
	}
	defer server.Close()
	r.all.Go(func() {
		_, _ = io.Copy(client, server)
		_ = client.Close()
	})
	head := make([]byte, 5)
	for records := 0; ; {
		if _, err := io.ReadFull(client, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint16(head[3:]))
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		if _, err := server.Write(append(head, body...)); err != nil {
			return
		}
		if head[0] == applicationData {
			records++
		}
		if records > handshakeRecords {
			r.beyond()
		}
	}
}
