package schemas

import (
	"bytes"
	"math"
	"unicode/utf8"
)

// byteOrderMark may precede a UTF-8 document; it means nothing.
var byteOrderMark = []byte("\ufeff")

// checkEncoding refuses, before any XML parser sees it, a document that parsers could disagree about. libxml2 converts
// from whatever encoding is declared or guessed, while Go's parsers read UTF-8 only: a document in another encoding
// could be validated as one thing and decoded as another.
func checkEncoding(doc []byte) *Invalid {
	if int64(len(doc)) > math.MaxInt32 {
		return refuse(Malformed, nil, 0, "the document is larger than 2 GiB")
	}
	text := bytes.TrimPrefix(doc, byteOrderMark)
	switch {
	case len(text) == 0:
		return refuse(Malformed, doc, 0, "the document is empty")
	case looksLikeUTF16(text):
		return refuse(NotUTF8, doc, 0, "the document is in UTF-16; only UTF-8 is accepted")
	}
	if at := bytes.IndexByte(text, 0); at >= 0 {
		return refuse(Malformed, doc, len(doc)-len(text)+at, "a NUL byte, which XML does not allow")
	}
	if !utf8.Valid(text) {
		return refuse(NotUTF8, doc, firstInvalid(doc), "bytes that are not UTF-8")
	}
	return checkDeclaration(doc, text)
}

// looksLikeUTF16 tells whether text starts with a UTF-16 byte order mark, or with '<' in two bytes.
func looksLikeUTF16(text []byte) bool {
	for _, start := range []string{"\xff\xfe", "\xfe\xff", "<\x00", "\x00<"} {
		if bytes.HasPrefix(text, []byte(start)) {
			return true
		}
	}
	return false
}

// checkDeclaration reads the XML declaration, if text starts with one, and refuses any version but 1.0 and any encoding
// but UTF-8. What it cannot read to the end it refuses, so that no parser finds an encoding that was not seen here.
func checkDeclaration(doc, text []byte) *Invalid {
	const open, space = "<?xml", " \t\r\n"
	rest, found := bytes.CutPrefix(text, []byte(open))
	if !found || len(rest) == 0 || !bytes.ContainsRune([]byte(space), rune(rest[0])) {
		return nil
	}
	start := len(doc) - len(text)
	rest, _, closed := bytes.Cut(rest, []byte("?>"))
	if !closed {
		return refuse(Malformed, doc, start, "the XML declaration does not end")
	}
	for {
		rest = bytes.TrimLeft(rest, space)
		if len(rest) == 0 {
			return nil
		}
		name, value, ok := bytes.Cut(rest, []byte("="))
		value = bytes.TrimLeft(value, space)
		if !ok || len(value) == 0 || (value[0] != '"' && value[0] != '\'') {
			return refuse(Malformed, doc, start, "the XML declaration is malformed")
		}
		value, rest, ok = bytes.Cut(value[1:], value[:1])
		if !ok {
			return refuse(Malformed, doc, start, "the XML declaration is malformed")
		}
		switch string(bytes.TrimRight(name, space)) {
		case "version":
			if string(value) != "1.0" {
				return refuse(Malformed, doc, start, "only XML 1.0 is accepted")
			}
		case "encoding":
			if !bytes.EqualFold(value, []byte("UTF-8")) {
				return refuse(NotUTF8, doc, start, "the document declares another encoding than UTF-8")
			}
		}
	}
}

// firstInvalid returns the offset of the first byte that is not part of a UTF-8 sequence.
func firstInvalid(doc []byte) int {
	at := 0
	for at < len(doc) {
		r, size := utf8.DecodeRune(doc[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}

// refuse returns an Invalid with one violation at an offset of doc.
func refuse(kind Kind, doc []byte, offset int, reason string) *Invalid {
	before := doc[:offset]
	return &Invalid{Kind: kind, Violations: []Violation{{
		Line:   1 + bytes.Count(before, []byte("\n")),
		Column: 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]),
		Reason: reason,
	}}}
}
