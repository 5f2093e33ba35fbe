package xmlvend_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func hexing(t testing.TB) *xmlvend.Dialect {
	t.Helper()
	d, ok := xmlvend.DialectByName("hexing")
	if !ok {
		t.Fatal("there is no dialect hexing")
	}
	return d
}

// repair applies the hexing dialect and returns the document and the rules.
func repair(t testing.TB, doc []byte) ([]byte, []string) {
	t.Helper()
	repaired, rules, err := hexing(t).Repair(doc)
	if err != nil {
		t.Fatal(err)
	}
	return repaired, rules
}

func TestADialectIsFoundByItsName(t *testing.T) {
	for _, name := range []string{"strict", "hexing"} {
		if d, ok := xmlvend.DialectByName(name); !ok || d.Name() != name {
			t.Errorf("%s: %v, %v", name, d, ok)
		}
	}
	if _, ok := xmlvend.DialectByName("martian"); ok {
		t.Error("there is a dialect martian")
	}
}

func TestWhereNoRuleAppliesTheBytesAreUntouched(t *testing.T) {
	for _, d := range []*xmlvend.Dialect{xmlvend.Strict(), hexing(t)} {
		for _, name := range strictSamples(t) {
			doc := sample(t, name)
			got, rules, err := d.Repair(doc)
			if err != nil || len(rules) > 0 || !bytes.Equal(got, doc) || &got[0] != &doc[0] {
				t.Errorf("%s, %s: %v %v", d.Name(), name, rules, err)
			}
		}
	}
}

func TestHexingSamplesAreValidOnceRepaired(t *testing.T) {
	for name, want := range map[string][]string{
		"req-fbe-hexing.xml":               {"resource-missing"},
		"req-trial-credit-vend-ende.xml":   {"resource-missing"},
		"resp-credit-vend-hexing.xml":      {"meter-detail-extras", "tax-reference-missing", "vat-as-fraction", "heading-with-pipes", "unit-in-capitals"},
		"resp-confirm-customer-hexing.xml": {"meter-detail-extras"},
		"resp-advice-lastresp-hexing.xml":  {"tax-reference-missing", "vat-as-fraction", "heading-with-pipes", "unit-in-capitals"},
		"resp-trial-credit-vend-hexing.xml": {"meter-detail-extras", "tax-reference-missing", "vat-as-fraction",
			"heading-with-pipes", "unit-in-capitals"},
		"resp-credit-vend-hexing-fbe-keychange.xml": {"meter-detail-extras", "tax-reference-missing", "vat-as-fraction",
			"heading-with-pipes", "unit-in-capitals"},
		"fault-hexing-systemex.xml": {"fault-without-header"},
	} {
		t.Run(name, func(t *testing.T) {
			if validator(t).Validate(sample(t, name)) == nil {
				t.Fatal("the sample is valid already")
			}
			doc, rules := repair(t, sample(t, name))
			if diff := cmp.Diff(want, rules); diff != "" {
				t.Errorf("rules applied (-want +got):\n%s", diff)
			}
			mustBeValid(t, doc)
			mustDecode(t, doc)
			if _, again := repair(t, doc); again != nil {
				t.Errorf("repaired a second time: %v", again)
			}
		})
	}
}

