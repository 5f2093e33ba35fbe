package schemas_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
)

// wsdl reads the WSDL as it is served for an address and a folder.
func wsdl(t *testing.T, address, folder string) *etree.Element {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(schemas.WSDL(address, folder)); err != nil {
		t.Fatal(err)
	}
	return doc.Root()
}

func TestTheWSDLGivesTheAddressAndTheFolderItIsTold(t *testing.T) {
	root := wsdl(t, `https://vend.example.com/x?a=1&b="2"`, "any/where")
	address := root.FindElement("service/port/address")
	if got := address.SelectAttrValue("location", ""); got != `https://vend.example.com/x?a=1&b="2"` {
		t.Errorf("address %s", got)
	}
	imports := root.FindElements("types/schema/import")
	if len(imports) == 0 {
		t.Fatal("no imports")
	}
	for _, i := range imports {
		name, inFolder := strings.CutPrefix(i.SelectAttrValue("schemaLocation", ""), "any/where/")
		text, found := schemas.File(name)
		if !inFolder || !found || !strings.Contains(string(text), `targetNamespace="`+i.SelectAttrValue("namespace", "?")+`"`) {
			t.Errorf("import of %s", i.SelectAttrValue("schemaLocation", ""))
		}
	}
}

// globals are the global elements of the domains' schemas, as prefix:name with the prefixes of the WSDL.
func globals(t *testing.T, root *etree.Element) []string {
	t.Helper()
	var names []string
	for _, prefix := range []string{"b", "r", "m", "v"} {
		for _, file := range schemas.Names() {
			doc := etree.NewDocument()
			text, _ := schemas.File(file)
			if err := doc.ReadFromBytes(text); err != nil {
				t.Fatal(err)
			}
			if doc.Root().SelectAttrValue("targetNamespace", "") != root.SelectAttrValue("xmlns:"+prefix, "?") {
				continue
			}
			for _, e := range doc.Root().SelectElements("element") {
				names = append(names, prefix+":"+e.SelectAttrValue("name", ""))
			}
		}
	}
	slices.Sort(names)
	return names
}

func TestEachMessageOfTheSchemasBelongsToOneOperationOfTheWSDL(t *testing.T) {
	root := wsdl(t, "http://a.example/xmlvend", "s")
	var used []string
	for _, m := range root.SelectElements("message") {
		parts := m.SelectElements("part")
		if len(parts) != 1 || parts[0].SelectAttrValue("name", "") != "messagePart" {
			t.Fatalf("message %s has %d parts", m.SelectAttrValue("name", ""), len(parts))
		}
		used = append(used, parts[0].SelectAttrValue("element", ""))
	}
	slices.Sort(used)
	if want := globals(t, root); !slices.Equal(want, used) {
		t.Errorf("the schemas declare %v,\nthe messages hold %v", want, used)
	}
	const standard, ours = 23, 3
	if n := len(root.FindElements("portType/operation")); n != standard+ours {
		t.Errorf("%d operations", n)
	}
}

// TestTheWSDLHoldsTogether checks what WSDL 1.1 and the WS-I Basic Profile ask of a document/literal service: names
// that are referred to exist, and binding and port type have the same operations with the same messages.
func TestTheWSDLHoldsTogether(t *testing.T) {
	root := wsdl(t, "http://a.example/xmlvend", "s")
	if root.NamespaceURI() != "http://schemas.xmlsoap.org/wsdl/" || root.SelectAttrValue("targetNamespace", "") != "http://www.nrs.eskom.co.za/xmlvend/service/2.1" {
		t.Fatalf("%s for %s", root.NamespaceURI(), root.SelectAttrValue("targetNamespace", ""))
	}
	var order []string
	for _, e := range root.ChildElements() {
		if n := len(order); n == 0 || order[n-1] != e.Tag {
			order = append(order, e.Tag)
		}
	}
	if want := []string{"documentation", "types", "message", "portType", "binding", "service"}; !slices.Equal(order, want) {
		t.Errorf("the document has %v", order)
	}
	if schema := root.FindElement("types/schema"); schema.SelectAttr("targetNamespace") != nil || len(schema.ChildElements()) != len(schema.SelectElements("import")) {
		t.Error("a schema without a namespace may hold nothing but imports")
	}
	for path, want := range map[string]string{
		"service":                "XMLVendService2.1",
		"service/port":           "XMLVendServicePort",
		"portType":               "XMLVendServiceSoap",
		"message":                "NRSFaultResponseSoapOut",
		"portType/operation":     "CreditVendRequest",
		"service/port/@binding":  "tns:XMLVendServiceSoap",
		"binding/@type":          "tns:XMLVendServiceSoap",
		"binding/binding/@style": "document",
	} {
		path, attribute, isAttribute := strings.Cut(path, "/@")
		if !isAttribute {
			attribute = "name"
		}
		if got := root.FindElement(path).SelectAttrValue(attribute, ""); got != want {
			t.Errorf("%s %s is %q", path, attribute, got)
		}
	}
	bound := root.FindElements("binding/operation")
	for i, op := range root.FindElements("portType/operation") {
		name := op.SelectAttrValue("name", "")
		if i >= len(bound) || bound[i].SelectAttrValue("name", "") != name {
			t.Fatalf("%s is not bound", name)
		}
		for part, message := range map[string]string{"input": name + "SoapIn", "output": name + "SoapOut", "fault": "NRSFaultResponseSoapOut"} {
			if got := op.SelectElement(part).SelectAttrValue("message", ""); got != "tns:"+message {
				t.Errorf("%s of %s is %s", part, name, got)
			}
			if root.FindElement("message[@name='"+message+"']") == nil {
				t.Errorf("there is no message %s", message)
			}
			body := bound[i].SelectElement(part).ChildElements()
			if len(body) != 1 || body[0].SelectAttrValue("use", "") != "literal" {
				t.Errorf("%s of %s is not literal", part, name)
			}
		}
		if action := bound[i].SelectElement("operation").SelectAttr("soapAction"); action == nil || action.Value != "" {
			t.Errorf("%s has a SOAPAction", name)
		}
		if fault := op.SelectElement("fault").SelectAttrValue("name", "?"); fault != bound[i].FindElement("fault/fault").SelectAttrValue("name", "") {
			t.Errorf("the fault of %s is bound by another name than %s", name, fault)
		}
	}
}
