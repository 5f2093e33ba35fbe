//go:build bench

package bench_test

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one line of the table. Ours and its floor's were taken in turn, one
// of each in every round.
type figure struct {
	what    string
	unit    string
	ours    []float64
	floor   []float64
	floorIs string
	aim     string // of the ratio
	parts   string // of which ours is made up
	cost    cost   // of a sale, if it is one
	floors  cost
}

// cost is what one sale costs.
type cost struct {
	commits float64
	wal     float64 // bytes
	cpu     []spent
}

// spent is the CPU time of a process, or of a group of them.
type spent struct {
	who string
	cpu time.Duration
}

// ratios returns the ratio of each round.
func (f figure) ratios() []float64 {
	list := make([]float64, len(f.ours))
	for i := range list {
		list[i] = f.ours[i] / f.floor[i]
	}
	return list
}

// table gathers what is printed at the end.
type table struct {
	machine []string
	figures []figure
}

func (t *table) add(f figure) { t.figures = append(t.figures, f) }

// write prints the table, medians of the rounds in aligned columns, and below it
// what a sale costs.
func (t *table) write(w io.Writer) {
	fmt.Fprintln(w)
	for _, line := range t.machine {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	columns := newColumns(w, "figure", "unit", "ours", "floor", "ratio", "lowest-highest", "aim", "floor is", "parts")
	for _, f := range t.figures {
		r := f.ratios()
		columns.line(f.what, f.unit, quantity(median(f.ours)), quantity(median(f.floor)), fmt.Sprintf("%.2f", median(r)),
			fmt.Sprintf("%.2f-%.2f", slices.Min(r), slices.Max(r)), f.aim, f.floorIs, f.parts)
	}
	columns.Flush()
	fmt.Fprintln(w)
	columns = newColumns(w, "what a sale costs", "commits", "of floor", "WAL KiB", "of floor", "CPU µs", "of floor", "CPU of ours", "CPU of floor")
	for _, f := range t.figures {
		if len(f.cost.cpu) > 0 {
			columns.line(f.what, fmt.Sprintf("%.2f", f.cost.commits), fmt.Sprintf("%.2f", f.floors.commits),
				quantity(f.cost.wal/1024), quantity(f.floors.wal/1024), total(f.cost.cpu), total(f.floors.cpu), each(f.cost.cpu), each(f.floors.cpu))
		}
	}
	columns.Flush()
}

func total(list []spent) string {
	var sum time.Duration
	for _, s := range list {
		sum += s.cpu
	}
	return fmt.Sprint(sum.Microseconds())
}

func each(list []spent) string {
	parts := make([]string, len(list))
	for i, s := range list {
		parts[i] = fmt.Sprintf("%s %d", s.who, s.cpu.Microseconds())
	}
	return strings.Join(parts, ", ")
}

// columns aligns what is written in lines.
type columns struct{ *tabwriter.Writer }

func newColumns(w io.Writer, heads ...string) columns {
	c := columns{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	c.line(heads...)
	rules := make([]string, len(heads))
	for i, head := range heads {
		rules[i] = strings.Repeat("-", len(head))
	}
	c.line(rules...)
	return c
}

func (c columns) line(cells ...string) { fmt.Fprintln(c, strings.Join(cells, "\t")) }

// quantity writes a number with as many decimals as say something.
func quantity(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// median returns the middle of the values, the mean of the middle two if their
// number is even.
func median[T ~int64 | ~float64](of []T) T {
	sorted := slices.Sorted(slices.Values(of))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
