package xmlvend

import "fmt"

// codec reads one concrete message type.
type codec struct {
	element QName // the element it is the content of; zero for the bare headers
	decode  func(d *decoder, n ref) Message
}

// elementInfo is what is known of a payload element.
type elementInfo struct {
	declared QName          // schema type; zero when that is abstract
	derived  map[QName]bool // further types that may stand in it
	request  bool
}

// The registry holds every message type. It is filled while the package is
// initialised, by the file of each operation, and only read afterwards.
var (
	typeCodecs = map[QName]codec{}        // by schema type
	elements   = map[QName]*elementInfo{} // by element
)

// message is what a message type offers the registry, beside being a Message.
type message[T any] interface {
	*T
	Message
	decode(*decoder, ref)
}

// register adds a message type whose element is declared with exactly this
// type. A message decoded starts as a copy of proto.
func register[T any, M message[T]](proto T) {
	info := addCodec[T, M](proto)
	info.declared = M(&proto).Type()
}

// registerVariant adds one of several types of an element whose declared type is
// abstract, so that xsi:type chooses.
func registerVariant[T any, M message[T]](proto T) { addCodec[T, M](proto) }

// registerDerived adds a message type as register does, that may also stand in
// the element of the type it derives from.
func registerDerived[T any, M message[T]](proto T, from Message) {
	register[T, M](proto)
	info := infoOf(from)
	if info.derived == nil {
		info.derived = map[QName]bool{}
	}
	info.derived[M(&proto).Type()] = true
}

func addCodec[T any, M message[T]](proto T) *elementInfo {
	m := M(&proto)
	if _, twice := typeCodecs[m.Type()]; twice {
		panic(fmt.Sprintf("xmlvend: %s is registered twice", m.Type()))
	}
	typeCodecs[m.Type()] = codec{
		element: m.Element(),
		decode: func(d *decoder, n ref) Message {
			msg := proto
			M(&msg).decode(d, n)
			return M(&msg)
		},
	}
	return infoOf(m)
}

// infoOf returns what is known of a message's element; files are initialised in
// no useful order, so it may be asked for before the element is registered.
func infoOf(m Message) *elementInfo {
	info := elements[m.Element()]
	if info == nil {
		info = new(elementInfo)
		_, info.request = m.(Request)
		if m.Element() != (QName{}) {
			elements[m.Element()] = info
		}
	}
	return info
}

// IsRequest reports that the element is that of a request this package knows.
func IsRequest(element QName) bool {
	info := elements[element]
	return info != nil && info.request
}

// IsResponse reports that the element is that of a response this package knows.
func IsResponse(element QName) bool {
	info := elements[element]
	return info != nil && !info.request
}

// payload decodes the message in element n.
func (d *decoder) payload(n ref) Message {
	name, typ := d.nodes[n].Name, d.nodes[n].Type
	info := elements[name]
	if info == nil && d.lenient {
		name, info = elementByLocal(name.Local)
	}
	if info == nil {
		d.fail(n, "%s is not an XMLVend message", name)
		return nil
	}
	if typ == (QName{}) {
		typ = info.declared
	}
	c, ok := typeCodecs[typ]
	if ok && (c.element == name || info.derived[typ]) {
		return c.decode(d, n)
	}
	if typ == (QName{}) {
		d.fail(n, "xsi:type is missing; the type of %s is abstract", name.Local)
	} else {
		d.fail(n, "type %s does not belong here", typ)
	}
	if !d.lenient {
		return nil
	}
	if c, ok := typeByLocal(typ.Local); ok && c.element == name {
		return c.decode(d, n)
	}
	if c, ok := typeCodecs[info.declared]; ok {
		return c.decode(d, n)
	}
	return nil
}

// nested decodes the response held by n as an element of another message. The
// declared type is that of an element without xsi:type.
func (d *decoder) nested(n ref, declared QName) Response {
	if n == none {
		return nil
	}
	typ := d.nodes[n].Type
	if typ == (QName{}) {
		typ = declared
	}
	c, ok := typeCodecs[typ]
	if !ok && d.lenient {
		c, ok = typeByLocal(typ.Local)
	}
	if ok {
		if r, ok := c.decode(d, n).(Response); ok {
			return r
		}
	}
	d.fail(n, "type %s is not that of a response", typ)
	return nil
}

// elementByLocal finds an element in whatever namespace.
func elementByLocal(local string) (QName, *elementInfo) {
	for name, info := range elements {
		if name.Local == local {
			return name, info
		}
	}
	return QName{}, nil
}

// typeByLocal finds a message type in whatever namespace.
func typeByLocal(local string) (codec, bool) {
	for name, c := range typeCodecs {
		if name.Local == local {
			return c, true
		}
	}
	return codec{}, false
}

// nested writes a response as an element of another message.
func (e *encoder) nested(name string, m Response, declared QName) {
	e.start(name)
	if m != nil {
		if t := m.Type(); t != declared {
			e.xsiType(t)
		}
		m.encode(e)
	}
	e.end(name)
}
