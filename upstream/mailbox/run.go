package mailbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Waits between two tries to reach a server that is down: the first, doubled at each
// failure up to the longest, and each time up to half of it less, at random, so that
// not all clients of a server come back to it at once.
const (
	firstWait   = time.Second
	longestWait = 5 * time.Minute
)

// backoff is how long to wait after so many failures in a row.
func backoff(failures int) time.Duration {
	wait := longestWait
	if doubled := failures - 1; doubled < 16 {
		wait = min(firstWait<<doubled, longestWait)
	}
	return wait - rand.N(wait/2)
}

// Run hands over mails until ctx ends, and then returns nil. A server that cannot be
// reached, or does not let us in, is tried again and again; see Status.
func (m *Mailbox) Run(ctx context.Context, handle Handler) error {
	for failures := 0; ctx.Err() == nil; {
		start := time.Now()
		looked, err := m.stay(ctx, handle)
		if ctx.Err() != nil {
			break
		}
		if looked && time.Since(start) >= m.config.Poll {
			failures = 0
		}
		failures++
		wait := backoff(failures)
		if looked { // a server that hangs up after each look is looked at as often as another
			wait = min(wait, m.config.Poll)
		}
		// A connection that ends while there is nothing to do is no failure unless the
		// next one is.
		if !errors.Is(err, errWaiting) {
			m.down(err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
	return nil
}

// errWaiting is why a connection ended, while nothing was asked for.
var errWaiting = errors.New("the connection ended")

// stay hands over mails as long as the connection lasts. It reports whether a look
// went through.
func (m *Mailbox) stay(ctx context.Context, handle Handler) (looked bool, err error) {
	s, err := m.connect(ctx)
	if err != nil {
		return false, err
	}
	defer s.close()
	for {
		s.forgetNews()
		if _, err := s.look(ctx, handle); err != nil {
			return looked, err
		}
		looked = true
		m.up()
		if err := s.wait(ctx, m.config.Poll); err != nil {
			return looked, errors.Join(errWaiting, err)
		}
	}
}

// Once hands over each mail that is there, once, and returns. The error says what was
// wrong with the mailbox, or with the mails that could not be taken.
func (m *Mailbox) Once(ctx context.Context, handle Handler) error {
	s, err := m.connect(ctx)
	if err != nil {
		m.down(err)
		return err
	}
	defer s.close()
	failed, err := s.look(ctx, handle)
	if err != nil {
		m.down(err)
		return errors.Join(append(failed, err)...)
	}
	m.up()
	return errors.Join(failed...)
}
