package xmlvend

import (
	"fmt"
	"strings"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/schemas"
)

// Dialect says how one vendor's traffic departs from the schema: rules that
// bring a document back to it, the vendor's fault codes, and the form its
// clients expect a fault in. A dialect is data; it is safe for concurrent use.
type Dialect struct {
	name        string
	rules       []rule
	classes     map[string]FaultClass // what a fault code means
	codes       map[FaultClass]string // the code to send with a class
	faultString string                // instead of the fault's description
	eskom       bool                  // its clients know the classes of Eskom's extension
}

// rule is one repair. It changes the document and says whether it did.
type rule struct {
	name string
	fix  func(t *tree) bool
}

var dialects = map[string]*Dialect{strict.name: strict, hexing.name: hexing}

// strict is the dialect of the standard: nothing is repaired. The codes are
// those that Eskom's servers put in front of a description.
var strict = &Dialect{
	name: "strict",
	classes: map[string]FaultClass{
		"010032": ClientIDAuthorisationEx, // inferred from the Hexing code of the same number
		"010038": UnknownMeterEx,
	},
}

// Strict returns the dialect of the standard, which repairs nothing.
func Strict() *Dialect { return strict }

// DialectByName returns the dialect called name: "strict" or "hexing".
func DialectByName(name string) (*Dialect, bool) {
	d, ok := dialects[name]
	return d, ok
}

// Name returns the dialect's name.
func (d *Dialect) Name() string { return d.name }

// Rules returns the names of the dialect's rules, in the order they are tried.
func (d *Dialect) Rules() []string {
	names := make([]string, len(d.rules))
	for i, r := range d.rules {
		names[i] = r.name
	}
	return names
}

// Repair brings a document back to the schema as far as the dialect's rules
// reach. It returns the document and the names of the rules that changed it;
// when none did, the bytes are the very ones given. A document that cannot be
// read at all fails with [ErrMalformed], [ErrDTD] or [ErrEncoding].
func (d *Dialect) Repair(doc []byte) (repaired []byte, rules []string, err error) {
	if len(d.rules) == 0 {
		return doc, nil, nil
	}
	t, err := parse(doc)
	if err != nil {
		return doc, nil, fmt.Errorf("xmlvend: %w", err)
	}
	return d.repair(t, doc)
}

// repair is Repair for a document that is parsed already.
func (d *Dialect) repair(t *tree, doc []byte) (repaired []byte, rules []string, err error) {
	for _, r := range d.rules {
		if !r.fix(t) {
			continue
		}
		rules = append(rules, r.name)
		if err := t.index(t.nodes[0].el); err != nil {
			return doc, rules, fmt.Errorf("xmlvend: rule %s: %w", r.name, err)
		}
	}
	if rules == nil {
		return doc, nil, nil
	}
	repaired, err = t.doc.WriteToBytes()
	return repaired, rules, err
}

// Has reports that the dialect's clients know the class: all know those of the
// standard, and some those of Eskom's extension.
func (d *Dialect) Has(class FaultClass) bool {
	info, known := faultClasses[class]
	return known && !info.abstract && (info.space == schemas.NSBase || d.eskom)
}

// FaultClass returns what a fault code of the vendor means, if that is known.
func (d *Dialect) FaultClass(code string) (FaultClass, bool) {
	if class, ok := d.classes[code]; ok {
		return class, true
	}
	class, ok := strict.classes[code]
	return class, ok
}

// present dresses a fault up for the dialect's clients.
func (d *Dialect) present(m *FaultResp) Envelope {
	shown := *m
	shown.Fault.Code = ""
	for class := m.Fault.Class; d.codes != nil && shown.Fault.Code == "" && class != ""; class = class.Parent() {
		shown.Fault.Code = d.codes[class]
	}
	soap := shown.soapFault()
	if d.faultString != "" {
		soap.String = d.faultString
	}
	return Envelope{Payload: &shown, Fault: soap}
}

// each calls f for every element of the base schema with the local name.
func (t *tree) each(local string, f func(n ref)) {
	for n := range t.nodes {
		if t.nodes[n].name == base(local) {
			f(ref(n))
		}
	}
}

// rewrite replaces the value of an attribute by what f makes of it, on every
// element that has the attribute.
func (t *tree) rewrite(key string, f func(n ref, value string) string) bool {
	changed := false
	for n := range t.nodes {
		attrs := t.nodes[n].el.Attr
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
func (t *tree) insert(before ref, local, typ string, attrs ...string) *etree.Element {
	el := etree.NewElement("fix:" + local)
	el.CreateAttr("xmlns:fix", schemas.NSBase)
	if typ != "" {
		el.CreateAttr("xmlns:fixtype", schemas.NSXSI)
		el.CreateAttr("fixtype:type", "fix:"+typ)
	}
	for i := 0; i+1 < len(attrs); i += 2 {
		el.CreateAttr(attrs[i], attrs[i+1])
	}
	sibling := t.nodes[before].el
	sibling.Parent().InsertChildAt(sibling.Index(), el)
	return el
}

// remove takes the element out of the document.
func (t *tree) remove(n ref) { t.nodes[n].el.Parent().RemoveChild(t.nodes[n].el) }

// isLeaf reports that n has no child element.
func (t *tree) isLeaf(n ref) bool { return t.nodes[n].end == n+1 }

// codeIn returns the code a description starts with: six digits (Eskom), or VD
// and digits (Hexing).
func codeIn(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	digits := strings.TrimPrefix(word, "VD.")
	if digits == "" || !allDigits(digits) || len(word) == len(digits) && len(digits) != 6 {
		return ""
	}
	return word
}

// hasContentAttr reports an attribute that is neither a namespace declaration
// nor in the xml namespace: elements with text have none.
func hasContentAttr(attrs []etree.Attr) bool {
	for i := range attrs {
		if a := &attrs[i]; a.Space != "xmlns" && a.Space != "xml" && (a.Space != "" || a.Key != "xmlns") {
			return true
		}
	}
	return false
}
