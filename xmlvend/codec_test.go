package xmlvend_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestDecodingWhatWasEncodedGivesTheSameMessage(t *testing.T) {
	for _, name := range strictSamples(t) {
		t.Run(name, func(t *testing.T) {
			first := mustDecode(t, sample(t, name))
			doc := xmlvend.Encode(first)
			mustBeValid(t, doc)
			if diff := cmp.Diff(first, mustDecode(t, doc)); diff != "" {
				t.Errorf("the message changed (-before +after):\n%s", diff)
			}
		})
	}
}

func TestNothingOfAStrictSampleIsLost(t *testing.T) {
	for _, name := range strictSamples(t) {
		t.Run(name, func(t *testing.T) {
			before := facts(t, sample(t, name))
			after := facts(t, xmlvend.Encode(mustDecode(t, sample(t, name))))
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("-sample +encoded:\n%s", diff)
			}
		})
	}
}

// facts lists what a document says, in document order: elements by namespace,
// their attributes, types and text, but for white space, comments, prefixes, and
// the types that some samples give where they only repeat the declared one.
func facts(t *testing.T, doc []byte) []string {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromBytes(doc); err != nil {
		t.Fatal(err)
	}
	redundant := []string{"VendIDMethod", "CreditVendReq", "MeterDetail"}
	var all []string
	var walk func(el *etree.Element, path string)
	walk = func(el *etree.Element, path string) {
		path += "/{" + namespace(el, el.Space) + "}" + el.Tag
		all = append(all, path+" = "+strings.TrimSpace(el.Text()))
		var attrs []string
		for _, a := range el.Attr {
			switch {
			case a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns" || a.Space == "xml":
			case namespace(el, a.Space) == schemas.NSXSI && a.Space != "":
				prefix, local, found := strings.Cut(a.Value, ":")
				if !found {
					prefix, local = "", prefix
				}
				if !slices.Contains(redundant, local) {
					attrs = append(attrs, path+" is {"+namespace(el, prefix)+"}"+local)
				}
			default:
				attrs = append(attrs, path+"@"+a.Key+" = "+a.Value)
			}
		}
		slices.Sort(attrs)
		all = append(all, attrs...)
		for _, c := range el.ChildElements() {
			walk(c, path)
		}
	}
	walk(d.Root(), "")
	return slices.DeleteFunc(all, func(s string) bool {
		// what the envelope says beside its payload: an empty header, the prefix of a fault code
		return strings.Contains(s, "}Header") || strings.Contains(s, "faultcode")
	})
}

// namespace resolves a prefix as XML does.
func namespace(el *etree.Element, prefix string) string {
	key := "xmlns:" + prefix
	if prefix == "" {
		key = "xmlns"
	}
	for ; el != nil; el = el.Parent() {
		for _, a := range el.Attr {
			if a.FullKey() == key {
				return a.Value
			}
		}
	}
	return ""
}

func TestPrefixesDoNotMatter(t *testing.T) {
	names := strictSamples(t)
	rapid.Check(t, func(rt *rapid.T) {
		doc := sample(t, rapid.SampledFrom(names).Draw(rt, "sample"))
		want := mustDecode(t, doc)
		permuted := permute(t, rt, doc)
		mustBeValid(t, permuted)
		if diff := cmp.Diff(want, mustDecode(t, permuted)); diff != "" {
			rt.Fatalf("-before +after:\n%s\n%s", diff, permuted)
		}
	})
}

