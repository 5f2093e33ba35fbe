package schemas_test

import (
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/schemas"
)

// creditVend returns a strict sample with one text replaced by another.
func creditVend(t testing.TB, old, new string) string {
	t.Helper()
	doc := readSample(t, "req-credit-vend-generic.xml")
	if !strings.Contains(doc, old) {
		t.Fatalf("the sample does not hold %q", old)
	}
	return strings.Replace(doc, old, new, 1)
}

// withHeader returns a strict sample with a SOAP Header, in which anything is valid that is well-formed.
func withHeader(t testing.TB, content string) string {
	t.Helper()
	return creditVend(t, "<soap:Body>", "<soap:Header>"+content+"</soap:Header><soap:Body>")
}

// bareFault returns an envelope with an XMLVend fault right in the Body.
func bareFault(t testing.TB) string {
	t.Helper()
	doc := readSample(t, "fault-blocked-meter.xml")
	before, rest, _ := strings.Cut(doc, "<soap:Fault>")
	_, rest, _ = strings.Cut(rest, "<detail>")
	fault, _, _ := strings.Cut(strings.TrimSpace(rest), "</detail>")
	return before + fault + "</soap:Body></soap:Envelope>"
}

func TestADocumentIsRefusedAtTheFirstStageItFails(t *testing.T) {
	good := readSample(t, "req-credit-vend-generic.xml")
	utf16 := func(text string) string {
		var b strings.Builder
		for _, r := range text {
			b.WriteByte(byte(r))
			b.WriteByte(0)
		}
		return b.String()
	}
	declare := func(declaration string) string {
		_, rest, _ := strings.Cut(good, "?>")
		return declaration + rest
	}
	tests := []struct {
		name, doc    string
		kind         schemas.Kind
		line, column int // column 0: any, as versions of libxml2 differ by a character or two
		reason       string
	}{
		{"nothing", "", schemas.Malformed, 1, 1, "the document is empty"},
		{"a byte order mark alone", "\ufeff", schemas.Malformed, 1, 1, "the document is empty"},
		{"white space", " \n", schemas.Malformed, 2, 0, "no element where the document should start"},
		{"text", "hello", schemas.Malformed, 1, 0, "no element where the document should start"},
		{"a NUL byte", "<a>\n<b>\x00</b></a>", schemas.Malformed, 2, 4, "a NUL byte, which XML does not allow"},
		{"a control character", withHeader(t, "\x01"), schemas.Malformed, 4, 0, "a character that XML does not allow"},
		{"a truncated document", good[:strings.Index(good, "</soap:Envelope>")], schemas.Malformed, 25, 0, "a tag or element does not end"},
		{"a second document", good + "<a/>", schemas.Malformed, 26, 0, "something follows the end of the document element"},
		{"an unquoted attribute", withHeader(t, "<a b=c/>"), schemas.Malformed, 4, 0, "an attribute value lacks a quotation mark"},
		{"an attribute twice", withHeader(t, `<a b="" b=""/>`), schemas.Malformed, 4, 0, "an attribute is given twice"},
		{"an undeclared prefix", withHeader(t, "<a:b/>"), schemas.Malformed, 4, 0, "a namespace prefix is not declared"},
		{"an undeclared entity", withHeader(t, "&a;"), schemas.Malformed, 4, 0, "an unknown or unfinished entity; is there an '&' that is not escaped?"},
		{"XML 1.1", declare(`<?xml version="1.1"?>`), schemas.Malformed, 1, 1, "only XML 1.0 is accepted"},
		{"an unfinished declaration", `<?xml version="1.0"`, schemas.Malformed, 1, 1, "the XML declaration does not end"},
		{"a broken declaration", declare(`<?xml version="1.0" encoding=UTF-8?>`), schemas.Malformed, 1, 1, "the XML declaration is malformed"},
		{"a broken declaration", declare(`<?xml version="1.0" encoding="UTF-8?>`), schemas.Malformed, 1, 1, "the XML declaration is malformed"},
		{"a late declaration", "\n" + good, schemas.Malformed, 2, 0, "an XML declaration that is not at the start"},

		{"UTF-16 with a mark", "\xff\xfe" + utf16(good), schemas.NotUTF8, 1, 1, "the document is in UTF-16; only UTF-8 is accepted"},
		{"UTF-16 without a mark", utf16(good), schemas.NotUTF8, 1, 1, "the document is in UTF-16; only UTF-8 is accepted"},
		{"invalid UTF-8", withHeader(t, "\n<a>\xff</a>"), schemas.NotUTF8, 5, 4, "bytes that are not UTF-8"},
		{"another encoding", declare(`<?xml version="1.0" encoding="ISO-8859-1"?>`), schemas.NotUTF8, 1, 1, "the document declares another encoding than UTF-8"},
		{"another encoding, spaced out", declare("<?xml\tversion = '1.0'\n encoding = 'UTF-7' ?>"), schemas.NotUTF8, 1, 1, "the document declares another encoding than UTF-8"},

		{"a DTD", "\n<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", schemas.DTD, 2, 0, "a document type declaration, which SOAP forbids"},
		{"a DTD elsewhere", `<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>`, schemas.DTD, 1, 0, "a document type declaration, which SOAP forbids"},

		{"a message without an envelope", `<r:depositReq xmlns:r="` + schemas.NSRevenue + `"/>`, schemas.SchemaInvalid, 1, 0, "the document element is not a SOAP envelope"},
		{"a fault outside the detail of a Fault", bareFault(t), schemas.SchemaInvalid, 5, 0, "Element 'b:xmlvendFaultResp': This element is not expected. Expected is one of ( soap:Fault, b:adviceReq, b:adviceResp, r:creditVendReq, r:creditVendResp, r:trialCreditVendReq, r:trialCreditVendResp, r:fbeReq, r:fbeResp, r:freeIssueReq )"},
		{"white space in an element without content", creditVend(t, `id="1"/>`, `id="1"> </b:terminalID>`), schemas.SchemaInvalid, 7, 0, "Element 'b:terminalID': Character content is not allowed, because the content type is empty"},
		{"another envelope", `<Envelope xmlns="urn:x"/>`, schemas.SchemaInvalid, 1, 0, "the document element is not a SOAP envelope"},
	}
	v := defaultValidator(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := refused(t, v, test.doc)
			first := got.Violations[0]
			if len(got.Violations) != 1 {
				t.Errorf("%d violations, want the first alone", len(got.Violations))
			}
			if got.Kind != test.kind {
				t.Errorf("kind %v, want %v", got.Kind, test.kind)
			}
			if first.Line != test.line || test.column != 0 && first.Column != test.column {
				t.Errorf("at %d:%d, want %d:%d", first.Line, first.Column, test.line, test.column)
			}
			if first.Reason != test.reason {
				t.Errorf("got %q, want %q", first.Reason, test.reason)
			}
		})
	}
}

