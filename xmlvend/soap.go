package xmlvend

import (
	"errors"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
)

// Version is the version of SOAP an envelope is written in.
type Version uint8

// The versions. XMLVend is bound to 1.1; some clients send 1.2, and are answered in it.
const (
	SOAP11 Version = iota
	SOAP12
)

// String returns "SOAP 1.1" or "SOAP 1.2".
func (v Version) String() string {
	if v == SOAP12 {
		return "SOAP 1.2"
	}
	return "SOAP 1.1"
}

func (v Version) space() string {
	if v == SOAP12 {
		return schemas.NSSOAP12
	}
	return schemas.NSSOAP11
}

// SOAPCode says whose fault a SOAP fault is.
type SOAPCode string

// The codes, by their names in SOAP 1.1. SOAP 1.2 calls the first two Sender and
// Receiver.
const (
	ClientFault     SOAPCode = "Client"
	ServerFault     SOAPCode = "Server"
	VersionMismatch SOAPCode = "VersionMismatch"
	MustUnderstand  SOAPCode = "MustUnderstand"
)

// SOAPFault is what a SOAP fault says beside its detail.
type SOAPFault struct {
	Code   SOAPCode
	String string // faultstring, or the first Reason
	Actor  string // faultactor, or Role; may be empty
}

// Error returns code and text.
func (f *SOAPFault) Error() string { return "soap:" + string(f.Code) + ": " + f.String }

// Envelope is a SOAP document with the one thing its body holds.
//
// A [FaultResp] travels in the detail of a SOAP fault: Decode returns it as the
// Payload with what the SOAP fault says in Fault, and Encode writes the SOAP
// fault around it, made up from the class where Fault is nil. A SOAP fault
// without XMLVend detail has a nil Payload.
type Envelope struct {
	Version Version
	Payload Message
	Fault   *SOAPFault
}

// ErrNotSOAP means that a well-formed document is not a SOAP message with one
// payload.
var ErrNotSOAP = errors.New("not a SOAP message")

// ErrSOAPVersion means that a document is an envelope of no SOAP version known.
var ErrSOAPVersion = errors.New("unknown SOAP version")

// Decode reads a document strictly: what is not exactly the message it claims to
// be is a [*DecodeError]; what is not a SOAP message fails with [ErrNotSOAP],
// [ErrSOAPVersion], [ErrMalformed], [ErrDTD] or [ErrEncoding]. Facets (lengths,
// patterns) are the schema's business, not Decode's.
func Decode(doc []byte) (Envelope, error) {
	t, err := parse(doc)
	if err != nil {
		return Envelope{}, fmt.Errorf("xmlvend: %w", err)
	}
	return t.decode(false)
}

// decode reads the envelope and what is in it.
func (t *tree) decode(lenient bool) (Envelope, error) {
	version, body, err := t.soap()
	if err != nil {
		return Envelope{Version: version}, err
	}
	env := Envelope{Version: version}
	d := &decoder{tree: t, lenient: lenient}
	if t.nodes[body].Name == qname(version.space(), "Fault") {
		env.Fault, env.Payload = d.soapFault(body, version)
	} else {
		env.Payload = d.payload(body)
	}
	if d.err != nil {
		return Envelope{Version: version}, d.err
	}
	return env, nil
}

// soap finds the version and the first element of the body.
func (t *tree) soap() (Version, ref, error) {
	version := SOAP11
	switch name := t.nodes[0].Name; {
	case name.Local != "Envelope":
		return version, none, fmt.Errorf("xmlvend: %w: the document is %s", ErrNotSOAP, name)
	case name.Space == schemas.NSSOAP12:
		version = SOAP12
	case name.Space != schemas.NSSOAP11:
		return version, none, fmt.Errorf("xmlvend: %w %s", ErrSOAPVersion, name.Space)
	}
	payload, bodies := none, 0
	t.children(0, func(n ref) bool {
		if t.nodes[n].Name == qname(version.space(), "Body") {
			bodies++
			t.children(n, func(n ref) bool { payload = n; return false })
		}
		return true
	})
	if bodies != 1 || payload == none {
		return version, none, fmt.Errorf("xmlvend: %w: there must be one Body, with one element", ErrNotSOAP)
	}
	if parent := t.nodes[payload].Parent; t.nodes[payload].End != t.nodes[parent].End {
		return version, none, fmt.Errorf("xmlvend: %w: the Body holds more than one element", ErrNotSOAP)
	}
	return version, payload, nil
}

