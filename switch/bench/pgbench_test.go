//go:build bench

package bench_test

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

//go:embed testdata/electricity.sql
var electricityFloor []byte

//go:embed testdata/stock.sql
var stockFloor []byte

// pgbench is that program at work on a database of its own.
type pgbench struct {
	cluster   *cluster
	database  *database
	script    string            // path
	variables map[string]string // of the script
	runs      int
}

// newFloor makes the contender that is pgbench, writing what a sale of ours has
// left in the columns that are sealed or large.
func newFloor(t *testing.T, m match, sample map[string]string) *contender {
	t.Helper()
	return newPgbench(t, m, "floor", m.kind.floor, sample)
}

// newCeiling makes the contender that is pgbench writing the same rows in one
// message a transaction, and looking at no answer before it has them all. It
// decides nothing, so it is about what any switch could reach on this machine.
func newCeiling(t *testing.T, m match, sample map[string]string) *contender {
	t.Helper()
	script := gset.ReplaceAll(m.kind.floor, []byte(";"))
	script = bytes.ReplaceAll(script, []byte("BEGIN;"), []byte("\\startpipeline\nBEGIN;"))
	script = bytes.ReplaceAll(script, []byte("COMMIT;"), []byte("COMMIT;\n\\endpipeline"))
	return newPgbench(t, m, "pgbench, pipelined", script, sample)
}

// gset is how the script checks that a row was there, which no pipeline can.
var gset = regexp.MustCompile(`\nRETURNING [a-zA-Z, ]+ \\gset`)

func newPgbench(t *testing.T, m match, name string, text []byte, sample map[string]string) *contender {
	t.Helper()
	script := filepath.Join(t.TempDir(), "sale.sql")
	if err := os.WriteFile(script, text, 0o600); err != nil {
		t.Fatal(err)
	}
	p := &pgbench{cluster: m.town.cluster, database: m.town.cluster.copy(t, m.town.database), script: script, variables: maps.Clone(sample)}
	p.variables["lowest"] = strconv.Itoa(firstMerchant)
	p.variables["highest"] = strconv.Itoa(firstMerchant + m.from.merchants - 1)
	p.variables["products"] = strconv.Itoa(m.from.products)
	return &contender{name: name, database: p.database, run: p.run}
}

var (
	processedLine = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)`)
	failedLine    = regexp.MustCompile(`(?m)^number of failed transactions: (\d+)`)
	rateLine      = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)
)

// pgbenchOptions make PostgreSQL plan for pgbench as it does for the ledger's
// writer: every statement reaches its rows by an index, however small a table
// was when the statement was prepared.
const pgbenchOptions = "PGOPTIONS=-c enable_seqscan=off -c enable_bitmapscan=off -c plan_cache_mode=force_generic_plan -c jit=off"

// firstRun keeps the ids of all runs as long as one another; see the scripts.
const firstRun = 1000

// run sells for so long, in whole seconds.
func (p *pgbench) run(t *testing.T, clients int, howLong time.Duration) rate {
	t.Helper()
	p.runs++
	args := []string{
		"--no-vacuum", "--protocol", "prepared", "--file", p.script,
		"--client", strconv.Itoa(clients), "--jobs", strconv.Itoa(min(clients, 2)), "--time", strconv.Itoa(int(howLong.Seconds())),
		"--define", "n=0", "--define", fmt.Sprintf("clients=%d", clients),
		"--define", fmt.Sprintf("run=%d", firstRun+p.runs), "--define", "date_time=" + dateTime(p.runs),
	}
	for name, value := range p.variables {
		args = append(args, "--define", name+"="+value)
	}
	var own spent
	r := p.cluster.watch(t, nil, func() (r rate) {
		r, own = p.sell(t, args)
		return r
	})
	r.cpu = append([]spent{own}, r.cpu...)
	return r
}

// sell runs pgbench, and tells its own CPU time too.
func (p *pgbench) sell(t *testing.T, args []string) (rate, spent) {
	t.Helper()
	var complaints bytes.Buffer
	command := exec.Command(filepath.Join(p.cluster.programs, "pgbench"), append(args, p.database.address)...)
	command.Env = append(os.Environ(), pgbenchOptions)
	command.Stderr = &complaints
	out, err := command.Output()
	if err != nil || strings.Contains(complaints.String(), "abort") {
		t.Fatalf("pgbench: %v\n%s", err, complaints.String())
	}
	number := func(line *regexp.Regexp) float64 {
		found := line.FindSubmatch(out)
		if found == nil {
			t.Fatalf("pgbench does not say %s:\n%s", line, out)
		}
		n, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if failed := number(failedLine); failed != 0 {
		t.Fatalf("%.0f transactions of pgbench failed\n%s", failed, complaints.String())
	}
	done := number(processedLine)
	return rate{sales: int64(done), took: time.Duration(done / number(rateLine) * float64(time.Second))},
		spent{"pgbench", command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
}

// dateTime is the dateTime of all message ids of one run.
func dateTime(run int) string {
	return time.Date(2026, 1, 1, 0, 0, run, 0, time.UTC).Format("20060102150405")
}
