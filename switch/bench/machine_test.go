//go:build bench

package bench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/schemas"
)

// machine describes what the figures were taken on.
func machine(t *testing.T) []string {
	t.Helper()
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		fmt.Sprintf("machine     %d cores, %s", runtime.NumCPU(), processor(t)),
		fmt.Sprintf("load before %s", strings.Join(strings.Fields(string(load))[:3], " ")),
		fmt.Sprintf("software    %s, libxml2 %s", runtime.Version(), schemas.LibxmlVersion()),
		fmt.Sprintf("fdatasync   %v", fdatasync(t)),
	}
}

func processor(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// fdatasync returns the median time in which the disk under the databases makes
// 8 KiB durable, written in place as a log is.
func fdatasync(t *testing.T) time.Duration {
	t.Helper()
	const page, times = 8 << 10, 500
	f, err := os.CreateTemp("/var/tmp", "vendswitch-bench-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	for i := range times + 1 {
		began := time.Now()
		if _, err := f.WriteAt(make([]byte, page), 0); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			t.Fatal(err)
		}
		if i > 0 { // the first makes the file longer
			took = append(took, time.Since(began))
		}
	}
	return median(took).Round(time.Microsecond)
}

// jiffy is the unit in which Linux counts the CPU time of processes.
const jiffy = time.Second / 100

// times is what /proc says of a process.
type times struct {
	parent int
	own    time.Duration // of the process, in user and kernel mode
	reaped time.Duration // of its children that have ended
}

func timesOf(pid int) (times, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return times{}, err
	}
	// The name, in parentheses, may hold anything; state, parent and so on follow.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var n [4]int64
	for i := range n {
		if n[i], err = strconv.ParseInt(fields[11+i], 10, 64); err != nil {
			return times{}, err
		}
	}
	parent, err := strconv.Atoi(fields[1])
	return times{parent, time.Duration(n[0]+n[1]) * jiffy, time.Duration(n[2]+n[3]) * jiffy}, err
}

// cpuOf returns the CPU time that a process has used.
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	used, err := timesOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	return used.own
}

// cpuOfFamily returns the CPU time of a process and all children it ever had.
func cpuOfFamily(t *testing.T, pid int) time.Duration {
	t.Helper()
	head, err := timesOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	total := head.own + head.reaped
	processes, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		child, err := strconv.Atoi(filepath.Base(p))
		if err != nil {
			continue
		}
		if used, err := timesOf(child); err == nil && used.parent == pid {
			total += used.own // one that has just ended is not there any more
		}
	}
	return total
}
