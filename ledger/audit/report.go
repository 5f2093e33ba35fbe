package audit

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// maxFindings is how many findings of one invariant are kept; more are counted.
const maxFindings = 100

// Report is what Verify found.
type Report struct {
	At         time.Time   `json:"at"`
	Database   string      `json:"database"` // "postgres" or "sqlite3"
	OK         bool        `json:"ok"`
	Invariants []Invariant `json:"invariants"` // the eight, in their order
}

// Invariant is a promise of the ledger and how far it was found to be kept.
type Invariant struct {
	Number     int       `json:"number"` // 1 to 8
	Promise    string    `json:"promise"`
	OK         bool      `json:"ok"`
	Checked    []Count   `json:"checked"`
	Violations int64     `json:"violations"`
	Findings   []Finding `json:"findings,omitempty"` // the first of the violations
	NotChecked []string  `json:"notChecked,omitempty"`
}

// Count is how many things of one sort were looked at.
type Count struct {
	What string `json:"what"`
	N    int64  `json:"n"`
}

// Finding is one violation of an invariant.
type Finding struct {
	Row      string `json:"row"` // such as "sale 0192…" or "float M0001"
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

// String is the finding in one sentence.
func (f Finding) String() string {
	return fmt.Sprintf("%s: expected %s, found %s", f.Row, f.Expected, f.Found)
}

// Findings returns the findings of all invariants.
func (r *Report) Findings() []Finding {
	var all []Finding
	for _, i := range r.Invariants {
		all = append(all, i.Findings...)
	}
	return all
}

// WriteTo writes the report for a person to read.
func (r *Report) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "Ledger audit of %s (%s)\n", r.At.UTC().Format(time.RFC3339), r.Database)
	for _, i := range r.Invariants {
		i.write(&b)
	}
	verdict := "Every invariant holds."
	if !r.OK {
		verdict = "The ledger does NOT keep its promises."
	}
	fmt.Fprintf(&b, "\n%s\n", verdict)
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

func (i *Invariant) write(b *strings.Builder) {
	verdict := "ok  "
	if !i.OK {
		verdict = "FAIL"
	}
	fmt.Fprintf(b, "\n%s %d. %s\n", verdict, i.Number, i.Promise)
	for _, c := range i.Checked {
		fmt.Fprintf(b, "       %12d %s\n", c.N, c.What)
	}
	for _, f := range i.Findings {
		fmt.Fprintf(b, "     ! %s\n", f)
	}
	if more := i.Violations - int64(len(i.Findings)); more > 0 {
		fmt.Fprintf(b, "     ! and %d more\n", more)
	}
	for _, n := range i.NotChecked {
		fmt.Fprintf(b, "     ~ not checked: %s\n", n)
	}
}

// The invariants, by their numbers.
const (
	balanced   = 1
	floats     = 2
	limits     = 3
	soldOnce   = 4
	legsFirst  = 5
	outcomes   = 6
	unresolved = 7
	projected  = 8
)

// promises are the invariants in words.
var promises = [...]string{
	balanced:   "The postings of every entry sum to zero, and so does the trial balance.",
	floats:     "A float equals its postings; what it holds equals its open sales.",
	limits:     "No sale takes a float past its limit.",
	soldOnce:   "A token or PIN belongs to at most one delivered sale.",
	legsFirst:  "Every outbound message has a committed leg.",
	outcomes:   "Every acknowledged sale is there, with its outcome.",
	unresolved: "Every unknown leg is resolved, being resolved, or in the exception queue.",
	projected:  "The projections equal the journal, and the seal verifies.",
}

func newReport(at time.Time, database string) *Report {
	r := &Report{At: at.UTC(), Database: database}
	for n := balanced; n <= projected; n++ {
		r.Invariants = append(r.Invariants, Invariant{Number: n, Promise: promises[n]})
	}
	return r
}

func (r *Report) invariant(n int) *Invariant { return &r.Invariants[n-1] }

// count adds to what was looked at for an invariant. A count of zero shows that
// there was nothing to look at.
func (r *Report) count(invariant int, what string, n int64) {
	i := r.invariant(invariant)
	for c := range i.Checked {
		if i.Checked[c].What == what {
			i.Checked[c].N += n
			return
		}
	}
	i.Checked = append(i.Checked, Count{what, n})
}

// violate adds a violation of an invariant.
func (r *Report) violate(invariant int, row, expected, found string) {
	i := r.invariant(invariant)
	i.Violations++
	if len(i.Findings) < maxFindings {
		i.Findings = append(i.Findings, Finding{row, expected, found})
	}
}

// skip says what could not be checked, and why.
func (r *Report) skip(invariant int, what string) {
	i := r.invariant(invariant)
	i.NotChecked = append(i.NotChecked, what)
}

// close draws the conclusion.
func (r *Report) close() {
	r.OK = true
	for n := range r.Invariants {
		i := &r.Invariants[n]
		i.OK = i.Violations == 0
		r.OK = r.OK && i.OK
	}
}