// permute rewrites a document with other prefixes, or none, chosen anew at any
// element, declared before or after their first use on it.
func permute(t *testing.T, rt *rapid.T, doc []byte) []byte {
	d := etree.NewDocument()
	if err := d.ReadFromBytes(doc); err != nil {
		t.Fatal(err)
	}
	pick := rapid.SampledFrom([]string{"", "b", "r", "m", "soap", "ns1", "x-y.z"})
	var write func(el *etree.Element) *etree.Element
	write = func(el *etree.Element) *etree.Element {
		out := etree.NewElement(el.Tag)
		own := namespace(el, el.Space)
		declared := map[string]string{}
		prefixFor := func(space string, needed bool) string {
			for {
				p := pick.Draw(rt, "prefix")
				if space == "" {
					p = "" // no prefix can stand for no namespace
				} else if p == "" && needed {
					continue
				}
				if was, taken := declared[p]; !taken || was == space {
					declared[p] = space
					return p
				}
				if space == "" {
					return p
				}
			}
		}
		out.Space = prefixFor(own, false)
		for _, a := range el.Attr {
			switch space := namespace(el, a.Space); {
			case a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns":
			case a.Space == "":
				out.Attr = append(out.Attr, etree.Attr{Key: a.Key, Value: a.Value})
			case a.Space == "xml":
				out.Attr = append(out.Attr, etree.Attr{Space: "xml", Key: a.Key, Value: a.Value})
			default:
				value := a.Value
				if space == schemas.NSXSI && a.Key == "type" {
					value = requalify(el, value, func(space string) string { return prefixFor(space, false) })
				}
				out.Attr = append(out.Attr, etree.Attr{Space: prefixFor(space, true), Key: a.Key, Value: value})
			}
		}
		for prefix, space := range declared {
			a := etree.Attr{Space: "xmlns", Key: prefix, Value: space}
			if prefix == "" {
				a = etree.Attr{Key: "xmlns", Value: space}
			}
			out.Attr = append(out.Attr, a)
		}
		out.Attr = rapid.Permutation(out.Attr).Draw(rt, "attributes")
		for _, c := range el.Child {
			switch c := c.(type) {
			case *etree.Element:
				out.AddChild(write(c))
			case *etree.CharData:
				text := c.Data
				if el.Tag == "faultcode" {
					text = requalify(el, text, func(string) string { return out.Space })
				}
				out.CreateText(text)
			}
		}
		return out
	}
	doc, err := etree.NewDocumentWithRoot(write(d.Root())).WriteToBytes()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// requalify gives a QName that is content another prefix.
func requalify(el *etree.Element, value string, prefixFor func(space string) string) string {
	prefix, local, found := strings.Cut(value, ":")
	if !found {
		prefix, local = "", prefix
	}
	if p := prefixFor(namespace(el, prefix)); p != "" {
		return p + ":" + local
	}
	return local
}

// request returns a valid vend request with one piece replaced.
func request(t testing.TB, old, new string) []byte {
	t.Helper()
	doc := string(sample(t, "req-credit-vend-generic.xml"))
	if !strings.Contains(doc, old) {
		t.Fatalf("the sample does not hold %s", old)
	}
	return []byte(strings.Replace(doc, old, new, 1))
}

func TestCommentsAndCharacterDataSectionsDoNotCutText(t *testing.T) {
	doc := request(t, "Sample123", "Sam<!-- no -->ple<![CDATA[1]]>&#50;<?pi?>3")
	mustBeValid(t, doc)
	got := mustDecode(t, doc).Payload.(xmlvend.Request).Head().AuthCred.Password
	if got.Reveal() != "Sample123" {
		t.Errorf("password read as %q", got.Reveal())
	}
}

func TestStrictDecodingSaysWhereAMessageIsWrong(t *testing.T) {
	for _, c := range []struct{ name, old, new, path string }{
		{"an element is missing", `<b:terminalID xsi:type="b:GenericDeviceID" id="1"/>`, "", "/Envelope/Body/creditVendReq"},
		{"an element is too much", `<b:opName>`, `<b:x/><b:opName>`, "/Envelope/Body/creditVendReq/authCred"},
		{"an element is at the end", `</r:payType>`, `</r:payType><r:x/>`, "/Envelope/Body/creditVendReq/x"},
		{"an element is in another namespace", `<b:clientID `, `<r:clientID `, "/Envelope/Body/creditVendReq"},
		{"an attribute is missing", ` symbol="ZAR"`, "", "/Envelope/Body/creditVendReq/purchaseValue/amt"},
		{"a number is not one", `value="200.00"`, `value="2,00"`, "/Envelope/Body/creditVendReq/purchaseValue/amt"},
		{"a type is missing", ` xsi:type="b:MeterNumber"`, "", "/Envelope/Body/creditVendReq/idMethod/meterIdentifier"},
		{"a type is in another namespace", `"r:PurchaseValueCurrency"`, `"b:PurchaseValueCurrency"`, "/Envelope/Body/creditVendReq/purchaseValue"},
		{"a type has an undeclared prefix", `"b:Cash"`, `"q:Cash"`, "/Envelope/Body/creditVendReq/payType"},
		{"a type has no prefix and no default namespace", `"b:Cash"`, `"Cash"`, "/Envelope/Body/creditVendReq/payType"},
		{"the message's type is another", `<r:creditVendReq>`, `<r:creditVendReq xsi:type="r:FBEReq">`, "/Envelope/Body/creditVendReq"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := xmlvend.Decode(request(t, c.old, c.new))
			var wrong *xmlvend.DecodeError
			if !errors.As(err, &wrong) || wrong.Path != c.path {
				t.Errorf("got %v, want a DecodeError at %s", err, c.path)
			}
		})
	}
}

