package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/report"
	"github.com/vendswitch/vendswitch/conformance/rule"
)

const (
	compact = `<a xmlns="u"><b  x='1'/><c>text  here</c><d> </d></a>`
	laidOut = "<a xmlns=\"u\">\n  <b  x='1'/>\n  <c>text  here</c>\n  <d> </d>\n</a>"
)

func exchange(request, response string) conformance.Record {
	return conformance.Record{
		Began: "2026-01-15T08:30:00.005Z", TookMS: 12, Status: 200, Request: request, Response: response,
		RequestHeader: http.Header{"Content-Type": {"text/xml"}},
	}
}

func run() conformance.Report {
	return conformance.Report{
		Tool: "run", Target: "http://server/xmlvend", Profile: "generic", Began: "2026-01-15T08:30:00Z", TookMS: 1234, Exchange: 4,
		Results: []conformance.Result{
			{Case: "vend-answered", Title: "A vend is answered", Operation: "creditVendReq", Clause: "one", Severity: conformance.Error, Verdict: conformance.Pass, TookMS: 7, Exchanges: []conformance.Record{exchange(compact, compact)}},
			{Case: "vend-repeated", Title: "A vend is sold once", Operation: "creditVendReq", Clause: "two", Severity: conformance.Error, Verdict: conformance.Fail, Reason: "sold twice", Exchanges: []conformance.Record{exchange(compact, "<broken>")}},
			{Case: "fbe-given", Title: "FBE is given", Operation: "fbeReq", Clause: "three", Severity: conformance.Warning, Verdict: conformance.NotApplicable, Reason: "not in the profile"},
		},
	}
}

func between() conformance.Report {
	return conformance.Report{
		Tool: "intercept", Target: "http://server", Began: "2026-01-15T09:00:00Z", TookMS: 60000, Exchange: 9, Unjudged: 2,
		Findings: []conformance.Finding{
			{Rule: "vend-again", Clause: "four", Severity: conformance.Error, Side: conformance.ClientSide, Operation: "creditVendReq", Client: "6009990000018", Text: "sent twice", Times: 3, Exchanges: []conformance.Record{exchange(compact, ""), exchange(compact, compact)}},
			{Rule: "http-status", Clause: "five", Severity: conformance.Warning, Side: conformance.ServerSide, Operation: "fbeReq", Server: "6009990009004", Text: "200 for a fault"},
		},
	}
}

func html(t *testing.T, reports ...conformance.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.HTML(&b, reports); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inOrder(t *testing.T, page string, parts ...string) {
	t.Helper()
	rest := page
	for _, part := range parts {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Errorf("%q is missing, or not in its place", part)
			continue
		}
		rest = after
	}
}

func TestThePageSaysTheVerdictFirstAndThenHowItCameAbout(t *testing.T) {
	inOrder(t, html(t, run(), between()),
		"1 case failed, 3 errors found", "http://server/xmlvend", "15 January 2026, 08:30:00.000 UTC", "1m0s",
		`<div class="pass"><dt>passed</dt><dd>1</dd>`, `<div class="fail"><dt>failed</dt><dd>1</dd>`, `<div class="na"><dt>not applicable</dt><dd>1</dd>`,
		`<div class="error"><dt>errors</dt><dd>3</dd>`, `<b>2</b> exchanges or findings could not be judged`,
		"What is wrong", `<a href="#case-2">vend-repeated</a> <span>sold twice`, `<a href="#finding-1-1">vend-again</a>`,
		"By operation", `<th scope="row">creditVendReq</th>`, `<th scope="row">fbeReq</th>`,
		"By client and server", `<th scope="row">client 6009990000018</th>`, `<th scope="row">server 6009990009004</th>`,
		`id="show-pass" checked`, "Cases",
		`<details class="item is-pass" id="case-1">`, `<details class="item is-fail" id="case-2" open>`, "Exchange 1", "Request", "Answer", "HTTP 200",
		`<details class="item is-na" id="case-3">`, "not in the profile",
		"<h2>client 6009990000018</h2>", `<details class="item is-error" id="finding-1-1" open>`, "creditVendReq, 3 times", "Exchange 2",
		"<h2>server 6009990009004</h2>", `<details class="item is-warning" id="finding-2-1">`,
	)
	clean := run()
	clean.Results = []conformance.Result{clean.Results[0], clean.Results[2]}
	clean.Results[0].Findings = []conformance.Finding{{Rule: "http-status", Severity: conformance.Warning, Side: conformance.ServerSide}}
	inOrder(t, html(t, clean), "No case failed, no error was found; not applicable: 1 of 2 cases", `A vend is answered</span> <span class="beside">1 warning</span>`)
}

