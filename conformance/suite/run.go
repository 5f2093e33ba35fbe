package suite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/conformance/rule"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Options say what is run.
type Options struct {
	Profile   Profile
	Case      string                   // a pattern of names, as of path.Match; "" is all
	Operation string                   // "" is all
	Each      func(conformance.Result) // told of each result as it comes; may be nil
}

// ErrUnreachable means that the server gives no answer at all.
var ErrUnreachable = errors.New("the server cannot be reached")

// Run drives the server of the profile through the cases. The error says why it
// could not.
func Run(ctx context.Context, o Options) (conformance.Report, error) {
	began := time.Now()
	report := conformance.Report{Tool: "run", Began: began.Format(time.RFC3339)}
	var err error
	if report.Target, err = withoutCredentials(o.Profile.URL); err != nil {
		return report, err
	}
	cases, err := o.cases()
	if err != nil {
		return report, err
	}
	r, err := newRunner(o.Profile, began)
	if err != nil {
		return report, err
	}
	for _, c := range cases {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		result, err := r.run(ctx, c)
		if err != nil {
			return report, fmt.Errorf("case %s: %w", c.Name, err)
		}
		if report.Exchange == 0 && len(result.Exchanges) > 0 && result.Exchanges[0].Error != "" {
			return report, fmt.Errorf("%w: %s", ErrUnreachable, result.Exchanges[0].Error)
		}
		report.Exchange += len(result.Exchanges)
		report.Results = append(report.Results, result)
		if o.Each != nil {
			o.Each(result)
		}
	}
	report.TookMS = time.Since(began).Milliseconds()
	return report, nil
}

// withoutCredentials is a URL that may be shown. What is wrong with one is not quoted:
// a part of its password may be.
func withoutCredentials(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return "", errors.New("the server's URL cannot be read; a password in it may need percent-encoding")
	}
	u.User = nil
	return u.String(), nil
}

func (o Options) cases() ([]Case, error) {
	if err := o.Profile.Validate(); err != nil {
		return nil, err
	}
	all, err := Cases()
	if err != nil {
		return nil, err
	}
	if _, err := path.Match(o.Case, ""); err != nil {
		return nil, fmt.Errorf("pattern %q: %w", o.Case, err)
	}
	picked := slices.DeleteFunc(all, func(c Case) bool {
		match, _ := path.Match(o.Case, c.Name)
		return o.Case != "" && !match || o.Operation != "" && o.Operation != c.Operation
	})
	if len(picked) == 0 {
		return nil, errors.New("no case is chosen")
	}
	return picked, nil
}

// runner sends the requests of one run. Their message ids are unique: the second
// the run began, and a counter that goes on in the next second when it is full.
type runner struct {
	profile   Profile
	templates map[string]string
	client    *http.Client
	began     time.Time
	number    int
}

func newRunner(p Profile, began time.Time) (*runner, error) {
	texts, err := templates()
	if err != nil {
		return nil, err
	}
	client, err := newClient(p.TLS)
	if err != nil {
		return nil, err
	}
	// Runs of one second are told apart by where they begin to count.
	return &runner{profile: p, templates: texts, client: client, began: began, number: began.Nanosecond() / 1000 % 900_000}, nil
}

const idTime = "20060102150405"

func (r *runner) nextID() (date, number string) {
	r.number++
	return r.began.Add(time.Duration(r.number/1_000_000) * time.Second).Format(idTime), strconv.Itoa(max(1, r.number%1_000_000))
}