func TestUTF8MayBeSaidOrLeftUnsaid(t *testing.T) {
	_, rest, _ := strings.Cut(readSample(t, "req-credit-vend-generic.xml"), "?>")
	v := defaultValidator(t)
	for _, start := range []string{
		"", "\ufeff", `<?xml version="1.0"?>`, "\ufeff<?xml version='1.0' encoding='utf-8' standalone='yes' ?>",
		`<?xml-stylesheet href="encoding=UTF-16"?>`,
	} {
		if err := v.Validate([]byte(start + strings.TrimSpace(rest))); err != nil {
			t.Errorf("%q: %v", start, err)
		}
	}
}

func TestTheHeaderMayHoldAnything(t *testing.T) {
	v := defaultValidator(t)
	for _, content := range []string{
		`<a/>`, `text`, `<x:security xmlns:x="urn:x" soap:mustUnderstand="1"><x:token>t</x:token></x:security>`,
		`<x:a xmlns:x="urn:x" xsi:type="x:NoSuchType"/>`, `<b:adviceReq/>`,
	} {
		err := v.Validate([]byte(withHeader(t, content)))
		if mixed := content == "text"; (err != nil) != mixed {
			t.Errorf("%s: %v", content, err)
		}
	}
}

func TestViolationsLeadToWhatIsWrong(t *testing.T) {
	tests := []struct {
		name, doc string
		want      []string
	}{
		{
			"an attribute", creditVend(t, `ean="6009990000018"`, `ean="VEND1"`),
			[]string{`line 6: /soap:Envelope/soap:Body/r:creditVendReq/b:clientID/@ean: Element 'b:clientID', attribute 'ean': [facet 'pattern'] The value 'VEND1' is not accepted by the pattern '[0-9]{13}'`},
		},
		{
			"an attribute with a namespace", creditVend(t, `xsi:type="b:GenericDeviceID"`, `xsi:type="r:GenericDeviceID"`),
			[]string{
				`line 7: /soap:Envelope/soap:Body/r:creditVendReq/b:terminalID/@xsi:type: Element 'b:terminalID', attribute 'xsi:type': The QName value 'r:GenericDeviceID' of the xsi:type attribute does not resolve to a type definition`,
				`line 7: /soap:Envelope/soap:Body/r:creditVendReq/b:terminalID: Element 'b:terminalID': The type definition is abstract`,
			},
		},
		{
			"an element among others of its name",
			strings.Replace(readSample(t, "resp-confirm-customer-generic.xml"), ">false<", ">maybe<", 1),
			[]string{`line 18: /soap:Envelope/soap:Body/r:confirmCustomerResp/r:confirmCustResult[2]/r:custVendConfig/r:canVend: Element 'r:canVend': 'maybe' is not a valid value of the atomic type 'xs:boolean'`},
		},
		{
			"a document with other prefixes",
			strings.Replace(readSample(t, "req-credit-vend-hexing.xml"), ` symbol="R"`, "", 1),
			[]string{`line 18: /soap:Envelope/soap:Body/r:creditVendReq/r:purchaseValue/r:amt: Element 'r:amt': The attribute 'symbol' is required but missing`},
		},
		{
			"names from elsewhere", creditVend(t, "<r:creditVendReq>", `<r:creditVendReq><x xmlns="urn:x"/>`),
			[]string{`line 5: /soap:Envelope/soap:Body/r:creditVendReq/{urn:x}x: Element '{urn:x}x': This element is not expected. Expected is ( b:clientID )`},
		},
		{
			"SOAP 1.2",
			strings.Replace(readSample(t, "req-advice-lastresp-conlog-soap12.xml"), `uniqueNumber="33011"`, "", 1),
			[]string{`line 13: /soap12:Envelope/soap12:Body/b:adviceReq/b:adviceReqMsgID: Element 'b:adviceReqMsgID': The attribute 'uniqueNumber' is required but missing`},
		},
	}
	v := defaultValidator(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, violation := range refused(t, v, test.doc).Violations {
				got = append(got, violation.String())
			}
			if strings.Join(got, "\n") != strings.Join(test.want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
}
