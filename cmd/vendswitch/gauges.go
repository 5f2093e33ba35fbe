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
