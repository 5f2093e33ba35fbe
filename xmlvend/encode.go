package xmlvend

import (
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/schemas"
)

// maxMsg is the length in characters of what the base schema calls a Msg.
const maxMsg = 160

// Prefixes of the documents we write, declared once, on the envelope.
var prefixes = []struct{ prefix, space string }{
	{"xsi", schemas.NSXSI},
	{"b", schemas.NSBase},
	{"r", schemas.NSRevenue},
	{"m", schemas.NSMeter},
	{"v", schemas.NSVoucher},
	{"eb", schemas.NSEskomBase},
}

// encoder writes a document. Names are given with the prefixes above.
type encoder struct {
	buf    []byte
	open   bool  // the start tag last written still lacks its >
	digest bool  // canonical numbers, no password, no card
	detail QName // of the element in the detail of a fault, if not the standard's
}

// start opens an element.
func (e *encoder) start(name string) {
	e.content()
	e.buf = append(e.buf, '<')
	e.buf = append(e.buf, name...)
	e.open = true
}

// startName opens an element whose name is not known beforehand.
func (e *encoder) startName(q QName) {
	e.content()
	e.buf = append(e.buf, '<')
	e.name(q)
	e.open = true
}

// name writes a qualified name.
func (e *encoder) name(q QName) {
	for _, p := range prefixes {
		if p.space == q.Space {
			e.buf = append(e.buf, p.prefix...)
			e.buf = append(e.buf, ':')
			break
		}
	}
	e.buf = append(e.buf, q.Local...)
}

// content closes a start tag that is still open.
func (e *encoder) content() {
	if e.open {
		e.buf = append(e.buf, '>')
		e.open = false
	}
}

// end closes an element.
func (e *encoder) end(name string) {
	if e.open {
		e.buf = append(e.buf, '/', '>')
		e.open = false
		return
	}
	e.buf = append(e.buf, '<', '/')
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, '>')
}

// endName closes an element opened with startName.
func (e *encoder) endName(q QName) {
	if e.open {
		e.end("")
		return
	}
	e.buf = append(e.buf, '<', '/')
	e.name(q)
	e.buf = append(e.buf, '>')
}

// attr adds an attribute to the element just started.
func (e *encoder) attr(name, value string) {
	e.buf = append(e.buf, ' ')
	e.buf = append(e.buf, name...)
	e.buf = append(e.buf, '=', '"')
	e.escape(value, true)
	e.buf = append(e.buf, '"')
}

// attrOpt adds an attribute unless it is empty.
func (e *encoder) attrOpt(name, value string) {
	if value != "" {
		e.attr(name, value)
	}
}

// xsiType adds the type to the element just started.
func (e *encoder) xsiType(q QName) {
	e.buf = append(e.buf, ` xsi:type="`...)
	e.name(q)
	e.buf = append(e.buf, '"')
}

// baseType and revenueType add a type of those schemas.
func (e *encoder) baseType(local string)    { e.xsiType(base(local)) }
func (e *encoder) revenueType(local string) { e.xsiType(revenue(local)) }

// leaf writes an element with text.
func (e *encoder) leaf(name, text string) {
	e.start(name)
	if text != "" {
		e.content()
		e.escape(text, false)
	}
	e.end(name)
}

// leafOpt writes an element with text, unless the text is empty.
func (e *encoder) leafOpt(name, text string) {
	if text != "" {
		e.leaf(name, text)
	}
}

// msg writes an element of type Msg, cut to its length.
func (e *encoder) msg(name, text string) { e.leaf(name, clip(text, maxMsg)) }

// msgOpt writes an element of type Msg, unless the text is empty.
func (e *encoder) msgOpt(name, text string) {
	if text != "" {
		e.msg(name, text)
	}
}

// boolOpt writes an element with a truth value, unless it is nil.
func (e *encoder) boolOpt(name string, b *bool) {
	if b != nil {
		e.leaf(name, boolText(*b))
	}
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// decimal returns a number as it is to be written.
func (e *encoder) decimal(d Decimal) string {
	if e.digest {
		return string(d.Canonical())
	}
	return string(d)
}

// clip cuts a text after n characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// escape writes character data. What XML cannot hold becomes U+FFFD.
func (e *encoder) escape(s string, attr bool) {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' {
			i++
			continue
		}
		width := 1
		var with string
		switch {
		case c == '&':
			with = "&amp;"
		case c == '<':
			with = "&lt;"
		case c == '>':
			with = "&gt;"
		case c == '"' && attr:
			with = "&quot;"
		case c == '\r':
			with = "&#xD;"
		case c == '\n' && attr:
			with = "&#xA;"
		case c == '\t' && attr:
			with = "&#x9;"
		case c == '"', c == '\n', c == '\t', c == 0x7f:
		case c < 0x20:
			with = "\uFFFD"
		default:
			var r rune
			r, width = utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && width == 1 || r == 0xFFFE || r == 0xFFFF {
				with = "\uFFFD"
			}
		}
		if with != "" {
			e.buf = append(e.buf, s[from:i]...)
			e.buf = append(e.buf, with...)
			from = i + width
		}
		i += width
	}
	e.buf = append(e.buf, s[from:]...)
}
