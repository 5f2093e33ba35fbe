package bank

import (
	"maps"
	"regexp"
	"strings"
	"time"
)

// found is what a template found in a text.
type found struct {
	template *template
	fields   map[string]string
	outside  string // the text without the reference: the bank's own words
}

// matchText tries the templates for texts on one whole message.
func (b *book) matchText(text string) *found {
	for _, t := range b.templates {
		if t.text == nil {
			continue
		}
		if f := t.matchText(text); f != nil {
			return f
		}
	}
	return nil
}

func (t *template) matchText(text string) *found {
	at := t.text.FindStringSubmatchIndex(text)
	if at == nil {
		return nil
	}
	f := &found{template: t, fields: captured(t.text, text, at), outside: text}
	if i := t.text.SubexpIndex("reference"); i >= 0 && at[2*i] >= 0 {
		f.outside = text[:at[2*i]] + " " + text[at[2*i+1]:]
	}
	if !f.readable() {
		return nil
	}
	return f
}

// captured are the fields that an expression found, those apart that are empty.
func captured(re *regexp.Regexp, text string, at []int) map[string]string {
	fields := map[string]string{}
	for i, name := range re.SubexpNames() {
		if name != "" && at[2*i] >= 0 && at[2*i] < at[2*i+1] {
			fields[name] = text[at[2*i]:at[2*i+1]]
		}
	}
	return fields
}

// readable reports whether each field is what it looks like.
func (f *found) readable() bool {
	for _, name := range []string{"amount", "balance"} {
		if text, there := f.fields[name]; there {
			if _, err := cents(text); err != nil {
				return false
			}
		}
	}
	if text, there := f.fields["date"]; there {
		if _, _, ok := dateOf(text, time.Time{}, time.UTC); !ok {
			return false
		}
	}
	if text, there := f.fields["time"]; there {
		if _, ok := minuteOf(text); !ok {
			return false
		}
	}
	return true
}

// add takes fields that are not known yet.
func (f *found) add(fields map[string]string) {
	fresh := found{fields: fields}
	if !fresh.readable() {
		return
	}
	for name, text := range fields {
		if _, known := f.fields[name]; !known {
			f.fields[name] = text
		}
	}
}

// starts reports whether a message of the bank begins here.
func (b *book) starting(text string) bool { return anyIn(b.starts, text) }

func anyIn(list []*regexp.Regexp, text string) bool {
	for _, re := range list {
		if re.MatchString(text) {
			return true
		}
	}
	return false
}

// matchBlock tries the templates for blocks at the first of some lines. It returns
// how many lines the block has.
func (b *book) matchBlock(before string, lines []line) (*found, int) {
	for _, t := range b.templates {
		if len(t.lines) == 0 {
			continue
		}
		if f, n := t.matchBlock(before, lines); f != nil {
			return f, n
		}
	}
	return nil, 0
}

// maxBlock bounds the lines of a block.
const maxBlock = 16

func (t *template) matchBlock(before string, lines []line) (*found, int) {
	f := &found{template: t, fields: map[string]string{}}
	taken := make([]bool, len(t.lines))
	outside := []string{before}
	n := 0
	for n < len(lines) && n < maxBlock {
		key, value, width := entryOf(lines[n:])
		if width == 0 {
			if lines[n].text == "" && n > 0 {
				n++
				continue
			}
			break
		}
		i := t.lineFor(key)
		if i >= 0 && taken[i] || t.book.starting(lines[n].text) {
			break // of the next block, or a message
		}
		if i < 0 && n == 0 {
			return nil, 0
		}
		if i >= 0 {
			at := t.lines[i].value.FindStringSubmatchIndex(value)
			if at == nil {
				return nil, 0
			}
			taken[i] = true
			fields := captured(t.lines[i].value, value, at)
			maps.Copy(f.fields, fields)
			if t.lines[i].value.SubexpIndex("reference") >= 0 {
				value = ""
			}
		}
		outside = append(outside, key+": "+value)
		n += width
	}
	for i, l := range t.lines {
		if !taken[i] && !l.optional {
			return nil, 0
		}
	}
	f.outside = strings.Join(outside, "\n")
	if !f.readable() {
		return nil, 0
	}
	return f, n
}

func (t *template) lineFor(key string) int {
	for i, l := range t.lines {
		if l.key.MatchString(key) {
			return i
		}
	}
	return -1
}

// entryOf reads a line of a key and a value, with a colon or the border of a table's
// cells between them; or a key whose value is on the next line. width is how many
// lines that are, 0 for what is none.
func entryOf(lines []line) (key, value string, width int) {
	text := lines[0].cells
	at := strings.IndexAny(text, ":\t")
	if at <= 0 {
		return "", "", 0
	}
	key = plain(text[:at])
	value = plain(strings.TrimLeft(text[at:], ":\t \u00a0"))
	if key == "" || len(key) > 40 {
		return "", "", 0
	}
	if value == "" && len(lines) > 1 && lines[1].text != "" && !strings.ContainsAny(lines[1].cells, ":\t") {
		return key, lines[1].text, 2
	}
	return key, value, 1
}
