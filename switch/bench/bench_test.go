//go:build bench

// Package bench_test measures the switch beside what the machine can do at all.
//
// Every figure stands next to its floor, taken in the same run and in turn with
// it: for messages a loop in C over libxml2, for sales pgbench writing the same
// rows with plain transactions on the same PostgreSQL. What counts is the ratio;
// absolute figures are those of the machine. The table reports and does not
// judge: the test fails on errors only, such as books that do not balance.
//
//	go test -tags bench -timeout 0 -v -count 1 -run '^TestBenchTable$' ./switch/bench
package bench_test

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

var (
	benchSecs    = flag.Int("benchsecs", 3, "seconds that each figure of sales is measured, per round")
	benchRounds  = flag.Int("benchrounds", 3, "rounds in which a figure and its floor take turns; the table shows medians")
	benchProfile = flag.String("benchprofile", "", "folder, as an absolute path, for CPU profiles of the switch")
)

// slice is how long one figure is measured in one round.
func slice() time.Duration { return time.Duration(*benchSecs) * time.Second }

func TestMain(m *testing.M) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as vendswitch serve does
	}
	if play, ok := roles[os.Getenv(roleVariable)]; ok {
		os.Exit(play())
	}
	os.Exit(ledgertest.Run(m))
}

// TestBenchTable prints the table.
func TestBenchTable(t *testing.T) {
	var report table
	t.Cleanup(func() { report.write(t.Output()) })

	report.machine = machine(t)
	t.Run("messages", func(t *testing.T) { benchMessages(t, &report) })

	c := newCluster(t)
	report.machine = append(report.machine, c.describe(t)...)
	town := newTown(t, c, products, vouchersFor(12_000))
	t.Run("electricity", func(t *testing.T) { benchSales(t, &report, town, electricity) })
	t.Run("stock", func(t *testing.T) { benchSales(t, &report, town, stock) })
	t.Run("hot float", func(t *testing.T) { benchHotFloat(t, &report, town) })
	t.Run("one product", func(t *testing.T) { benchOneProduct(t, &report, newTown(t, c, 1, 1_000_000)) })
}
