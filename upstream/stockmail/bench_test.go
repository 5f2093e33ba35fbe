package stockmail_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/upstream/stockmail"
)

// million makes the lines of a stock file as they are read, so that memory holds none
// of them.
type million struct {
	n, lines int
	rest     []byte
	buffer   [128]byte
}

func (m *million) Read(p []byte) (int, error) {
	total := 0
	for total < len(p) {
		if len(m.rest) == 0 {
			if m.n == m.lines {
				break
			}
			m.rest = fmt.Appendf(m.buffer[:0], "D|101|10.00|0|10|31/12/2028|B4471|%010d|%016d\n", 9_000_000_000+m.n, 7_000_000_000_000_000+m.n*7919)
			m.n++
		}
		n := copy(p[total:], m.rest)
		m.rest = m.rest[n:]
		total += n
	}
	if total == 0 {
		return 0, io.EOF
	}
	return total, nil
}

// BenchmarkRead reads a million vouchers, and the same bytes with bufio.Scanner and
// bytes.Split, which decide nothing.
func BenchmarkRead(b *testing.B) {
	const lines = 1_000_000
	text, err := io.ReadAll(&million{lines: lines})
	if err != nil {
		b.Fatal(err)
	}
	a := parse(b, supplier(b, "kestrel"))
	var ours, floor time.Duration
	for b.Loop() {
		start := time.Now()
		count := 0
		for _, err := range stockmail.Read(a, bytes.NewReader(text), stockmail.Options{Today: today}).Vouchers() {
			if err != nil {
				b.Fatal(err)
			}
			count++
		}
		ours += time.Since(start)
		if count != lines {
			b.Fatal(count)
		}
		start = time.Now()
		for s := bufio.NewScanner(bytes.NewReader(text)); s.Scan(); {
			if len(bytes.Split(s.Bytes(), []byte("|"))) != 9 {
				b.Fatal("columns")
			}
		}
		floor += time.Since(start)
	}
	b.ReportMetric(float64(lines)*float64(b.N)/ours.Seconds(), "vouchers/s")
	b.ReportMetric(float64(ours)/float64(floor), "×split")
	b.ReportMetric(0, "ns/op")
}

// most is the most memory that reading a file of so many vouchers held at once, beside
// what was held before and with little garbage.
func most(tb testing.TB, lines int) uint64 {
	tb.Helper()
	a := parse(tb, supplier(tb, "kestrel"))
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, peak := m.HeapAlloc, uint64(0)
	f := stockmail.Read(a, &million{lines: lines}, stockmail.Options{Today: today})
	count := 0
	for _, err := range f.Vouchers() {
		if err != nil {
			tb.Fatal(err)
		}
		if count++; count%10_000 == 0 {
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc-min(before, m.HeapAlloc))
		}
	}
	if f.Totals().Count != lines {
		tb.Fatal(count)
	}
	return peak
}
