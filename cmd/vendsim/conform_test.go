package main

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/suite"
)

// beyond are the cases' needs that this switch does not meet, besides operations that
// it must not support.
var beyond = []string{"the server does not refuse repeated message ids", "the server does not claim: " + suite.Features["customer-search"]}

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
	profile.Features = append(profile.Features, "new-password") // this switch is the test's own
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
		default:
			if r.Reason != "the server supports "+r.Operation && !slices.Contains(beyond, r.Reason) {
				t.Errorf("%s is not applicable: %s", r.Case, r.Reason)
			}
		}
	}
	if passed < 277 { // all there were when this was written
		t.Errorf("only %d cases passed", passed)
	}
	if out, err := w.command(t, staff[0], "audit", "verify"); err != nil {
		t.Error(out)
	}
}

func TestTheProfileOfAUtilityFitsIt(t *testing.T) {
	listen, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "town.toml")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		args := []string{"utility", "--listen", listen, "--profile", name, "--lacks", "freeIssueReq"}
		ended <- Main{Args: args, Stdout: t.Output(), Stderr: t.Output()}.Run(ctx)
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			t.Errorf("the utility ended with %d", code)
		}
	})
	awaitFile(t, name)
	profile, err := suite.ReadProfile(name)
	if err != nil {
		t.Fatal(err)
	}
	report, err := suite.Run(t.Context(), suite.Options{Profile: profile})
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]conformance.Verdict{}
	for _, r := range report.Results {
		verdicts[r.Case] = r.Verdict
		if r.Verdict == conformance.Fail {
			t.Errorf("%s: %s", r.Case, r.Reason)
		}
	}
	for name, want := range map[string]conformance.Verdict{
		"creditVend-works": conformance.Pass, "fbe-works": conformance.Pass,
		"freeIssue-unsupported": conformance.Pass, "freeIssue-works": conformance.NotApplicable,
	} {
		if verdicts[name] != want {
			t.Errorf("%s is %s, want %s", name, verdicts[name], want)
		}
	}
}
