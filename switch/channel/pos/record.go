package pos

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// metrics of the server. Labels come from closed sets: no client, no meter.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	with := promauto.With(registry)
	return &metrics{
		requests: with.NewCounterVec(prometheus.CounterOpts{
			Name: "vendswitch_pos_requests_total",
			Help: "XMLVend requests by operation and class of the fault answered with (empty: no fault).",
		}, []string{"operation", "fault"}),
		seconds: with.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "vendswitch_pos_request_seconds",
			Help:    "Time from the decoded XMLVend request to the answer, before it is encoded.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 25},
		}, []string{"operation"}),
		refused: with.NewCounterVec(prometheus.CounterOpts{
			Name: "vendswitch_pos_refused_total",
			Help: "XMLVend requests refused before their sender was authenticated, which leave nothing in the journal, by reason.",
		}, []string{"reason"}),
	}
}

// ending is how a request ended.
type ending struct {
	cause error          // nil if it was answered
	fault *vending.Fault // that was answered, or would have been
	class xmlvend.FaultClass
	took  time.Duration
}

// write counts a request and logs it, in one line. A request refused before
// authentication has no other trace; an internal error has its cause nowhere
// else.
func (x *exchange) write(ctx context.Context, e ending) {
	x.metrics.requests.WithLabelValues(x.operation.name, string(e.class)).Inc()
	x.metrics.seconds.WithLabelValues(x.operation.name).Observe(e.took.Seconds())
	level, attrs := slog.LevelInfo, []slog.Attr{
		slog.String("operation", x.operation.name),
		slog.String("client", x.head.Client.ID),
		slog.String("terminal", x.head.Terminal.ID),
		slog.String("message", canonical(x.head.MsgID).String()),
		slog.Duration("took", e.took),
	}
	message := "request"
	if e.fault != nil {
		attrs = append(attrs, slog.String("code", string(e.fault.Code)), slog.String("fault", string(e.class)))
		switch {
		case e.fault.Code == vending.CodeInternal:
			level = slog.LevelError
			attrs = append(attrs, slog.String("reference", e.fault.Reference), slog.String("cause", e.cause.Error()))
		case !x.authenticated:
			level, message = slog.LevelWarn, "request refused before authentication"
			x.metrics.refused.WithLabelValues(string(e.fault.Code)).Inc()
		}
	}
	x.log.LogAttrs(ctx, level, message, attrs...)
}

// referenced gives an internal error the reference under which its cause is in
// the log.
func referenced(f *vending.Fault) *vending.Fault {
	if f.Code != vending.CodeInternal {
		return f
	}
	marked := *f
	marked.Reference = rand.Text()[:10]
	return &marked
}

// observe hears of the requests that the handler in front ended itself.
func (s *server) observe(ctx context.Context, r xmlvend.Refusal) {
	attrs := []slog.Attr{
		slog.String("reason", string(r.Kind)),
		slog.String("client", r.Client.ID),
		slog.String("remote", r.Remote),
		slog.Any("cause", r.Err),
	}
	switch r.Kind {
	case xmlvend.ServiceHungUp: // logged with its request
	case xmlvend.ServicePanicked, xmlvend.ServiceFailed:
		s.metrics.requests.WithLabelValues("", string(xmlvend.SystemEx)).Inc()
		s.log.LogAttrs(ctx, slog.LevelError, "request failed", append(attrs, slog.String("stack", string(r.Stack)))...)
	default:
		s.metrics.refused.WithLabelValues(string(r.Kind)).Inc()
		s.log.LogAttrs(ctx, slog.LevelWarn, "request refused before authentication", attrs...)
	}
}
