package main

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "github.com/vendswitch/vendswitch"

// A floor is a folder and all below it, down to the next floor's folder.
// Packages of one floor may import each other; of the others, only those named.
type floor struct {
	folder    string
	mayImport []string
}

// house lists the floors from the top of the building to the ground.
var house = []floor{
	{"cmd", []string{"conformance", "switch/channel", "switch", "upstream", "ledger", "xmlvend", "schemas"}},
	{"conformance", []string{"xmlvend", "schemas"}},
	{"switch/channel", []string{"switch", "xmlvend", "schemas"}},
	{"switch", []string{"ledger", "upstream", "xmlvend"}},
	{"upstream", []string{"xmlvend"}},
	{"ledger", nil},
	{"xmlvend", []string{"schemas"}},
	{"schemas", nil},
}

// notLinked names, for a command, the floor that must not be in it, not even
// by way of another package: what judges the switch is no part of it.
var notLinked = map[string]string{
	"cmd/vendswitch": "conformance",
}

// listed is a package as the go command lists it.
type listed struct {
	ImportPath string
	Imports    []string
}

// checkImports returns one sentence for each import that breaks a rule.
func checkImports(packages []listed) []string {
	imports := make(map[string][]string, len(packages))
	for _, p := range packages {
		from, ours := within(p.ImportPath)
		if !ours {
			continue
		}
		imports[from] = nil
		for _, imported := range p.Imports {
			if to, ours := within(imported); ours {
				imports[from] = append(imports[from], to)
			}
		}
	}

	var breaches []string
	for from, tos := range imports {
		if floorOf(from) == nil {
			breaches = append(breaches, fmt.Sprintf("%s: stands on no floor of the house", from))
			continue
		}
		for _, to := range tos {
			if why := forbidden(from, to); why != "" {
				breaches = append(breaches, fmt.Sprintf("%s: must not import %s: %s", from, to, why))
			}
		}
	}
	for command, folder := range notLinked {
		if chain := link(imports, command, folder); chain != nil {
			breaches = append(breaches, fmt.Sprintf("%s: must not link %s: %s", command, folder, strings.Join(chain, " > ")))
		}
	}
	slices.Sort(breaches)
	return breaches
}

// within returns the folder of one of the module's own packages.
func within(importPath string) (folder string, ours bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

func floorOf(folder string) *floor {
	var found *floor
	for i := range house {
		f := &house[i]
		if !below(folder, f.folder) {
			continue
		}
		if found == nil || len(f.folder) > len(found.folder) {
			found = f
		}
	}
	return found
}

func below(folder, top string) bool {
	return folder == top || strings.HasPrefix(folder, top+"/")
}

func forbidden(from, to string) (why string) {
	if strings.HasSuffix(path.Base(to), "test") {
		return "it serves tests only"
	}
	f, t := floorOf(from), floorOf(to)
	switch {
	case t == nil:
		return "it stands on no floor of the house"
	case t == f || slices.Contains(f.mayImport, t.folder):
		return ""
	case len(f.mayImport) == 0:
		return f.folder + " imports no other floor"
	default:
		return f.folder + " imports only " + strings.Join(f.mayImport, ", ")
	}
}

// link returns the shortest chain of imports by which command links a package
// of the folder, or nil if it links none.
func link(imports map[string][]string, command, folder string) []string {
	seen := map[string]bool{command: true}
	for queue := [][]string{{command}}; len(queue) > 0; queue = queue[1:] {
		chain := queue[0]
		last := chain[len(chain)-1]
		if below(last, folder) {
			return chain
		}
		for _, next := range imports[last] {
			if !seen[next] {
				seen[next] = true
				queue = append(queue, append(slices.Clone(chain), next))
			}
		}
	}
	return nil
}
