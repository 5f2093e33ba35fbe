package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"
)

// began is how a record writes when its exchange began.
const began = "2006-01-02T15:04:05.000Z07:00"

// secretHeaders are those whose values are credentials, whole.
var secretHeaders = map[string]bool{
	"Authorization": true, "Proxy-Authorization": true, "Cookie": true, "Set-Cookie": true, "X-Api-Key": true,
}

// Record returns the exchange without its secrets: passwords, tokens, voucher
// PINs, track 2 of meter cards, numbers of bank cards, and credentials in
// headers. Nothing else is changed, so that a document that is broken stays
// broken in the same way; but a byte that is not UTF-8 is written \xNN, and of a
// document that holds a zero byte nothing is shown. What was secret in one of the two
// messages is masked in both, wherever it turns up.
func (x Exchange) Record() Record {
	known := secretsIn(x.Request.Body)
	if x.Response != nil {
		known = append(known, secretsIn(x.Response.Body)...)
	}
	known = known.longestFirst()
	r := Record{
		Began: x.Began.Format(began), TookMS: x.Took.Milliseconds(), Error: known.mask(redact(x.Err)),
		Request: x.Request.redacted(known), RequestHeader: redactedHeader(x.Request.Header, known),
	}
	if x.Response != nil {
		r.Status = x.Response.Status
		r.Response, r.ResponseHeader = x.Response.redacted(known), redactedHeader(x.Response.Header, known)
	}
	return r
}

// Redact masks what looks like a secret in a text of which nothing is known, such
// as what a server says of itself.
func Redact(text string) string { return redact(text) }

func (m *Message) redacted(known secrets) string {
	switch {
	case m.Packed:
		return fmt.Sprintf("[%d bytes withheld: compressed in a way that could not be undone]", len(m.Body))
	case strings.IndexByte(string(m.Body), 0) >= 0:
		return fmt.Sprintf("[%d bytes withheld: not text in UTF-8]", len(m.Body))
	}
	text := known.mask(redact(string(m.Body)))
	if m.Cut {
		text = maskEnd(text) + "\n[cut here]"
	}
	return readable(text)
}

// readable writes the bytes that are not UTF-8 as \xNN, which JSON would lose.
func readable(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && size == 1 {
			fmt.Fprintf(&b, `\x%02X`, text[0])
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

func redactedHeader(h http.Header, known secrets) http.Header {
	if len(h) == 0 {
		return nil
	}
	shown := make(http.Header, len(h))
	for name, values := range h {
		for _, value := range values {
			if secretHeaders[http.CanonicalHeaderKey(name)] {
				value = fixedMask
			}
			shown[name] = append(shown[name], readable(known.mask(redact(value))))
		}
	}
	return shown
}