func TestWhatIsNotASOAPMessageIsRefusedByKind(t *testing.T) {
	for _, c := range []struct {
		name string
		doc  string
		want error
	}{
		{"nothing", "", xmlvend.ErrMalformed},
		{"text", "hello", xmlvend.ErrMalformed},
		{"an open element", "<a>", xmlvend.ErrMalformed},
		{"two roots", "<a/><b/>", xmlvend.ErrMalformed},
		{"an undeclared prefix", "<a:b/>", xmlvend.ErrMalformed},
		{"an entity of its own", "<a>&x;</a>", xmlvend.ErrMalformed},
		{"depth", strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200), xmlvend.ErrMalformed},
		{"a doctype", "<!DOCTYPE a><a/>", xmlvend.ErrDTD},
		{"Latin-1 by declaration", `<?xml version="1.0" encoding="ISO-8859-1"?><a/>`, xmlvend.ErrEncoding},
		{"Latin-1 in bytes", "<a>\xe9</a>", xmlvend.ErrEncoding},
		{"another root", "<a/>", xmlvend.ErrNotSOAP},
		{"another envelope", `<Envelope xmlns="urn:x"/>`, xmlvend.ErrSOAPVersion},
		{"no body", `<Envelope xmlns="` + schemas.NSSOAP11 + `"/>`, xmlvend.ErrNotSOAP},
		{"an empty body", `<Envelope xmlns="` + schemas.NSSOAP11 + `"><Body/></Envelope>`, xmlvend.ErrNotSOAP},
		{"two payloads", `<Envelope xmlns="` + schemas.NSSOAP11 + `"><Body><a/><b/></Body></Envelope>`, xmlvend.ErrNotSOAP},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := xmlvend.Decode([]byte(c.doc)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestADeclarationAndAByteOrderMarkMayBeThereOrNot(t *testing.T) {
	_, body, _ := strings.Cut(string(sample(t, "req-credit-vend-generic.xml")), "?>")
	for _, start := range []string{"", "\ufeff", `<?xml version="1.0"?>`, `<?xml version='1.0' encoding = 'utf-8' standalone='yes'?>`, "\ufeff" + `<?xml version="1.0" encoding="UTF-8"?>`} {
		doc := []byte(start + strings.TrimSpace(body))
		mustBeValid(t, doc)
		mustDecode(t, doc)
	}
}

func TestThePayloadIsTheSameInBothSOAPVersions(t *testing.T) {
	payload := func(version xmlvend.Version, m xmlvend.Message) string {
		_, after, _ := strings.Cut(string(xmlvend.Encode(xmlvend.Envelope{Version: version, Payload: m})), "<soap:Body>")
		inside, _, _ := strings.Cut(after, "</soap:Body>")
		return inside
	}
	for _, m := range messages() {
		if _, is := m.(*xmlvend.FaultResp); is {
			continue // its wrapping is what differs
		}
		one, two := payload(xmlvend.SOAP11, m), payload(xmlvend.SOAP12, m)
		if one != two || one == "" {
			t.Errorf("%s:\n%s\n%s", m.Type(), one, two)
		}
	}
}

func TestTextsLongerThanTheSchemaAllowsAreCut(t *testing.T) {
	resp := &xmlvend.FaultResp{ResponseHeader: respHead, Fault: xmlvend.Fault{Class: xmlvend.SystemEx, Desc: strings.Repeat("é", 161)}}
	resp.OperatorMsg = strings.Repeat("x", 1000)
	doc := xmlvend.Encode(xmlvend.Envelope{Payload: resp})
	mustBeValid(t, doc)
	got := mustDecode(t, doc).Payload.(*xmlvend.FaultResp)
	if got.Fault.Desc != strings.Repeat("é", 160) || len(got.OperatorMsg) != 160 {
		t.Errorf("cut to %d and %d bytes", len(got.Fault.Desc), len(got.OperatorMsg))
	}
}

func TestTextThatXMLCannotHoldIsReplacedAndTheRestIsKept(t *testing.T) {
	for in, want := range map[string]string{
		"a\x00b\x1fc":             "a\uFFFDb\uFFFDc",
		"bad \xff byte":           "bad \uFFFD byte",
		"\ufffe":                  "\uFFFD",
		"tab\t, line\n, return\r": "tab\t, line\n, return\r",
		`<&>"']]>`:                `<&>"']]>`,
	} {
		resp := &xmlvend.FaultResp{ResponseHeader: respHead, Fault: xmlvend.Fault{Class: xmlvend.SystemEx, Desc: in}}
		resp.Terminal = xmlvend.Generic(in)
		doc := xmlvend.Encode(xmlvend.Envelope{Payload: resp})
		mustBeValid(t, doc)
		got := mustDecode(t, doc).Payload.(*xmlvend.FaultResp)
		if got.Fault.Desc != want || got.Terminal.ID != want {
			t.Errorf("%q read back as %q in text and %q in an attribute", in, got.Fault.Desc, got.Terminal.ID)
		}
	}
}

func TestNoVerbPrintsASecret(t *testing.T) {
	req := mustDecode(t, sample(t, "req-credit-vend-generic.xml")).Payload
	resp := mustDecode(t, sample(t, "resp-credit-vend-generic.xml")).Payload.(*xmlvend.CreditVendResp)
	tx := resp.Receipt.Transactions.Tx[0].(*xmlvend.CreditVendTx)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		printed := fmt.Sprintf(verb+verb+verb, req.(xmlvend.Request).Head().AuthCred, *req.(xmlvend.Request).Head().AuthCred, tx.CreditTokenIssue.Token)
		for _, secret := range []string{"Sample123", "30918274650192837465", fmt.Sprintf("%x", "Sample123")} {
			if strings.Contains(printed, secret) {
				t.Errorf("%s prints %s", verb, printed)
			}
		}
	}
}
