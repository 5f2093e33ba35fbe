package mailbox

import (
	"net"
	"sync"
	"time"
)

// silence is how long a server that owes us something may say nothing.
const silence = time.Minute

// wire is a connection that gives up a silent server, when an answer is due. What is
// long, such as a large mail, may take its time as long as it comes. It is here because
// the IMAP client waits for an answer without end, and for a large one too short.
type wire struct {
	net.Conn
	mu     sync.Mutex
	due    bool
	failed error // what ended it: the client asks more than once
}

// expect says whether an answer is due.
func (w *wire) expect(due bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.due = due
	w.arm()
}

func (w *wire) arm() {
	var end time.Time
	if w.due {
		end = time.Now().Add(silence)
	}
	_ = w.Conn.SetReadDeadline(end) // of a closed connection; the read says so
}

// Read reads what has come.
func (w *wire) Read(p []byte) (int, error) {
	w.mu.Lock()
	failed := w.failed
	if w.due && failed == nil {
		w.arm()
	}
	w.mu.Unlock()
	if failed != nil {
		return 0, failed
	}
	n, err := w.Conn.Read(p)
	if err != nil {
		w.mu.Lock()
		w.failed = err
		w.mu.Unlock()
	}
	return n, err
}

// SetReadDeadline does nothing: see expect.
func (w *wire) SetReadDeadline(time.Time) error { return nil }
