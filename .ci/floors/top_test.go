package main

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestOnlyTheHouseAndDotFilesStandAtTheTop(t *testing.T) {
	tree := fstest.MapFS{
		".ci/run":          {},
		".gitignore":       {},
		"Makefile":         {},
		"README.md":        {},
		"bin/vendswitch":   {},
		"cmd/vendsim/a.go": {},
		"internal/a.go":    {},
		"notes.txt":        {},
	}
	entries, err := tree.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"internal: does not belong at the top of the tree",
		"notes.txt: does not belong at the top of the tree",
	}
	if diff := cmp.Diff(want, checkTop(entries)); diff != "" {
		t.Errorf("breaches (-want +got):\n%s", diff)
	}
}
