package stockmail

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Defaults of a layout.
const (
	DefaultLatestYear = 2099 // of an expiry date; suppliers write such as 2071 for what never expires
	defaultDate       = "yyyy-mm-dd"
	defaultCharacters = "digits"
	defaultSerial     = "1-40"
	maxYear           = 9999
)

// layout is how a voucher lies in its line.
type layout struct {
	*row
	name          string
	date          notation
	noExpiry      *string // text that stands for no expiry date
	expiresInDays int     // at least so many from today
	latestYear    int
	pin, serial   rule
}

// addLayouts judges the layouts of vouchers. They stand in one file: what a line is,
// and what product, must be seen before its layout is known.
func (m *form) addLayouts(files []layoutFile) error {
	if len(files) == 0 {
		return errors.New("there is no [[layout]]")
	}
	for i, f := range files {
		l, err := f.layout(m)
		switch {
		case err != nil:
		case m.named(l.name) != nil:
			err = errors.New("name: there is such a layout already")
		case i > 0 && l.place(productColumn) != m.layouts[0].place(productColumn):
			err = fmt.Errorf("the product is not where it is in layout %q: a line's product tells its layout", m.layouts[0].name)
		case i > 0 && (l.place(markColumn) != m.layouts[0].place(markColumn) || l.mark() != m.layouts[0].mark()):
			err = fmt.Errorf("the mark is not the one of layout %q", m.layouts[0].name)
		default:
			err = m.apart(l)
		}
		if err != nil {
			return fmt.Errorf("layout %d (%s): %w", i+1, f.Name, err)
		}
		m.layouts = append(m.layouts, l)
	}
	return m.checkBatches()
}

// checkBatches wants a file of many batches to name each voucher's, and no other.
func (m *form) checkBatches() error {
	if !m.manyBatches {
		return nil
	}
	for _, l := range m.layouts {
		if !l.has(batchColumn) {
			return fmt.Errorf("many_batches: layout %q has no batch", l.name)
		}
	}
	for _, c := range slices.Concat(m.headers, m.trailers) {
		if c.has(batchColumn) {
			return fmt.Errorf("many_batches: line %s tells of one batch", c.mark())
		}
	}
	for _, c := range m.fields {
		if c.kind == batchColumn {
			return fmt.Errorf("many_batches: comment %s tells of one batch", c.name())
		}
	}
	return nil
}

// apart wants a voucher never to be taken for a header or trailer.
func (m *form) apart(l *layout) error {
	for _, controls := range [][]control{m.headers, m.trailers} {
		for _, c := range controls {
			if c.mark() == l.mark() {
				return fmt.Errorf("a header or trailer has the mark %s too", l.mark())
			}
		}
	}
	if len(m.heading) > 0 && len(m.heading) != len(l.columns) {
		return fmt.Errorf("has %d columns, and the heading %d", len(l.columns), len(m.heading))
	}
	return nil
}

func (m *form) named(name string) *layout {
	for _, l := range m.layouts {
		if l.name == name {
			return l
		}
	}
	return nil
}

// layout finds a product's layout; the only one needs no name.
func (m *form) layout(name string) (*layout, error) {
	if name == "" && len(m.layouts) == 1 {
		return m.layouts[0], nil
	}
	if l := m.named(name); l != nil {
		return l, nil
	}
	return nil, fmt.Errorf("there is no layout %q", name)
}

func (f *layoutFile) layout(m *form) (*layout, error) {
	l := &layout{name: f.Name, noExpiry: f.NoExpiry, expiresInDays: f.ExpiresInDays, latestYear: f.LatestYear}
	if f.Name == "" || !isPrintable(f.Name) {
		return nil, errors.New("name is missing")
	}
	var err error
	if l.row, err = parseRow(f.Columns, voucherKinds, m.fixed()); err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	for _, k := range []kind{serialColumn, pinColumn} {
		if !l.has(k) {
			return nil, fmt.Errorf("columns: there is no %s", kindNames[k])
		}
	}
	if err := f.rules(l); err != nil {
		return nil, err
	}
	return l, f.expiry(l)
}