func TestADocumentIsLaidOutAndItsRawFormIsOffered(t *testing.T) {
	page := html(t, run())
	escape := func(s string) string {
		return strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
	}
	inOrder(t, page, "<pre tabindex=\"0\">"+escape(laidOut)+"</pre>", "As it was on the wire", escape(compact))
	inOrder(t, page, "<pre tabindex=\"0\">&lt;broken&gt;</pre>", "Shown as it was on the wire.")
}

func TestTextOfAHostileServerIsInert(t *testing.T) {
	const hostile = `</pre></style><script>alert(1)</script><img src=x onerror=alert(1)>"'javascript:alert(1)`
	r := conformance.Report{
		Tool: hostile, Target: hostile, Profile: hostile, Began: hostile,
		Results: []conformance.Result{{Case: hostile, Title: hostile, Operation: hostile, Clause: hostile, Severity: hostile, Verdict: conformance.Fail, Reason: hostile,
			Findings: []conformance.Finding{{Rule: hostile, Text: hostile, Severity: hostile}}, Exchanges: []conformance.Record{exchange(hostile, hostile)}}},
		Findings: []conformance.Finding{{
			Rule: hostile, Clause: hostile, Severity: hostile, Side: hostile, Operation: hostile, Client: hostile, Server: hostile, Text: hostile,
			Exchanges: []conformance.Record{{Began: hostile, Request: hostile, Error: hostile, RequestHeader: http.Header{hostile: {hostile}}}},
		}},
	}
	page := html(t, r)
	head, body, _ := strings.Cut(page, "<body>")
	if strings.Contains(head, "alert") {
		t.Error("the head holds what the server said")
	}
	for _, live := range []string{"<script", "<img", "onerror=alert(1)>", `href="javascript`} {
		if strings.Contains(body, live) {
			t.Errorf("the page holds %s", live)
		}
	}
	if !strings.Contains(head, "default-src 'none'") {
		t.Error("the page has no policy")
	}
	for _, outside := range []string{"http-equiv=\"refresh", "<link", "src=\"", "@import", "url("} {
		if strings.Contains(html(t, run()), outside) {
			t.Errorf("the page needs something from elsewhere: %s", outside)
		}
	}
}

// suites is what a build server reads of JUnit XML.
type suites struct {
	Tests    int `xml:"tests,attr"`
	Failures int `xml:"failures,attr"`
	Skipped  int `xml:"skipped,attr"`
	Suites   []struct {
		Name      string `xml:"name,attr"`
		Timestamp string `xml:"timestamp,attr"`
		Tests     int    `xml:"tests,attr"`
		Failures  int    `xml:"failures,attr"`
		Errors    int    `xml:"errors,attr"`
		Skipped   int    `xml:"skipped,attr"`
		Time      string `xml:"time,attr"`
		Cases     []test `xml:"testcase"`
	} `xml:"testsuite"`
}

type test struct {
	Name    string `xml:"name,attr"`
	Class   string `xml:"classname,attr"`
	Failure *struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	} `xml:"failure"`
	Skipped *struct {
		Message string `xml:"message,attr"`
	} `xml:"skipped"`
	Out string `xml:"system-out"`
}

func junit(t *testing.T, reports ...conformance.Report) suites {
	t.Helper()
	var b bytes.Buffer
	if err := report.JUnit(&b, reports); err != nil {
		t.Fatal(err)
	}
	var got suites
	d := xml.NewDecoder(&b)
	if err := d.Decode(&got); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Token(); err != nil && err != io.EOF {
		if _, err = d.Token(); err != io.EOF {
			t.Errorf("after the document: %v", err)
		}
	}
	return got
}

