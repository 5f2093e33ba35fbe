package suite_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/suite"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestAnAnswerIsUnpackedOrWithheld(t *testing.T) {
	for coding, body := range map[string]string{
		"deflate": "Hunter22", "br": "Hunter22", "gzip": "Hunter22",
		"GZIP": string(xmlvend.Zipped([]byte("<password>Hunter22</password>"))), "x-gzip": string(xmlvend.Zipped([]byte("<password>Hunter22</password>"))),
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", coding)
			_, _ = io.WriteString(w, body)
		}))
		report, err := suite.Run(t.Context(), suite.Options{Profile: townProfile(server.URL), Case: "creditVend-works"})
		server.Close()
		if err != nil {
			t.Fatal(err)
		}
		shown := report.Results[0].Exchanges[0].Response
		if want := map[string]string{"GZIP": "<password>********</password>", "x-gzip": "<password>********</password>"}[coding]; want != "" && shown != want {
			t.Errorf("%s: %q", coding, shown)
		} else if want == "" && !strings.Contains(shown, "withheld") {
			t.Errorf("%s: %q", coding, shown)
		}
	}
}
