package utility

import (
	"context"
	"sync"
	"time"
)

// waitingRoom holds requests back until their delay has passed or they are
// released.
type waitingRoom struct {
	mu      sync.Mutex
	guests  map[*guest]bool
	arrival chan struct{} // closed, and replaced, when a guest arrives
	closed  bool
}

// guest is one request in the room. It must leave, once.
type guest struct {
	room    *waitingRoom
	release chan struct{} // closed to let it go on
	expel   chan struct{} // closed to send it away
	left    chan struct{} // closed when it has left
}

func newWaitingRoom() *waitingRoom {
	return &waitingRoom{guests: map[*guest]bool{}, arrival: make(chan struct{})}
}

// enter admits a guest. In a closed room its wait ends at once.
func (w *waitingRoom) enter() *guest {
	g := &guest{room: w, release: make(chan struct{}), expel: make(chan struct{}), left: make(chan struct{})}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(g.expel)
	}
	w.guests[g] = true
	close(w.arrival)
	w.arrival = make(chan struct{})
	return g
}

// wait blocks for the delay, or without one until released. It reports whether
// to go on; if not, the room was closed.
func (g *guest) wait(delay time.Duration) bool {
	var passed <-chan time.Time
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		passed = timer.C
	}
	select {
	case <-g.expel:
		return false
	default:
	}
	select {
	case <-passed:
		return true
	case <-g.release:
		return true
	case <-g.expel:
		return false
	}
}

// leave ends a guest's stay, after whatever it had to do when it went on.
func (g *guest) leave() {
	g.room.mu.Lock()
	defer g.room.mu.Unlock()
	delete(g.room.guests, g)
	close(g.left)
}

// releaseAll lets all present guests go on, and returns when they have left.
func (w *waitingRoom) releaseAll() {
	for _, g := range w.empty(func(g *guest) { close(g.release) }) {
		<-g.left
	}
}

// close sends all guests away, also those who come later, and returns when the
// present ones have left.
func (w *waitingRoom) close() {
	w.mu.Lock()
	already := w.closed
	w.closed = true
	w.mu.Unlock()
	if already {
		return
	}
	for _, g := range w.empty(func(g *guest) { close(g.expel) }) {
		<-g.left
	}
}

// empty does something to each guest who has not been told before, and returns
// all who have not left.
func (w *waitingRoom) empty(tell func(*guest)) []*guest {
	w.mu.Lock()
	defer w.mu.Unlock()
	var present []*guest
	for g, untold := range w.guests {
		if untold {
			tell(g)
			w.guests[g] = false
		}
		present = append(present, g)
	}
	return present
}

// await blocks until at least n guests are waiting, or the context ends.
func (w *waitingRoom) await(ctx context.Context, n int) error {
	for {
		w.mu.Lock()
		waiting := 0
		for _, untold := range w.guests {
			if untold {
				waiting++
			}
		}
		arrival := w.arrival
		w.mu.Unlock()
		if waiting >= n {
			return nil
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
