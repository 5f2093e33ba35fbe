package stockmail

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// form is what a supplier's files look like: the lines above and below, and the
// layouts of vouchers between them.
type form struct {
	delimiter   byte // 0 in fixed width
	quotes      bool
	inCents     bool
	heading     []string
	comment     string
	fields      []commentField
	manyBatches bool
	headers     []control
	trailers    []control
	layouts     []*layout
	codes       map[string]*code
}

// control is a kind of line above or below the vouchers.
type control struct {
	*row
	optional bool
	repeated bool // one line for each product or face value
}

// commentField is a figure in a comment.
type commentField struct {
	before, after string // what stands before and behind the product or face value in its name
	by            kind   // productColumn, faceColumn, or kinds if the name is plain
	kind          kind
}

// code is what the supplier calls its products, or several of different face value.
type code struct {
	layout   *layout
	products []*priced
}

// priced is a product as a voucher's line tells it.
type priced struct {
	index int
	Product
}

// delimiters are those that a file may have.
var delimiters = map[string]byte{"|": '|', ",": ',', ";": ';', "tab": '\t'}

// Spellings of amounts.
const (
	amountsDecimal = "decimal" // 10.00
	amountsCents   = "cents"   // 1000
)

// form judges what all lines have in common.
func (f *formFile) form() (*form, error) {
	m := &form{quotes: f.Quotes, heading: f.Heading, comment: f.Comment, manyBatches: f.ManyBatches, codes: make(map[string]*code)}
	var known bool
	if m.delimiter, known = delimiters[f.Delimiter]; known == f.Fixed {
		return nil, errors.New(`delimiter is none of "|", ",", ";", "tab"; or fixed = true without one`)
	}
	switch {
	case f.Amounts == "" || f.Amounts == amountsDecimal:
	case f.Amounts == amountsCents:
		m.inCents = true
	default:
		return nil, fmt.Errorf("amounts: %q is neither %q nor %q", f.Amounts, amountsDecimal, amountsCents)
	}
	if m.fixed() && (m.quotes || len(m.heading) > 0) {
		return nil, errors.New("lines of fixed width have neither quotes nor a heading")
	}
	if !isPrintable(m.comment) || len(m.comment) > 8 || strings.ContainsFunc(m.comment, mayBeginAVoucher) {
		return nil, errors.New("comment is not a short mark such as #: a voucher begins with none of its characters")
	}
	for _, name := range m.heading {
		if !isPrintable(name) {
			return nil, errors.New("heading is not plain text")
		}
	}
	if err := m.addFields(f.Fields); err != nil {
		return nil, err
	}
	var err error
	if m.headers, err = m.controls("header", f.Header); err != nil {
		return nil, err
	}
	if m.trailers, err = m.controls("trailer", f.Trailer); err != nil {
		return nil, err
	}
	return m, m.checkMarks()
}

func (m *form) fixed() bool { return m.delimiter == 0 }

// mayBeginAVoucher reports what a serial, a code, a date or a number may begin with: a
// line that begins so is never passed over as a comment.
func mayBeginAVoucher(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsSpace(r) || strings.ContainsRune(`-+."'`, r)
}

func isPrintable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

// addFields reads what comments say, by name, as in "Count of {face}".
func (m *form) addFields(fields map[string]string) error {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if m.comment == "" {
			return errors.New("fields are in comments, and comment is missing")
		}
		if !isPrintable(name) || strings.TrimSpace(name) != name || name == "" || strings.Contains(name, ":") {
			return fmt.Errorf("fields: %q is not a name", name)
		}
		c := commentField{before: name, by: kinds, kind: kind(slices.Index(kindNames[:], fields[name]))}
		for _, by := range []kind{productColumn, faceColumn} {
			if before, after, found := strings.Cut(name, "{"+kindNames[by]+"}"); found {
				c.before, c.after, c.by = before, after, by
			}
		}
		allowed := []kind{orderColumn, batchColumn, countColumn, totalColumn, costColumn, firstColumn, lastColumn}
		if c.by != kinds {
			allowed = []kind{countColumn, totalColumn, costColumn}
		}
		if !slices.Contains(allowed, c.kind) {
			return fmt.Errorf("fields: %s: %q is none of %s", name, fields[name], listKinds(allowed))
		}
		m.fields = append(m.fields, c)
	}
	return nil
}

// controls judges the lines above or below the vouchers.
func (m *form) controls(what string, files []controlFile) ([]control, error) {
	var controls []control
	for i, f := range files {
		r, err := parseRow(f.Columns, controlKinds, m.fixed())
		if err == nil && r.mark() == "" {
			err = errors.New(`such a line is known by its mark: a column as in "mark H"`)
		}
		by := err == nil && (r.has(productColumn) || r.has(faceColumn))
		if by && !r.has(countColumn) && !r.has(totalColumn) && !r.has(costColumn) {
			err = errors.New("a product or face value comes with a count, total or cost")
		}
		if by && (r.has(orderColumn) || r.has(batchColumn) || r.has(firstColumn) || r.has(lastColumn)) {
			err = errors.New("what is told for a product or face value is count, total and cost only")
		}
		if err != nil {
			return nil, fmt.Errorf("%s %d: %w", what, i+1, err)
		}
		controls = append(controls, control{row: r, optional: f.Optional, repeated: by})
	}
	return controls, nil
}

// checkMarks wants each kind of line to have a mark of its own.
func (m *form) checkMarks() error {
	marks := make(map[string]bool)
	for _, c := range slices.Concat(m.headers, m.trailers) {
		if marks[c.mark()] {
			return fmt.Errorf("two kinds of header or trailer have the mark %s", c.mark())
		}
		marks[c.mark()] = true
	}
	return nil
}

// file writes what form reads.
func (m *form) file() formFile {
	f := formFile{Fixed: m.fixed(), Quotes: m.quotes, Amounts: amountsDecimal, Heading: m.heading, Comment: m.comment, ManyBatches: m.manyBatches}
	for text, delimiter := range delimiters {
		if delimiter == m.delimiter {
			f.Delimiter = text
		}
	}
	if m.inCents {
		f.Amounts = amountsCents
	}
	for _, c := range m.fields {
		if f.Fields == nil {
			f.Fields = make(map[string]string)
		}
		f.Fields[c.name()] = kindNames[c.kind]
	}
	for _, c := range m.headers {
		f.Header = append(f.Header, controlFile{c.texts(), c.optional})
	}
	for _, c := range m.trailers {
		f.Trailer = append(f.Trailer, controlFile{c.texts(), c.optional})
	}
	return f
}

// name is the field's in the agreement.
func (c commentField) name() string {
	if c.by == kinds {
		return c.before
	}
	return c.before + "{" + kindNames[c.by] + "}" + c.after
}

// read finds what stands for the product or face value in a comment's name.
func (c commentField) read(name []byte) (by []byte, ok bool) {
	if c.by == kinds {
		return nil, string(name) == c.before
	}
	by, ok = bytes.CutPrefix(name, []byte(c.before))
	if ok {
		by, ok = bytes.CutSuffix(by, []byte(c.after))
	}
	return by, ok && len(by) > 0
}
