package main

import (
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance"
)

func TestAVerbThatEndsBadlyTellsOfEveryFailure(t *testing.T) {
	m := Main{Stdout: io.Discard, Stderr: io.Discard}
	broken := errors.New("the listener broke")
	nowhere := watched{JSON: filepath.Join(t.TempDir(), "none", "report.json")}
	if err := nowhere.end(m, conformance.Report{}, broken); !errors.Is(err, broken) || !strings.Contains(err.Error(), "none") {
		t.Errorf("got %v", err)
	}
	if err := (watched{}).end(m, conformance.Report{}, broken); !errors.Is(err, broken) {
		t.Errorf("without a report: %v", err)
	}
	if err := (watched{}).end(m, conformance.Report{}, nil); err != nil {
		t.Errorf("nothing went wrong: %v", err)
	}
	wrong := conformance.Report{Findings: []conformance.Finding{{Severity: conformance.Error}}}
	if err := (watched{}).end(m, wrong, nil); !errors.Is(err, errFound) {
		t.Errorf("an error was found: %v", err)
	}
}
