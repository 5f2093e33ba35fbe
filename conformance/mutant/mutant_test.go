package mutant_test

import (
	"net/http/httptest"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/mutant"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/conformance/suite"
)

func profile(url string) suite.Profile {
	c := utility.DemoClient()
	p := suite.Profile{
		URL: url, Client: c.EAN, Terminal: "1", Operator: c.Operator, Password: c.Password, Currency: "ZAR", OnDuplicate: "replay",
		Operations: utility.Operations(),
		Features:   []string{"gzip", "soap12", "must-understand", "confirmation", "reversal"},
		Amounts:    suite.Amounts{Buy: "20.00", Other: "30.00"},
		Meters:     map[string]string{},
	}
	for kind, number := range utility.Numbers() {
		p.Meters[string(kind)] = number
	}
	return p
}

func TestEachMutantIsCaughtByACaseThatTheGoodTownPasses(t *testing.T) {
	names := map[string]bool{}
	for _, m := range mutant.All() {
		if names[m.Name] || m.Wrong == "" || len(m.Caught) == 0 {
			t.Errorf("mutant %q is there twice, or says too little", m.Name)
		}
		names[m.Name] = true
		t.Run(m.Name, func(t *testing.T) {
			town, err := utility.New(utility.Config{})
			if err != nil {
				t.Fatal(err)
			}
			defer town.Close()
			good, wrong := httptest.NewServer(town.XMLVend()), httptest.NewServer(m.Wrap(town.XMLVend()))
			defer good.Close()
			defer wrong.Close()
			caught := false
			for _, name := range m.Caught {
				if r := run(t, good.URL, name); r.Verdict != conformance.Pass {
					t.Errorf("the good town: %s is %s: %s", name, r.Verdict, r.Reason)
				}
				r := run(t, wrong.URL, name)
				if r.Verdict == conformance.Fail {
					caught = true
					t.Logf("%-24s %s, caught by %s: %s", m.Name, m.Wrong, name, r.Reason)
				}
			}
			if !caught {
				t.Errorf("it %s, and none of %v failed", m.Wrong, m.Caught)
			}
		})
	}
	if len(names) < 51 { // all there were when this was written
		t.Errorf("only %d mutants", len(names))
	}
}

func run(t *testing.T, url, name string) conformance.Result {
	t.Helper()
	report, err := suite.Run(t.Context(), suite.Options{Profile: profile(url), Case: name})
	if err != nil {
		t.Fatal(err)
	}
	return report.Results[0]
}
