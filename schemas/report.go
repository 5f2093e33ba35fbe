package schemas

// #include <libxml/xmlerror.h>
// #include "libxml.h"
import "C"

import (
	"strings"
	"unicode"
)

// newInvalid translates what the C side noted down.
func newInvalid(report *C.vs_report) *Invalid {
	found := report.violations[:report.count]
	e := &Invalid{Violations: make([]Violation, len(found))}
	for i := range found {
		v := &found[i]
		e.Violations[i] = Violation{Line: int(v.line), Column: int(v.column), Code: int(v.code)}
		switch report.kind {
		case C.VS_DOCTYPE:
			e.Kind = DTD
			e.Violations[i].Reason = "a document type declaration, which SOAP forbids"
		case C.VS_MALFORMED:
			e.Kind = Malformed
			e.Violations[i].Reason = malformedReason(int(v.code))
		default:
			e.Kind = SchemaInvalid
			message := C.GoString(&v.head[0])
			if tail := C.GoString(&v.tail[0]); tail != "" {
				message += " … " + tail
			}
			at := parsePath(C.GoString(&v.path[0]), message)
			e.Violations[i].Path = at.String()
			e.Violations[i].Reason = schemaReason(int(v.code), at, message)
		}
	}
	return e
}

// prefixes are the names that paths and reasons use for namespaces, whatever a document calls them.
var prefixes = map[string]string{
	NSBase:      "b",
	NSRevenue:   "r",
	NSMeter:     "m",
	NSVoucher:   "v",
	NSEskomBase: "eb",
	NSSOAP11:    "soap",
	NSSOAP12:    "soap12",
	NSXSI:       "xsi",

	"http://www.w3.org/2001/XMLSchema":     "xs",
	"http://www.w3.org/XML/1998/namespace": "xml",
}

// prefixNames turns {namespace}name, as libxml2 writes it, into prefix:name.
var prefixNames = func() *strings.Replacer {
	var pairs []string
	for namespace, prefix := range prefixes {
		pairs = append(pairs, "{"+namespace+"}", prefix+":")
	}
	return strings.NewReplacer(pairs...)
}()

// step is one element on a path, or the attribute that ends it.
type step struct {
	namespace, local string
	attribute        bool
	position         string // among its siblings of the same name, from 1; empty if it has none
}

// clark returns the name as libxml2 writes it: {namespace}local.
func (s step) clark() string {
	if s.namespace == "" {
		return s.local
	}
	return "{" + s.namespace + "}" + s.local
}

// path leads from the document element to what is wrong.
type path []step

// parsePath reads what set_path of libxml.c wrote, and appends the attribute that libxml2 names only in its message:
//
//	Element '{namespace}local', attribute 'local': …
func parsePath(encoded, message string) path {
	var p path
	for _, part := range strings.Split(encoded, string(rune(C.VS_STEP)))[1:] {
		fields := strings.Split(part, string(rune(C.VS_FIELD)))
		p = append(p, step{namespace: fields[0], local: fields[1], position: strings.TrimPrefix(fields[2], "0")})
	}
	if len(p) == 0 {
		return p
	}
	rest, found := strings.CutPrefix(message, "Element '"+p[len(p)-1].clark()+"', attribute '")
	name, _, ended := strings.Cut(rest, "': ")
	if !found || !ended {
		return p
	}
	at := step{local: name, attribute: true}
	if end := strings.LastIndexByte(name, '}'); end > 0 {
		at.namespace, at.local = name[1:end], name[end+1:]
	}
	return append(p, at)
}

func (p path) String() string {
	var b strings.Builder
	for _, s := range p {
		b.WriteByte('/')
		if s.attribute {
			b.WriteByte('@')
		}
		b.WriteString(prefixNames.Replace(s.clark()))
		if s.position != "" {
			b.WriteString("[" + s.position + "]")
		}
	}
	return b.String()
}

// secret tells whether the value at the end of the path must not be repeated.
func (p path) secret() bool {
	for _, s := range p {
		switch s.local {
		case "password", "newPassword", "pin", "stsCipher", "pan", "cvNum", "track2Data":
			return true
		}
	}
	return false
}

