// Package notice sends what the ledger's outbox holds: what merchants are told of
// their money.
//
// A notice is sent at least once, under an id that stays the same. If a process
// dies between handing it to the gateway and noting that it did, another sends it
// again once the lease has run out; the gateway, or the merchant, sees the id.
package notice

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/vendswitch/vendswitch/ledger"
)

// Message is what is handed to a gateway.
type Message struct {
	ID      string // the same at each try
	To      string
	Subject string // of a mail
	Text    string
}

// Send hands a message to a gateway, and returns the gateway's own id for it.
type Send func(ctx context.Context, m Message) (receipt string, err error)

// Defaults of Settings.
const (
	DefaultTick    = 2 * time.Second
	DefaultTimeout = 30 * time.Second
)

// sendAtOnce bounds how many notices a node sends at one time.
const sendAtOnce = 16

// storeTimeout bounds the noting of what became of a notice, and leaseMargin is what
// a lease is longer than a send, so that it ends before another node sends too.
const (
	storeTimeout = 15 * time.Second
	leaseMargin  = 30 * time.Second
)

// pauses are how long a notice waits after a failed attempt; the last is that after
// all later ones. With ledger.MaxNoticeAttempts a gateway may be down for most of a
// working day.
var pauses = []time.Duration{15 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour}

// accountPause is for how long a channel is left alone whose gateway does not accept
// us: each further try might have it lock the account.
const accountPause = 5 * time.Minute

// Settings of a Dispatcher.
type Settings struct {
	Senders  map[ledger.Channel]Send // notices of other channels are left to nodes that can send them
	Refused  error                   // what an error of a Send is if the gateway will never take the message
	Account  error                   // and what it is if the gateway would take no message of ours; nil: it never is
	Tick     time.Duration           // between two looks into the outbox; zero means DefaultTick
	Timeout  time.Duration           // of one Send; zero means DefaultTimeout
	Now      func() time.Time
	Log      *slog.Logger
	Registry prometheus.Registerer // nil: no metrics
}

// Dispatcher sends notices.
type Dispatcher struct {
	Settings
	ledger *ledger.Store
	sent   *prometheus.CounterVec

	mu     sync.Mutex
	paused map[ledger.Channel]time.Time // until when a channel is left alone
}

// New makes a dispatcher.
func New(store *ledger.Store, s Settings) *Dispatcher {
	if s.Tick <= 0 {
		s.Tick = DefaultTick
	}
	if s.Timeout <= 0 {
		s.Timeout = DefaultTimeout
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	return &Dispatcher{Settings: s, ledger: store, paused: make(map[ledger.Channel]time.Time), sent: promauto.With(s.Registry).NewCounterVec(prometheus.CounterOpts{
		Name: "vendswitch_notices_total",
		Help: "Attempts to tell merchants of their money, by channel and outcome (sent, failed, dead, account).",
	}, []string{"channel", "outcome"})}
}

// Run sends what is due until ctx ends, and returns once what was being sent is
// done.
func (d *Dispatcher) Run(ctx context.Context) {
	tick := time.NewTicker(d.Tick)
	defer tick.Stop()
	for {
		for d.SendDue(ctx) >= sendAtOnce && ctx.Err() == nil {
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// SendDue takes what is due, up to a limit for each channel, sends it, and returns how
// much it was.
func (d *Dispatcher) SendDue(ctx context.Context) int {
	var due []ledger.Notice
	for _, c := range slices.Sorted(maps.Keys(d.Senders)) {
		most := d.most(c)
		if most == 0 {
			continue
		}
		taken, err := d.ledger.TakeDueNotices(ctx, []ledger.Channel{c}, most, d.Timeout+storeTimeout+leaseMargin)
		if err != nil && ctx.Err() == nil {
			d.Log.Error("notices that are due could not be read", "channel", c, "error", err)
		}
		due = append(due, taken...)
	}
	var sending sync.WaitGroup
	for _, n := range due {
		sending.Go(func() { d.send(ctx, n) })
	}
	sending.Wait()
	return len(due)
}

// most is how many notices of a channel may be sent now: of one whose gateway did not
// accept us none for a while, and then one, to see whether it does.
func (d *Dispatcher) most(c ledger.Channel) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch until, paused := d.paused[c]; {
	case !paused:
		return sendAtOnce
	case d.Now().Before(until):
		return 0
	}
	return 1
}

// pause leaves a channel alone for a while, and says until when.
func (d *Dispatcher) pause(c ledger.Channel) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused[c] = d.Now().Add(accountPause)
	return d.paused[c]
}

// resume has a channel used again whose gateway has accepted us.
func (d *Dispatcher) resume(c ledger.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.paused, c)
}

// send sends one notice and notes what became of it. It is seen through when the
// switch shuts down meanwhile.
func (d *Dispatcher) send(ctx context.Context, n ledger.Notice) {
	ctx = context.WithoutCancel(ctx)
	receipt, err := d.handOver(ctx, n)
	ctx, stored := context.WithTimeout(ctx, storeTimeout)
	defer stored()
	outcome := "sent"
	if err == nil {
		d.resume(n.Channel)
		err = d.ledger.NoticeSent(ctx, n.ID, receipt)
		if err != nil {
			d.Log.Error("a notice was sent, which could not be noted: it will be sent again", "notice", n.ID, "error", err)
		}
	} else {
		outcome = d.failed(ctx, n, err)
	}
	d.sent.WithLabelValues(string(n.Channel), outcome).Inc()
}

// handOver gives a notice to the gateway of its channel.
func (d *Dispatcher) handOver(ctx context.Context, n ledger.Notice) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	return d.Senders[n.Channel](ctx, Message{ID: n.ID.String(), To: n.To, Subject: n.Subject, Text: n.Text})
}

// failed notes that a notice was not sent.
func (d *Dispatcher) failed(ctx context.Context, n ledger.Notice, cause error) (outcome string) {
	// Whom it was for, and what it said, stay out of the plain columns and logs.
	why := strings.NewReplacer(n.To, "[recipient]", n.Text, "[text]").Replace(cause.Error())
	if d.Account != nil && errors.Is(cause, d.Account) {
		until := d.pause(n.Channel)
		if err := d.ledger.NoticePostponed(ctx, n.ID, why, until); err != nil {
			d.Log.Error("a notice was not sent, which could not be noted", "notice", n.ID, "error", err)
		}
		d.Log.Error("the gateway does not accept our account or settings: notices wait until a person has mended them", "channel", n.Channel, "next", until, "cause", why)
		return "account"
	}
	permanent := d.Refused != nil && errors.Is(cause, d.Refused)
	pause := pauses[min(n.Attempts, len(pauses))-1]
	dead, err := d.ledger.NoticeFailed(ctx, n.ID, why, d.Now().Add(pause), permanent)
	if err != nil {
		d.Log.Error("a notice was not sent, which could not be noted", "notice", n.ID, "error", err)
	}
	d.Log.Warn("a notice was not sent", "notice", n.ID, "channel", n.Channel, "attempt", n.Attempts, "dead", dead, "cause", why)
	if dead {
		return "dead"
	}
	return "failed"
}
