package schemas

/*
#cgo noescape vs_read
#cgo nocallback vs_read
#include "libxml.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"unsafe"
)

// QName is a namespace-qualified name: of an element or attribute, or of a schema type.
type QName struct {
	Space string // namespace URI; empty for a name in no namespace
	Local string
}

// String returns the name in James Clark's notation, {namespace}local.
func (q QName) String() string {
	if q.Space == "" {
		return q.Local
	}
	return "{" + q.Space + "}" + q.Local
}

// Element is an element of a document with every name in it resolved.
type Element struct {
	Name   QName
	Type   QName // the value of xsi:type; zero if there is none. An undeclared prefix leaves a name that no schema has
	Text   string
	Attrs  []Attr // without namespace declarations
	Parent int32  // index among the elements of the document; -1 for the document element
	End    int32  // index of the element after the last descendant
}

// Attr is an attribute.
type Attr struct {
	Name  QName
	Value string
}

// Document is what libxml2 read, so that what was judged and what is decoded can never be two different things.
type Document struct {
	// Elements are in document order. The text of each is the character data right in it; comments do not cut it.
	Elements []Element
	// Invalid says what departs from the schemas; nil if nothing does, or if they were not asked.
	Invalid *Invalid
}

// MaxDepth is how deep the elements of a Document may be nested. Real messages need 12.
const MaxDepth = 100

// Read parses a document as Validate does, judges it by the schemas, and returns its content whether it is valid or
// not. A document that cannot be read gives an *Invalid of another kind than SchemaInvalid.
func (v *Validator) Read(doc []byte) (*Document, error) { return read(v, doc) }

// Parse is Read without a judgement.
func Parse(doc []byte) (*Document, error) {
	if err := initialise(); err != nil {
		return nil, err
	}
	return read(nil, doc)
}

func read(v *Validator, doc []byte) (*Document, error) {
	if invalid := checkEncoding(doc); invalid != nil {
		return nil, invalid
	}
	if invalid := checkAttributes(doc); invalid != nil {
		return nil, invalid
	}
	var schema C.uintptr_t
	if v != nil {
		schema = C.uintptr_t(v.schema.Pointer())
	}
	got := C.vs_read(schema, (*C.char)(unsafe.Pointer(unsafe.SliceData(doc))), C.int(len(doc)))
	runtime.KeepAlive(v)
	defer C.vs_doc_free(got.doc)
	d := new(Document)
	if got.report != nil {
		defer C.vs_report_free(got.report)
		if d.Invalid = newInvalid(got.report); d.Invalid.Kind != SchemaInvalid {
			return nil, d.Invalid
		}
	}
	r := reader{elements: make([]Element, 0, bytes.Count(doc, []byte("<"))/2+1)}
	if invalid := r.element(got.root, -1, 1); invalid != nil {
		return nil, invalid
	}
	d.Elements = r.elements
	return d, nil
}

// reader copies a tree of libxml2. It reads the structures in C's memory without calling C.
type reader struct {
	elements []Element
	spaces   []space // seen, few as they are
}

// space is a namespace in C's memory and our own copy of it.
type space struct {
	href *C.xmlChar
	own  string
}

// element appends n and its descendants, unless they are nested too deep.
func (r *reader) element(n *C.xmlNode, parent int32, depth int) *Invalid {
	if depth > MaxDepth {
		reason := fmt.Sprintf("elements nested deeper than %d", MaxDepth)
		return &Invalid{Malformed, []Violation{{Line: int(n.line), Reason: reason}}}
	}
	me := int32(len(r.elements))
	r.elements = append(r.elements, Element{Name: r.name(n.ns, n.name), Parent: parent})
	if n.properties != nil {
		r.attributes(&r.elements[me], n)
	}
	r.elements[me].Text = text(n.children)
	for c := n.children; c != nil; c = c.next {
		if c._type != C.XML_ELEMENT_NODE {
			continue
		}
		if invalid := r.element(c, me, depth+1); invalid != nil {
			return invalid
		}
	}
	r.elements[me].End = int32(len(r.elements))
	return nil
}

func (r *reader) attributes(e *Element, n *C.xmlNode) {
	count := 0
	for a := n.properties; a != nil; a = a.next {
		count++
	}
	e.Attrs = make([]Attr, 0, count)
	for a := n.properties; a != nil; a = a.next {
		attr := Attr{r.name(a.ns, a.name), text(a.children)}
		e.Attrs = append(e.Attrs, attr)
		if attr.Name == (QName{NSXSI, "type"}) {
			e.Type = r.resolve(n, attr.Value)
		}
	}
}

// resolve reads a QName that is the value of an attribute of n: the default namespace counts.
func (r *reader) resolve(n *C.xmlNode, value string) QName {
	prefix, local, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found {
		prefix, local = "", prefix
	}
	for ; n != nil && n._type == C.XML_ELEMENT_NODE; n = n.parent {
		for ns := n.nsDef; ns != nil; ns = ns.next {
			if equal(ns.prefix, prefix) {
				return QName{r.space(ns.href), local}
			}
		}
	}
	return QName{"undeclared:" + prefix, local}
}

func (r *reader) name(ns *C.xmlNs, local *C.xmlChar) QName {
	q := QName{Local: word(local)}
	if ns != nil {
		q.Space = r.space(ns.href)
	}
	return q
}

// space returns a namespace: a known one as the constant of this package, so that comparing it is comparing pointers.
func (r *reader) space(href *C.xmlChar) string {
	for i := range r.spaces {
		if r.spaces[i].href == href {
			return r.spaces[i].own
		}
	}
	own := word(href)
	r.spaces = append(r.spaces, space{href, own})
	return own
}

// text returns the character data among a list of nodes.
func text(n *C.xmlNode) string {
	var first []byte
	var more strings.Builder // if there are several pieces
	for ; n != nil; n = n.next {
		if n._type != C.XML_TEXT_NODE && n._type != C.XML_CDATA_SECTION_NODE {
			continue
		}
		piece := content(n.content)
		switch {
		case first == nil:
			first = piece
		case more.Len() == 0:
			more.Write(first)
			fallthrough
		default:
			more.Write(piece)
		}
	}
	if more.Len() > 0 {
		return more.String()
	}
	return string(first)
}

// word returns a name or namespace; those of the schemas are not copied.
func word(c *C.xmlChar) string {
	b := content(c)
	if known, ok := vocabulary()[string(b)]; ok {
		return known
	}
	return string(b)
}

// vocabulary holds the words of the bundled schemas and of SOAP.
var vocabulary = sync.OnceValue(func() map[string]string {
	words := map[string]string{}
	quoted := regexp.MustCompile(`"[^"\s]+"`)
	for _, name := range Names() {
		text, _ := File(name)
		for _, w := range quoted.FindAllString(string(text), -1) {
			w = strings.Clone(strings.Trim(w, `"`))
			words[w] = w
		}
	}
	for _, space := range []string{NSBase, NSRevenue, NSMeter, NSVoucher, NSEskomBase, NSSOAP11, NSSOAP12, NSXSI} {
		words[space] = space
	}
	return words
})

// content is a string in C's memory, good until that is freed.
func content(c *C.xmlChar) []byte {
	if c == nil {
		return nil
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(c), n)) != 0 {
		n++
	}
	return unsafe.Slice((*byte)(c), n)
}

// equal compares a string in C's memory; none is the empty one.
func equal(c *C.xmlChar, s string) bool { return string(content(c)) == s }
