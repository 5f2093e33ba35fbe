package main

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// atTop is all that may stand at the top of the tree besides dot files. What
// make leaves there (bin, var) is not in the repository.
var atTop = []string{
	"xmlvend", "switch", "upstream", "ledger", "schemas", "cmd", "conformance",
	"docs", "go.mod", "go.sum", "README.md", "LICENSE", "Makefile",
	"bin", "var",
}

func checkTop(entries []fs.DirEntry) []string {
	var breaches []string
	for _, e := range entries {
		if name := e.Name(); !strings.HasPrefix(name, ".") && !slices.Contains(atTop, name) {
			breaches = append(breaches, fmt.Sprintf("%s: does not belong at the top of the tree", name))
		}
	}
	return breaches
}
