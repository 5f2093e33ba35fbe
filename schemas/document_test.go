package schemas_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/schemas"
)

// elements reads a document with Go's own parser, names resolved as XML does.
func elements(t testing.TB, doc []byte) []schemas.Element {
	t.Helper()
	d := etree.NewDocument()
	if err := d.ReadFromBytes(doc); err != nil {
		t.Fatalf("libxml2 reads it, Go does not: %v", err)
	}
	var all []schemas.Element
	var walk func(el *etree.Element, parent int32)
	walk = func(el *etree.Element, parent int32) {
		me := int32(len(all))
		all = append(all, schemas.Element{Name: schemas.QName{Space: bound(el, el.Space), Local: el.Tag}, Parent: parent})
		for _, a := range el.Attr {
			if a.Space == "xmlns" || a.Space == "" && a.Key == "xmlns" {
				continue
			}
			attr := schemas.Attr{Name: schemas.QName{Local: a.Key}, Value: a.Value}
			if a.Space != "" {
				attr.Name.Space = bound(el, a.Space)
			}
			if attr.Name == (schemas.QName{Space: schemas.NSXSI, Local: "type"}) {
				prefix, local, found := strings.Cut(strings.TrimSpace(a.Value), ":")
				if !found {
					prefix, local = "", prefix
				}
				all[me].Type = schemas.QName{Space: bound(el, prefix), Local: local}
			}
			all[me].Attrs = append(all[me].Attrs, attr)
		}
		for _, c := range el.Child {
			switch c := c.(type) {
			case *etree.CharData:
				all[me].Text += c.Data
			case *etree.Element:
				walk(c, me)
			}
		}
		all[me].End = int32(len(all))
	}
	walk(d.Root(), -1)
	return all
}

// bound finds the namespace that a prefix stands for at an element.
func bound(el *etree.Element, prefix string) string {
	if prefix == "xml" {
		return "http://www.w3.org/XML/1998/namespace"
	}
	for ; el != nil; el = el.Parent() {
		for _, a := range el.Attr {
			if a.Space == "xmlns" && a.Key == prefix || a.Space == "" && a.Key == "xmlns" && prefix == "" {
				return a.Value
			}
		}
	}
	return "undeclared:" + prefix
}

// alike makes alike what the two parsers may read differently: an element without a
// default namespace, and white space in attributes, which libxml2 normalises.
func alike(all []schemas.Element) []schemas.Element {
	blank := strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\t", " ")
	for i := range all {
		if all[i].Name.Space == "undeclared:" {
			all[i].Name.Space = ""
		}
		for j := range all[i].Attrs {
			all[i].Attrs[j].Value = blank.Replace(all[i].Attrs[j].Value)
		}
	}
	return all
}

func TestADocumentIsReadAsGoReadsIt(t *testing.T) {
	v := defaultValidator(t)
	for _, s := range samples(t) {
		got, err := v.Read(s.doc)
		if err != nil {
			continue // that is what other tests are about
		}
		if diff := cmp.Diff(alike(elements(t, s.doc)), alike(got.Elements)); diff != "" {
			t.Errorf("%s (-Go +libxml2):\n%s", s.file, diff)
		}
		if judged := v.Validate(s.doc); (judged == nil) != (got.Invalid == nil) || judged != nil && judged.Error() != got.Invalid.Error() {
			t.Errorf("%s: validated %v, read %v", s.file, judged, got.Invalid)
		}
		parsed, err := schemas.Parse(s.doc)
		if err != nil || parsed.Invalid != nil || !cmp.Equal(alike(parsed.Elements), got.Elements) {
			t.Errorf("%s is parsed otherwise than it is read: %v", s.file, err)
		}
	}
}

func TestWhatIsReadIsWhatTheDocumentSays(t *testing.T) {
	name := func(space, local string) schemas.QName { return schemas.QName{Space: space, Local: local} }
	for _, c := range []struct {
		name, doc string
		want      schemas.Element // of the document element, but for its place
	}{
		{"text in pieces", "<a>1<!-- 2 -->3<b>4</b>5<![CDATA[<6>]]>&#55;&amp;<?p 8?>9</a>", schemas.Element{Name: name("", "a"), Text: "135<6>7&9"}},
		{"nothing", "<a/>", schemas.Element{Name: name("", "a")}},
		{"a default namespace", `<a xmlns="u" b="1"/>`, schemas.Element{Name: name("u", "a"), Attrs: []schemas.Attr{{Name: name("", "b"), Value: "1"}}}},
		{"a prefix", `<p:a p:b="1" xmlns:p="u"/>`, schemas.Element{Name: name("u", "a"), Attrs: []schemas.Attr{{Name: name("u", "b"), Value: "1"}}}},
		{"references in an attribute", `<a b="&lt;&#10;&quot;é&amp;amp;"/>`, schemas.Element{Name: name("", "a"), Attrs: []schemas.Attr{{Name: name("", "b"), Value: "<\n\"é&amp;"}}}},
		{"an empty attribute", `<a b=""/>`, schemas.Element{Name: name("", "a"), Attrs: []schemas.Attr{{Name: name("", "b")}}}},
		{"a type", `<a xmlns:p="u" xmlns:q="` + schemas.NSXSI + `" q:type=" p:T "/>`, schemas.Element{Name: name("", "a"), Type: name("u", "T"),
			Attrs: []schemas.Attr{{Name: name(schemas.NSXSI, "type"), Value: " p:T "}}}},
		{"a type without a prefix", `<a xmlns="u" xmlns:q="` + schemas.NSXSI + `" q:type="T"/>`, schemas.Element{Name: name("u", "a"), Type: name("u", "T"),
			Attrs: []schemas.Attr{{Name: name(schemas.NSXSI, "type"), Value: "T"}}}},
		{"a type with a prefix that is not declared", `<a xmlns:q="` + schemas.NSXSI + `" q:type="p:T"/>`, schemas.Element{Name: name("", "a"), Type: name("undeclared:p", "T"),
			Attrs: []schemas.Attr{{Name: name(schemas.NSXSI, "type"), Value: "p:T"}}}},
		{"an attribute called type in no namespace", `<a type="T"/>`, schemas.Element{Name: name("", "a"), Attrs: []schemas.Attr{{Name: name("", "type"), Value: "T"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := schemas.Parse([]byte(c.doc))
			if err != nil {
				t.Fatal(err)
			}
			root := got.Elements[0]
			c.want.Parent, c.want.End = -1, int32(len(got.Elements))
			if diff := cmp.Diff(c.want, root); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestElementsNestedTooDeepAreNotRead(t *testing.T) {
	nested := func(n int) []byte { return []byte(strings.Repeat("<a>", n) + strings.Repeat("</a>", n)) }
	if _, err := schemas.Parse(nested(schemas.MaxDepth)); err != nil {
		t.Error(err)
	}
	_, err := schemas.Parse(nested(schemas.MaxDepth + 1))
	var invalid *schemas.Invalid
	if !errors.As(err, &invalid) || invalid.Kind != schemas.Malformed {
		t.Errorf("got %v", err)
	}
}

// FuzzRead holds what is read against what Go's own parser reads.
func FuzzRead(f *testing.F) {
	for _, s := range samples(f) {
		f.Add(s.doc)
	}
	v := defaultValidator(f)
	f.Fuzz(func(t *testing.T, doc []byte) {
		got, err := v.Read(doc)
		if err != nil || got.Invalid != nil {
			return
		}
		if diff := cmp.Diff(alike(elements(t, doc)), alike(got.Elements)); diff != "" {
			t.Errorf("-Go +libxml2:\n%s", diff)
		}
	})
}
