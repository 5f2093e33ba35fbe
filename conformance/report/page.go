package report

import (
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
)

//go:embed page.html
var pageSource string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Parse(pageSource))

// HTML writes reports as one page that stands by itself.
func HTML(w io.Writer, reports []conformance.Report) error { return page.Execute(w, viewOf(reports)) }

// What the page shows.
type (
	pageView struct {
		Style      template.CSS
		Sources    []conformance.Report
		Sentence   string // the verdict on the whole
		Good       bool
		Cases      tally
		Exchanges  int
		Unjudged   int
		Operations []row
		Parties    []row
		Failures   []link
		Results    []resultView
		Groups     []group
	}
	// tally counts verdicts of cases, and findings by severity.
	tally struct{ Pass, Fail, NA, Error, Warning, Note int }
	row   struct {
		Name string
		tally
	}
	link       struct{ ID, Name, Text string }
	resultView struct {
		conformance.Result
		ID        string
		Findings  []findingView
		Exchanges []exchangeView
	}
	// group is the findings about one client or server.
	group struct {
		Name     string
		Findings []findingView
	}
	findingView struct {
		conformance.Finding
		ID        string
		Exchanges []exchangeView
	}
	exchangeView struct {
		conformance.Record
		Number          int
		Title           string
		Asked, Answered messageView
		CameBack        bool
	}
	messageView struct {
		Header []string
		Shown  string // laid out for the eye, if it could be
		Raw    string
		Laid   bool // Shown differs from Raw
		Empty  bool
	}
)

func (t *tally) add(s conformance.Severity, n int) {
	switch s {
	case conformance.Error:
		t.Error += n
	case conformance.Warning:
		t.Warning += n
	default:
		t.Note += n
	}
}

func viewOf(reports []conformance.Report) pageView {
	v := pageView{Style: template.CSS(style), Sources: reports}
	operations, parties := map[string]*row{}, map[string]*row{}
	for _, r := range reports {
		v.Exchanges += r.Exchange
		v.Unjudged += r.Unjudged
		for i := range r.Results {
			v.addResult(&r.Results[i], operations)
		}
		for _, f := range r.Findings {
			v.addFinding(f, operations, parties)
		}
	}
	v.Operations, v.Parties = sorted(operations), sorted(parties)
	slices.SortStableFunc(v.Groups, func(a, b group) int { return cmp.Compare(a.Name, b.Name) })
	for i := range v.Groups {
		slices.SortStableFunc(v.Groups[i].Findings, func(a, b findingView) int {
			return cmp.Or(b.Severity.Weight()-a.Severity.Weight(), cmp.Compare(a.Rule, b.Rule))
		})
	}
	v.Sentence, v.Good = v.verdict()
	return v
}

// verdict is the whole in a sentence.
func (v *pageView) verdict() (string, bool) {
	var parts []string
	if v.Cases.Fail > 0 {
		parts = append(parts, count(v.Cases.Fail, "case")+" failed")
	}
	if v.Cases.Error > 0 {
		parts = append(parts, count(v.Cases.Error, "error")+" found")
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, ", "), false
	case v.Cases.Pass+v.Exchanges == 0:
		return "Nothing was judged", false
	}
	sentence := "No case failed, no error was found"
	if v.Cases.NA > 0 {
		sentence += fmt.Sprintf("; not applicable: %d of %s", v.Cases.NA, count(len(v.Results), "case"))
	}
	return sentence, true
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func rowOf(rows map[string]*row, name string) *row {
	name = cmp.Or(name, "(none)")
	if rows[name] == nil {
		rows[name] = &row{Name: name}
	}
	return rows[name]
}

