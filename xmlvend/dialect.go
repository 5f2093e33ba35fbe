package xmlvend

import (
	"fmt"
	"maps"
	"slices"
	"strings"

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
	fix  func(d *draft) bool
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

// DialectNames returns the names of all dialects, in alphabetical order.
func DialectNames() []string { return slices.Sorted(maps.Keys(dialects)) }

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
	if _, err := parse(doc); err != nil {
		return doc, nil, fmt.Errorf("xmlvend: %w", err)
	}
	return d.mend(doc)
}

// mend is Repair for a document that can be read.
func (d *Dialect) mend(doc []byte) (repaired []byte, rules []string, err error) {
	if len(d.rules) == 0 {
		return doc, nil, nil
	}
	open, err := newDraft(doc)
	if err != nil {
		return doc, nil, fmt.Errorf("xmlvend: %w", err)
	}
	for _, r := range d.rules {
		if r.fix(open) {
			rules = append(rules, r.name)
			open.index()
		}
	}
	if rules == nil {
		return doc, nil, nil
	}
	repaired, err = open.doc.WriteToBytes()
	return repaired, rules, err
}

// repair is mend for a document that was read and judged. It returns the tree of the
// repaired one, read and judged anew if there is anything new.
func (d *Dialect) repair(t *tree, doc []byte) (repaired *tree, rules []string, err error) {
	mended, rules, err := d.mend(doc)
	if err != nil || rules == nil {
		return t, nil, err
	}
	if t, err = parseAndJudge(mended); err != nil {
		return nil, rules, fmt.Errorf("xmlvend: %w", err)
	}
	return t, rules, nil
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
