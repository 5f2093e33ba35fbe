package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/rule"
)

// The elements of JUnit XML, as build servers read it.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		junitCount
		Suites []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string `xml:"name,attr"`
		Timestamp string `xml:"timestamp,attr,omitempty"`
		junitCount
		Cases []junitCase `xml:"testcase"`
	}
	junitCount struct {
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Errors   int    `xml:"errors,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Time     string `xml:"time,attr"`
	}
	junitCase struct {
		Name      string        `xml:"name,attr"`
		Class     string        `xml:"classname,attr"`
		Time      string        `xml:"time,attr"`
		Skipped   *junitSkipped `xml:"skipped"`
		Failure   *junitFailure `xml:"failure"`
		SystemOut string        `xml:"system-out,omitempty"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes reports as JUnit XML: a suite for each, with a test for each case
// that was run, and for serve and intercept one for each rule. Of a merged report,
// which does not say who judged by which rules, only those have one that were broken.
// A test fails for an error; warnings and notes are in its output.
func JUnit(w io.Writer, reports []conformance.Report) error {
	var all junitSuites
	total := int64(0)
	for _, r := range reports {
		suite := junitSuite{Name: "vendconform " + r.Tool + " " + r.Target, Timestamp: r.Began}
		for i := range r.Results {
			suite.Cases = append(suite.Cases, caseOf(&r.Results[i]))
		}
		suite.Cases = append(suite.Cases, casesOf(r.Tool, r.Findings)...)
		suite.Time = seconds(r.TookMS)
		total += r.TookMS
		for _, c := range suite.Cases {
			suite.count(c)
			all.count(c)
		}
		all.Suites = append(all.Suites, suite)
	}
	all.Time = seconds(total)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (n *junitCount) count(c junitCase) {
	n.Tests++
	if c.Failure != nil {
		n.Failures++
	}
	if c.Skipped != nil {
		n.Skipped++
	}
}

func seconds(ms int64) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }

func caseOf(r *conformance.Result) junitCase {
	c := junitCase{Name: r.Case, Class: cmp.Or(r.Operation, "any"), Time: seconds(r.TookMS)}
	switch r.Verdict {
	case conformance.NotApplicable:
		c.Skipped = &junitSkipped{cmp.Or(r.Reason, "not applicable")}
	case conformance.Fail:
		c.Failure = &junitFailure{Message: r.Reason, Type: string(r.Severity), Text: r.Title + "\n" + r.Clause + "\n" + list(r.Findings)}
	default:
		c.SystemOut = list(r.Findings)
	}
	return c
}

// casesOf makes a test of each rule that a tool judges by, and of each that was broken;
// "serve" judges clients alone.
func casesOf(tool string, findings []conformance.Finding) []junitCase {
	byRule := map[string][]conformance.Finding{}
	for _, f := range findings {
		byRule[f.Rule] = append(byRule[f.Rule], f)
	}
	var cases []junitCase
	add := func(name string, side conformance.Side, holds string) {
		c := junitCase{Name: name, Class: string(side), Time: seconds(0)}
		found := byRule[name]
		delete(byRule, name)
		for _, f := range found {
			if f.Severity == conformance.Error {
				c.Failure = &junitFailure{Message: f.Text, Type: string(f.Severity), Text: holds + "\n" + f.Clause + "\n" + list(found)}
				break
			}
		}
		if c.Failure == nil {
			c.SystemOut = list(found)
		}
		cases = append(cases, c)
	}
	for _, r := range rule.All() {
		judged := tool == "intercept" || tool == "serve" && r.Side == conformance.ClientSide
		if judged || len(byRule[r.Name]) > 0 {
			add(r.Name, r.Side, r.Holds)
		}
	}
	for _, f := range findings { // of rules that this version does not know
		if len(byRule[f.Rule]) > 0 {
			add(f.Rule, f.Side, "")
		}
	}
	return cases
}

// list is a line for each finding.
func list(findings []conformance.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s: %s %s, %s: %s", f.Severity, f.Side, who(f), f.Rule, f.Text)
		if f.Count() > 1 {
			fmt.Fprintf(&b, " (%d times)", f.Count())
		}
		b.WriteString("\n")
	}
	return b.String()
}

// who names the one a finding is about.
func who(f conformance.Finding) string { return cmp.Or(f.Party(), "unnamed") }
