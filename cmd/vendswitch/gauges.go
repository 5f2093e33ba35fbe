package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/vendswitch/vendswitch/ledger"
)

// gauges read what needs a person's eye from the ledger each time they are
// scraped.
type gauges struct {
	store *ledger.Store
	log   *slog.Logger

	exceptions, unknown, oldest, stock *prometheus.Desc

	deposits, noticesDue, noticesOldest, noticesDead *prometheus.Desc
}

const (
	scrapeTimeout = 5 * time.Second
	mostCounted   = 10_000 // legs; beyond it the count is not what matters
)

func newGauges(store *ledger.Store, log *slog.Logger) *gauges {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("vendswitch_"+name, help, labels, nil)
	}
	return &gauges{
		store: store, log: log,
		exceptions: desc("exceptions_open", "Exceptions that nobody has closed."),
		unknown:    desc("sales_pending", "Sales held or unknown now."),
		oldest:     desc("sales_pending_oldest_seconds", "Age of the oldest of them."),
		stock:      desc("stock_left", "Vouchers left.", "product"),

		deposits:      desc("deposits_waiting", "Deposits that wait for a person or a confirmation.", "state"),
		noticesDue:    desc("notices_due", "Notices to merchants that were not sent yet."),
		noticesOldest: desc("notices_due_oldest_seconds", "Age of the oldest of them."),
		noticesDead:   desc("notices_dead", "Notices to merchants that were given up."),
	}
}

// Describe names the gauges.
func (g *gauges) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(g, ch) }

// Collect reads the gauges. What cannot be read is left out.
func (g *gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	if open, err := g.store.Exceptions(ctx, true); err == nil {
		gauge(g.exceptions, float64(len(open)))
	} else {
		g.log.Warn("exceptions could not be counted", "error", err)
	}
	// Each of them has an open or unknown leg that buys, and those are indexed.
	legs, err := g.store.Legs(ctx, ledger.LegFilter{Direction: ledger.Outbound, States: []ledger.LegState{ledger.LegOpen, ledger.LegUnknown}, Limit: mostCounted})
	if err == nil {
		oldest, pending := time.Duration(0), 0
		for _, l := range legs {
			if l.Vend {
				pending++
				oldest = max(oldest, time.Since(l.OpenedAt))
			}
		}
		gauge(g.unknown, float64(pending))
		gauge(g.oldest, oldest.Seconds())
	} else {
		g.log.Warn("pending sales could not be counted", "error", err)
	}
	g.collectDeposits(ctx, gauge)
	levels, err := g.store.StockCount(ctx, ledger.StockActive)
	if err != nil {
		g.log.Warn("stock could not be counted", "error", err)
		return
	}
	left := make(map[string]int)
	for _, l := range levels {
		left[l.Product] += l.Count
	}
	for product, n := range left {
		gauge(g.stock, float64(n), product)
	}
}

// collectDeposits reads what of deposits needs a person's eye.
func (g *gauges) collectDeposits(ctx context.Context, gauge func(*prometheus.Desc, float64, ...string)) {
	waiting, err := g.store.WaitingDeposits(ctx)
	if err != nil {
		g.log.Warn("deposits could not be counted", "error", err)
	}
	for state, n := range waiting {
		gauge(g.deposits, float64(n), string(state))
	}
	backlog, err := g.store.NoticeBacklog(ctx)
	if err != nil {
		g.log.Warn("notices could not be counted", "error", err)
		return
	}
	gauge(g.noticesDue, float64(backlog.Due))
	gauge(g.noticesDead, float64(backlog.Dead))
	age := 0.0
	if !backlog.Since.IsZero() {
		age = time.Since(backlog.Since).Seconds()
	}
	gauge(g.noticesOldest, age)
}
