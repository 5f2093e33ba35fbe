//go:build bench

package bench_test

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure is one line of the table: a median beside the median of its floor.
type figure struct {
	what  string
	floor string // what the floor is
	unit  string
	ours  float64
	least float64 // the floor's figure
	aim   string  // of the ratio
	note  string
}

func (f figure) ratio() float64 { return f.ours / f.least }

// table gathers what is printed at the end.
type table struct {
	machine []string
	figures []figure
}

func (t *table) add(f figure) { t.figures = append(t.figures, f) }

// write prints the table, columns aligned.
func (t *table) write(w io.Writer) {
	fmt.Fprintln(w)
	for _, line := range t.machine {
		fmt.Fprintln(w, line)
	}
	fmt.Fprintln(w)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer columns.Flush()
	heads := []string{"figure", "unit", "ours", "floor", "ratio", "aim", "floor is", "remarks"}
	fmt.Fprintln(columns, strings.Join(heads, "\t"))
	for i := range heads {
		heads[i] = strings.Repeat("-", len(heads[i]))
	}
	fmt.Fprintln(columns, strings.Join(heads, "\t"))
	for _, f := range t.figures {
		fmt.Fprintf(columns, "%s\t%s\t%s\t%s\t%.2f\t%s\t%s\t%s\n",
			f.what, f.unit, quantity(f.ours), quantity(f.least), f.ratio(), f.aim, f.floor, f.note)
	}
}

// quantity writes a number with as many decimals as say something.
func quantity(v float64) string {
	if v < 1000 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// median returns the middle of the values, the mean of the middle two if their
// number is even.
func median[T any](of []T, by func(T) float64) float64 {
	values := make([]float64, len(of))
	for i, v := range of {
		values[i] = by(v)
	}
	slices.SortFunc(values, cmp.Compare)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