// schemaReason words a violation of the schemas: as libxml2 does, but with our prefixes, on one line, and without the
// value where that is secret.
func schemaReason(code int, p path, message string) string {
	switch {
	case code == C.XML_SCHEMAV_INTERNAL:
		return "the validator failed"
	case message == "":
		return "the document element is not a SOAP envelope"
	case p.secret():
		return p.subject() + ": " + withheldReason(code)
	}
	message = strings.ToValidUTF8(message, "")
	message = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, message)
	return strings.TrimSuffix(strings.TrimSpace(prefixNames.Replace(message)), ".")
}

// subject names the end of the path as libxml2's own messages do.
func (p path) subject() string {
	element, attribute := p[len(p)-1], ""
	if element.attribute {
		element, attribute = p[len(p)-2], ", attribute '"+element.clark()+"'"
	}
	return prefixNames.Replace("Element '" + element.clark() + "'" + attribute)
}

// withheldReason words a violation by its code alone.
func withheldReason(code int) string {
	switch code {
	case C.XML_SCHEMAV_CVC_PATTERN_VALID:
		return "The value (withheld) is not accepted by the pattern of its type"
	case C.XML_SCHEMAV_CVC_MINLENGTH_VALID, C.XML_SCHEMAV_CVC_MAXLENGTH_VALID, C.XML_SCHEMAV_CVC_LENGTH_VALID:
		return "The value (withheld) is too short or too long for its type"
	case C.XML_SCHEMAV_ELEMENT_CONTENT:
		return "This element is not expected"
	case C.XML_SCHEMAV_CVC_TYPE_3_1_1, C.XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1, C.XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
		return "An attribute is not allowed here"
	case C.XML_SCHEMAV_CVC_TYPE_3_1_2:
		return "Elements are not allowed in it"
	default:
		return "The value (withheld) is not valid"
	}
}

// malformedReason words an error of parsing by its code alone. libxml2's own sentences quote names, and an unescaped
// '<' or '&' can turn part of a password into a name.
func malformedReason(code int) string {
	switch code {
	case C.XML_ERR_NO_MEMORY:
		return "out of memory"
	case C.XML_ERR_INTERNAL_ERROR:
		return "nested too deeply, or otherwise beyond the parser's limits"
	case C.XML_ERR_DOCUMENT_EMPTY:
		return "no element where the document should start"
	case C.XML_ERR_DOCUMENT_END:
		return "something follows the end of the document element"
	case C.XML_ERR_TAG_NAME_MISMATCH:
		return "an end tag does not match its start tag"
	case C.XML_ERR_TAG_NOT_FINISHED, C.XML_ERR_GT_REQUIRED, C.XML_ERR_LTSLASH_REQUIRED:
		return "a tag or element does not end"
	case C.XML_ERR_NAME_REQUIRED:
		return "a name is missing; is there a '<' or '&' that is not escaped?"
	case C.XML_ERR_UNDECLARED_ENTITY, C.XML_WAR_UNDECLARED_ENTITY, C.XML_ERR_ENTITYREF_SEMICOL_MISSING:
		return "an unknown or unfinished entity; is there an '&' that is not escaped?"
	case C.XML_ERR_INVALID_CHAR, C.XML_ERR_INVALID_CHARREF:
		return "a character that XML does not allow"
	case C.XML_ERR_ATTRIBUTE_NOT_STARTED, C.XML_ERR_ATTRIBUTE_NOT_FINISHED:
		return "an attribute value lacks a quotation mark"
	case C.XML_ERR_ATTRIBUTE_WITHOUT_VALUE:
		return "an attribute has no value"
	case C.XML_ERR_LT_IN_ATTRIBUTE:
		return "an attribute value holds a '<'"
	case C.XML_ERR_SPACE_REQUIRED:
		return "white space is missing"
	case C.XML_ERR_ATTRIBUTE_REDEFINED, C.XML_NS_ERR_ATTRIBUTE_REDEFINED:
		return "an attribute is given twice"
	case C.XML_NS_ERR_UNDEFINED_NAMESPACE:
		return "a namespace prefix is not declared"
	case C.XML_ERR_COMMENT_NOT_FINISHED, C.XML_ERR_CDATA_NOT_FINISHED, C.XML_ERR_PI_NOT_FINISHED:
		return "a comment, CDATA section or processing instruction does not end"
	case C.XML_ERR_NAME_TOO_LONG:
		return "a name is too long"
	case C.XML_ERR_RESERVED_XML_NAME:
		return "an XML declaration that is not at the start"
	default:
		return "not well-formed"
	}
}
