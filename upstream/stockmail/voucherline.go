package stockmail

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// readVoucher reads the line as a voucher.
func (f *File) readVoucher() (Voucher, error) {
	v := Voucher{Line: f.lines.number}
	if f.totals.Count == MaxVouchers {
		return v, fmt.Errorf("is more than the %d vouchers that one file may hold", MaxVouchers)
	}
	c, err := f.code()
	if err != nil {
		return v, err
	}
	l := c.layout
	if err := f.checkShape(l.row); err != nil {
		return v, err
	}
	p, err := f.price(c, &v)
	if err != nil {
		return v, err
	}
	v.Product, v.Currency = p.Ours, p.Currency
	if v.ExpiresOn, err = f.expires(l); err != nil {
		return v, err
	}
	if v.Batch, err = f.batch(l); err != nil {
		return v, err
	}
	serial, _ := f.field(l.row, serialColumn)
	pin, _ := f.field(l.row, pinColumn)
	if breach := l.serial.breach(serial); breach != "" {
		return v, errors.New("serial " + breach)
	}
	if breach := l.pin.breach(pin); breach != "" {
		return v, errors.New("PIN " + breach)
	}
	if text, ok := f.field(l.row, countColumn); ok {
		if n, err := whole(text); err != nil || n != int64(f.totals.Count)+1 {
			return v, fmt.Errorf("is not numbered %d, as it should be", f.totals.Count+1)
		}
	}
	if f.lines.unfinished && f.couldBeCut(c) {
		return v, errors.New("has no line break, and may have been cut short")
	}
	v.Serial, v.PIN = string(serial), xmlvend.Secret(pin)
	return v, f.count(p.index, v, serial, pin)
}

// code finds the product's code, and with it the layout.
func (f *File) code() (*code, error) {
	first := f.form.layouts[0]
	if mark := first.mark(); mark != "" && !f.marked(first.row) {
		return nil, errors.New("begins with none of the marks that this file may have")
	}
	text, ok := f.field(first.row, productColumn)
	if !ok && first.has(productColumn) {
		return nil, f.tooShort()
	}
	if c := f.codes[string(text)]; c != nil {
		return c, nil
	}
	if f.currency != nil {
		return f.plainCode(string(text))
	}
	return nil, fmt.Errorf("the code in column %d is of no product of the agreement", first.at[productColumn]+1)
}

// tooShort says how long the line could have been.
func (f *File) tooShort() error {
	l := f.form.layouts[0]
	if f.form.fixed() {
		return f.checkWidth(l.columns[len(l.columns)-1].to)
	}
	least := len(l.columns)
	for _, l := range f.form.layouts {
		least = min(least, len(l.columns))
	}
	return f.checkCount(least)
}

// price compares what the line says of money with the agreement.
func (f *File) price(c *code, v *Voucher) (*priced, error) {
	p := c.products[0]
	v.Face = p.Face
	if text, ok := f.field(c.layout.row, faceColumn); ok {
		var err error
		if v.Face, err = f.amount(text); err != nil {
			return nil, fmt.Errorf("face value: %w", err)
		}
		if p = c.of(v.Face); p == nil {
			return nil, c.noSuchFace()
		}
	}
	v.Cost = p.Cost
	if text, ok := f.field(c.layout.row, costColumn); ok {
		var err error
		if v.Cost, err = f.amount(text); err != nil {
			return nil, fmt.Errorf("cost: %w", err)
		}
		if v.Cost != p.Cost && f.currency == nil {
			return nil, fmt.Errorf("cost is not the agreement's %s", formatCents(p.Cost))
		}
	}
	if v.Face <= 0 {
		return nil, errors.New("face value is not positive")
	}
	return p, nil
}

// of finds the product of a face value; one without an agreement has any.
func (c *code) of(face int64) *priced {
	for _, p := range c.products {
		if p.Face == face || p.Face == 0 {
			return p
		}
	}
	return nil
}

