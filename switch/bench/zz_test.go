//go:build bench

package bench_test

import (
	"fmt"
	"os"
	"strconv"
	"runtime/pprof"
	"testing"
	"time"
)

func TestZ(t *testing.T) {
	clusterSettings = append(clusterSettings, "shared_preload_libraries = 'pg_stat_statements'", "track_io_timing=on")
	c := newCluster(t)
	c.do(t, "ALTER SYSTEM SET pg_stat_statements.track_planning = on")
	c.do(t, "SELECT pg_reload_conf()")
	c.do(t, "CREATE EXTENSION pg_stat_statements")
	town := newTown(t, c, products, 60000)
	k := electricity
	if os.Getenv("K") == "stock" {
		k = stock
	}
	n, _ := strconv.Atoi(os.Getenv("C"))
	m := match{town: town, kind: k, from: town.everybody(), clients: n}
	s := newSeller(t, m)
	s.warm(t, n)
	f := newFloor(t, m, s.database.sample(t, m.kind.sample))
	for _, o := range []*contender{s, f} {
		c.do(t, "SELECT pg_stat_statements_reset()")
		w0 := wal(t, c)
		pf, _ := os.Create("/tmp/slice." + o.name + "." + k.name + "." + os.Getenv("C") + ".prof")
		pprof.StartCPUProfile(pf)
		r := o.run(t, n, 4*time.Second)
		pprof.StopCPUProfile()
		pf.Close()
		w1 := wal(t, c)
		fmt.Printf("%s: %.0f/s, cpu %s, WAL %d B/sale\n", o.name, r.perSecond(), perSale([]rate{r}), (w1-w0)/r.sales)
		rows, err := c.admin.Query("SELECT calls, plans, total_plan_time, total_exec_time, rows, left(regexp_replace(query,'\\s+',' ','g'),110) FROM pg_stat_statements ORDER BY total_exec_time+total_plan_time DESC LIMIT 16")
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var calls, plans, n int64
			var p, e float64
			var q string
			rows.Scan(&calls, &plans, &p, &e, &n, &q)
			fmt.Printf("%8d calls %6d plans %8.1f plan us/sale %8.1f exec us/sale %6.1f us/call %s\n", calls, plans, p*1000/float64(r.sales), e*1000/float64(r.sales), e*1000/float64(calls), q)
		}
	}
}

func wal(t *testing.T, c *cluster) (n int64) {
	if err := c.admin.QueryRow("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return
}
