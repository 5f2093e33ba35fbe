package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/schemas"
)

func TestTheBundleHoldsOneSchemaOfEachNamespace(t *testing.T) {
	want := map[string]string{
		"base.xsd": schemas.NSBase, "revenue.xsd": schemas.NSRevenue, "meter.xsd": schemas.NSMeter,
		"evd.xsd": schemas.NSVoucher, "eskom-base-ext.xsd": schemas.NSEskomBase,
		"soap11.xsd": schemas.NSSOAP11, "soap12.xsd": schemas.NSSOAP12,
		"xml.xsd": "http://www.w3.org/XML/1998/namespace", "xmlvend.xsd": "",
	}
	if names := schemas.Names(); !slices.IsSorted(names) || len(names) != len(want) {
		t.Errorf("got %v", names)
	}
	for name, namespace := range want {
		if got := parseSchema(t, name).SelectAttrValue("targetNamespace", ""); got != namespace {
			t.Errorf("%s is for %q, want %q", name, got, namespace)
		}
	}
}

// A client that fetches one schema finds the others beside it.
func TestSchemasReferToEachOtherByFileName(t *testing.T) {
	names := schemas.Names()
	for _, name := range names {
		for _, e := range parseSchema(t, name).SelectElements("import") {
			if location := e.SelectAttrValue("schemaLocation", ""); !slices.Contains(names, location) {
				t.Errorf("%s imports %q", name, location)
			}
		}
	}
}

func TestThereIsNoOtherFile(t *testing.T) {
	for _, name := range []string{"", ".", "nosuch.xsd", "../schemas/base.xsd", "schemas.go", "BASE.XSD"} {
		if text, ok := schemas.File(name); ok {
			t.Errorf("%q is %d bytes", name, len(text))
		}
	}
}

func TestTheVersionOfLibxmlIsKnown(t *testing.T) {
	if v := schemas.LibxmlVersion(); strings.Count(v, ".") != 2 || !strings.HasPrefix(v, "2.") {
		t.Errorf("got %q", v)
	}
}

func TestAnInvalidDocumentIsDescribedOnOneLine(t *testing.T) {
	violation := schemas.Violation{Line: 3, Column: 9, Reason: "a name is missing"}
	tests := []struct {
		invalid schemas.Invalid
		want    string
	}{
		{schemas.Invalid{Kind: schemas.DTD}, "dtd"},
		{schemas.Invalid{Kind: schemas.Malformed, Violations: []schemas.Violation{violation}}, "malformed: line 3:9: a name is missing"},
		{
			schemas.Invalid{Kind: schemas.SchemaInvalid, Violations: []schemas.Violation{{Line: 3, Path: "/a", Reason: "b"}, violation}},
			"schema-invalid: line 3: /a: b (and 1 more)",
		},
		{schemas.Invalid{Kind: schemas.NotUTF8, Violations: slices.Repeat([]schemas.Violation{{Reason: "c"}}, 3)}, "not-utf8: c (and 2 more)"},
		{schemas.Invalid{Kind: 9}, "kind-9"},
	}
	for _, test := range tests {
		if got := test.invalid.Error(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
}
