package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// graph builds a listing from lines of "package: import import …". A name
// that holds a dot before its first slash is someone else's package.
func graph(lines ...string) []listed {
	full := func(name string) string {
		if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") {
			return name
		}
		return module + "/" + name
	}
	var packages []listed
	for _, line := range lines {
		name, imports, _ := strings.Cut(line, ":")
		p := listed{ImportPath: full(name)}
		for _, i := range strings.Fields(imports) {
			p.Imports = append(p.Imports, full(i))
		}
		packages = append(packages, p)
	}
	return packages
}

func TestImportsThatPointDownAreAccepted(t *testing.T) {
	house := graph(
		"cmd/vendswitch: switch switch/channel/pos upstream/utility ledger/sqlstore xmlvend schemas github.com/alecthomas/kong",
		"cmd/vendsim: conformance/sim/utility",
		"cmd/vendconform: conformance",
		"conformance: xmlvend schemas conformance/report",
		"conformance/report:",
		"conformance/sim/utility: xmlvend",
		"switch/channel/pos: switch switch/channel xmlvend schemas",
		"switch/channel:",
		"switch: ledger ledger/stock upstream xmlvend switch/price",
		"switch/price:",
		"upstream: xmlvend",
		"upstream/utility: upstream xmlvend",
		"ledger:",
		"ledger/stock: ledger",
		"ledger/sqlstore: ledger github.com/lib/pq",
		"xmlvend: schemas",
		"schemas:",
	)
	if breaches := checkImports(house); len(breaches) > 0 {
		t.Errorf("a lawful house was refused:\n%s", strings.Join(breaches, "\n"))
	}
}

func TestImportsThatPointUpOrAsideAreRefused(t *testing.T) {
	for _, tc := range []struct{ name, from, to, why string }{
		{"the schemas know nothing of the messages", "schemas", "xmlvend", "schemas imports no other floor"},
		{"the ledger knows nothing of XML", "ledger/stock", "xmlvend", "ledger imports no other floor"},
		{"the messages know nothing of the ledger", "xmlvend", "ledger", "xmlvend imports only schemas"},
		{"a supplier books nothing", "upstream/utility", "ledger", "upstream imports only xmlvend"},
		{"a supplier leaves checking to the messages", "upstream", "schemas", "upstream imports only xmlvend"},
		{"the sale knows no channel", "switch", "switch/channel/pos", "switch imports only ledger, upstream, xmlvend"},
		{"the sale leaves checking to the messages", "switch", "schemas", "switch imports only ledger, upstream, xmlvend"},
		{"a channel books nothing", "switch/channel/sms", "ledger", "switch/channel imports only switch, xmlvend, schemas"},
		{"a channel calls no supplier", "switch/channel/sms", "upstream", "switch/channel imports only switch, xmlvend, schemas"},
		{"the auditor shares no code with the switch", "conformance", "switch", "conformance imports only xmlvend, schemas"},
		{"a simulator shares no code with its client", "conformance/sim/utility", "upstream/utility", "conformance imports only xmlvend, schemas"},
		{"the auditor keeps no ledger of ours", "conformance", "ledger", "conformance imports only xmlvend, schemas"},
		{"nobody imports a command", "switch", "cmd/vendsim", "switch imports only ledger, upstream, xmlvend"},
		{"no package stands beside the floors", "switch", "utils", "it stands on no floor of the house"},
		{"a folder whose name begins like a floor's is not on it", "ledger", "ledgers", "it stands on no floor of the house"},
		{"a test harness stays out of programs", "ledger/stock", "ledger/ledgertest", "it serves tests only"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := checkImports(graph(tc.from + ": " + tc.to))
			want := []string{tc.from + ": must not import " + tc.to + ": " + tc.why}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPackageOutsideTheFloorsIsRefused(t *testing.T) {
	packages := append(graph("utils: xmlvend", "ledgers:"), listed{ImportPath: module})
	want := []string{
		".: stands on no floor of the house",
		"ledgers: stands on no floor of the house",
		"utils: stands on no floor of the house",
	}
	if diff := cmp.Diff(want, checkImports(packages)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}

func TestTheSwitchLinksNoPartOfTheConformanceSuiteEvenByAnotherPackage(t *testing.T) {
	got := checkImports(graph(
		"cmd/vendswitch: cmd/wiring",
		"cmd/vendsim: conformance/sim/utility",
		"cmd/wiring: cmd/vendswitch conformance/sim/utility",
	))
	want := []string{"cmd/vendswitch: must not link conformance: cmd/vendswitch > cmd/wiring > conformance/sim/utility"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}
