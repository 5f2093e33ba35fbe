package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/report"
)

type reportCmd struct {
	HTML  string   `placeholder:"OUT" help:"Write a page that stands by itself; - is the standard output."`
	JUnit string   `name:"junit" placeholder:"OUT" help:"Write JUnit XML, for build servers."`
	JSON  string   `placeholder:"OUT" help:"Write one JSON report made of all."`
	Files []string `arg:"" name:"file" help:"Reports written by run, serve or intercept; - is standard input."`
}

// Help is printed below the flags.
func (reportCmd) Help() string {
	return `Without a flag it prints a summary. The page needs no other file and no script, and prints well; all three forms hold the messages that show each finding, without secrets.

Exit status: 0 if no case failed and no error was found, 1 otherwise, 2 if a report cannot be read or written.

Examples:

  vendconform report run.json intercept.json --html report.html --junit report.xml

  vendconform report intercept.json`
}

// Run reads all reports, and then writes.
func (c reportCmd) Run(m Main) error {
	var reports []conformance.Report
	for _, file := range c.Files {
		r, err := readReport(file, m.Stdin)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		reports = append(reports, r)
	}
	merged := report.Merge(reports)
	if c.HTML == "" && c.JUnit == "" && c.JSON == "" {
		summary(m.Stdout, merged)
	}
	if c.HTML != "" {
		if err := writeFile(c.HTML, m.Stdout, func(w io.Writer) error { return report.HTML(w, reports) }); err != nil {
			return err
		}
	}
	if c.JUnit != "" {
		if err := writeFile(c.JUnit, m.Stdout, func(w io.Writer) error { return report.JUnit(w, reports) }); err != nil {
			return err
		}
	}
	if c.JSON != "" {
		if err := writeJSON(c.JSON, m.Stdout, merged); err != nil {
			return err
		}
	}
	return failed(merged)
}

func readReport(file string, stdin io.Reader) (conformance.Report, error) {
	if file == "-" {
		return report.Read(stdin)
	}
	f, err := os.Open(file)
	if err != nil {
		return conformance.Report{}, err
	}
	defer f.Close()
	return report.Read(f)
}