func sorted(rows map[string]*row) []row {
	var list []row
	for _, r := range rows {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b row) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (v *pageView) addResult(r *conformance.Result, operations map[string]*row) {
	shown := resultView{Result: *r, ID: fmt.Sprintf("case-%d", len(v.Results)+1), Exchanges: exchanges(r.Exchanges)}
	for i, f := range r.Findings {
		// A result shows its exchanges itself.
		shown.Findings = append(shown.Findings, findingView{Finding: f, ID: fmt.Sprintf("%s-%d", shown.ID, i+1)})
	}
	v.Results = append(v.Results, shown)
	for _, t := range []*tally{&v.Cases, &rowOf(operations, r.Operation).tally} {
		switch r.Verdict {
		case conformance.Pass:
			t.Pass++
		case conformance.Fail:
			t.Fail++
		default:
			t.NA++
		}
		for _, f := range r.Findings {
			t.add(f.Severity, f.Count())
		}
	}
	if r.Verdict == conformance.Fail {
		v.Failures = append(v.Failures, link{shown.ID, r.Case, cmp.Or(r.Reason, r.Title)})
	}
}

func (v *pageView) addFinding(f conformance.Finding, operations, parties map[string]*row) {
	party := string(f.Side) + " " + who(f)
	at := slices.IndexFunc(v.Groups, func(g group) bool { return g.Name == party })
	if at < 0 {
		at = len(v.Groups)
		v.Groups = append(v.Groups, group{Name: party})
	}
	g := &v.Groups[at]
	shown := findingView{Finding: f, ID: fmt.Sprintf("finding-%d-%d", at+1, len(g.Findings)+1), Exchanges: exchanges(f.Exchanges)}
	g.Findings = append(g.Findings, shown)
	for _, t := range []*tally{&v.Cases, &rowOf(operations, f.Operation).tally, &rowOf(parties, party).tally} {
		t.add(f.Severity, f.Count())
	}
	if f.Severity == conformance.Error {
		v.Failures = append(v.Failures, link{shown.ID, f.Rule, party + ": " + f.Text})
	}
}

func exchanges(records []conformance.Record) []exchangeView {
	var list []exchangeView
	for i, r := range records {
		x := exchangeView{
			Record: r, Number: i + 1, Asked: messageOf(r.Request, r.RequestHeader), Answered: messageOf(r.Response, r.ResponseHeader),
			CameBack: r.Status != 0 || r.Response != "",
		}
		x.Title = moment(r.Began)
		list = append(list, x)
	}
	return list
}

// moment is a time of the wire as people read it.
func moment(text string) string {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return text
	}
	return t.Format("2 January 2006, 15:04:05.000 MST")
}

func messageOf(body string, header http.Header) messageView {
	m := messageView{Raw: body, Shown: body, Empty: body == ""}
	for name, values := range header {
		for _, value := range values {
			m.Header = append(m.Header, name+": "+value)
		}
	}
	slices.Sort(m.Header)
	if laid, ok := indent(body); ok {
		m.Shown, m.Laid = laid, laid != body
	}
	return m
}

// Open reports a case that is shown unfolded.
func (r resultView) Open() bool { return r.Verdict == conformance.Fail }

// Beside says what was found beside the verdict, in a word or two; often nothing.
func (r resultView) Beside() string {
	var t tally
	for _, f := range r.Findings {
		t.add(f.Severity, f.Count())
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{t.Error, "error"}, {t.Warning, "warning"}, {t.Note, "note"}} {
		if p.n > 0 {
			parts = append(parts, count(p.n, p.what))
		}
	}
	return strings.Join(parts, ", ")
}

// Class is the verdict as a name for the style sheet.
func (r resultView) Class() string {
	if r.Verdict == conformance.NotApplicable {
		return "na"
	}
	return string(r.Verdict)
}

// Open reports a finding that is shown unfolded.
func (f findingView) Open() bool { return f.Severity == conformance.Error }

// Class is the severity as a name for the style sheet.
func (f findingView) Class() string {
	if f.Severity.Weight() == 0 {
		return string(conformance.Note)
	}
	return string(f.Severity)
}

// Moment is when a report began, as people read it.
func (v pageView) Moment(text string) string { return moment(text) }

// Took is a time span as people read it.
func (v pageView) Took(ms int64) string { return (time.Duration(ms) * time.Millisecond).String() }
