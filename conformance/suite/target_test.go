package suite_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/suite"
)

func TestAReportNamesItsTargetWithoutCredentials(t *testing.T) {
	server := httptest.NewServer(new(nonsense))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for url, want := range map[string]string{
		"http://" + host + "/xmlvend":                 "http://" + host + "/xmlvend",
		"http://thandi:Hunter22@" + host + "/x":       "http://" + host + "/x",
		"http://thandi:Hunt@er22@" + host + "/x":      "http://" + host + "/x",
		"http://" + host + "/x@y":                     "http://" + host + "/x@y",
		"http://thandi:Hunter22@" + host + "/x@y?a=b": "http://" + host + "/x@y?a=b",
	} {
		report, err := suite.Run(t.Context(), suite.Options{Profile: townProfile(url), Case: "creditVend-works"})
		if err != nil {
			t.Fatal(err)
		}
		if report.Target != want {
			t.Errorf("%s: target %s, want %s", url, report.Target, want)
		}
	}
}

func TestATargetThatIsNoURLIsRefusedWithoutItsCredentials(t *testing.T) {
	for _, url := range []string{"http://thandi:Hun ter22@127.0.0.1/x", "http://thandi:Hunter22#@127.0.0.1/x"} {
		report, err := suite.Run(t.Context(), suite.Options{Profile: townProfile(url), Case: "creditVend-works"})
		if err == nil || strings.Contains(err.Error()+report.Target, "Hun") {
			t.Errorf("target %q, %v", report.Target, err)
		}
	}
}
