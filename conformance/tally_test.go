package conformance_test

import (
	"fmt"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
)

func TestOfManyFindingsAlikeTheFirstAreKeptAndAllAreCounted(t *testing.T) {
	var tally conformance.Tally
	for i := range 100 {
		tally.Add(conformance.Finding{Rule: "a", Client: "1", Text: fmt.Sprint(i)})
	}
	tally.Add(conformance.Finding{Rule: "a", Client: "2"})
	kept, total := tally.Findings(), 0
	for _, f := range kept {
		total += f.Count()
	}
	if len(kept) != 6 || total != 101 || kept[0].Text != "0" || kept[4].Times != 96 {
		t.Errorf("%d are kept, %d counted: %+v", len(kept), total, kept)
	}
}

func TestATallyDoesNotGrowForEver(t *testing.T) {
	var tally conformance.Tally
	for i := range 6_000 {
		tally.Add(conformance.Finding{Rule: "a", Client: fmt.Sprint(i)})
	}
	if got := len(tally.Findings()); got != 5_000 || tally.Lost() != 1_000 {
		t.Errorf("%d are kept, %d lost", got, tally.Lost())
	}
}
