package schemas

import (
	"fmt"
	"strings"
)

// Kind says at which stage a document was refused. Later stages are not reached.
type Kind int

// The stages, in the order in which a document passes them.
const (
	NotUTF8       Kind = iota + 1 // not UTF-8, or declared to be something else
	DTD                           // holds a document type declaration, which SOAP forbids
	Malformed                     // not well-formed XML 1.0 with namespaces, or beyond the parser's limits
	SchemaInvalid                 // well-formed, but not what the schemas describe
)

// String returns the kind as one word, as it appears in logs and reports.
func (k Kind) String() string {
	switch k {
	case NotUTF8:
		return "not-utf8"
	case DTD:
		return "dtd"
	case Malformed:
		return "malformed"
	case SchemaInvalid:
		return "schema-invalid"
	default:
		return fmt.Sprintf("kind-%d", int(k))
	}
}

// Invalid is the error for a document that was refused.
//
// Violations holds at least one entry and at most MaxViolations: the first one for every kind but SchemaInvalid, which
// lists them in document order.
type Invalid struct {
	Kind       Kind
	Violations []Violation
}

// Violation is one thing that is wrong with a document.
//
// Nothing in it repeats the value of a password, PIN, token or card number, so it may be logged and sent. Other values
// that offend are quoted, shortened where they are long.
type Violation struct {
	// Line counts from 1; 0 if unknown.
	Line int
	// Column counts characters from 1; 0 if unknown, as it always is for DTD and SchemaInvalid.
	Column int
	// Code is libxml2's number for the rule that was broken (its xmlParserErrors), or 0 for a rule of our own.
	Code int
	// Path leads from the document element to the offending element or attribute, for SchemaInvalid alone. Names carry
	// the prefixes of this package whatever those of the document, and a position where the parent holds several of a
	// name: /soap:Envelope/soap:Body/r:reprintResp/r:reprint[2]/b:clientID/@ean.
	Path string
	// Reason is a phrase for a developer, without a full stop.
	Reason string
}

// String returns the violation on one line.
func (v Violation) String() string {
	var b strings.Builder
	if v.Line > 0 {
		fmt.Fprintf(&b, "line %d", v.Line)
		if v.Column > 0 {
			fmt.Fprintf(&b, ":%d", v.Column)
		}
		b.WriteString(": ")
	}
	if v.Path != "" {
		b.WriteString(v.Path)
		b.WriteString(": ")
	}
	b.WriteString(v.Reason)
	return b.String()
}

// Error returns the kind and the first violation, on one line.
func (e *Invalid) Error() string {
	if len(e.Violations) == 0 {
		return e.Kind.String()
	}
	text := e.Kind.String() + ": " + e.Violations[0].String()
	switch more := len(e.Violations) - 1; more {
	case 0:
		return text
	case 1:
		return text + " (and 1 more)"
	default:
		return fmt.Sprintf("%s (and %d more)", text, more)
	}
}
