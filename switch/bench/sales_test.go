//go:build bench

package bench_test

import (
	"context"
	"log/slog"
	"os"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
)

// rate is what came of one slice.
type rate struct {
	sales   int64
	took    time.Duration
	cpu     []spent // altogether
	commits int64   // transactions
	wal     int64   // bytes of write-ahead log
}

func (r rate) perSecond() float64 { return float64(r.sales) / r.took.Seconds() }

// drive lets that many clients sell, each as fast as it is answered.
func drive(clients int, howLong time.Duration, sell func() error) (rate, error) {
	var sales atomic.Int64
	var failure atomic.Pointer[error]
	var all sync.WaitGroup
	began := time.Now()
	for range clients {
		all.Go(func() {
			for time.Since(began) < howLong && failure.Load() == nil {
				if err := sell(); err != nil {
					failure.Store(&err)
					return
				}
				sales.Add(1)
			}
		})
	}
	all.Wait()
	r := rate{sales: sales.Load(), took: time.Since(began)}
	if err := failure.Load(); err != nil {
		return r, *err
	}
	return r, nil
}

// contender sells on a database of its own.
type contender struct {
	name     string
	database *database
	run      func(t *testing.T, clients int, howLong time.Duration) rate
	sales    int64
	rounds   []rate
}

// warmUp is how long a contender sells before it is measured, so that plans,
// caches and connections are there.
const warmUp = 300 * time.Millisecond

func (c *contender) warm(t *testing.T, clients int) {
	t.Helper()
	c.sales += c.run(t, clients, warmUp).sales
}

// round sells for one slice.
func (c *contender) round(t *testing.T, clients int) rate {
	t.Helper()
	r := c.run(t, clients, slice())
	c.sales += r.sales
	c.rounds = append(c.rounds, r)
	return r
}

// perSecond returns the rate of each round.
func (c *contender) perSecond() []float64 {
	list := make([]float64, len(c.rounds))
	for i, r := range c.rounds {
		list[i] = r.perSecond()
	}
	return list
}

// cost returns what a sale costs, in the median round.
func (c *contender) cost() cost {
	pick := func(of func(rate) float64) float64 {
		each := make([]float64, len(c.rounds))
		for i, r := range c.rounds {
			each[i] = of(r) / float64(r.sales)
		}
		return median(each)
	}
	sale := cost{
		commits: pick(func(r rate) float64 { return float64(r.commits) }),
		wal:     pick(func(r rate) float64 { return float64(r.wal) }),
	}
	for i, s := range c.rounds[0].cpu {
		sale.cpu = append(sale.cpu, spent{s.who, time.Duration(pick(func(r rate) float64 { return float64(r.cpu[i].cpu) }))})
	}
	return sale
}

// openSwitch opens a switch on a database, as a node of its own. Its log is
// written and thrown away.
func openSwitch(ctx context.Context, address, keys, node string, connect func(ledger.Supplier, vending.Probe) (*upstream.Guard, error)) (*vending.Switch, func() error, error) {
	store, err := openLedger(ctx, address, keys, node)
	if err != nil {
		return nil, nil, err
	}
	log, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, nil, err
	}
	s, err := vending.New(ctx, vending.Settings{
		Ledger: store, Connect: connect, Node: node, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		return nil, nil, err
	}
	return s, func() error {
		if err := s.Close(); err != nil {
			return err
		}
		return store.Close()
	}, nil
}

// startProfile writes a CPU profile to a file, if one is named, until stop.
func startProfile(name string) (stop func(), err error) {
	if name == "" {
		return func() {}, nil
	}
	f, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		f.Close()
	}, nil
}

// newSeller makes the contender that sells through package vending in this
// process.
func newSeller(t *testing.T, m match) *contender {
	t.Helper()
	c := m.town.cluster
	d := c.copy(t, m.town.database)
	utility := newReady()
	s, closeSwitch, err := openSwitch(t.Context(), d.address, m.town.keys, "bench", func(to ledger.Supplier, probe vending.Probe) (*upstream.Guard, error) {
		return upstream.NewGuard(utility, upstream.Settings{Name: to.Code, Timeout: to.Timeout, Probe: probe}), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := closeSwitch(); err != nil {
			t.Error(err)
		}
	})
	stop, err := startProfile(m.profile("vending"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	sell := &seller{kind: m.kind, from: m.from, vending: s}
	return &contender{name: "vending", database: d, run: func(t *testing.T, clients int, howLong time.Duration) rate {
		t.Helper()
		sell.run++
		sell.numbers.Store(0)
		return c.watch(t, []process{{"switch", os.Getpid()}}, func() rate {
			r, err := drive(clients, howLong, sell.sell)
			if err != nil {
				t.Fatal(err)
			}
			return r
		})
	}}
}

// sample reads what pgbench has to write, from a sale of ours.
func (d *database) sample(t *testing.T, query string) map[string]string {
	t.Helper()
	rows, err := d.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values, into := make([]string, len(names)), make([]any, len(names))
	for i := range values {
		into[i] = &values[i]
	}
	if !rows.Next() {
		t.Fatal("no sale to sample")
	}
	if err := rows.Scan(into...); err != nil {
		t.Fatal(err)
	}
	sample := make(map[string]string, len(names))
	for i, name := range names {
		sample[name] = values[i]
	}
	return sample
}
