package suite

import (
	"errors"
	"fmt"
	"strings"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"

	"github.com/vendswitch/vendswitch/schemas"
)

// answer is what a response document holds, found by namespace and local name.
type answer struct {
	payload   *etree.Element // of the body, or of a fault's detail; nil if there is none
	soapFault *etree.Element // nil if it is no fault
	soapCode  string         // by its name in SOAP 1.1
	class     string         // local name of the fault's type; "" if it has none
}

func readAnswer(doc []byte) (*answer, error) {
	// One parser judges what comes from outside: libxml2, which refuses a DTD.
	if _, err := schemas.Parse(doc); err != nil {
		return nil, err
	}
	d := etree.NewDocument()
	if err := d.ReadFromBytes(doc); err != nil {
		return nil, err
	}
	body := child(d.Root(), "Body")
	if d.Root().Tag != "Envelope" || body == nil {
		return nil, errors.New("not a SOAP message")
	}
	all := body.ChildElements()
	if len(all) != 1 {
		return nil, fmt.Errorf("the body holds %d elements", len(all))
	}
	a := &answer{payload: all[0]}
	if all[0].Tag != "Fault" {
		return a, nil
	}
	a.soapFault, a.payload = all[0], nil
	code := child(all[0], "faultcode")
	if code == nil {
		code = child(child(all[0], "Code"), "Value")
	}
	if code != nil {
		_, local, _ := strings.Cut(strings.TrimSpace(code.Text()), ":")
		a.soapCode = map[string]string{"Sender": "Client", "Receiver": "Server"}[local]
		if a.soapCode == "" {
			a.soapCode = local
		}
	}
	detail := child(all[0], "detail")
	if detail == nil {
		detail = child(all[0], "Detail")
	}
	if detail == nil || len(detail.ChildElements()) == 0 {
		return a, nil
	}
	a.payload = detail.ChildElements()[0]
	if fault := child(a.payload, "fault"); fault != nil {
		a.class = fault.SelectAttrValue("xsi:type", "")
		for _, attr := range fault.Attr {
			if attr.Key == "type" && attr.NamespaceURI() == schemas.NSXSI {
				a.class = attr.Value
			}
		}
		if _, local, prefixed := strings.Cut(a.class, ":"); prefixed {
			a.class = local
		}
	}
	return a, nil
}

// name says what kind of answer it is.
func (a *answer) name() string {
	switch {
	case a.soapFault != nil && a.class != "":
		return "fault " + a.class
	case a.soapFault != nil:
		return "a SOAP fault " + a.soapCode + " without XMLVend detail"
	}
	return a.payload.Tag
}

func child(of *etree.Element, tag string) *etree.Element {
	if of == nil {
		return nil
	}
	for _, c := range of.ChildElements() {
		if c.Tag == tag {
			return c
		}
	}
	return nil
}

var spaces = map[string]string{
	"b": schemas.NSBase, "r": schemas.NSRevenue, "m": schemas.NSMeter, "v": schemas.NSVoucher, "eb": schemas.NSEskomBase,
}

// at finds what a path names below the payload: the text of an element or the value
// of an attribute.
func (a *answer) at(path string) (string, bool) {
	if a.payload == nil {
		return "", false
	}
	current := []*etree.Element{a.payload}
	path, anywhere := strings.CutPrefix(path, "//")
	for _, part := range strings.Split(path, "/") {
		if attr, is := strings.CutPrefix(part, "@"); is {
			for _, e := range current {
				if found := e.SelectAttr(attr); found != nil {
					return found.Value, true
				}
			}
			return "", false
		}
		var next []*etree.Element
		for _, e := range current {
			below := e.ChildElements()
			if anywhere {
				below = descendants(e)
			}
			for _, c := range below {
				if is(c, part) {
					next = append(next, c)
				}
			}
		}
		current, anywhere = next, false
	}
	if len(current) == 0 {
		return "", false
	}
	return strings.TrimSpace(current[0].Text()), true
}

func is(e *etree.Element, name string) bool {
	prefix, local, _ := strings.Cut(name, ":")
	return e.Tag == local && e.NamespaceURI() == spaces[prefix]
}

func descendants(e *etree.Element) (all []*etree.Element) {
	for _, c := range e.ChildElements() {
		all = append(append(all, c), descendants(c)...)
	}
	return all
}

// tokens lists the ciphers of an answer.
func (a *answer) tokens() (list []string) {
	if a.payload == nil {
		return nil
	}
	for _, e := range descendants(a.payload) {
		if is(e, "b:stsCipher") {
			list = append(list, strings.TrimSpace(e.Text()))
		}
	}
	return list
}

// outcome is the content of the payload, or of the last response in it, in
// exclusive canonical form.
func (a *answer) outcome() (string, error) {
	if a.payload == nil {
		return "", errors.New("the answer has no XMLVend content")
	}
	payload := a.payload
	if last := child(payload, "lastResponse"); last != nil {
		payload = last
	}
	var canonical strings.Builder
	for _, e := range payload.ChildElements() {
		scope, err := etreeutils.NSBuildParentContext(e)
		if err != nil {
			return "", err
		}
		detached, err := etreeutils.NSDetatch(scope, e)
		if err != nil {
			return "", err
		}
		text, err := dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("").Canonicalize(detached)
		if err != nil {
			return "", err
		}
		canonical.Write(text)
		canonical.WriteByte('\n')
	}
	return canonical.String(), nil
}
