package utility

import (
	"crypto/tls"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// HTTP configures the connections to a server. Zero values mean the defaults.
//
// Each vend and each advice has a connection of its own. On a connection that is
// kept, a request may meet the server's closing it, which leaves a vend unknown; and
// a server that answers twice puts every later answer one request behind. Lookups
// and trials, of which neither is true in a way that costs money, share theirs.
type HTTP struct {
	TLS   xmlvend.TLS   // client certificate, authorities; nil: the system's
	Dial  time.Duration // limit for connecting and shaking hands, DefaultDial
	Idle  time.Duration // how long an unused connection is kept, DefaultIdle
	Conns int           // most kept connections at a time, as many as a guard lets calls pass

	// Keep lets vends and advices share connections too, which saves a handshake
	// for each. It has no effect on servers whose faults name no message.
	Keep bool

	// Gzip compresses requests.
	Gzip bool

	// Tries is how often a lookup or a trial is tried in all while no connection
	// comes about, DefaultTries. A vend and an advice are tried once.
	Tries int
}

// Defaults of HTTP. Servers keep an idle connection for longer than DefaultIdle,
// so that a request seldom meets a connection that is just being closed.
const (
	DefaultDial  = 5 * time.Second
	DefaultIdle  = 10 * time.Second
	DefaultTries = 3
)

// none is the number of kept connections that makes net/http close each after its
// exchange; it leaves their number at one time to the guard.
const none = -1

func (h HTTP) withDefaults() HTTP {
	orDefault(&h.Dial, DefaultDial)
	orDefault(&h.Idle, DefaultIdle)
	orDefault(&h.Conns, upstream.DefaultMaxInFlight)
	orDefault(&h.Tries, DefaultTries)
	if h.TLS == nil {
		standard := &tls.Config{ClientSessionCache: tls.NewLRUClientSessionCache(0)}
		h.TLS = func() *tls.Config { return standard }
	}
	return h
}
