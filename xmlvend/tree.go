package xmlvend

import (
	"errors"
	"fmt"

	"github.com/vendswitch/vendswitch/schemas"
)

// What makes a document unreadable before its content is looked at.
var (
	// ErrEncoding means that the document is not UTF-8, or says it is not.
	ErrEncoding = errors.New("the document is not UTF-8")
	// ErrDTD means that the document has a document type declaration, which SOAP forbids.
	ErrDTD = errors.New("a document type declaration is not allowed")
	// ErrMalformed means that the document is not well-formed XML.
	ErrMalformed = errors.New("the document is not well-formed XML")
)

// ref is the index of an element in a tree.
type ref = int32

// none is the ref of an element that is not there.
const none ref = -1

// tree is a document with every element and type name resolved, its elements in
// document order. It is what libxml2 has read and judged.
type tree struct {
	nodes   []schemas.Element
	invalid *schemas.Invalid // nil if it is valid, or was not judged
	sent    map[ref]values   // what a dialect replaced and is to be read as it was; see standIn
}

// parse reads a document: UTF-8, with or without byte order mark and XML
// declaration, and without document type declaration.
func parse(doc []byte) (*tree, error) { return treeOf(schemas.Parse(doc)) }

// parseAndJudge is parse, and says whether the document is schema-valid.
func parseAndJudge(doc []byte) (*tree, error) {
	v, err := schemas.Default()
	if err != nil {
		return nil, err
	}
	return treeOf(v.Read(doc))
}

func treeOf(d *schemas.Document, err error) (*tree, error) {
	if err != nil {
		return nil, unreadable(err)
	}
	return &tree{nodes: d.Elements, invalid: d.Invalid}, nil
}

// unreadable says by an error of this package why a document cannot be read. The
// words of schemas repeat no piece of the document.
func unreadable(err error) error {
	var invalid *schemas.Invalid
	if !errors.As(err, &invalid) || len(invalid.Violations) == 0 {
		return err
	}
	switch invalid.Kind {
	case schemas.NotUTF8:
		return ErrEncoding
	case schemas.DTD:
		return ErrDTD
	}
	v := invalid.Violations[0]
	return fmt.Errorf("%w: line %d, %s", ErrMalformed, v.Line, v.Reason)
}

// children calls f for each child element of n until f returns false.
func (t *tree) children(n ref, f func(ref) bool) {
	for i, end := n+1, t.nodes[n].End; i < end; i = t.nodes[i].End {
		if !f(i) {
			return
		}
	}
}

// child returns the first child of n with the local name, whatever its namespace.
func (t *tree) child(n ref, local string) ref {
	for i, end := n+1, t.nodes[n].End; i < end; i = t.nodes[i].End {
		if t.nodes[i].Name.Local == local {
			return i
		}
	}
	return none
}

// childNamed returns the first child of n with the name.
func (t *tree) childNamed(n ref, name QName) ref {
	for i, end := n+1, t.nodes[n].End; i < end; i = t.nodes[i].End {
		if t.nodes[i].Name == name {
			return i
		}
	}
	return none
}

// text returns the character data of n; comments between do not cut it.
func (t *tree) text(n ref) string { return t.nodes[n].Text }

// attr returns the attribute of n in no namespace.
func (t *tree) attr(n ref, key string) (string, bool) {
	attrs := t.nodes[n].Attrs
	for i := range attrs {
		if attrs[i].Name.Local == key && attrs[i].Name.Space == "" {
			return attrs[i].Value, true
		}
	}
	return "", false
}

// asSent returns what an attribute held, or with key "" the text, where a dialect
// replaced it and it is to be read all the same.
func (t *tree) asSent(n ref, key string) (string, bool) {
	if t.sent == nil {
		return "", false
	}
	v, ok := t.sent[n][key]
	return v, ok
}

// path returns the local names from the root down to n.
func (t *tree) path(n ref) string {
	if n == none {
		return ""
	}
	return t.path(t.nodes[n].Parent) + "/" + t.nodes[n].Name.Local
}
