package xmlvend

import (
	"fmt"
	"strings"
)

// DecodeError says where a document does not hold the message it should.
type DecodeError struct {
	Path   string // local names from the root, /Envelope/Body/creditVendReq/...
	Reason string
}

// Error returns path and reason.
func (e *DecodeError) Error() string { return "xmlvend: " + e.Path + ": " + e.Reason }

// decoder reads typed content from a tree. A strict decoder keeps the first
// error and goes on with zero values; a lenient one takes what it finds by
// local name, in any order, and has no errors.
type decoder struct {
	*tree
	lenient bool
	err     error
}

func (d *decoder) fail(n ref, format string, args ...any) {
	if d.err == nil && !d.lenient {
		d.err = &DecodeError{Path: d.path(n), Reason: fmt.Sprintf(format, args...)}
	}
}

// cursor walks the children of an element in the order of its schema type.
type cursor struct {
	d           *decoder
	parent      ref
	next, after ref
}

// seq starts at the first child of n. The children of none are none.
func (d *decoder) seq(n ref) cursor {
	if n == none {
		return cursor{d: d, parent: none}
	}
	return cursor{d: d, parent: n, next: n + 1, after: d.nodes[n].End}
}

// opt returns the element if it comes next, else none.
func (c *cursor) opt(name QName) ref {
	if c.next < c.after && c.d.nodes[c.next].Name == name {
		n := c.next
		c.next = c.d.nodes[n].End
		return n
	}
	if c.d.lenient && c.parent != none {
		return c.d.child(c.parent, name.Local)
	}
	return none
}

// one returns the element, which must come next.
func (c *cursor) one(name QName) ref {
	n := c.opt(name)
	if n == none && c.parent != none {
		c.d.fail(c.parent, "expected %s, found %s", name.Local, c.found())
	}
	return n
}

func (c *cursor) found() string {
	if c.next < c.after {
		return c.d.nodes[c.next].Name.String()
	}
	return "the end"
}

// all calls f for each of the elements that come next under the name.
func (c *cursor) all(name QName, f func(ref)) {
	if c.d.lenient {
		if c.parent != none {
			c.d.children(c.parent, func(n ref) bool {
				if c.d.nodes[n].Name.Local == name.Local {
					f(n)
				}
				return true
			})
		}
		return
	}
	for n := c.opt(name); n != none; n = c.opt(name) {
		f(n)
	}
}

// some is all for what must be there at least once.
func (c *cursor) some(name QName, f func(ref)) {
	seen := false
	c.all(name, func(n ref) { seen = true; f(n) })
	if !seen && c.parent != none {
		c.d.fail(c.parent, "expected %s, found %s", name.Local, c.found())
	}
}

// done makes sure that no child is left.
func (c *cursor) done() {
	if c.next < c.after {
		c.d.fail(c.next, "unexpected element %s", c.d.nodes[c.next].Name)
	}
}

// must returns a required attribute.
func (d *decoder) must(n ref, key string) string {
	if n == none {
		return ""
	}
	if v, ok := d.asSent(n, key); ok {
		return v
	}
	v, ok := d.attr(n, key)
	if !ok {
		d.fail(n, "attribute %s is missing", key)
	}
	return v
}

// may returns an optional attribute.
func (d *decoder) may(n ref, key string) string {
	if n == none {
		return ""
	}
	if v, ok := d.asSent(n, key); ok {
		return v
	}
	v, _ := d.attr(n, key)
	return v
}

// str returns the text of an element, "" when it is not there.
func (d *decoder) str(n ref) string {
	if n == none {
		return ""
	}
	text, replaced := d.asSent(n, "")
	if !replaced {
		text = d.text(n)
	}
	if d.lenient {
		return strings.TrimSpace(text)
	}
	return text
}

// collapsed returns the text of an element whose white space does not count.
func (d *decoder) collapsed(n ref) string { return strings.TrimSpace(d.str(n)) }

// boolean reads an xs:boolean found at n.
func (d *decoder) boolean(n ref, s string) bool {
	switch strings.TrimSpace(s) {
	case "true", "1":
		return true
	case "false", "0":
	default:
		if n != none {
			d.fail(n, "%q is not true or false", s)
		}
	}
	return false
}

// maybe reads the optional xs:boolean element n.
func (d *decoder) maybe(n ref) *bool {
	if n == none {
		return nil
	}
	b := d.boolean(n, d.text(n))
	return &b
}

// decimal reads an xs:decimal found at n.
func (d *decoder) decimal(n ref, s string) Decimal {
	v := Decimal(strings.TrimSpace(s))
	if n != none && !v.Valid() {
		d.fail(n, "%q is not a decimal number", s)
	}
	return v
}

// kind returns the local name of the xsi:type of n, or the type declared for
// the element when it has none. The declared type of an abstract element is "".
func (d *decoder) kind(n ref, space, declared string) string {
	if n == none {
		return declared
	}
	t := d.nodes[n].Type
	if t == (QName{}) {
		if declared == "" {
			d.fail(n, "xsi:type is missing")
		}
		return declared
	}
	if t.Space != space && !d.lenient {
		d.fail(n, "type %s does not belong here", t)
		return declared
	}
	return t.Local
}

// alien refuses the xsi:type of n.
func (d *decoder) alien(n ref) {
	if n != none && d.nodes[n].Type != (QName{}) {
		d.fail(n, "type %s does not belong here", d.nodes[n].Type)
	}
}
