package report

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const step = "  "

// indent lays a document out for the eye: only white space between tags is
// changed. It reports false, and changes nothing, for what is not well-formed.
func indent(doc string) (string, bool) {
	d := xml.NewDecoder(strings.NewReader(doc))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	var b strings.Builder
	depth, from := 0, int64(0)
	inline := false // what comes next belongs on the line of the start tag
	blank := ""     // white space right after a start tag, which shows if nothing else follows
	line := func(raw string) {
		if b.Len() > 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.Repeat(step, max(0, depth)) + raw)
	}
	elements := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return b.String(), elements > 0
		}
		if err != nil {
			return doc, false
		}
		raw := doc[from:d.InputOffset()]
		from = d.InputOffset()
		switch token.(type) {
		case xml.StartElement:
			line(raw)
			elements++
			depth++
			inline, blank = true, ""
		case xml.EndElement:
			depth--
			switch {
			case raw == "": // of an empty element: its start tag was all
			case inline:
				b.WriteString(blank + raw)
			default:
				line(raw)
			}
			inline, blank = false, ""
		case xml.CharData:
			switch {
			case strings.TrimSpace(raw) == "":
				if inline {
					blank += raw
				}
			case inline:
				b.WriteString(blank + raw)
				blank = ""
			default:
				line(raw)
			}
		default:
			line(strings.TrimSpace(raw))
			inline, blank = false, ""
		}
	}
}