// run takes one case to its end, which is where it first fails.
func (r *runner) run(ctx context.Context, c Case) (conformance.Result, error) {
	began := time.Now()
	result := conformance.Result{
		Case: c.Name, Title: c.Title, Operation: c.Operation, Clause: c.Clause, Severity: c.Severity, Verdict: conformance.Pass,
	}
	if lack := r.lacks(c); lack != "" {
		result.Verdict, result.Reason = conformance.NotApplicable, lack
		return result, nil
	}
	session := rule.NewSession()
	values, answers := r.values(), make([]*answer, 0, len(c.Steps))
	for i, s := range c.Steps {
		x, err := r.step(ctx, s, i+1, values)
		if err != nil {
			return result, fmt.Errorf("step %d: %w", i+1, err)
		}
		result.Exchanges = append(result.Exchanges, x.Record())
		for _, f := range session.Judge(x) {
			if f.Side == conformance.ServerSide && !slices.Contains(c.Waive, f.Rule) && !s.Expect.allows(f.Rule) {
				result.Findings = append(result.Findings, f)
			}
		}
		reason := x.Err
		var a *answer
		if x.Response != nil {
			var unread error
			if a, unread = readAnswer(x.Response.Body); unread == nil {
				remember(values, i+1, a)
			}
			reason = s.Expect.judge(x.Response, a, unread, answers, values)
		}
		answers = append(answers, a)
		if reason != "" {
			result.Verdict, result.Reason = conformance.Fail, conformance.Redact(fmt.Sprintf("step %d: %s", i+1, reason))
			break
		}
	}
	for _, f := range result.Findings {
		if f.Severity == conformance.Error && result.Verdict == conformance.Pass {
			result.Verdict, result.Reason = conformance.Fail, "rule "+f.Rule+": "+f.Text
		}
	}
	result.TookMS = time.Since(began).Milliseconds()
	return result, nil
}

func (r *runner) lacks(c Case) string {
	if !slices.Contains(c.Needs, "unsupported") && !slices.Contains(r.profile.Operations, c.Operation) {
		return "the server does not support " + c.Operation
	}
	for _, need := range c.Needs {
		if lack := r.profile.lacks(need, c.Operation); lack != "" {
			return lack
		}
	}
	return ""
}

// values are those of the placeholders, as far as the profile has them. Of meters
// it does not have, requests name a number nobody has.
func (r *runner) values() map[string]string {
	p := r.profile
	values := map[string]string{
		"client": p.Client, "terminal": p.Terminal, "operator": p.Operator, "password": p.Password, "currency": p.Currency,
		"product": p.Product, "amount": p.Amounts.Buy, "amount.other": p.Amounts.Other, "amount.below": p.Amounts.Below, "amount.above": p.Amounts.Above,
		"amount.large": p.Amounts.Large, "password.own": p.Password,
	}
	for kind, number := range p.Meters {
		values["meter."+kind] = number
	}
	return values
}

func remember(values map[string]string, step int, a *answer) {
	if tokens := a.tokens(); len(tokens) > 0 {
		values[fmt.Sprintf("token.%d", step)] = tokens[len(tokens)-1]
	}
}

// step makes a request, sends it, and remembers its message id.
func (r *runner) step(ctx context.Context, s Step, number int, values map[string]string) (conformance.Exchange, error) {
	date, unique := r.nextID()
	if way, of, given := strings.Cut(s.ID, ":"); given {
		date, unique = values["date."+of], values["number."+of]
		if way == "zeros" {
			unique = fmt.Sprintf("%06s", unique)
		}
	}
	values["date"], values["number"] = date, unique
	values[fmt.Sprintf("date.%d", number)], values[fmt.Sprintf("number.%d", number)] = date, unique
	own := maps.Clone(values)
	for name, value := range s.Set {
		filled, err := fill(value, values)
		if err != nil {
			return conformance.Exchange{}, err
		}
		own[name] = filled
	}
	text, err := s.document(r.templates, own)
	if err != nil {
		return conformance.Exchange{}, err
	}
	body, err := s.encode(text)
	if err != nil {
		return conformance.Exchange{}, err
	}
	wire := body
	if s.Gzip {
		wire = xmlvend.Zipped(body)
	}
	method := s.Method
	if method == "" {
		method = http.MethodPost
	}
	return send(ctx, r.client, r.profile.URL, method, s.header(), wire, body)
}
