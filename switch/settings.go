package vending

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// Defaults of Settings.
const (
	// DefaultAnswerBudget is the longest a client waits for an answer. It is
	// below the 30 s at which the most impatient observed clients of utilities
	// give up.
	DefaultAnswerBudget = 25 * time.Second

	// DefaultCatalogueAge is how long a change that an operator makes to the
	// catalogue may take to be seen by a running switch. Parties are read at
	// each request, funds and blocked merchants under the ledger's lock: they are
	// never stale.
	DefaultCatalogueAge = 2 * time.Second

	// DefaultExpiryMargin stops the sale of a voucher that expires sooner.
	DefaultExpiryMargin = 24 * time.Hour

	// DefaultResolverTick is how often the resolver looks for legs that are due.
	DefaultResolverTick = time.Second

	// DefaultLeaseMargin is added to a call's time-out; a leg whose lease has run
	// out belongs to a node that is gone.
	DefaultLeaseMargin = 10 * time.Second

	// DefaultSettleAfter is how long after a vend was sent its supplier's "never
	// seen" begins to count, for a supplier without a time of its own.
	DefaultSettleAfter = 10 * time.Minute

	// DefaultCommitBudget is how long the switch tries to store an outcome it has
	// in hand before it leaves the leg to the resolver.
	DefaultCommitBudget = 5 * time.Second

	// adviceReserve is what is kept of the answer budget for a first advice after
	// a supplier's silence.
	adviceReserve = 4 * time.Second

	// leastTime is what must be left of the answer budget for a supplier to be
	// called at all: a call that can only time out makes an unknown outcome.
	leastTime = adviceReserve + 2*time.Second

	// LeastAnswerBudget is the shortest answer budget that leaves time to sell.
	LeastAnswerBudget = leastTime + time.Second

	// pollInterval is how often a repeated request looks whether the first one,
	// perhaps on another node, is done.
	pollInterval = 50 * time.Millisecond
)

// AdviceSchedule is when the resolver asks about an unknown leg, counted from one
// question to the next. The last step repeats.
var AdviceSchedule = []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour}

// ExceptionAfter is the number of unanswered questions after which a person is
// called in as well. The resolver goes on asking.
const ExceptionAfter = 4

// Probe surrounds the harmless lookup by which a guard finds out whether its
// supplier is well again: it takes a message id, commits the leg, calls send once,
// closes the leg, and returns what went wrong.
type Probe func(ctx context.Context, send func(upstream.MessageID) error) error

// Settings configure a Switch.
type Settings struct {
	Ledger *ledger.Store
	// Connect makes the guarded connection to an online supplier. It is called
	// when the supplier is first needed, and again after its record has changed.
	// The guard's half-open breaker must send its lookups through probe.
	Connect func(to ledger.Supplier, probe Probe) (*upstream.Guard, error)

	Node         string           // names this node in leases and logs
	Now          func() time.Time // nil means time.Now
	Log          *slog.Logger     // nil discards
	Metrics      prometheus.Registerer
	AnswerBudget time.Duration
	CatalogueAge time.Duration
	ExpiryMargin time.Duration
	Zone         *time.Location // in which a voucher's last day ends; nil: UTC
	ResolverTick time.Duration
	LeaseMargin  time.Duration
	CommitBudget time.Duration
	Schedule     []time.Duration // of advices; nil means AdviceSchedule
}

func (s Settings) withDefaults() Settings {
	if s.Now == nil {
		s.Now = time.Now
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Metrics == nil {
		s.Metrics = prometheus.NewRegistry()
	}
	s.AnswerBudget = orDefault(s.AnswerBudget, DefaultAnswerBudget)
	s.CatalogueAge = orDefault(s.CatalogueAge, DefaultCatalogueAge)
	s.ExpiryMargin = orDefault(s.ExpiryMargin, DefaultExpiryMargin)
	s.Zone = cmp.Or(s.Zone, time.UTC)
	s.ResolverTick = orDefault(s.ResolverTick, DefaultResolverTick)
	s.LeaseMargin = orDefault(s.LeaseMargin, DefaultLeaseMargin)
	s.CommitBudget = orDefault(s.CommitBudget, DefaultCommitBudget)
	if s.Schedule == nil {
		s.Schedule = AdviceSchedule
	}
	return s
}

func orDefault(d, standard time.Duration) time.Duration {
	if d <= 0 {
		return standard
	}
	return d
}
