package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/vendswitch/vendswitch/conformance"
)

// aloud prints findings as they come.
type aloud struct {
	mu sync.Mutex
	w  io.Writer
}

func (a *aloud) finding(f conformance.Finding) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fmt.Fprintf(a.w, "%-7s %s  %s: %s\n", f.Severity, whose(f), f.Rule, f.Text)
}

func (a *aloud) log(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	fmt.Fprintln(a.w, "-", text)
}

// whose names the one a finding is about.
func whose(f conformance.Finding) string {
	return string(f.Side) + " " + cmp.Or(f.Party(), "(did not say who)")
}

// summary prints what was found, by client and server, worst first.
func summary(w io.Writer, r conformance.Report) {
	fmt.Fprintf(w, "\n%d exchanges were judged", r.Exchange)
	if r.Unjudged > 0 {
		fmt.Fprintf(w, ", %d could not be", r.Unjudged)
	}
	fmt.Fprintln(w, ".")
	verdicts := map[conformance.Verdict]int{}
	for _, result := range r.Results {
		verdicts[result.Verdict]++
		if result.Verdict == conformance.Fail {
			fmt.Fprintf(w, "failed  %s: %s\n", result.Case, result.Reason)
		}
	}
	if len(r.Results) > 0 {
		fmt.Fprintf(w, "%d cases passed, %d failed, %d are not applicable.\n", verdicts[conformance.Pass], verdicts[conformance.Fail], verdicts[conformance.NotApplicable])
	}
	if r.Exchange == 0 && len(r.Results) == 0 {
		fmt.Fprintln(w, "Nothing was judged.")
		return
	}
	if len(r.Findings) == 0 && len(r.Results) == 0 {
		fmt.Fprintln(w, "Nothing was found wrong.")
		return
	}
	type line struct {
		who      string
		severity conformance.Severity
		rule     string
	}
	counts := map[line]int{}
	var lines []line
	for _, f := range r.Findings {
		l := line{whose(f), f.Severity, f.Rule}
		if counts[l] == 0 {
			lines = append(lines, l)
		}
		counts[l] += f.Count()
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.who, b.who), b.severity.Weight()-a.severity.Weight(), cmp.Compare(a.rule, b.rule))
	})
	who := ""
	for _, l := range lines {
		if l.who != who {
			who = l.who
			fmt.Fprintf(w, "\n%s\n", who)
		}
		fmt.Fprintf(w, "  %-7s %5d  %s\n", l.severity, counts[l], l.rule)
	}
}

// writeJSON writes a report to a file, whole or not at all. The name - is the
// standard output.
func writeJSON(name string, stdout io.Writer, r conformance.Report) error {
	return writeFile(name, stdout, func(w io.Writer) error { return encodeJSON(w, r) })
}

// encodeJSON writes JSON as people read it.
func encodeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}

// writeFile writes a file, whole or not at all.
func writeFile(name string, stdout io.Writer, write func(io.Writer) error) error {
	if name == "-" {
		return write(stdout)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".vendconform-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // gone already if all went well
	err = write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return os.Rename(f.Name(), name)
}

// failed is errFound if a report holds a failed case or an error.
func failed(r conformance.Report) error {
	if slices.ContainsFunc(r.Results, func(r conformance.Result) bool { return r.Verdict == conformance.Fail }) {
		return errFound
	}
	if slices.ContainsFunc(r.Findings, func(f conformance.Finding) bool { return f.Severity == conformance.Error }) {
		return errFound
	}
	return nil
}

// recorder keeps each exchange in a file of its own.
type recorder struct {
	dir  string
	next int
}

// maxRecorded is how many exchanges are kept at most.
const maxRecorded = 100_000

func newRecorder(dir string) (*recorder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return &recorder{dir: dir}, nil
}

// keep never writes over a file that is there.
func (r *recorder) keep(record conformance.Record) error {
	for {
		r.next++
		if r.next > maxRecorded {
			return fmt.Errorf("%s holds %d exchanges, which is the limit", r.dir, maxRecorded)
		}
		f, err := os.OpenFile(filepath.Join(r.dir, fmt.Sprintf("%06d.json", r.next)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if os.IsExist(err) {
			continue
		}
		if err != nil {
			return err
		}
		err = encodeJSON(f, record)
		if closed := f.Close(); err == nil {
			err = closed
		}
		return err
	}
}
