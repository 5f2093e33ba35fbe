package suite

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/xmlvend"
)

//go:embed cases/*.toml
var files embed.FS

// Case is one thing a server must do; see the package documentation for its form.
type Case struct {
	Name      string               `toml:"name"`
	Title     string               `toml:"title"`
	Operation string               `toml:"operation"`
	Rule      string               `toml:"rule"`
	Clause    string               `toml:"clause"`
	Severity  conformance.Severity `toml:"severity"`
	Needs     []string             `toml:"needs"`
	Waive     []string             `toml:"waive"` // rules that cannot hold because of what the case sends
	Steps     []Step               `toml:"step"`
}

// Step is a request and what must hold of its answer.
type Step struct {
	Request     string            `toml:"request"`
	Raw         string            `toml:"raw"`
	Set         map[string]string `toml:"set"`
	Edit        [][2]string       `toml:"edit"`
	ID          string            `toml:"id"`
	SOAP        string            `toml:"soap"`
	Prolog      *string           `toml:"prolog"`
	Encoding    string            `toml:"encoding"`
	Gzip        bool              `toml:"gzip"`
	AcceptGzip  bool              `toml:"accept_gzip"`
	Pad         int               `toml:"pad"`
	Method      string            `toml:"method"`
	ContentType string            `toml:"content_type"`
	Action      *string           `toml:"action"`
	Expect      Expect            `toml:"expect"`
}

// Expect is what must hold of an answer.
type Expect struct {
	Answer  string            `toml:"answer"`
	Fault   []string          `toml:"fault"`
	Status  []int             `toml:"status"`
	Token   string            `toml:"token"`
	Equal   map[string]string `toml:"equal"`
	Present []string          `toml:"present"`
	Absent  []string          `toml:"absent"`
	Same    int               `toml:"same"`
}

// rules are the columns of the coverage beside the fault classes.
var rules = []string{"success", "header", "message-id", "encoding", "envelope"}

type caseFile struct {
	Cases []Case `toml:"case"`
}

// Cases returns every case, in the order of the files.
func Cases() ([]Case, error) {
	names, err := fs.Glob(files, "cases/*.toml")
	if err != nil {
		return nil, err
	}
	templates, err := templates()
	if err != nil {
		return nil, err
	}
	var all []Case
	seen := map[string]bool{}
	for _, name := range names {
		if name == requestsFile || name == reasonsFile {
			continue
		}
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		cases, err := ParseCases(string(text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, c := range cases {
			if err := c.check(templates); err != nil {
				return nil, fmt.Errorf("%s: case %q: %w", name, c.Name, err)
			}
			if seen[c.Name] {
				return nil, fmt.Errorf("%s: case %q is there twice", name, c.Name)
			}
			seen[c.Name] = true
		}
		all = append(all, cases...)
	}
	return all, nil
}

// ParseCases reads the text of a case file. A key it does not know is an error.
func ParseCases(text string) ([]Case, error) {
	var file caseFile
	meta, err := toml.Decode(text, &file)
	if err != nil {
		return nil, err
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("there is no key %s", unknown[0])
	}
	for i := range file.Cases {
		if file.Cases[i].Severity == "" {
			file.Cases[i].Severity = conformance.Error
		}
	}
	return file.Cases, nil
}

func (c Case) check(templates map[string]string) error {
	switch {
	case c.Name == "" || c.Title == "" || c.Clause == "":
		return errors.New("a case has a name, a title and a clause")
	case !slices.Contains(Operations(), c.Operation):
		return fmt.Errorf("operation %q is no request of XMLVend 2.1", c.Operation)
	case c.Rule != "" && !slices.Contains(rules, c.Rule):
		return fmt.Errorf("there is no rule %q", c.Rule)
	case len(c.Steps) == 0:
		return errors.New("a case has steps")
	}
	for _, need := range c.Needs {
		kind, _, _ := strings.Cut(need, ":")
		if !slices.Contains(needKinds, kind) {
			return fmt.Errorf("there is no need %q", need)
		}
	}
	for i, s := range c.Steps {
		if err := s.check(i+1, templates); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	return nil
}

func (s Step) check(number int, templates map[string]string) error {
	if s.Raw == "" && templates[s.Request] == "" && s.Method != "GET" {
		return fmt.Errorf("there is no request %q", s.Request)
	}
	if way, of, _ := strings.Cut(s.ID, ":"); s.ID != "" {
		n, err := strconv.Atoi(of)
		if err != nil || n < 1 || n >= number || way != "same" && way != "zeros" {
			return fmt.Errorf("there is no id %q", s.ID)
		}
	}
	x := s.Expect
	if x.Answer == "" && len(x.Fault) == 0 && len(x.Status) == 0 {
		return errors.New("a step expects an answer, a fault or a status")
	}
	if x.Answer != "" && len(x.Fault) > 0 {
		return errors.New("a step expects an answer or a fault")
	}
	if x.Same < 0 || x.Same >= number {
		return fmt.Errorf("step %d is no earlier one", x.Same)
	}
	for _, class := range x.Fault {
		if !strings.HasPrefix(class, "soap:") && class != "any" && !xmlvend.FaultClass(class).Known() {
			return fmt.Errorf("there is no fault class %q", class)
		}
	}
	if !slices.Contains([]string{"", "new", "zeros", "none"}, x.Token) {
		return fmt.Errorf("there is no token %q", x.Token)
	}
	return nil
}

// Operations lists the requests of XMLVend 2.1 and of the voucher extension, by
// their elements.
func Operations() []string {
	return []string{
		"confirmCustomerReq", "trialCreditVendReq", "creditVendReq", "adviceReq", "reprintReq", "fbeReq", "freeIssueReq",
		"meterCreditTransferReq", "cancelVendReq", "verifyReq", "payAccReq", "vendorStatementReq", "depositReq", "reprintDepReq",
		"startBatchReq", "endBatchReq", "totalBatchReq", "reprintEndBatchReq", "confirmMeterReq", "updateMeterKeyReq",
		"meterSpecificEngReq", "nonMeterSpecificEngReq", "custReportFaultReq", "voucherVendReq", "catalogueReq",
	}
}
