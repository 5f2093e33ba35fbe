package bank

import (
	"html"
	"strings"
)

// breaking are the elements that stand on lines of their own.
var breaking = map[string]bool{
	"address": true, "blockquote": true, "body": true, "br": true, "center": true, "dd": true, "div": true, "dl": true, "dt": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "hr": true, "html": true, "li": true, "ol": true, "p": true,
	"pre": true, "section": true, "table": true, "tbody": true, "tr": true, "ul": true,
}

// hidden are the elements whose text nobody sees.
var hidden = map[string]bool{"head": true, "script": true, "style": true, "title": true, "template": true}

var withoutBreaks = strings.NewReplacer("\r", " ", "\n", " ", "\t", " ")

// textOfHTML is the text that a person would read: blocks and rows on lines of their
// own, a tab between cells, white space in between of no meaning.
func textOfHTML(source string) string {
	var b strings.Builder
	unseen := "" // the hidden element that is open
	for source != "" {
		open := strings.IndexByte(source, '<')
		if open < 0 {
			open = len(source)
		}
		if unseen == "" {
			b.WriteString(withoutBreaks.Replace(html.UnescapeString(source[:open])))
		}
		source = source[open:]
		if source == "" {
			break
		}
		name, closing, length := tag(source)
		source = source[length:]
		switch {
		case name == "" && unseen == "" && length == 1:
			b.WriteByte('<') // a sign, no tag
		case unseen != "":
			if closing && name == unseen {
				unseen = ""
			}
		case hidden[name] && !closing:
			unseen = name
		case breaking[name]:
			b.WriteByte('\n')
		case name == "td" || name == "th":
			if closing {
				b.WriteByte('\t')
			}
		}
	}
	return b.String()
}

// tag reads the tag or comment that text begins with: its name in small letters,
// and how long it is.
func tag(text string) (name string, closing bool, length int) {
	if strings.HasPrefix(text, "<!--") {
		if end := strings.Index(text, "-->"); end >= 0 {
			return "", false, end + len("-->")
		}
		return "", false, len(text)
	}
	rest := text[1:]
	if strings.HasPrefix(rest, "/") {
		closing, rest = true, rest[1:]
	}
	end := strings.IndexFunc(rest, func(r rune) bool { return !isNameRune(r) })
	if end == 0 && !strings.HasPrefix(rest, "!") && !strings.HasPrefix(rest, "?") || end < 0 {
		return "", false, 1
	}
	name = strings.ToLower(rest[:end])
	quote := byte(0)
	for i := len(text) - len(rest) + end; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return name, closing, i + 1
		}
	}
	return name, closing, len(text)
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == ':' || r == '-'
}