func TestJUnitHasASuiteForEachReportAndTheCountsAddUp(t *testing.T) {
	got := junit(t, run(), between())
	if len(got.Suites) != 2 || got.Tests != 3+len(rule.All()) || got.Failures != 2 || got.Skipped != 1 {
		t.Fatalf("%d suites, %d tests, %d failures, %d skipped", len(got.Suites), got.Tests, got.Failures, got.Skipped)
	}
	first := got.Suites[0]
	if first.Tests != len(first.Cases) || first.Errors != 0 || first.Time != "1.234" || first.Timestamp != "2026-01-15T08:30:00Z" {
		t.Errorf("suite %+v", first)
	}
	if c := first.Cases[1]; c.Failure == nil || c.Failure.Message != "sold twice" || c.Failure.Type != "error" || c.Class != "creditVendReq" {
		t.Errorf("failed case %+v", c)
	}
	if c := first.Cases[2]; c.Skipped == nil || c.Skipped.Message != "not in the profile" || c.Failure != nil {
		t.Errorf("case that is not applicable %+v", c)
	}
	for _, c := range got.Suites[1].Cases {
		switch c.Name {
		case "vend-again":
			if c.Failure == nil || !strings.Contains(c.Failure.Text, "client 6009990000018, vend-again: sent twice (3 times)") {
				t.Errorf("%+v", c)
			}
		case "http-status":
			if c.Failure != nil || !strings.Contains(c.Out, "warning: server 6009990009004") {
				t.Errorf("a warning: %+v", c)
			}
		default:
			if c.Failure != nil || c.Out != "" {
				t.Errorf("%+v", c)
			}
		}
	}
}

func TestJUnitOfServeHasNoRulesOfServers(t *testing.T) {
	got := junit(t, conformance.Report{Tool: "serve", Began: "2026-01-15T08:30:00Z"})
	if len(got.Suites[0].Cases) == 0 || slices.ContainsFunc(got.Suites[0].Cases, func(c test) bool { return c.Class != "client" }) {
		t.Errorf("cases %+v", got.Suites[0].Cases)
	}
}

func TestJUnitOfAMergedReportHasNoRuleThatNobodyJudged(t *testing.T) {
	got := junit(t, report.Merge([]conformance.Report{run(), run()}))
	if got.Tests != 2*len(run().Results) {
		t.Errorf("of two runs: %d tests", got.Tests)
	}
	got = junit(t, report.Merge([]conformance.Report{run(), between()}))
	if got.Tests != len(run().Results)+len(between().Findings) || got.Failures != 2 {
		t.Errorf("of a run and an interception: %d tests, %d failures", got.Tests, got.Failures)
	}
}

func TestAControlCharacterDoesNotBreakJUnit(t *testing.T) {
	r := run()
	r.Results[1].Reason = "bell \x07, zero \x00, \xff and ]]>"
	if got := junit(t, r); !strings.Contains(got.Suites[0].Cases[1].Failure.Message, "bell") {
		t.Errorf("%+v", got.Suites[0].Cases[1].Failure)
	}
}

func TestReportsAreReadAsTheyAreWritten(t *testing.T) {
	written, err := json.Marshal(between())
	if err != nil {
		t.Fatal(err)
	}
	got, err := report.Read(bytes.NewReader(written))
	if err != nil || len(got.Findings) != 2 || got.Findings[0].Times != 3 || got.Findings[0].Exchanges[0].RequestHeader.Get("Content-Type") != "text/xml" {
		t.Errorf("%+v, %v", got, err)
	}
	for name, text := range map[string]string{
		"no JSON": "<a/>", "another file": `{"a":1}`, "unknown verdict": `{"tool":"run","began":"x","results":[{"verdict":"maybe"}]}`,
	} {
		if _, err := report.Read(strings.NewReader(text)); err == nil {
			t.Errorf("%s is read as a report", name)
		}
	}
}

func TestSeveralReportsBecomeOne(t *testing.T) {
	got := report.Merge([]conformance.Report{between(), run()})
	if got.Exchange != 13 || got.Unjudged != 2 || len(got.Results) != 3 || len(got.Findings) != 2 || got.Began != "2026-01-15T08:30:00Z" ||
		got.Target != "intercept http://server, run http://server/xmlvend" {
		t.Errorf("%+v", got)
	}
}
