package suite_test

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/suite"
)

func TestEveryFieldOfTheCoverageHasACaseOrAReason(t *testing.T) {
	cells, err := suite.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	if want := len(suite.Operations()) * len(suite.Columns()); len(cells) != want {
		t.Errorf("%d fields, want %d", len(cells), want)
	}
	covered := map[string]int{}
	for _, c := range cells {
		if (len(c.Cases) == 0) == (c.Reason == "") {
			t.Errorf("%s, %s: %v, %q", c.Operation, c.Column, c.Cases, c.Reason)
		}
		if len(c.Cases) > 0 {
			covered[c.Operation]++
		}
	}
	for _, op := range suite.Operations() {
		if covered[op] == 0 {
			t.Errorf("no case covers %s", op)
		}
	}
}

func TestEachStandardOperationIsProvedBothWays(t *testing.T) {
	cases, err := suite.Cases()
	if err != nil {
		t.Fatal(err)
	}
	works, unsupported := map[string]bool{}, map[string]bool{}
	for _, c := range cases {
		works[c.Operation] = works[c.Operation] || strings.HasSuffix(c.Name, "-works") || c.Name == "advice-last-response"
		unsupported[c.Operation] = unsupported[c.Operation] || strings.HasSuffix(c.Name, "-unsupported")
	}
	for _, op := range suite.Operations()[:23] {
		if !works[op] || !unsupported[op] {
			t.Errorf("%s: works %v, unsupported %v", op, works[op], unsupported[op])
		}
	}
}
