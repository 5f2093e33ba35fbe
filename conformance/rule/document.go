package rule

import (
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// none is the index of no element.
const none = -1

// document is a message taken apart by local names. What is missing is empty.
type document struct {
	elements []schemas.Element // none if it cannot be read
	invalid  *schemas.Invalid  // nil if it is valid
	soap     string            // namespace of the envelope
	children int               // of the body
	payload  int               // first child of the body; none if there is none
	message  int               // the XMLVend message: the payload, or what is in the detail of a fault
}

// read takes a document apart, whatever is in it.
func read(doc []byte) *document {
	d := &document{payload: none, message: none}
	validator, err := schemas.Default()
	if err != nil {
		panic(err) // the bundled schemas do compile: every program that serves has checked
	}
	got, err := validator.Read(doc)
	if err != nil {
		if !errors.As(err, &d.invalid) {
			d.invalid = &schemas.Invalid{Kind: schemas.Malformed, Violations: []schemas.Violation{{Reason: err.Error()}}}
		}
		return d
	}
	d.elements, d.invalid = got.Elements, got.Invalid
	if root := d.elements[0].Name; root.Local == "Envelope" {
		d.soap = root.Space
	}
	body := d.child(0, "Body")
	if body == none || d.soap == "" {
		return d
	}
	for n := body + 1; n < d.end(body); n = d.end(n) {
		d.children++
	}
	if d.children > 0 {
		d.payload, d.message = body+1, body+1
	}
	if d.isFault() {
		d.message = none
		if f := d.find(d.payload, "fault"); f != none {
			d.message = int(d.elements[f].Parent)
		}
	}
	return d
}

func (d *document) end(n int) int { return int(d.elements[n].End) }

// isFault reports a SOAP fault.
func (d *document) isFault() bool { return d.local(d.payload) == "Fault" }

func (d *document) local(n int) string {
	if n == none {
		return ""
	}
	return d.elements[n].Name.Local
}

// typ is the local name of an element's xsi:type.
func (d *document) typ(n int) string {
	if n == none {
		return ""
	}
	return d.elements[n].Type.Local
}

// child finds a child by local name.
func (d *document) child(parent int, local string) int {
	if parent == none {
		return none
	}
	for n := parent + 1; n < d.end(parent); n = d.end(n) {
		if d.elements[n].Name.Local == local {
			return n
		}
	}
	return none
}

// find finds the first descendant by local name.
func (d *document) find(from int, local string) int {
	if from == none {
		return none
	}
	for n := from + 1; n < d.end(from); n++ {
		if d.elements[n].Name.Local == local {
			return n
		}
	}
	return none
}

// all finds every descendant of a local name.
func (d *document) all(from int, local string) (found []int) {
	if from == none {
		return nil
	}
	for n := from + 1; n < d.end(from); n++ {
		if d.elements[n].Name.Local == local {
			found = append(found, n)
		}
	}
	return found
}

func (d *document) text(n int) string {
	if n == none {
		return ""
	}
	return strings.TrimSpace(d.elements[n].Text)
}

func (d *document) attr(n int, local string) string {
	if n == none {
		return ""
	}
	for _, a := range d.elements[n].Attrs {
		if a.Name.Local == local && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}

// device is the identification in a child of the message.
func (d *document) device(message int, local string) string {
	n := d.child(message, local)
	if ean := d.attr(n, "ean"); ean != "" {
		return ean
	}
	return d.attr(n, "id")
}

func (d *document) msgID(message int, local string) xmlvend.MsgID {
	n := d.child(message, local)
	return xmlvend.MsgID{DateTime: d.attr(n, "dateTime"), UniqueNumber: strings.TrimSpace(d.attr(n, "uniqueNumber"))}
}

// within reports that an ancestor of n has the local name.
func (d *document) within(n int, local string) bool {
	for n = int(d.elements[n].Parent); n != none; n = int(d.elements[n].Parent) {
		if d.elements[n].Name.Local == local {
			return true
		}
	}
	return false
}

// violations are at most few of what the schemas object to, in words.
func (d *document) violations(few int) []string {
	var texts []string
	for i, v := range d.invalid.Violations {
		if i == few {
			texts = append(texts, "and "+strconv.Itoa(len(d.invalid.Violations)-few)+" more violations")
			break
		}
		texts = append(texts, d.invalid.Kind.String()+": "+v.String())
	}
	return texts
}

// print is a hash of what is in an element: names, attributes and texts, without
// prefixes, white space around texts, and elements of the names left out.
func (d *document) print(from int, without ...string) [sha256.Size]byte {
	h := sha256.New()
	write := func(parts ...string) {
		for _, p := range parts {
			h.Write([]byte(p))
			h.Write([]byte{0})
		}
	}
	if from != none {
	elements:
		for n := from + 1; n < d.end(from); n++ {
			for _, name := range without {
				if d.local(n) == name || d.within(n, name) {
					continue elements
				}
			}
			e := &d.elements[n]
			write(e.Name.Local, e.Type.Local, strings.TrimSpace(e.Text), strconv.Itoa(int(e.End)-n))
			for _, a := range e.Attrs {
				if a.Name.Space == "" {
					write(a.Name.Local, a.Value)
				}
			}
		}
	}
	return [sha256.Size]byte(h.Sum(nil))
}
