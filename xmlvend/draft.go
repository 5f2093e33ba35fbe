package xmlvend

import (
	"slices"
	"strings"
	"sync"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
)

// draft is a document that a dialect repairs: a tree with the elements behind it,
// which can be changed.
type draft struct {
	tree
	doc      *etree.Document
	elements []*etree.Element          // beside nodes
	was      map[*etree.Element]values // see standIn
}

// newDraft opens a document that parse has read.
func newDraft(doc []byte) (*draft, error) {
	d := &draft{doc: etree.NewDocument()}
	if err := d.doc.ReadFromBytes(doc); err != nil || d.doc.Root() == nil {
		return nil, ErrMalformed // the parser's own words may repeat a piece of the document
	}
	d.index()
	return d, nil
}

// index lists the elements anew.
func (d *draft) index() {
	d.nodes, d.elements = d.nodes[:0], d.elements[:0]
	d.add(d.doc.Root(), none, make([]binding, 1, 16))
}

// binding is a namespace declaration.
type binding struct{ prefix, uri string }

// add lists el and its descendants; scope holds the namespace declarations
// above it, the innermost last.
func (d *draft) add(el *etree.Element, parent ref, scope []binding) {
	for i := range el.Attr {
		if prefix, is := declares(&el.Attr[i]); is {
			scope = append(scope, binding{prefix, el.Attr[i].Value})
		}
	}
	me := ref(len(d.nodes))
	d.elements = append(d.elements, el)
	d.nodes = append(d.nodes, schemas.Element{Name: qname(lookup(scope, el.Space), el.Tag), Text: textOf(el), Parent: parent})
	for _, a := range el.Attr {
		if _, is := declares(&a); is {
			continue
		}
		attr := schemas.Attr{Name: QName{Local: a.Key}, Value: a.Value}
		if a.Space != "" {
			attr.Name.Space = lookup(scope, a.Space)
		}
		d.nodes[me].Attrs = append(d.nodes[me].Attrs, attr)
		if attr.Name == qname(schemas.NSXSI, "type") {
			d.nodes[me].Type = resolve(scope, a.Value)
		}
	}
	for _, c := range el.ChildElements() {
		d.add(c, me, scope)
	}
	d.nodes[me].End = ref(len(d.nodes))
}

// textOf returns the character data right in el.
func textOf(el *etree.Element) string {
	var b strings.Builder
	for _, c := range el.Child {
		if c, ok := c.(*etree.CharData); ok {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// lookup finds the namespace of a prefix, which is declared: parse saw to it.
func lookup(scope []binding, prefix string) string {
	for i := len(scope) - 1; i >= 0; i-- {
		if scope[i].prefix == prefix {
			return scope[i].uri
		}
	}
	return "undeclared:" + prefix
}

// resolve reads a QName as the value of an attribute: the default namespace
// counts. An undeclared prefix leaves a name that no schema has.
func resolve(scope []binding, value string) QName {
	prefix, local, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found {
		prefix, local = "", prefix
	}
	return qname(lookup(scope, prefix), local)
}

// each calls f for every element of the base schema with the local name.
func (d *draft) each(local string, f func(n ref)) {
	for n := range d.nodes {
		if d.nodes[n].Name == base(local) {
			f(ref(n))
		}
	}
}

// rewrite replaces the value of an attribute by what f makes of it, on every
// element that has the attribute.
func (d *draft) rewrite(key string, f func(n ref, value string) string) bool {
	changed := false
	for n := range d.nodes {
		attrs := d.elements[n].Attr
		for i := range attrs {
			if attrs[i].Key != key || attrs[i].Space != "" {
				continue
			}
			if v := f(ref(n), attrs[i].Value); v != attrs[i].Value {
				attrs[i].Value = v
				changed = true
			}
		}
	}
	return changed
}

// insert puts an element of the base schema in front of a sibling. It brings its
// own prefixes, since those of the document may mean anything.
func (d *draft) insert(before ref, local, typ string, attrs ...string) *etree.Element {
	el := etree.NewElement("fix:" + local)
	el.CreateAttr("xmlns:fix", schemas.NSBase)
	if typ != "" {
		el.CreateAttr("xmlns:fixtype", schemas.NSXSI)
		el.CreateAttr("fixtype:type", "fix:"+typ)
	}
	for i := 0; i+1 < len(attrs); i += 2 {
		el.CreateAttr(attrs[i], attrs[i+1])
	}
	sibling := d.elements[before]
	sibling.Parent().InsertChildAt(sibling.Index(), el)
	return el
}

// isAnswer reports that the document is an answer, a fault among them.
func (d *draft) isAnswer() bool {
	_, payload, err := d.soap()
	return err == nil && !IsRequest(d.nodes[payload].Name)
}

// typeAttr returns the attribute xsi:type of an element, or nil.
func (d *draft) typeAttr(n ref) *etree.Attr {
	if d.nodes[n].Type == (QName{}) {
		return nil
	}
	attrs, at := d.elements[n].Attr, 0
	for i := range attrs {
		if _, is := declares(&attrs[i]); is {
			continue
		}
		if d.nodes[n].Attrs[at].Name == qname(schemas.NSXSI, "type") {
			return &attrs[i]
		}
		at++
	}
	return nil
}

// retype gives an element another type of the same schema.
func (d *draft) retype(n ref, local string) {
	attr := d.typeAttr(n)
	prefix, _, found := strings.Cut(attr.Value, ":")
	if attr.Value = local; found {
		attr.Value = strings.TrimSpace(prefix) + ":" + local
	}
}

// declares reports an attribute that declares a namespace, and returns for which prefix;
// "" is that of the default namespace.
func declares(a *etree.Attr) (prefix string, is bool) {
	switch {
	case a.Space == "xmlns":
		return a.Key, true
	case a.Space == "" && a.Key == "xmlns":
		return "", true
	}
	return "", false
}

// typeSpaces lists the namespaces of the schemas that have a complex type of a name.
var typeSpaces = sync.OnceValue(func() map[string][]string {
	spaces := map[string][]string{}
	for _, name := range schemas.Names() {
		text, _ := schemas.File(name)
		doc := etree.NewDocument()
		if doc.ReadFromBytes(text) != nil || doc.Root() == nil {
			continue // the validator, which there is, has compiled them all
		}
		space := doc.Root().SelectAttrValue("targetNamespace", "")
		for _, typ := range doc.Root().SelectElements("complexType") {
			local := typ.SelectAttrValue("name", "")
			spaces[local] = append(spaces[local], space)
		}
	}
	return spaces
})

// remove takes the element out of the document.
func (d *draft) remove(n ref) { d.elements[n].Parent().RemoveChild(d.elements[n]) }

// isLeaf reports that n has no child element.
func (d *draft) isLeaf(n ref) bool { return d.nodes[n].End == n+1 }

// drop removes every element that f names.
func (d *draft) drop(f func(n ref) bool) bool {
	var out []ref
	for n := range d.nodes {
		if f(ref(n)) {
			out = append(out, ref(n))
		}
	}
	slices.Reverse(out)
	for _, n := range out {
		d.remove(n)
	}
	return len(out) > 0
}

// hasContentAttr reports an attribute that is neither a namespace declaration
// nor in the xml namespace: elements with text have none.
func hasContentAttr(attrs []etree.Attr) bool {
	for i := range attrs {
		if _, is := declares(&attrs[i]); !is && attrs[i].Space != "xml" {
			return true
		}
	}
	return false
}
