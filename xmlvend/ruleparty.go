package xmlvend

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rules about the utility, the vendor and the customer.

// taxReferenceMissing: the utility has no tax reference, an empty one, or 0; see
// [NoTaxRef].
func taxReferenceMissing(d *draft) bool {
	changed := false
	d.each("utility", func(n ref) {
		if v, _ := d.attr(n, "taxRef"); v != NoTaxRef && strings.Trim(v, "0 ") == "" {
			d.elements[n].CreateAttr("taxRef", NoTaxRef)
			changed = true
		}
	})
	return changed
}

// vendorEmpty: the vendor has no name or address, or neither.
func vendorEmpty(d *draft) bool {
	changed := false
	d.each("vendor", func(n ref) {
		_, named := d.attr(n, "name")
		_, placed := d.attr(n, "address")
		switch {
		case named && placed:
			return
		case !named && !placed:
			d.remove(n)
		case named:
			d.elements[n].CreateAttr("address", "")
		default:
			d.elements[n].CreateAttr("name", "")
		}
		changed = true
	})
	return changed
}

const (
	maxPersonName = 40 // characters
	maxAccountNo  = 20 // and of a location reference
)

// nameBlankOrWithDigits: a customer has no name, one with digits, or a long one. What
// is read is the name as sent. A request is left alone: it names the customer it is
// about.
func nameBlankOrWithDigits(d *draft) bool {
	return d.customers(func(n ref) bool {
		name, _ := d.attr(n, "name")
		fitted := strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return '-'
			}
			return r
		}, clip(name, maxPersonName))
		if fitted == "" {
			fitted = "-"
		}
		if fitted == name {
			return false
		}
		d.standIn(n, "name", fitted)
		return true
	})
}

// accountReferenceTooLong: a customer's account or location has a reference of more
// than 20 characters. What is read is the whole.
func accountReferenceTooLong(d *draft) bool {
	if !d.isAnswer() {
		return false
	}
	changed := d.customers(func(n ref) bool {
		changed := false
		for _, key := range []string{"accNo", "locRef"} {
			if v, _ := d.attr(n, key); utf8.RuneCountInString(v) > maxAccountNo {
				d.standIn(n, key, clip(v, maxAccountNo))
				changed = true
			}
		}
		return changed
	})
	d.accounts(func(n ref) {
		if v := d.text(n); utf8.RuneCountInString(v) > maxAccountNo {
			d.standInText(n, clip(v, maxAccountNo))
			changed = true
		}
	})
	return changed
}

// spaceInAccountReference: account and location references are written with
// spaces, which do not count.
func spaceInAccountReference(d *draft) bool {
	squeeze := func(_ ref, v string) string { return strings.Join(strings.Fields(v), "") }
	acc, loc := d.rewrite("accNo", squeeze), d.rewrite("locRef", squeeze)
	changed := acc || loc
	d.accounts(func(n ref) {
		if v := d.text(n); squeeze(n, v) != v {
			d.elements[n].SetText(squeeze(n, v))
			changed = true
		}
	})
	return changed
}

// customers tries f on the customers of an answer.
func (d *draft) customers(f func(n ref) bool) bool {
	if !d.isAnswer() {
		return false
	}
	changed := false
	for n := range d.nodes {
		switch d.nodes[n].Name.Local {
		case "custVendDetail", "custDetail":
			changed = f(ref(n)) || changed
		}
	}
	return changed
}

// accounts calls f for the account number of every payment on a receipt.
func (d *draft) accounts(f func(n ref)) {
	for n := range d.nodes {
		if d.nodes[n].Name == revenue("accNo") && d.isLeaf(ref(n)) {
			f(ref(n))
		}
	}
}
