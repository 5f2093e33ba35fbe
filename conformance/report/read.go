package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
)

// Read reads the JSON form of a report. The error says what is wrong with it.
func Read(r io.Reader) (conformance.Report, error) {
	var report conformance.Report
	d := json.NewDecoder(r)
	if err := d.Decode(&report); err != nil {
		return report, fmt.Errorf("not a report: %w", err)
	}
	if report.Tool == "" || report.Began == "" {
		return report, errors.New("not a report: it does not say which tool made it, or when")
	}
	for _, result := range report.Results {
		switch result.Verdict {
		case conformance.Pass, conformance.Fail, conformance.NotApplicable:
		default:
			return report, fmt.Errorf("case %q has the verdict %q", result.Case, result.Verdict)
		}
	}
	return report, nil
}

// Merge makes one report of several, in their order. Of one it is that report.
func Merge(reports []conformance.Report) conformance.Report {
	if len(reports) == 1 {
		return reports[0]
	}
	merged := conformance.Report{Tool: "report"}
	var targets []string
	for i, r := range reports {
		if i == 0 || r.Began < merged.Began {
			merged.Began = r.Began
		}
		targets = append(targets, r.Tool+" "+r.Target)
		merged.TookMS += r.TookMS
		merged.Exchange += r.Exchange
		merged.Unjudged += r.Unjudged
		merged.Results = append(merged.Results, r.Results...)
		merged.Findings = append(merged.Findings, r.Findings...)
	}
	merged.Target = strings.Join(targets, ", ")
	return merged
}
