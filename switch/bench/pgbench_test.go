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

// floor is pgbench at work on a database of its own.
type floor struct {
	cluster   *cluster
	database  *database
	script    string            // path
	variables map[string]string // of the script
	runs      int
}

// newFloor prepares pgbench to sell as the kind of sale says, with the bytes that
// a sale of ours has left in the columns that are sealed or large.
func newFloor(t *testing.T, c *cluster, town *database, k kind, from crowd, bytes map[string]string) *floor {
	t.Helper()
	script := filepath.Join(t.TempDir(), "sale.sql")
	if err := os.WriteFile(script, k.floor, 0o600); err != nil {
		t.Fatal(err)
	}
	f := &floor{cluster: c, database: c.copy(t, town), script: script, variables: maps.Clone(bytes)}
	f.variables["lowest"] = strconv.Itoa(firstMerchant)
	f.variables["highest"] = strconv.Itoa(firstMerchant + from.merchants - 1)
	f.variables["products"] = strconv.Itoa(from.products)
	return f
}

var (
	processedLine = regexp.MustCompile(`(?m)^number of transactions actually processed: (\d+)`)
	failedLine    = regexp.MustCompile(`(?m)^number of failed transactions: (\d+)`)
	rateLine      = regexp.MustCompile(`(?m)^tps = ([0-9.]+) `)
)

// firstRun keeps the ids of all runs as long as one another; see the scripts.
const firstRun = 1000

// run sells for so long, in whole seconds.
func (f *floor) run(t *testing.T, clients int, howLong time.Duration) rate {
	t.Helper()
	f.runs++
	args := []string{
		"--no-vacuum", "--protocol", "prepared", "--file", f.script,
		"--client", strconv.Itoa(clients), "--jobs", strconv.Itoa(min(clients, 2)), "--time", strconv.Itoa(int(howLong.Seconds())),
		"--define", "n=0", "--define", fmt.Sprintf("clients=%d", clients),
		"--define", fmt.Sprintf("run=%d", firstRun+f.runs), "--define", "date_time=" + dateTime(f.runs),
	}
	for name, value := range f.variables {
		args = append(args, "--define", name+"="+value)
	}
	var complaints bytes.Buffer
	before := f.cluster.cpu(t)
	pgbench := exec.Command(filepath.Join(f.cluster.programs, "pgbench"), append(args, f.database.address)...)
	pgbench.Stderr = &complaints
	out, err := pgbench.Output()
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
	return rate{
		sales: int64(done),
		took:  time.Duration(done / number(rateLine) * float64(time.Second)),
		cpu: []spent{
			{"pgbench", pgbench.ProcessState.UserTime() + pgbench.ProcessState.SystemTime()},
			{"PostgreSQL", f.cluster.cpu(t) - before},
		},
	}
}

// dateTime is the dateTime of all message ids of one run.
func dateTime(run int) string {
	return time.Date(2026, 1, 1, 0, 0, run, 0, time.UTC).Format("20060102150405")
}
