//go:build bench

package bench_test

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

//go:embed testdata/libxml_floor.c
var libxmlFloor []byte

//go:embed testdata/creditVendReq.xml
var creditVendReq []byte

//go:embed testdata/creditVendResp.xml
var creditVendResp []byte

// messageSlice is how long one figure about messages is measured in one round.
const messageSlice = 500 * time.Millisecond

// benchMessages measures what every request costs before and after its sale:
// the request judged by the schemas and decoded, and the answer encoded.
func benchMessages(t *testing.T, report *table) {
	validator, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := xmlvend.Decode(creditVendResp)
	if err != nil {
		t.Fatal(err)
	}
	parts := []struct {
		name string
		work func() error
	}{
		{"validate", func() error { return validator.Validate(creditVendReq) }},
		{"decode", func() error { _, err := xmlvend.Decode(creditVendReq); return err }},
		{"encode", func() error { encoded.Store(int64(len(xmlvend.Encode(answer)))); return nil }},
	}
	whole := func() error {
		for _, p := range parts {
			if err := p.work(); err != nil {
				return err
			}
		}
		return nil
	}
	floor := compileFloor(t)
	for _, threads := range []int{1, 2} {
		f := figure{
			what: fmt.Sprintf("creditVend message, threads: %d", threads), unit: "µs",
			floorIs: "libxml2 in C: parse, validate", aim: "at most 4",
		}
		split := make([][]float64, len(parts))
		for range *benchRounds {
			f.floor = append(f.floor, floor(t, threads))
			f.ours = append(f.ours, microseconds(t, threads, whole))
			for i, p := range parts {
				split[i] = append(split[i], microseconds(t, threads, p.work))
			}
		}
		var each []string
		for i, p := range parts {
			each = append(each, fmt.Sprintf("%s %.1f", p.name, median(split[i])))
		}
		f.parts = strings.Join(each, ", ")
		report.add(f)
	}
}

// encoded keeps the compiler from leaving the encoding out.
var encoded atomic.Int64

// microseconds returns how long work takes when that many goroutines do nothing
// else, by the clock on the wall, divided by all that was done.
func microseconds(t *testing.T, threads int, work func() error) float64 {
	t.Helper()
	var done atomic.Int64
	var workers sync.WaitGroup
	began := time.Now()
	for range threads {
		workers.Go(func() {
			n := 0
			for ; time.Since(began) < messageSlice; n++ {
				if err := work(); err != nil {
					t.Error(err)
					break
				}
			}
			done.Add(int64(n))
		})
	}
	workers.Wait()
	return float64(time.Since(began).Microseconds()) / float64(done.Load())
}

// compileFloor compiles the C program and returns a function that runs it, in
// microseconds as above.
func compileFloor(t *testing.T) func(t *testing.T, threads int) float64 {
	t.Helper()
	folder := t.TempDir()
	write := func(name string, text []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, name := range schemas.Names() {
		text, _ := schemas.File(name)
		write(name, text)
	}
	document := write("document.xml", creditVendReq)
	source, program := write("floor.c", libxmlFloor), filepath.Join(folder, "floor")
	compile := fmt.Sprintf("gcc -O2 -o %s %s $(pkg-config --cflags --libs libxml-2.0) -pthread", program, source)
	if out, err := exec.Command("/bin/sh", "-c", compile).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return func(t *testing.T, threads int) float64 {
		t.Helper()
		var done, took float64
		run := exec.Command(program, filepath.Join(folder, "xmlvend.xsd"), document,
			strconv.Itoa(threads), strconv.FormatInt(messageSlice.Milliseconds(), 10))
		out, err := run.Output()
		if err == nil {
			_, err = fmt.Sscan(string(out), &done, &took)
		}
		if err != nil {
			t.Fatalf("the floor in C: %v", err)
		}
		return took / 1000 / done
	}
}
