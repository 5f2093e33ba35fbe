package intercept

import (
	"io"
	"sync"
	"time"
)

// maxBacklog is how many bytes of one direction may wait to be taken apart.
const maxBacklog = 4 << 20

// stream is a copy of what one side sent, to be read by the one who takes it
// apart. Writing to it never waits: where the reader is too far behind, the
// stream breaks, and the rest of the connection is not judged.
type stream struct {
	now func() time.Time

	mu     sync.Mutex
	more   *sync.Cond
	data   []byte
	latest time.Time // when the last piece came
	closed bool
	broken bool
}

func newStream(now func() time.Time) *stream {
	s := &stream{now: now}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *stream) show(piece []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = s.now()
	if s.broken {
		return
	}
	if len(s.data)+len(piece) > maxBacklog {
		s.broken, s.data = true, nil
	} else {
		s.data = append(s.data, piece...)
	}
	s.more.Broadcast()
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.more.Broadcast()
}

// Read implements io.Reader, for the one who takes the stream apart.
func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.data) == 0 && !s.closed && !s.broken {
		s.more.Wait()
	}
	switch {
	case s.broken:
		return 0, errBehind
	case len(s.data) == 0:
		return 0, io.EOF
	}
	n := copy(p, s.data)
	s.data = s.data[n:]
	if len(s.data) == 0 {
		s.data = nil
	}
	return n, nil
}

// last is when the last piece came.
func (s *stream) last() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latest
}
