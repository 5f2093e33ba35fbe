package certificate

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultInterval is that of Options.
const DefaultInterval = time.Second

// How long before its end a certificate is warned of, and how often.
const (
	warnedBefore = 30 * 24 * time.Hour
	warnedEvery  = 24 * time.Hour
)

// Options configure a Source. Zero values mean the defaults.
type Options struct {
	Name     string           // whose they are, in the log
	Interval time.Duration    // between two looks at the files, DefaultInterval
	Log      *slog.Logger     // nil discards
	Now      func() time.Time // nil means time.Now
}

// Status is how the files in use are.
type Status struct {
	Subject           string    // of our own certificate
	Expires           time.Time // our own certificate, or the first of its chain to expire; zero without one
	AuthoritiesExpire time.Time // the last of the authorities, or of the pinned; zero without one
	Failed            error     // why the files, as they are now, are not in use; nil if they are
}

// Source makes TLS settings of files, and makes them anew when the files change. What
// cannot be used leaves the last settings in force. It is safe for concurrent use.
type Source struct {
	files   Files
	build   func(Material) *tls.Config
	options Options

	mu       sync.Mutex
	settling prints // a change seen once; nil if there is none
	seen     prints // of what is in use, or could not be used
	warned   time.Time
	status   Status

	config atomic.Pointer[tls.Config]
}

// Open reads the files, which must be usable. build turns what is in them into TLS
// settings, each time anew: what its result has handed out (tickets, cached sessions)
// then ends with it. Nothing is read again before Watch.
func Open(f Files, build func(Material) *tls.Config, o Options) (*Source, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Source{files: f, build: build, options: o}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = s.files.prints()
	m, err := f.Read()
	if err != nil {
		return nil, err
	}
	s.use(m)
	return s, nil
}

// Config is for the next handshake. It must not be changed.
func (s *Source) Config() *tls.Config { return s.config.Load() }

// Status tells how the files are.
func (s *Source) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.status
}

// Watch looks at the files until ctx ends.
func (s *Source) Watch(ctx context.Context) {
	tick := time.NewTicker(s.options.Interval)
	defer tick.Stop()
	for {
		s.warn()
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			s.look()
		}
	}
}

// Reload reads the files now, changed or not. On an error the last settings stay in
// force.
func (s *Source) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(s.files.prints())
}

// look reads the files if they have changed. A change is taken up when it looks the
// same twice: certificate and key are seldom replaced at once. Files that could not
// be used are tried at each look: what was wrong may be a permission.
func (s *Source) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.files.prints()
	switch {
	case s.status.Failed == nil && now.same(s.seen):
		s.settling = nil
	case s.settling.same(now):
		_ = s.load(now) // which logs it
	default:
		s.settling = now
	}
}

func (s *Source) load(now prints) error {
	s.seen = now
	m, err := s.files.Read()
	if err != nil {
		if s.status.Failed == nil || s.status.Failed.Error() != err.Error() {
			s.options.Log.Error("certificate files cannot be used, the last ones stay in force", "of", s.options.Name, "error", err)
		}
		s.status.Failed = err
		return err
	}
	s.settling = nil
	s.use(m)
	s.options.Log.Info("certificate files read again", "of", s.options.Name, "subject", s.status.Subject, "expires", s.status.Expires)
	return nil
}

func (s *Source) use(m Material) {
	s.status, s.warned = m.Status, time.Time{}
	s.config.Store(s.build(m))
}

// warn says, once a day, that a certificate is about to expire or has.
func (s *Source) warn() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	if now.Sub(s.warned) < warnedEvery {
		return
	}
	for _, end := range []struct {
		what string
		at   time.Time
	}{{"certificate", s.status.Expires}, {"authorities of the other end", s.status.AuthoritiesExpire}} {
		if left := end.at.Sub(now); !end.at.IsZero() && left < warnedBefore {
			s.options.Log.Warn("certificate expires soon", "of", s.options.Name, "which", end.what, "expires", end.at, "days_left", Days(left))
			s.warned = now
		}
	}
}

// Days are the whole days in a time that is left; negative once it has run out.
func Days(left time.Duration) int {
	const day = 24 * time.Hour
	if left < 0 {
		return int((left - day + 1) / day)
	}
	return int(left / day)
}

// Listen shakes hands on what l accepts, each time with the settings of the moment.
func (s *Source) Listen(l net.Listener) net.Listener { return listener{l, s} }

type listener struct {
	net.Listener
	source *Source
}

// Accept waits for the next connection. Its handshake is still to come.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return tls.Server(conn, l.source.Config()), nil
}

// prints are what files look like from outside, without being read; nil stands for
// one that is not there.
type prints []os.FileInfo

func (f Files) prints() prints {
	var p prints
	for _, name := range append([]string{f.Certificate, f.Key, f.Pinned}, f.Authorities...) {
		if name == "" {
			continue
		}
		info, err := os.Stat(name) // of what a symbolic link leads to
		if err != nil {
			info = nil
		}
		p = append(p, info)
	}
	return p
}

// same reports whether nothing seems to have happened between two looks. A file that
// took another's place is another, however much it looks like it.
func (p prints) same(q prints) bool {
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		a, b := p[i], q[i]
		if (a == nil) != (b == nil) {
			return false
		}
		if a != nil && (!os.SameFile(a, b) || a.Size() != b.Size() || !a.ModTime().Equal(b.ModTime())) {
			return false
		}
	}
	return true
}

// ErrNotTrusted means that the other end's certificate is good, and not the one that
// was agreed on.
var ErrNotTrusted = errors.New("not the certificate agreed on")