func (c *code) noSuchFace() error {
	if len(c.products) == 1 {
		return fmt.Errorf("face value is not the agreement's %s", formatCents(c.products[0].Face))
	}
	return errors.New("face value is of no product of this code")
}

func (f *File) expires(l *layout) (string, error) {
	text, ok := f.field(l.row, expiresColumn)
	if !ok {
		return "", nil
	}
	if f.memory.layout == l && bytes.Equal(text, f.memory.expiry) {
		return f.memory.expires, nil
	}
	expires, err := l.expires(text, f.today)
	if err != nil {
		return "", err
	}
	f.memory.layout, f.memory.expiry, f.memory.expires = l, append(f.memory.expiry[:0], text...), expires
	return expires, nil
}

// maxName is the longest number of a batch or order.
const maxName = 64

// batch compares the batch with the header's, or the first line's.
func (f *File) batch(l *layout) (string, error) {
	batch := f.totals.Batch
	if text, ok := f.field(l.row, batchColumn); ok {
		switch {
		case len(text) == 0 || len(text) > maxName:
			return "", fmt.Errorf("batch is not 1 to %d characters", maxName)
		case string(text) == f.memory.batch:
		case f.memory.batch != "" && !f.form.manyBatches:
			return "", errors.New("batch is not that of the lines above")
		default:
			f.memory.batch = string(text)
		}
		batch = f.memory.batch
		if !f.form.manyBatches {
			f.totals.Batch = batch
			if f.misnamed() { // where columns are exchanged, a PIN stands here
				return "", fmt.Errorf("batch is not %s", f.options.Batch)
			}
		}
	}
	if f.options.Batch != "" {
		batch = f.options.Batch
	}
	return batch, nil
}

// couldBeCut tells whether the end of the line may be missing without a trace.
func (f *File) couldBeCut(c *code) bool {
	l := c.layout
	last := len(l.columns) - 1
	text, _ := f.column(l.row, last)
	if f.form.fixed() {
		return false
	}
	switch l.columns[last].kind {
	case pinColumn:
		return l.pin.shortens(len(text))
	case serialColumn:
		return l.serial.shortens(len(text))
	case productColumn:
		return f.beginsCode(string(text))
	case faceColumn:
		return f.currency != nil || len(c.products) > 1
	case costColumn:
		return f.currency != nil
	case expiresColumn:
		return len(text) < len(l.date.String())
	case batchColumn:
		return f.form.manyBatches || f.totals.Count == 0
	default:
		return false
	}
}

// beginsCode tells whether a longer code begins with this one.
func (f *File) beginsCode(text string) bool {
	for theirs := range f.codes {
		if len(theirs) > len(text) && strings.HasPrefix(theirs, text) {
			return true
		}
	}
	return false
}

// shortens tells whether a longer text would be within the rule as well.
func (r *rule) shortens(length int) bool {
	for _, l := range r.lengths {
		if l.most > length {
			return true
		}
	}
	return false
}

// count adds a voucher to the sums, and wants it not to have been there before.
func (f *File) count(product int, v Voucher, serial, pin []byte) error {
	if err := f.checkRange(v.Serial); err != nil {
		return err
	}
	if !f.once.add(onceSerial, serial) {
		return errors.New("serial is on a line above too")
	}
	if !f.once.add(oncePIN, pin) {
		return errors.New("PIN is on a line above too")
	}
	t, p := &f.totals, &f.products[product]
	t.Count, p.Count = t.Count+1, p.Count+1
	t.Face, p.Face = t.Face+v.Face, p.Face+v.Face
	t.Cost, p.Cost = t.Cost+v.Cost, p.Cost+v.Cost
	if t.Face > maxAmount || t.Cost > maxAmount {
		return errors.New("with it the sum of the file is too large")
	}
	if t.Count == 1 || compareSerials(v.Serial, t.FirstSerial) < 0 {
		t.FirstSerial = v.Serial
	}
	if t.Count == 1 || compareSerials(v.Serial, t.LastSerial) > 0 {
		t.LastSerial = v.Serial
	}
	return nil
}
