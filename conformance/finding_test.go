package conformance_test

import (
	"slices"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
)

func TestSeveritiesAreOrderedByWeight(t *testing.T) {
	list := []conformance.Severity{"strange", conformance.Note, conformance.Error, conformance.Warning}
	slices.SortFunc(list, func(a, b conformance.Severity) int { return b.Weight() - a.Weight() })
	if want := []conformance.Severity{conformance.Error, conformance.Warning, conformance.Note, "strange"}; !slices.Equal(list, want) {
		t.Errorf("got %v", list)
	}
}

func TestAFindingNamesThePartyItIsAbout(t *testing.T) {
	f := conformance.Finding{Side: conformance.ServerSide, Client: "a client", Server: "a server"}
	if f.Party() != "a server" {
		t.Errorf("of a server: %s", f.Party())
	}
	f.Side = conformance.ClientSide
	if f.Party() != "a client" {
		t.Errorf("of a client: %s", f.Party())
	}
}
