package xmlvend_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const samplesDir = "../schemas/testdata/samples"

// sample returns the text of a sample document.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(samplesDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// sampleNames lists the samples that match the pattern, at least one.
func sampleNames(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(samplesDir, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no sample matches %s: %v", pattern, err)
	}
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return names
}

// validator returns the compiled schemas.
func validator(t testing.TB) *schemas.Validator {
	t.Helper()
	v, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// strictSamples lists the samples that are valid to the schema.
func strictSamples(t testing.TB) []string {
	t.Helper()
	v := validator(t)
	var names []string
	for _, name := range sampleNames(t, "*.xml") {
		if v.Validate(sample(t, name)) == nil {
			names = append(names, name)
		}
	}
	if len(names) < 60 {
		t.Fatalf("only %d samples are valid", len(names))
	}
	return names
}

// mustDecode decodes a document strictly.
func mustDecode(t testing.TB, doc []byte) xmlvend.Envelope {
	t.Helper()
	env, err := xmlvend.Decode(doc)
	if err != nil {
		t.Fatalf("decode: %v\n%s", err, doc)
	}
	return env
}

// mustBeValid checks a document against the schema.
func mustBeValid(t testing.TB, doc []byte) {
	t.Helper()
	if err := validator(t).Validate(doc); err != nil {
		t.Fatalf("not valid: %v\n%s", err, strings.ReplaceAll(string(doc), "><", ">\n<"))
	}
}
