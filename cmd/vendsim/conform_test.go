package main

import (
	"path/filepath"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/suite"
)

func TestTheSwitchPassesTheConformanceSuite(t *testing.T) {
	w, _ := living(t)
	name, err := w.writeProfile()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := suite.ReadProfile(filepath.Clean(name))
	if err != nil {
		t.Fatal(err)
	}
	report, err := suite.Run(t.Context(), suite.Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, r := range report.Results {
		switch r.Verdict {
		case conformance.Fail:
			t.Errorf("%s: %s", r.Case, r.Reason)
		case conformance.Pass:
			passed++
		}
	}
	if passed < 120 {
		t.Errorf("only %d cases passed", passed)
	}
	if out, err := w.command(t, "auditor", "audit", "verify"); err != nil {
		t.Error(out)
	}
}
