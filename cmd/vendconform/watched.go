package main

import (
	"errors"

	"github.com/vendswitch/vendswitch/conformance"
)

// watched are the flags of the verbs that run until they are interrupted, and judge
// meanwhile.
type watched struct {
	JSON   string `placeholder:"FILE" help:"Write the report here at the end; - is the standard output."`
	Record string `placeholder:"DIR" help:"Keep each exchange here, redacted, in a file of its own."`
	Quiet  bool   `help:"Do not print findings as they come."`
}

// watchers are told of what goes on; those that are nil, of nothing.
type watchers struct {
	found func(conformance.Finding)
	keep  func(conformance.Record) error
	log   func(text string)
}

func (w watched) begin(m Main) (watchers, error) {
	out := &aloud{w: m.Stderr}
	told := watchers{found: out.finding, log: out.log}
	if w.Quiet {
		told.found = nil
	}
	if w.Record != "" {
		r, err := newRecorder(w.Record)
		if err != nil {
			return told, err
		}
		told.keep = r.keep
	}
	return told, nil
}

// end prints and writes what was found, also where serving ended with an error.
func (w watched) end(m Main, report conformance.Report, served error) error {
	summary(m.Stderr, report)
	if w.JSON != "" {
		served = errors.Join(served, writeJSON(w.JSON, m.Stdout, report))
	}
	if served != nil {
		return served
	}
	return failed(report)
}
