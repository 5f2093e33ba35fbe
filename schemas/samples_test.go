package schemas_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jacoelho/xsd"

	"github.com/vendswitch/vendswitch/schemas"
)

const samplesDir = "testdata/samples"

// sample is a row of testdata/samples/index.tsv.
type sample struct {
	file     string
	strict   bool
	caughtBy string // "schema" or "semantic"; "-" for a strict one
	element  string // local name of the element where a document from the field first departs from the schemas, or "-"
	doc      []byte
}

// valid tells whether the schemas let the sample through; what is caught by semantics is schema-valid.
func (s sample) valid() bool { return s.strict || s.caughtBy == "semantic" }

func readTable(t testing.TB, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.Comma, r.LazyQuotes = '\t', true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return rows[1:]
}

func samples(t testing.TB) []sample {
	t.Helper()
	var all []sample
	for _, row := range readTable(t, filepath.Join(samplesDir, "index.tsv")) {
		doc, err := os.ReadFile(filepath.Join(samplesDir, filepath.FromSlash(row[0])))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sample{file: row[0], strict: row[1] == "yes", caughtBy: row[2], element: row[3], doc: doc})
	}
	return all
}

func readSample(t testing.TB, name string) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join(samplesDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func defaultValidator(t testing.TB) *schemas.Validator {
	t.Helper()
	v, err := schemas.Default()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// refused returns the verdict on a document that must not be valid.
func refused(t testing.TB, v *schemas.Validator, doc string) *schemas.Invalid {
	t.Helper()
	err := v.Validate([]byte(doc))
	var invalid *schemas.Invalid
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want an *Invalid", err)
	}
	return invalid
}

func TestEverySampleGetsTheVerdictOfTheIndex(t *testing.T) {
	v := defaultValidator(t)
	for _, s := range samples(t) {
		t.Run(s.file, func(t *testing.T) {
			err := v.Validate(s.doc)
			if (err == nil) != s.valid() {
				t.Fatalf("got %v, want valid %t", err, s.valid())
			}
		})
	}
}

func TestEverySampleFileIsInTheIndex(t *testing.T) {
	indexed := map[string]bool{}
	for _, s := range samples(t) {
		indexed[s.file] = true
	}
	err := filepath.WalkDir(samplesDir, func(path string, _ os.DirEntry, err error) error {
		name, _ := filepath.Rel(samplesDir, path)
		if strings.HasSuffix(name, ".xml") && !indexed[filepath.ToSlash(name)] {
			t.Errorf("%s is not in the index", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTrafficFromTheFieldFailsFirstWhereItDepartsFromTheStandard(t *testing.T) {
	v := defaultValidator(t)
	for _, s := range samples(t) {
		if s.element == "-" {
			continue
		}
		t.Run(s.file, func(t *testing.T) {
			first := refused(t, v, string(s.doc)).Violations[0]
			element, _, _ := strings.Cut(first.Path, "/@")
			element = element[strings.LastIndexAny(element, "/:")+1:]
			if element != s.element {
				t.Errorf("fails first at %s, want at an element %s", first, s.element)
			}
		})
	}
}

// secondOpinion compiles the same schemas with an independent validator, written in Go.
func secondOpinion(t testing.TB) *xsd.Engine {
	t.Helper()
	text, _ := schemas.File("xmlvend.xsd")
	engine, err := xsd.Compile(t.Context(), xsd.Bytes("xmlvend.xsd", text).WithResolver(bundleResolver))
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

func TestASecondValidatorAgreesOnEverySample(t *testing.T) {
	// A schema cannot say which of its elements may be the document: that is a rule of our own.
	disagreements := map[string]string{
		"invalid/not-soap.xml": "a message without an envelope is an element of the schemas like any other",
	}
	v, second := defaultValidator(t), secondOpinion(t)
	for _, s := range samples(t) {
		t.Run(s.file, func(t *testing.T) {
			ours := v.Validate(s.doc)
			theirs := second.Validate(t.Context(), bytes.NewReader(s.doc))
			agree := (ours == nil) == (theirs == nil)
			if _, known := disagreements[s.file]; agree == known {
				t.Errorf("libxml2: %v\njacoelho/xsd: %v", ours, theirs)
			}
		})
	}
}
