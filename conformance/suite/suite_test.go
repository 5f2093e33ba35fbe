package suite_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/conformance/suite"
)

// townProfile is what is known of the simulated town.
func townProfile(url string) suite.Profile {
	c := utility.DemoClient()
	p := suite.Profile{
		URL: url, Client: c.EAN, Terminal: "1", Operator: c.Operator, Password: c.Password, Currency: "ZAR", OnDuplicate: "replay",
		Operations: utility.Operations(),
		Features:   []string{"gzip", "soap12", "customer-search", "must-understand", "confirmation", "reversal", "new-password"},
		Amounts:    suite.Amounts{Buy: "20.00", Other: "30.00", Below: "1.00", Above: "9000.00", Large: "200.00"},
		Meters:     map[string]string{},
	}
	for kind, number := range utility.Numbers() {
		p.Meters[string(kind)] = number
	}
	return p
}

func TestTheGoodTownPasses(t *testing.T) {
	for _, duplicates := range []utility.Duplicates{utility.ReplayDuplicates, utility.RefuseDuplicates} {
		town, err := utility.New(utility.Config{Duplicates: duplicates})
		if err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(town)
		p := townProfile(server.URL + "/xmlvend")
		if duplicates == utility.RefuseDuplicates {
			p.OnDuplicate = "refuse"
		}
		report, err := suite.Run(t.Context(), suite.Options{Profile: p})
		server.Close()
		town.Close()
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
		if passed < 231 { // all there were when this was written, in the way that has fewer
			t.Errorf("only %d cases passed", passed)
		}
	}
}

func TestACaseFileWithAnUnknownKeyIsRefused(t *testing.T) {
	_, err := suite.ParseCases("[[case]]\nname = 'x'\n[[case.step]]\nexpect = { anwser = 'creditVendResp' }\n")
	if err == nil || !strings.Contains(err.Error(), "anwser") {
		t.Errorf("got %v", err)
	}
}
