package utility

import (
	"crypto/tls"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
)

// HTTP configures the connections to a server. Zero values mean the defaults.
type HTTP struct {
	TLS   *tls.Config   // client certificate, authorities; nil: the system's
	Dial  time.Duration // limit for connecting and shaking hands, DefaultDial
	Idle  time.Duration // how long an unused connection is kept, DefaultIdle
	Conns int           // most connections at a time, as many as a guard lets calls pass

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

func (h HTTP) withDefaults() HTTP {
	orDefault(&h.Dial, DefaultDial)
	orDefault(&h.Idle, DefaultIdle)
	orDefault(&h.Conns, upstream.DefaultMaxInFlight)
	orDefault(&h.Tries, DefaultTries)
	return h
}
