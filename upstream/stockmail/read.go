package stockmail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// MaxVouchers is the most that one file may hold: what is remembered of each, so that
// none comes twice, is bounded.
const MaxVouchers = 5_000_000

// Voucher is one line of a stock file. It is not yet to be sold: the file may still be
// refused by what follows.
type Voucher struct {
	Line      int
	Product   string // our code
	Serial    string
	PIN       xmlvend.Secret
	Face      int64 // cents
	Cost      int64 // cents, VAT included
	Currency  string
	ExpiresOn string // yyyy-mm-dd; empty if it does not expire
	Batch     string // empty if the file does not say
}

// Options are what a file does not say.
type Options struct {
	Today time.Time // needed; its date, where it stands, is the first day on which a voucher may expire
	Batch string    // of the vouchers; a file that says another is refused, unless it may have many
}

// File is a stock file that is read once, as a stream.
type File struct {
	form     *form
	options  Options
	today    time.Time
	lines    *lines
	once     *once
	codes    map[string]*code
	currency map[string]string // of products, without an agreement; nil with one

	line     []byte
	fields   [][]byte
	empty    int // number of an empty line
	place    place
	headed   bool // the heading was seen
	seen     map[*row]bool
	named    []bool // which fields the comments had
	claims   []claim
	ranges   []claim // of serials, those above the vouchers
	products []ProductTotals
	totals   Totals
	memory   memory
	err      error
}

// place is where in the file we are.
type place int

const (
	above place = iota
	among
	below
)

// memory is what the line before had: files repeat themselves.
type memory struct {
	layout  *layout
	expiry  []byte
	expires string
	batch   string
}

// Read reads a stock file by an agreement.
func Read(a Agreement, in io.Reader, o Options) *File {
	if a.form == nil {
		f := newFile(&form{}, in, o)
		f.err = errors.New("the agreement was not made by ParseAgreement")
		return f
	}
	f := newFile(a.form, in, o)
	f.codes = a.form.codes
	for _, p := range a.Products {
		f.products = append(f.products, ProductTotals{Product: p.Ours, Currency: p.Currency})
	}
	return f
}

func newFile(m *form, in io.Reader, o Options) *File {
	y, month, d := o.Today.Date()
	f := &File{form: m, options: o, today: time.Date(y, month, d, 0, 0, 0, 0, time.UTC), lines: newLines(in), once: newOnce(),
		seen: make(map[*row]bool), named: make([]bool, len(m.fields))}
	if o.Today.IsZero() {
		f.err = errors.New("what day it is was not said, and so not what has expired")
	}
	return f
}

