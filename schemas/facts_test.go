package schemas_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/schemas"
)

// The facts about the standard are kept apart from the schemas, as tables in testdata/facts.

// typeFacts is what the standard says of a complex type, without what it inherits.
type typeFacts struct {
	Abstract   bool
	Base       string
	Children   []childFacts // in order
	Choice     bool         // exactly one of the children, instead of all in order
	Attributes map[string]attributeFacts
}

type childFacts struct{ Name, Type, Min, Max string }

type attributeFacts struct {
	Type     string
	Required bool
}

// domains maps the prefix of each domain of the standard to its schema.
var domains = map[string]string{"b": "base.xsd", "r": "revenue.xsd", "m": "meter.xsd"}

// parseSchema returns the xs:schema element of a bundled schema.
func parseSchema(t testing.TB, name string) *etree.Element {
	t.Helper()
	text, ok := schemas.File(name)
	if !ok {
		t.Fatalf("no %s", name)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(text); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc.Root()
}

func TestTheSchemasHoldEveryStandardTypeAndNoOther(t *testing.T) {
	want := map[string]typeFacts{}
	for _, row := range readTable(t, "testdata/facts/types.tsv") {
		f, known := want[row[0]]
		if !known {
			f.Attributes = map[string]attributeFacts{}
		}
		name, fieldType, low, high := row[4], row[5], row[6], row[7]
		switch kind := row[3]; kind {
		case "type":
			f.Abstract, f.Base = row[1] == "true", row[2]
		case "element":
			f.Children = append(f.Children, childFacts{name, fieldType, low, high})
		case "choice":
			f.Choice = true
			f.Children = append(f.Children, childFacts{name, fieldType, low, high})
		case "attribute":
			f.Attributes[name] = attributeFacts{fieldType, low == "1"}
		default:
			t.Fatalf("unknown kind of fact %q", kind)
		}
		want[row[0]] = f
	}
	if len(want) != 279 {
		t.Fatalf("the table holds %d types, the standard 279", len(want))
	}

	got := map[string]typeFacts{}
	for prefix, file := range domains {
		for _, e := range parseSchema(t, file).SelectElements("complexType") {
			got[prefix+":"+e.SelectAttrValue("name", "")] = readType(e)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-) against schemas (+):\n%s", diff)
	}
}

// readType reads an xs:complexType.
func readType(e *etree.Element) typeFacts {
	f := typeFacts{
		Abstract:   e.SelectAttrValue("abstract", "false") == "true",
		Attributes: map[string]attributeFacts{},
	}
	content := e
	if extension := e.FindElement("complexContent/extension"); extension != nil {
		content = extension
		f.Base = extension.SelectAttrValue("base", "")
	}
	for _, group := range []string{"sequence", "choice"} {
		for _, child := range content.FindElements(group + "/element") {
			f.Choice = group == "choice"
			f.Children = append(f.Children, childFacts{
				Name: child.SelectAttrValue("name", ""),
				Type: child.SelectAttrValue("type", ""),
				Min:  child.SelectAttrValue("minOccurs", "1"),
				Max:  strings.Replace(child.SelectAttrValue("maxOccurs", "1"), "unbounded", "n", 1),
			})
		}
	}
	for _, a := range content.SelectElements("attribute") {
		f.Attributes[a.SelectAttrValue("name", "")] = attributeFacts{
			Type:     a.SelectAttrValue("type", ""),
			Required: a.SelectAttrValue("use", "optional") == "required",
		}
	}
	return f
}

func TestTheSchemasHoldEveryStandardElementAndNoOther(t *testing.T) {
	want := map[string]string{}
	for _, row := range readTable(t, "testdata/facts/elements.tsv") {
		want[row[0]] = row[1]
	}
	got := map[string]string{}
	for prefix, file := range domains {
		for _, e := range parseSchema(t, file).SelectElements("element") {
			got[prefix+":"+e.SelectAttrValue("name", "")] = e.SelectAttrValue("type", "")
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-) against schemas (+):\n%s", diff)
	}
}

func TestEveryMessageButTheFaultMayStandInABody(t *testing.T) {
	files := maps.Clone(domains)
	files["v"] = "evd.xsd"
	for prefix, file := range files {
		schema := parseSchema(t, file)
		var want, got []string
		for _, e := range schema.SelectElements("element") {
			if name := e.SelectAttrValue("name", ""); name != "xmlvendFaultResp" {
				want = append(want, prefix+":"+name)
			}
		}
		for _, e := range schema.FindElements("group[@name='Message']/choice/element") {
			got = append(got, e.SelectAttrValue("ref", ""))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: elements (-) against the group of messages (+):\n%s", file, diff)
		}
		for _, soap := range []string{"soap11.xsd", "soap12.xsd"} {
			if parseSchema(t, soap).FindElement("complexType[@name='Body']/choice/group[@ref='"+prefix+":Message']") == nil {
				t.Errorf("%s does not let the messages of %s into its Body", soap, file)
			}
		}
	}
}

func TestEverySchemaIsWrittenInOneStyle(t *testing.T) {
	for _, name := range schemas.Names() {
		schema := parseSchema(t, name)
		if schema.FindElement("annotation/documentation") == nil {
			t.Errorf("%s does not say what it is", name)
		}
		for _, kind := range []string{"complexType", "simpleType"} {
			for _, e := range schema.SelectElements(kind) {
				if e.FindElement("annotation/documentation") == nil {
					t.Errorf("%s: %s has no documentation", name, e.SelectAttrValue("name", ""))
				}
				var attributes []string
				for _, a := range e.FindElements(".//attribute[@name]") {
					attributes = append(attributes, strings.ToLower(a.SelectAttrValue("name", "")))
				}
				if !slices.IsSorted(attributes) {
					t.Errorf("%s: attributes of %s are not in alphabetical order", name, e.SelectAttrValue("name", ""))
				}
			}
		}
	}
}

func TestTheFaultClassesOfEskomDeriveFromTheStandardOnes(t *testing.T) {
	got := map[string][]string{}
	for _, e := range parseSchema(t, "eskom-base-ext.xsd").SelectElements("complexType") {
		base := readType(e).Base
		got[base] = append(got[base], e.SelectAttrValue("name", ""))
	}
	for classes := range maps.Values(got) {
		slices.Sort(classes)
	}
	want := map[string][]string{
		"b:BusinessRuleEx": {
			"AccNumEx", "AccNumMeterLinkEx", "AccTypeEx", "DuplicateMsgIDEx", "EngParameterEx", "GracePurchaseEx",
			"IndeterminantLastResponseEx", "MeterDataMisMatchEx", "OtherDataEx", "UnknownMeterFBEEx",
		},
		"b:SystemEx": {"ExpiredMessageEx", "ServeryBusyEx"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-) against schema (+):\n%s", diff)
	}
}