func TestEachHexingRuleMendsWhatItIsFor(t *testing.T) {
	vend := func(old, new string) []byte { return request(t, old, new) }
	answer := func(old, new string) []byte {
		return []byte(strings.Replace(string(sample(t, "resp-credit-vend-generic.xml")), old, new, 1))
	}
	tried := map[string]bool{}
	for _, c := range []struct {
		rule string
		doc  []byte
		want string // in the repaired document as we would write it
		not  string
	}{
		{"resource-missing", vend(`<b:resource xsi:type="b:Electricity"/>`, ""), `<b:resource xsi:type="b:Electricity"/>`, ""},
		{"message-id-with-milliseconds", vend(`"20240611101500"`, `"20240611101500123"`), `dateTime="20240611101500"`, ""},
		{"message-id-with-milliseconds", vend(`"20240611101500"`, `"202406111015007"`), `dateTime="20240611101500"`, ""},
		{"new-password-empty", vend("</b:password>", "</b:password><b:newPassword> </b:newPassword>"), "Sample123", "newPassword"},
		{"blank-in-empty-element", vend(`ean="6009990000018"/>`, `ean="6009990000018"> </b:clientID>`), `ean="6009990000018"/>`, ""},
		{"blank-in-empty-element", vend(`symbol="ZAR"/>`, "symbol=\"ZAR\">\n<!-- no -->\n</r:amt>"), `symbol="ZAR"/>`, ""},
		{"meter-detail-extras", answer(`tt="02"/>`, `tt="02"/><b:maxVendAmt>null</b:maxVendAmt><b:minVendEng>2</b:minVendEng>`), `tt="02"/>`, "maxVend"},
		{"credit-step", answer("<r:tariff>", "<r:creditStep><r:creditStepTx><b:price>1</b:price></r:creditStepTx></r:creditStep><r:tariff>"), "<r:tariff>", "Step"},
		{"tax-reference-missing", answer(` taxRef="4123456789"`, ""), `taxRef="0000000000"`, ""},
		{"tax-reference-missing", answer(`taxRef="4123456789"`, `taxRef=""`), `taxRef="0000000000"`, ""},
		{"vat-as-fraction", answer(`rate="15"`, `rate="0.1500"`), `rate="15"`, ""},
		{"vat-as-fraction", answer(`rate="15"`, `rate="0.075"`), `rate="7.5"`, ""},
		{"vat-as-fraction", answer(`rate="15"`, `rate=".2"`), `rate="20"`, ""},
		{"heading-with-pipes", answer("CREDIT VEND - TAX INVOICE", "CREDIT VEND|0|1|2"), "<b:dispHeader>CREDIT VEND</b:dispHeader>", ""},
		{"space-in-account-reference", answer(`accNo="ACC1002003"`, `accNo="ACC 100 2003"`), `accNo="ACC1002003"`, ""},
		{"space-in-account-reference", answer(`locRef="ERF1234"`, `locRef=" ERF 1234"`), `locRef="ERF1234"`, ""},
		{"unit-in-capitals", answer(`siUnit="kWh"`, `siUnit="KWH"`), `siUnit="kWh"`, ""},
		{"fault-without-header", sample(t, "fault-hexing-systemex.xml"), `<b:desc>Meter does not exist</b:desc><b:faultCode>VD.01010004</b:faultCode>`, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			tried[c.rule] = true
			doc, rules := repair(t, c.doc)
			if !slices.Equal(rules, []string{c.rule}) {
				t.Fatalf("applied %v", rules)
			}
			mustBeValid(t, doc)
			got := string(xmlvend.Encode(mustDecode(t, doc)))
			if !strings.Contains(got, c.want) || c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("became %s", got)
			}
		})
	}
	for _, name := range hexing(t).Rules() {
		if !tried[name] {
			t.Errorf("rule %s is not tried", name)
		}
	}
}

func TestARepairLeavesAloneWhatItIsNotSureOf(t *testing.T) {
	for _, c := range []struct{ name, old, new string }{
		{"a date of twelve digits", `"20240611101500"`, `"202406111015"`},
		{"a date with more than milliseconds", `"20240611101500"`, `"202406111015001234"`},
		{"a date that is not digits", `"20240611101500"`, `"2024-06-11T10:15"`},
		{"a password of blanks", "Sample123", "   "},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc := request(t, c.old, c.new)
			if got, rules := repair(t, doc); rules != nil || !bytes.Equal(got, doc) {
				t.Errorf("applied %v", rules)
			}
		})
	}
}

func TestADocumentThatCannotBeReadIsNotRepaired(t *testing.T) {
	if _, _, err := hexing(t).Repair([]byte("<!DOCTYPE a><a/>")); err == nil {
		t.Error("repaired a document with a DTD")
	}
}

func TestADialectHasTheClassesOfTheStandard(t *testing.T) {
	for _, name := range []string{"strict", "hexing"} {
		d, _ := xmlvend.DialectByName(name)
		if !d.Has(xmlvend.LastResponseEx) || d.Has(xmlvend.IndeterminantLastResponseEx) || d.Has(xmlvend.XMLVendFaultEx) || d.Has("MadeUpEx") {
			t.Errorf("%s: Has is wrong", name)
		}
	}
}

func TestFaultCodesAreTranslated(t *testing.T) {
	for code, want := range map[string]xmlvend.FaultClass{
		"VD.01010001": xmlvend.ConfirmCustomerEx,
		"VD.01010004": xmlvend.UnknownMeterEx,
		"VD.15010021": xmlvend.UnknownMeterEx,
		"VD.13020116": xmlvend.BusinessRuleEx,
		"VD.010032":   xmlvend.ClientIDAuthorisationEx,
		"VD.17020006": xmlvend.VendorCreditEx,
		"010038":      xmlvend.UnknownMeterEx,
	} {
		if got, ok := hexing(t).FaultClass(code); !ok || got != want {
			t.Errorf("%s means %s, %v", code, got, ok)
		}
	}
	if class, ok := hexing(t).FaultClass("VD.17020008"); ok {
		t.Errorf("an order still being processed was called %s", class)
	}
}
