package stockmail

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Totals are the sums of a file. Amounts are cents.
type Totals struct {
	Count       int
	Face, Cost  int64           // over all products, which an agreement has in one currency
	Products    []ProductTotals // those of which there is one, in the agreement's order
	FirstSerial string          // the lowest: the shortest, and of those the first
	LastSerial  string          // the highest
	Batch       string          // as the file says; empty if it does not, or has several
	Order       string          // number of the order that it answers, if it says so
}

// ProductTotals are the sums of one product.
type ProductTotals struct {
	Product    string // our code
	Currency   string
	Count      int
	Face, Cost int64
}

// Totals are those of what has been read. They are the file's once Vouchers has ended
// without an error.
func (f *File) Totals() Totals {
	t := f.totals
	for _, p := range f.products {
		if p.Count > 0 {
			t.Products = append(t.Products, p)
		}
	}
	return t
}

// compareSerials puts a shorter one first: 99 is before 100.
func compareSerials(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// maxClaims bounds what a file may say about itself.
const maxClaims = 10_000

// claim is what a file says about itself, to be compared with what is in it.
type claim struct {
	line   int
	kind   kind
	of     subset
	number int64  // a count, or cents
	text   string // a serial
}

// subset is what a claim is about: the supplier's code and the face value, each of them
// empty for all.
type subset struct {
	theirs string
	face   int64
}

func (s subset) has(p *priced) bool {
	return (s.theirs == "" || s.theirs == p.Theirs) && (s.face == 0 || s.face == p.Face)
}

func (s subset) String() string {
	var text string
	if s.theirs != "" {
		text += " of " + s.theirs
	}
	if s.face != 0 {
		text += " of " + formatCents(s.face)
	}
	return text
}

// readHeader reads a line above the vouchers.
func (f *File) readHeader(c *control) error {
	if f.place != above || f.headed {
		return fmt.Errorf("is a header (%s) below where headers end", c.mark())
	}
	return f.readControl(c)
}

// readTrailer reads a line below the vouchers.
func (f *File) readTrailer(c *control) error {
	f.place = below
	return f.readControl(c)
}

func (f *File) readControl(c *control) error {
	if err := f.checkShape(c.row); err != nil {
		return err
	}
	if f.seen[c.row] && !c.repeated {
		return fmt.Errorf("is a second line with the mark %s", c.mark())
	}
	f.seen[c.row] = true
	var of subset
	if text, ok := f.field(c.row, productColumn); ok {
		if f.codes[string(text)] == nil {
			return errors.New("tells of a product that is not in the agreement")
		}
		of.theirs = string(text)
	}
	if text, ok := f.field(c.row, faceColumn); ok {
		var err error
		if of.face, err = f.amount(text); err != nil || of.face == 0 {
			return errors.New("tells of a face value that is no amount")
		}
	}
	for i, col := range c.columns {
		text, _ := f.column(c.row, i)
		if err := f.claim(col.kind, of, text); err != nil {
			return fmt.Errorf("%s: %w", kindNames[col.kind], err)
		}
	}
	return nil
}

// readComment reads a line such as "# Batch: 0042", above the vouchers.
func (f *File) readComment() error {
	if f.place != above || f.headed {
		return errors.New("is a comment below where comments end")
	}
	name, value, ok := bytes.Cut(f.line[len(f.form.comment):], []byte(":"))
	if !ok {
		return nil
	}
	name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
	for i, c := range f.form.fields {
		by, ok := c.read(name)
		if !ok {
			continue
		}
		var of subset
		switch c.by {
		case productColumn:
			of.theirs = string(by)
			if f.codes[of.theirs] == nil {
				return errors.New("tells of a product that is not in the agreement")
			}
		case faceColumn:
			var err error
			if of.face, err = f.amount(by); err != nil || of.face == 0 {
				continue // another name that begins alike
			}
		default:
			if f.named[i] {
				return fmt.Errorf("%s: is said twice", c.name())
			}
		}
		f.named[i] = true
		if err := f.claim(c.kind, of, value); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
		return nil
	}
	return nil
}

// claim notes what the file says, to be compared when all has been read. A batch and an
// order are compared at once.
func (f *File) claim(k kind, of subset, text []byte) error {
	c := claim{line: f.lines.number, kind: k, of: of}
	var err error
	switch k {
	case countColumn:
		c.number, err = whole(text)
	case totalColumn, costColumn:
		c.number, err = f.amount(text)
	case firstColumn, lastColumn:
		if c.text = string(text); len(text) == 0 || len(text) > maxText {
			err = errors.New("is no serial")
		}
		f.ranges = append(f.ranges, c)
	case batchColumn:
		if err = same(&f.totals.Batch, text); err != nil {
			return err
		}
		f.memory.batch = f.totals.Batch
		if f.misnamed() {
			return fmt.Errorf("the file says %s, and not %s", f.totals.Batch, f.options.Batch)
		}
		return nil
	case orderColumn:
		return same(&f.totals.Order, text)
	default:
		return nil
	}
	if err == nil && len(f.claims) == maxClaims {
		err = errors.New("the file says too much about itself")
	}
	f.claims = append(f.claims, c)
	return err
}

// misnamed reports whether the file's batch is another than it was given out as.
func (f *File) misnamed() bool {
	return f.totals.Batch != "" && f.options.Batch != "" && f.totals.Batch != f.options.Batch
}

// same wants a number to be what it was, if it was told before.
func same(known *string, text []byte) error {
	switch {
	case len(text) == 0 || len(text) > maxName:
		return fmt.Errorf("is not 1 to %d characters", maxName)
	case *known != "" && *known != string(text):
		return errors.New("is not that of the lines above")
	}
	*known = string(text)
	return nil
}

// checkHead wants all that is due above the first voucher.
func (f *File) checkHead() error {
	for i, c := range f.form.fields {
		if !f.named[i] {
			return fmt.Errorf("is a voucher, and no comment above it told %s", c.name())
		}
	}
	for _, c := range f.form.headers {
		if !c.optional && !f.seen[c.row] {
			return fmt.Errorf("is a voucher, and there was no header %s above it", c.mark())
		}
	}
	return nil
}

// checkRange wants a serial to be within what was told above.
func (f *File) checkRange(serial string) error {
	for i := range f.ranges {
		switch c := &f.ranges[i]; {
		case c.kind == firstColumn && compareSerials(serial, c.text) < 0:
			return errors.New("serial is before the first one that the file tells of")
		case c.kind == lastColumn && compareSerials(serial, c.text) > 0:
			return errors.New("serial is behind the last one that the file tells of")
		}
	}
	return nil
}

// end judges the file as a whole.
func (f *File) end() error {
	for _, c := range f.form.trailers {
		if !c.optional && !f.seen[c.row] {
			return &LineError{f.lines.number, fmt.Sprintf("the file ends without its trailer %s: it was cut short", c.mark())}
		}
	}
	if f.totals.Count == 0 {
		return &LineError{0, "there are no vouchers in the file"}
	}
	for _, c := range f.claims {
		if reason := f.compare(c); reason != "" {
			return &LineError{c.line, reason}
		}
	}
	return f.checkCover()
}

// mostMoney is more than a file is worth, in cents.
const mostMoney = 1_000_000_000_00

// compare holds a claim against the sums; empty if it is right.
func (f *File) compare(c claim) string {
	var sum ProductTotals
	for _, p := range f.priced(c.of) {
		t := f.products[p.index]
		sum.Count, sum.Face, sum.Cost = sum.Count+t.Count, sum.Face+t.Face, sum.Cost+t.Cost
	}
	switch {
	case c.kind == countColumn && c.number > MaxVouchers, (c.kind == totalColumn || c.kind == costColumn) && c.number > mostMoney:
		// Where columns are exchanged, or a voucher was taken for a trailer, it is a PIN.
		return "tells of more than a file may hold"
	case c.kind == countColumn && c.number != int64(sum.Count):
		return fmt.Sprintf("tells of %s%s, and there are %d", plural(c.number, "voucher"), c.of, sum.Count)
	case c.kind == totalColumn && c.number != sum.Face:
		return fmt.Sprintf("tells of face values%s of %s, and they come to %s", c.of, formatCents(c.number), formatCents(sum.Face))
	case c.kind == costColumn && c.number != sum.Cost:
		return fmt.Sprintf("tells of costs%s of %s, and they come to %s", c.of, formatCents(c.number), formatCents(sum.Cost))
	case c.kind == firstColumn && c.text != f.totals.FirstSerial:
		return "tells of another first serial than the lowest there is"
	case c.kind == lastColumn && c.text != f.totals.LastSerial:
		return "tells of another last serial than the highest there is"
	}
	return ""
}

// priced are the products of a subset.
func (f *File) priced(of subset) []*priced {
	var found []*priced
	for _, c := range f.codes {
		for _, p := range c.products {
			if of.has(p) {
				found = append(found, p)
			}
		}
	}
	slices.SortFunc(found, func(a, b *priced) int { return cmp.Compare(a.index, b.index) })
	return found
}

// checkCover wants a file that counts its products, or face values, to have counted
// all of them.
func (f *File) checkCover() error {
	line := 0
	for _, c := range f.claims {
		if c.kind == countColumn && c.of != (subset{}) {
			line = c.line
		}
	}
	if line == 0 {
		return nil
	}
	for _, p := range f.priced(subset{}) {
		told := slices.ContainsFunc(f.claims, func(c claim) bool { return c.kind == countColumn && c.of != subset{} && c.of.has(p) })
		if n := f.products[p.index].Count; n > 0 && !told {
			return &LineError{line, fmt.Sprintf("is the last that counts vouchers, and those of product %s (%d) are in no count", p.Ours, n)}
		}
	}
	return nil
}
