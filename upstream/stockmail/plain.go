package stockmail

import (
	"errors"
	"io"
)

// PlainHeading is the first line of a file that needs no agreement: our own codes, prices
// as they are, dates as yyyy-mm-dd or empty.
const PlainHeading = "product,serial,pin,face,cost,expires"

// plain is the form of such a file.
var plain = func() *form {
	heading := []string{"product", "serial", "pin", "face", "cost", "expires"}
	m := &form{delimiter: ',', quotes: true, heading: heading}
	r, err := parseRow(heading, voucherKinds, false)
	if err != nil {
		panic(err) // it is above
	}
	date, err := parseNotation(defaultDate)
	if err != nil {
		panic(err)
	}
	never := ""
	m.layouts = []*layout{{row: r, name: "plain", date: date, noExpiry: &never, latestYear: maxYear,
		pin: rule{[]span{{4, maxText}}, anyText}, serial: rule{[]span{{1, maxText}}, anyText}}}
	return m
}()

// ReadPlain reads a CSV file that needs no agreement, with PlainHeading. It takes the
// currency of each of our products. Face values and costs are not compared with
// anything.
func ReadPlain(currency map[string]string, in io.Reader, o Options) *File {
	f := newFile(plain, in, o)
	f.codes = make(map[string]*code)
	if f.currency = currency; currency == nil {
		f.currency = map[string]string{}
	}
	return f
}

// plainCode makes a product of a code that is seen for the first time.
func (f *File) plainCode(ours string) (*code, error) {
	currency, ok := f.currency[ours]
	if !ok {
		return nil, errors.New(`there is no product of this code; add it first with "vendswitch product add"`)
	}
	p := &priced{len(f.products), Product{Ours: ours, Currency: currency}}
	f.products = append(f.products, ProductTotals{Product: ours, Currency: currency})
	f.codes[ours] = &code{f.form.layouts[0], []*priced{p}}
	return f.codes[ours], nil
}
