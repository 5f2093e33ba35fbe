package intercept_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/intercept"
)

// crowd is a listener with one connection more than there is room for, which it still
// has when it is closed.
type crowd struct {
	mu    sync.Mutex
	taken int
}

func (c *crowd) Accept() (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken > intercept.MaxConnections {
		return nil, net.ErrClosed
	}
	c.taken++
	near, far := net.Pipe()
	far.Close()
	return near, nil
}

func (*crowd) Close() error   { return nil }
func (*crowd) Addr() net.Addr { return &net.TCPAddr{} }

func TestItStopsWhileThereIsNoRoom(t *testing.T) {
	t.Parallel() // it waits for as long as an exchange under way may take
	dialled := make(chan struct{})
	i, err := intercept.New(intercept.Config{
		Target: "nowhere",
		Dial: func(ctx context.Context) (net.Conn, error) {
			select {
			case dialled <- struct{}{}:
			case <-ctx.Done():
			}
			<-ctx.Done()
			return nil, ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- i.Serve(ctx, new(crowd)) }()
	for range intercept.MaxConnections {
		<-dialled
	}
	cancel()
	select {
	case err := <-served:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not stop")
	}
}