// soapFault reads the fault at n, and the message in its detail if there is one.
func (d *decoder) soapFault(n ref, v Version) (*SOAPFault, Message) {
	f := new(SOAPFault)
	detail := none
	if v == SOAP12 {
		space := v.space()
		c := d.seq(n)
		code := d.seq(c.one(qname(space, "Code")))
		f.Code = soapCode(d.collapsed(code.one(qname(space, "Value"))))
		reason := d.seq(c.one(qname(space, "Reason")))
		f.String = d.str(reason.one(qname(space, "Text")))
		c.opt(qname(space, "Node"))
		f.Actor = d.collapsed(c.opt(qname(space, "Role")))
		detail = c.opt(qname(space, "Detail"))
	} else {
		c := d.seq(n)
		f.Code = soapCode(d.collapsed(c.one(qname("", "faultcode"))))
		f.String = d.str(c.one(qname("", "faultstring")))
		f.Actor = d.collapsed(c.opt(qname("", "faultactor")))
		detail = c.opt(qname("", "detail"))
	}
	if detail == none || d.nodes[detail].End == detail+1 {
		return f, nil
	}
	if d.lenient {
		return f, d.looseFault(detail)
	}
	return f, d.payload(detail + 1)
}

// soapCode returns the SOAP 1.1 name of a fault code given as a QName.
func soapCode(value string) SOAPCode {
	if _, local, found := strings.Cut(value, ":"); found {
		value = local
	}
	switch value {
	case "Sender":
		return ClientFault
	case "Receiver":
		return ServerFault
	}
	return SOAPCode(value)
}

// looseFault reads the fault under a detail element by local names: the element
// around it may be in no namespace, bear the name of its type, or be missing.
func (d *decoder) looseFault(detail ref) Message {
	for n := detail + 1; n < d.nodes[detail].End; n++ {
		if d.nodes[n].Name.Local == "fault" {
			m := new(FaultResp)
			m.decode(d, d.nodes[n].Parent)
			return m
		}
	}
	return nil
}

// Encode writes an envelope. What the message types of this package let one say
// comes out valid if each value obeys the facets its field documents.
func Encode(env Envelope) []byte { return encode(env, QName{}) }

// encode is Encode with another name for the element in the detail of a fault; zero
// is that of the standard.
func encode(env Envelope, detail QName) []byte {
	e := &encoder{buf: make([]byte, 0, 4096), detail: detail}
	e.envelope(env)
	return e.buf
}

func (e *encoder) envelope(env Envelope) {
	e.start("soap:Envelope")
	e.attr("xmlns:soap", env.Version.space())
	for _, p := range prefixes {
		e.buf = append(e.buf, " xmlns:"...)
		e.buf = append(e.buf, p.prefix...)
		e.buf = append(e.buf, '=', '"')
		e.buf = append(e.buf, p.space...)
		e.buf = append(e.buf, '"')
	}
	e.start("soap:Body")
	fault, is := env.Payload.(*FaultResp)
	switch {
	case is && env.Fault == nil:
		e.soapFault(env.Version, fault.soapFault(), fault)
	case env.Fault != nil:
		e.soapFault(env.Version, env.Fault, fault)
	case env.Payload != nil:
		e.payload(env.Payload)
	}
	e.end("soap:Body")
	e.end("soap:Envelope")
}

// payload writes a message as an element of its own.
func (e *encoder) payload(m Message) {
	q := m.Element()
	e.startName(q)
	if info := elements[q]; info != nil && info.declared != m.Type() {
		e.xsiType(m.Type())
	}
	m.encode(e)
	e.endName(q)
}

// soapFault makes up the SOAP fault that carries the response: a request that is
// not what the schema or the certificate says is the client's fault.
func (m *FaultResp) soapFault() *SOAPFault {
	f := &SOAPFault{Code: ServerFault, String: m.Fault.Desc}
	if m.Fault.IsA(XMLVendSchemaEx) || m.Fault.IsA(ClientIDSSLEx) {
		f.Code = ClientFault
	}
	return f
}

func (e *encoder) soapFault(v Version, f *SOAPFault, detail *FaultResp) {
	e.start("soap:Fault")
	if v == SOAP12 {
		code := f.Code
		switch code {
		case ClientFault:
			code = "Sender"
		case ServerFault:
			code = "Receiver"
		}
		e.start("soap:Code")
		e.leaf("soap:Value", "soap:"+string(code))
		e.end("soap:Code")
		e.start("soap:Reason")
		e.start("soap:Text")
		e.attr("xml:lang", "en")
		e.content()
		e.escape(f.String, false)
		e.end("soap:Text")
		e.end("soap:Reason")
		e.leafOpt("soap:Role", f.Actor)
		e.faultDetail("soap:Detail", detail)
	} else {
		e.leaf("faultcode", "soap:"+string(f.Code))
		e.leaf("faultstring", f.String)
		e.leafOpt("faultactor", f.Actor)
		e.faultDetail("detail", detail)
	}
	e.end("soap:Fault")
}

func (e *encoder) faultDetail(name string, m *FaultResp) {
	e.start(name)
	switch {
	case m == nil:
	case e.detail != QName{}:
		e.startName(e.detail)
		m.encode(e)
		e.endName(e.detail)
	default:
		e.payload(m)
	}
	e.end(name)
}
