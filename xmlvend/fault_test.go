package xmlvend_test

import (
	"slices"
	"testing"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestTheFaultTreeIsThatOfTheSchemas(t *testing.T) {
	parents := map[string]string{}
	for _, file := range []string{"base.xsd", "eskom-base-ext.xsd"} {
		text, _ := schemas.File(file)
		doc := etree.NewDocument()
		if err := doc.ReadFromBytes(text); err != nil {
			t.Fatal(err)
		}
		for _, typ := range doc.Root().SelectElements("complexType") {
			if ext := typ.FindElement("complexContent/extension"); ext != nil {
				parents[typ.SelectAttrValue("name", "")] = ext.SelectAttrValue("base", "")
			}
		}
	}
	classes := 0
	for name, parent := range parents {
		class := xmlvend.FaultClass(name)
		if !class.Known() {
			if parent == "b:Fault" || xmlvend.FaultClass(parent[2:]).IsA(xmlvend.FaultBase) {
				t.Errorf("%s is not known", name)
			}
			continue
		}
		classes++
		if got := "b:" + string(class.Parent()); got != parent {
			t.Errorf("%s derives from %s, not %s", name, parent, got)
		}
	}
	if classes != len(xmlvend.FaultClasses())+1 { // and XMLVendFaultEx, which is abstract
		t.Errorf("the schemas have %d classes, this package %d", classes, len(xmlvend.FaultClasses()))
	}
}

func TestAFaultIsWhatItsClassDerivesFrom(t *testing.T) {
	for _, c := range []struct {
		class xmlvend.FaultClass
		is    []xmlvend.FaultClass
	}{
		{xmlvend.UnknownMeterEx, []xmlvend.FaultClass{xmlvend.UnknownMeterEx, xmlvend.BusinessRuleEx, xmlvend.FaultBase}},
		{xmlvend.DuplicateMsgIDEx, []xmlvend.FaultClass{xmlvend.DuplicateMsgIDEx, xmlvend.BusinessRuleEx, xmlvend.FaultBase}},
		{xmlvend.ServeryBusyEx, []xmlvend.FaultClass{xmlvend.ServeryBusyEx, xmlvend.SystemEx, xmlvend.FaultBase}},
		{xmlvend.LastResponseEx, []xmlvend.FaultClass{xmlvend.LastResponseEx, xmlvend.XMLVendFaultEx, xmlvend.FaultBase}},
		{"MadeUpEx", []xmlvend.FaultClass{"MadeUpEx"}},
	} {
		fault := &xmlvend.Fault{Class: c.class}
		for _, other := range append(xmlvend.FaultClasses(), xmlvend.FaultBase, xmlvend.XMLVendFaultEx, "MadeUpEx") {
			if want := slices.Contains(c.is, other); fault.IsA(other) != want {
				t.Errorf("%s is a %s: %v", c.class, other, !want)
			}
		}
	}
}

func TestAClassThatMayNotBeSentIsSentAsSystemEx(t *testing.T) {
	for _, class := range []xmlvend.FaultClass{"", xmlvend.FaultBase, xmlvend.XMLVendFaultEx, "MadeUpEx"} {
		doc := xmlvend.Encode(xmlvend.Envelope{Payload: &xmlvend.FaultResp{ResponseHeader: respHead, Fault: xmlvend.Fault{Class: class}}})
		mustBeValid(t, doc)
		if got := mustDecode(t, doc).Payload.(*xmlvend.FaultResp).Fault.Class; got != xmlvend.SystemEx {
			t.Errorf("%q was sent as %s", class, got)
		}
	}
}

func TestTheSOAPFaultSaysWhoseFaultItIs(t *testing.T) {
	for class, want := range map[xmlvend.FaultClass]xmlvend.SOAPCode{
		xmlvend.XMLVendSchemaEx: xmlvend.ClientFault, xmlvend.ClientIDSSLEx: xmlvend.ClientFault,
		xmlvend.UnknownMeterEx: xmlvend.ServerFault, xmlvend.SystemEx: xmlvend.ServerFault, xmlvend.UseCaseSupportEx: xmlvend.ServerFault,
	} {
		for _, version := range []xmlvend.Version{xmlvend.SOAP11, xmlvend.SOAP12} {
			doc := xmlvend.Encode(xmlvend.Envelope{Version: version, Payload: &xmlvend.FaultResp{
				ResponseHeader: respHead, Fault: xmlvend.Fault{Class: class, Desc: "because"}}})
			got := mustDecode(t, doc).Fault
			if got == nil || got.Code != want || got.String != "because" {
				t.Errorf("%s in %v: %+v", class, version, got)
			}
		}
	}
}
