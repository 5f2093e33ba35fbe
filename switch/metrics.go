package vending

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/upstream"
)

// metrics of a switch. Labels are few and closed: no meter, no merchant.
type metrics struct {
	requests *prometheus.CounterVec
	sales    *prometheus.CounterVec
	tender   *prometheus.CounterVec
	legs     *prometheus.HistogramVec
}

func newMetrics(registry prometheus.Registerer) *metrics {
	with := promauto.With(registry)
	return &metrics{
		requests: with.NewCounterVec(prometheus.CounterOpts{
			Name: "vendswitch_lookups_total",
			Help: "Authenticated requests that sell nothing, by operation and fault code (empty: answered).",
		}, []string{"channel", "operation", "code"}),
		sales: with.NewCounterVec(prometheus.CounterOpts{
			Name: "vendswitch_sales_total",
			Help: "Sales by the state they came to and why.",
		}, []string{"channel", "operation", "state", "code"}),
		tender: with.NewCounterVec(prometheus.CounterOpts{
			Name: "vendswitch_delivered_minor_units_total",
			Help: "Tender of delivered sales, in minor units.",
		}, []string{"supplier", "currency"}),
		legs: with.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "vendswitch_supplier_seconds",
			Help:    "Time from sending a message to a supplier until its answer was judged.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 20, 40},
		}, []string{"supplier", "operation", "verdict"}),
	}
}

func (m *metrics) request(r Request, code string) {
	m.requests.WithLabelValues(r.Channel, r.Operation, code).Inc()
}

// sold counts a sale that has come to a state.
func (s *Switch) sold(sale ledger.Sale, code string) {
	s.metrics.sales.WithLabelValues(sale.Channel, sale.Operation, string(sale.State), code).Inc()
	if sale.State == ledger.SaleDelivered {
		s.metrics.tender.WithLabelValues(sale.Supplier, sale.Currency).Add(float64(sale.Tender))
	}
}

// leg logs one exchange with a supplier, one line each, and measures it. Account
// faults and unknown outcomes are for the operator to see.
func (s *Switch) leg(saleID ledger.ID, call ledger.Call, e exchange, took time.Duration) {
	s.metrics.legs.WithLabelValues(call.Supplier, call.Operation, e.verdict.String()).Observe(took.Seconds())
	level := slog.LevelInfo
	switch {
	case e.account:
		level = slog.LevelError
	case e.verdict == upstream.Unknown:
		level = slog.LevelWarn
	}
	s.log.LogAttrs(context.Background(), level, "leg",
		slog.Any("leg", call.LegID), slog.Any("sale", saleID),
		slog.String("supplier", call.Supplier), slog.String("operation", call.Operation),
		slog.String("message", call.DateTime), slog.Int("number", call.Number),
		slog.String("verdict", e.verdict.String()), slog.String("code", e.code()), slog.String("reason", e.reason),
		slog.Bool("account_fault", e.account), slog.Int("deviations", len(e.deviations)), slog.Duration("took", took))
}
