package main

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestAReferenceToWhatTheReaderCannotOpenIsReported(t *testing.T) {
	// Put together from pieces, so that this file does not cite them.
	private := "/work" + "/plan/a.txt"
	page := "OUTLINE" + ".md"
	for _, tc := range []struct{ name, text, want string }{
		{"a path on the author's machine", "see " + private + " first", "a.go:1: " + private},
		{"a quoted path", `open("` + private + `")`, "a.go:1: " + private},
		{"a page that is not there", "\n\n// as " + page + " says", "a.go:3: " + page},
		{"a page cited by its title", "// OUTLINE" + ", section 4", "a.go:1: " + page},
		{"a page that is there", "// see development.md, README.md and README, section 2", ""},
		{"a path within the repository", "// in switch" + private, ""},
		{"an address", "https://example.test" + private, ""},
		{"a standard", "// ISO 8583 section 4, XMLVend 2.1 section 3, a CDATA section", ""},
		{"a file that is no text", "\xff " + private, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := checkMentions(fstest.MapFS{
				"README.md":           {},
				"docs/development.md": {},
				"bin/vendswitch":      {Data: []byte("built in " + private)},
				"a.go":                {Data: []byte(tc.text)},
			})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			if tc.want != "" {
				want = []string{tc.want + " is not in the repository"}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}
