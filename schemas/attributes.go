package schemas

import (
	"bytes"
	"fmt"
)

// MaxAttributes is how many attributes one element may have, namespace declarations among them. No type of XMLVend has
// more than ten; libxml2 takes the square of their number, so that 100 000 in a megabyte keep it busy for minutes.
const MaxAttributes = 256

// checkAttributes refuses a document with more than MaxAttributes in one element, before libxml2 sees it.
func checkAttributes(doc []byte) *Invalid {
	equals := []byte("=")
	if bytes.Count(doc, equals) <= MaxAttributes {
		return nil // as nearly every document there is
	}
	for at := bytes.IndexByte(doc, '<'); at >= 0; {
		// Between one '<' and the next there is at most one tag: its attribute values cannot hold a '<'.
		next := bytes.IndexByte(doc[at+1:], '<')
		between := doc[at+1:]
		if next >= 0 {
			between = between[:next]
		}
		if bytes.Count(between, equals) > MaxAttributes && countAttributes(between) > MaxAttributes {
			return refuse(Malformed, doc, at, fmt.Sprintf("an element with more than %d attributes", MaxAttributes))
		}
		if next < 0 {
			return nil
		}
		at += 1 + next
	}
	return nil
}

// countAttributes counts the equals signs of a tag that are outside quotation marks. What follows the tag is not
// counted. A comment, CDATA section or processing instruction is no tag.
func countAttributes(tag []byte) int {
	if len(tag) > 0 && (tag[0] == '!' || tag[0] == '?') {
		return 0
	}
	count := 0
	for {
		at := bytes.IndexAny(tag, `="'>`)
		if at < 0 || tag[at] == '>' {
			return count
		}
		quote := tag[at]
		tag = tag[at+1:]
		if quote == '=' {
			count++
			continue
		}
		end := bytes.IndexByte(tag, quote)
		if end < 0 {
			return count
		}
		tag = tag[end+1:]
	}
}