func (f *layoutFile) rules(l *layout) error {
	if f.PINLength == "" {
		return errors.New("pin_length is missing")
	}
	var err error
	if l.pin.lengths, err = parseLengths(f.PINLength); err != nil {
		return fmt.Errorf("pin_length: %w", err)
	}
	if l.serial.lengths, err = parseLengths(orDefault(f.SerialLength, defaultSerial)); err != nil {
		return fmt.Errorf("serial_length: %w", err)
	}
	if l.pin.characters, err = findAlphabet(orDefault(f.PINCharacters, defaultCharacters)); err != nil {
		return fmt.Errorf("pin_characters: %w", err)
	}
	if l.serial.characters, err = findAlphabet(orDefault(f.SerialCharacters, defaultCharacters)); err != nil {
		return fmt.Errorf("serial_characters: %w", err)
	}
	return nil
}

func (f *layoutFile) expiry(l *layout) error {
	if !l.has(expiresColumn) {
		if f.Date != "" || f.NoExpiry != nil || f.ExpiresInDays != 0 || f.LatestYear != 0 {
			return errors.New("there is no column expires, but a rule for it")
		}
		return nil
	}
	var err error
	if l.date, err = parseNotation(orDefault(f.Date, defaultDate)); err != nil {
		return fmt.Errorf("date: %w", err)
	}
	if l.noExpiry != nil && !isPrintable(*l.noExpiry) {
		return errors.New("no_expiry is not plain text")
	}
	if l.latestYear == 0 {
		l.latestYear = DefaultLatestYear
	}
	if l.latestYear < 2000 || l.latestYear > maxYear {
		return fmt.Errorf("latest_year is not from 2000 to %d", maxYear)
	}
	if l.expiresInDays < 0 || l.expiresInDays > maxDays {
		return fmt.Errorf("expires_in_days is not from 0 to %d", maxDays)
	}
	return nil
}

func orDefault(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// file writes what layout reads.
func (l *layout) file() layoutFile {
	return layoutFile{Name: l.name, Columns: l.texts(), Date: l.date.String(), NoExpiry: l.noExpiry, ExpiresInDays: l.expiresInDays,
		LatestYear: l.latestYear, PINLength: formatLengths(l.pin.lengths), PINCharacters: l.pin.characters.name,
		SerialLength: formatLengths(l.serial.lengths), SerialCharacters: l.serial.characters.name}
}

// addCode files a product under the supplier's code for it. Products that share one
// differ in face value, and lie in one layout.
func (m *form) addCode(index int, p Product) error {
	l := p.layout
	if (p.Theirs != "") != l.has(productColumn) {
		if p.Theirs == "" {
			return errors.New("theirs is missing")
		}
		return fmt.Errorf("theirs: layout %q has no column for it", l.name)
	}
	c := m.codes[p.Theirs]
	if c == nil {
		m.codes[p.Theirs] = &code{l, []*priced{{index, p}}}
		return nil
	}
	if c.layout != l {
		return fmt.Errorf("theirs: another product of this code lies in layout %q", c.layout.name)
	}
	if !l.has(faceColumn) {
		return errors.New("theirs: there is such a code already, and no column face to tell them apart")
	}
	for _, other := range c.products {
		if other.Face == p.Face {
			return fmt.Errorf("theirs: product %s has this code and face value", other.Ours)
		}
	}
	c.products = append(c.products, &priced{index, p})
	return nil
}

// expires reads an expiry date as yyyy-mm-dd; empty is none.
func (l *layout) expires(text []byte, today time.Time) (string, error) {
	if l.noExpiry != nil && string(text) == *l.noExpiry {
		return "", nil
	}
	day, err := l.date.date(text)
	if err != nil {
		return "", errors.New("expiry date is not " + l.date.String())
	}
	switch {
	case day.Before(today):
		return "", errors.New("expired already")
	case day.Before(today.AddDate(0, 0, l.expiresInDays)):
		return "", fmt.Errorf("expires in less than %d days", l.expiresInDays)
	case day.Year() > l.latestYear:
		return "", fmt.Errorf("expires after %d", l.latestYear)
	}
	return day.Format(time.DateOnly), nil
}
