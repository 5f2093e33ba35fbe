package smsc

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Config describes a centre. The zero value is good for tests and demonstrations.
type Config struct {
	User     string // of sendsms and of an SMPP bind; empty: DemoUser
	Password string // empty: DemoPassword
	Inbound  string // URL that SMS from phones are posted to, if an Inbound names no other
	Faults   []Fault
	Now      func() time.Time // nil: time.Now
	Pause    time.Duration    // before a receipt or an SMS that was not taken is posted again; 0: DefaultPause
	Tries    int              // how often it is posted in all; 0: DefaultTries
}

// Defaults of Config. The password is obviously fake, and short enough for SMPP.
const (
	DemoUser     = "vendswitch"
	DemoPassword = "demo-sms"
	DefaultPause = 500 * time.Millisecond
	DefaultTries = 10
)

// Message is an SMS that a phone has got.
type Message struct {
	ID     string    `json:"id"`  // the centre's
	Via    string    `json:"via"` // "http" or "smpp"
	From   string    `json:"from"`
	To     string    `json:"to"`
	Text   string    `json:"text"`
	Coding string    `json:"coding"` // "gsm-7", "ucs-2" or, over SMPP, "latin-1"
	Parts  int       `json:"parts"`  // SMS that it took; over HTTP 1
	At     time.Time `json:"at"`
}

// Server is a centre. It is a handler of HTTP; ServeSMPP serves SMPP.
type Server struct {
	config Config
	mux    *http.ServeMux
	faults injector
	client *http.Client

	living context.Context // ends with Close
	end    context.CancelFunc
	work   sync.WaitGroup // receipts on their way, SMPP sessions

	mu       sync.Mutex
	closed   bool
	last     int // number of the last id
	messages []Message
	arrival  chan struct{} // closed, and replaced, when a message arrives
	sessions map[*session]bool
	parts    map[partKey]*partial
}

// New returns a centre. The error is ErrFault.
func New(c Config) (*Server, error) {
	c.User, c.Password = cmp.Or(c.User, DemoUser), cmp.Or(c.Password, DemoPassword)
	c.Pause, c.Tries = cmp.Or(c.Pause, DefaultPause), cmp.Or(c.Tries, DefaultTries)
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Server{config: c, mux: http.NewServeMux(), client: &http.Client{Timeout: answerTimeout},
		arrival: make(chan struct{}), sessions: map[*session]bool{}, parts: map[partKey]*partial{}}
	s.living, s.end = context.WithCancel(context.Background())
	for _, f := range c.Faults {
		if err := s.Inject(f); err != nil {
			return nil, err
		}
	}
	s.mux.HandleFunc("/cgi-bin/sendsms", s.sendSMS)
	s.control()
	return s, nil
}

// answerTimeout is how long a switch may take to answer a receipt or an SMS.
const answerTimeout = 10 * time.Second

// ServeHTTP serves sendsms and the control interface.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Close ends the SMPP sessions, and waits for what is on its way.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.end()
	for session := range s.sessions {
		session.conn.Close()
	}
	s.mu.Unlock()
	s.work.Wait()
	s.client.CloseIdleConnections()
}

// Messages returns what phones have got, oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// AwaitMessages returns what phones have got when they have got n messages.
func (s *Server) AwaitMessages(ctx context.Context, n int) ([]Message, error) {
	for {
		s.mu.Lock()
		messages, arrival := slices.Clone(s.messages), s.arrival
		s.mu.Unlock()
		if len(messages) >= n {
			return messages, nil
		}
		select {
		case <-arrival:
		case <-ctx.Done():
			return messages, fmt.Errorf("smsc: %d messages of %d: %w", len(messages), n, ctx.Err())
		}
	}
}

// keep stores a message and gives it its id.
func (s *Server) keep(m Message) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m.ID, m.At = s.nextID(), s.config.Now().UTC()
	s.messages = append(s.messages, m)
	close(s.arrival)
	s.arrival = make(chan struct{})
	return m
}

// nextID makes an id; the lock is held.
func (s *Server) nextID() string {
	s.last++
	return strconv.Itoa(s.last)
}

// later does something in the background, unless the centre is closed.
func (s *Server) later(do func(context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.work.Go(func() {
		do(s.living)
	})
}

// wait waits, and reports whether to go on.
func (s *Server) wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
	case <-s.living.Done():
	}
	return false
}
