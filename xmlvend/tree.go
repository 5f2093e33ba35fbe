package xmlvend

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
)

// What makes a document unreadable before its content is looked at.
var (
	// ErrEncoding means that the document is not UTF-8, or says it is not.
	ErrEncoding = errors.New("the document is not UTF-8")
	// ErrDTD means that the document has a document type declaration, which SOAP forbids.
	ErrDTD = errors.New("a document type declaration is not allowed")
	// ErrMalformed means that the document is not well-formed XML.
	ErrMalformed = errors.New("the document is not well-formed XML")
)

const (
	maxDepth    = 100 // elements inside elements; real messages need 12
	maxBindings = 256 // namespace declarations in scope at once
)

// ref is the index of an element in a tree.
type ref int32

// none is the ref of an element that is not there.
const none ref = -1

// tree is a document with every element and type name resolved, its elements in
// document order. Resolving once, on the way down, spares every later lookup
// the walk up to the declarations.
type tree struct {
	doc   *etree.Document
	nodes []node
}

type node struct {
	el     *etree.Element
	name   QName
	typ    QName // value of xsi:type; zero when there is none
	parent ref
	end    ref // the element after the last descendant
}

type binding struct{ prefix, uri string }

// parse reads a document: UTF-8, with or without byte order mark and XML
// declaration, and without document type declaration.
func parse(doc []byte) (*tree, error) {
	doc = bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(doc) {
		return nil, ErrEncoding
	}
	d := etree.NewDocument()
	d.ReadSettings.MaxDepth = maxDepth
	if err := d.ReadFromBytes(doc); err != nil {
		return nil, fmt.Errorf("%w%s", ErrMalformed, whereOf(err))
	}
	var root *etree.Element
	for i, tok := range d.Child {
		switch tok := tok.(type) {
		case *etree.Directive:
			return nil, ErrDTD
		case *etree.ProcInst:
			if tok.Target == "xml" && (i > 0 || !declaresUTF8(tok.Inst)) {
				return nil, ErrEncoding
			}
		case *etree.CharData:
			if !tok.IsWhitespace() {
				return nil, fmt.Errorf("%w: text outside of the root element", ErrMalformed)
			}
		case *etree.Element:
			if root != nil {
				return nil, fmt.Errorf("%w: two root elements", ErrMalformed)
			}
			root = tok
		}
	}
	if root == nil {
		return nil, fmt.Errorf("%w: no element", ErrMalformed)
	}
	t := &tree{doc: d, nodes: make([]node, 0, bytes.Count(doc, []byte{'<'})/2+1)}
	if err := t.index(root); err != nil {
		return nil, err
	}
	return t, nil
}

// whereOf says at which line a document stopped being XML. The parser's own
// words may repeat a piece of the document, a password for one.
func whereOf(err error) string {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf(", line %d", syntax.Line)
	}
	if errors.Is(err, etree.ErrMaxDepth) {
		return ": elements are nested too deep"
	}
	return ""
}

// declaresUTF8 reports that the XML declaration names UTF-8 or no encoding.
func declaresUTF8(inst string) bool {
	_, after, found := strings.Cut(inst, "encoding")
	if !found {
		return true
	}
	after = strings.TrimLeft(after, " \t\r\n=")
	return len(after) >= 7 && strings.EqualFold(after[1:6], "utf-8") && after[6] == after[0]
}

// index lists the elements from root on.
func (t *tree) index(root *etree.Element) error {
	t.nodes = t.nodes[:0]
	return t.add(root, none, make([]binding, 1, 16))
}

// add lists el and its descendants; scope holds the namespace declarations
// above it, the innermost last.
func (t *tree) add(el *etree.Element, parent ref, scope []binding) error {
	for i := range el.Attr {
		if a := &el.Attr[i]; a.Space == "xmlns" {
			scope = append(scope, binding{a.Key, intern(a.Value)})
		} else if a.Space == "" && a.Key == "xmlns" {
			scope = append(scope, binding{"", intern(a.Value)})
		}
	}
	if len(scope) > maxBindings {
		return fmt.Errorf("%w: too many namespace declarations", ErrMalformed)
	}
	uri, ok := lookup(scope, el.Space)
	if !ok {
		return fmt.Errorf("%w: prefix %q is not declared", ErrMalformed, el.Space)
	}
	me := ref(len(t.nodes))
	t.nodes = append(t.nodes, node{el: el, name: QName{uri, el.Tag}, parent: parent})
	for i := range el.Attr {
		a := &el.Attr[i]
		if a.Key != "type" || a.Space == "" || a.Space == "xmlns" {
			continue
		}
		if uri, _ := lookup(scope, a.Space); uri == schemas.NSXSI {
			t.nodes[me].typ = resolve(scope, a.Value)
		}
	}
	for _, c := range el.Child {
		if c, ok := c.(*etree.Element); ok {
			if err := t.add(c, me, scope); err != nil {
				return err
			}
		}
	}
	t.nodes[me].end = ref(len(t.nodes))
	return nil
}

func lookup(scope []binding, prefix string) (string, bool) {
	for i := len(scope) - 1; i >= 0; i-- {
		if scope[i].prefix == prefix {
			return scope[i].uri, true
		}
	}
	return "", prefix == "xml"
}

// resolve reads a QName as the value of an attribute: the default namespace
// counts. An undeclared prefix leaves a name that no schema has.
func resolve(scope []binding, value string) QName {
	prefix, local, found := strings.Cut(strings.TrimSpace(value), ":")
	if !found {
		prefix, local = "", prefix
	}
	uri, ok := lookup(scope, prefix)
	if !ok {
		uri = "undeclared:" + prefix
	}
	return QName{uri, local}
}

var knownSpaces = []string{
	schemas.NSBase, schemas.NSRevenue, schemas.NSXSI, schemas.NSSOAP11,
	schemas.NSMeter, schemas.NSVoucher, schemas.NSSOAP12, schemas.NSEskomBase,
}

// intern returns our own copy of a known namespace, so that comparing it is
// comparing pointers.
func intern(uri string) string {
	for _, s := range knownSpaces {
		if s == uri {
			return s
		}
	}
	return uri
}

// children calls f for each child element of n until f returns false.
func (t *tree) children(n ref, f func(ref) bool) {
	for i, end := n+1, t.nodes[n].end; i < end; i = t.nodes[i].end {
		if !f(i) {
			return
		}
	}
}

// child returns the first child of n with the local name, whatever its namespace.
func (t *tree) child(n ref, local string) ref {
	for i, end := n+1, t.nodes[n].end; i < end; i = t.nodes[i].end {
		if t.nodes[i].name.Local == local {
			return i
		}
	}
	return none
}

// text returns the character data of n; comments between do not cut it.
func (t *tree) text(n ref) string {
	el := t.nodes[n].el
	if len(el.Child) == 1 {
		if c, ok := el.Child[0].(*etree.CharData); ok {
			return c.Data
		}
	}
	var b strings.Builder
	for _, c := range el.Child {
		if c, ok := c.(*etree.CharData); ok {
			b.WriteString(c.Data)
		}
	}
	return b.String()
}

// attr returns the attribute of n in no namespace.
func (t *tree) attr(n ref, key string) (string, bool) {
	attrs := t.nodes[n].el.Attr
	for i := range attrs {
		if attrs[i].Key == key && attrs[i].Space == "" {
			return attrs[i].Value, true
		}
	}
	return "", false
}

// path returns the local names from the root down to n.
func (t *tree) path(n ref) string {
	if n == none {
		return ""
	}
	return t.path(t.nodes[n].parent) + "/" + t.nodes[n].name.Local
}