// Vouchers reads the file, once. The first error ends it: a *LineError says what in the
// file is not as agreed, any other is the stream's own. All vouchers before it are
// void then.
func (f *File) Vouchers() iter.Seq2[Voucher, error] {
	return func(yield func(Voucher, error) bool) {
		for {
			v, err := f.next()
			if errors.Is(err, errEnd) {
				return
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Format prints how far it was read: what is in memory of the file holds PINs.
func (f *File) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "stock file at line %d", f.lines.number)
}

// errEnd is the good end of a file.
var errEnd = errors.New("the file has ended")

// next is the next voucher. Once there was an error it stays.
func (f *File) next() (Voucher, error) {
	for f.err == nil {
		var v Voucher
		var told bool
		if v, told, f.err = f.step(); told && f.err == nil {
			return v, nil
		}
	}
	return Voucher{}, f.err
}

// step reads one line, or the end.
func (f *File) step() (v Voucher, told bool, err error) {
	line, err := f.lines.next()
	switch {
	case f.lines.broken:
		return v, false, err
	case err == io.EOF:
		if err = f.end(); err == nil {
			err = errEnd
		}
		return v, false, err
	case err == nil && len(line) == 0:
		if f.empty == 0 {
			f.empty = f.lines.number
		}
		return v, false, nil
	case f.empty > 0: // only the end may follow empty lines
		return v, false, &LineError{f.empty, "is empty"}
	case err == nil:
		f.line = line
		v, told, err = f.read()
	}
	if err != nil {
		err = &LineError{f.lines.number, err.Error()}
	}
	return v, told, err
}

// read reads a line that is not empty.
func (f *File) read() (v Voucher, told bool, err error) {
	m := f.form
	if m.comment != "" && bytes.HasPrefix(f.line, []byte(m.comment)) {
		return v, false, f.readComment()
	}
	if f.fields, err = m.split(f.fields[:0], f.line); err != nil {
		return v, false, err
	}
	for i := range m.trailers {
		if f.marked(m.trailers[i].row) {
			return v, false, f.readTrailer(&m.trailers[i])
		}
	}
	if f.place == below {
		return v, false, errors.New("is below the trailer, which ends the file")
	}
	for i := range m.headers {
		if f.marked(m.headers[i].row) {
			return v, false, f.readHeader(&m.headers[i])
		}
	}
	if len(m.heading) > 0 && !f.headed {
		f.headed = true
		return v, false, f.readHeading()
	}
	if f.place == above {
		f.place = among
		if err := f.checkHead(); err != nil {
			return v, false, err
		}
	}
	v, err = f.readVoucher()
	return v, err == nil, err
}

// readHeading wants the names of the columns. It does not repeat what stands there: that
// may be a voucher.
func (f *File) readHeading() error {
	if err := f.checkCount(len(f.form.heading)); err != nil {
		return fmt.Errorf("heading: %w", err)
	}
	for i, want := range f.form.heading {
		if string(f.fields[i]) != want {
			return fmt.Errorf("heading: column %d is not %q", i+1, want)
		}
	}
	return nil
}

// marked tells whether the line has the mark of a row, where that has it.
func (f *File) marked(r *row) bool {
	text, ok := f.field(r, markColumn)
	return ok && string(text) == r.mark()
}

// field is what stands in a row's column; false if the line does not reach it, or the
// row has none.
func (f *File) field(r *row, k kind) ([]byte, bool) {
	i := r.at[k]
	if i < 0 {
		return nil, false
	}
	return f.column(r, i)
}

// column is what stands in a column, in fixed width without the blanks around it.
func (f *File) column(r *row, i int) ([]byte, bool) {
	if !f.form.fixed() {
		if i >= len(f.fields) {
			return nil, false
		}
		return f.fields[i], true
	}
	c := &r.columns[i]
	if c.to > len(f.line) {
		return nil, false
	}
	text := f.line[c.from-1 : c.to]
	for len(text) > 0 && text[0] == ' ' {
		text = text[1:]
	}
	for len(text) > 0 && text[len(text)-1] == ' ' {
		text = text[:len(text)-1]
	}
	return text, true
}

// checkShape wants the line to be as long as its row, and numbers where there are
// to be some.
func (f *File) checkShape(r *row) error {
	if !f.form.fixed() {
		if err := f.checkCount(len(r.columns)); err != nil {
			return err
		}
	} else if err := f.checkWidth(r.columns[len(r.columns)-1].to); err != nil {
		return err
	}
	for i := range r.columns {
		if r.columns[i].kind != numberColumn {
			continue
		}
		if text, _ := f.column(r, i); !isNumber(text) {
			return fmt.Errorf("column %d is not a number", i+1)
		}
	}
	return nil
}

func (f *File) checkCount(due int) error {
	if len(f.fields) != due {
		return fmt.Errorf("has %s where %d are due", plural(int64(len(f.fields)), "column"), due)
	}
	return nil
}

func (f *File) checkWidth(due int) error {
	for _, c := range f.line {
		if c > '~' {
			return errors.New("has a character that is not ASCII, and so no fixed width")
		}
	}
	if len(f.line) != due {
		return fmt.Errorf("has %s where %d are due", plural(int64(len(f.line)), "character"), due)
	}
	return nil
}

// isNumber takes 7, -7 and 7.50, of any length.
func isNumber(text []byte) bool {
	if len(text) > 0 && text[0] == '-' {
		text = text[1:]
	}
	points, figures := 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			figures++
		case c == '.' && figures > 0:
			points++
		default:
			return false
		}
	}
	return figures > 0 && points <= 1
}

// amount reads cents as the file spells them.
func (f *File) amount(text []byte) (int64, error) {
	if f.form.inCents {
		return whole(text)
	}
	return cents(text)
}

// plural counts in words to people.
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.FormatInt(n, 10) + " " + one + "s"
}
