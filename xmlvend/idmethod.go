package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// IDMethod says how a customer or meter is looked up: a [VendIDMethod] or a
// [CustIDMethod].
type IDMethod interface{ idMethod() }

// VendIDMethod looks a customer up by the meter.
type VendIDMethod struct{ Meter MeterIdentifier }

// CustIDMethod looks a customer up by what is known of the customer.
type CustIDMethod struct{ Customer CustIdentifier }

func (VendIDMethod) idMethod() {}
func (CustIDMethod) idMethod() {}

// CustIdentifier is one thing known of a customer: a [CustAccountNo], a
// [CustAddress], a [CustIDNumber] or a [CustName].
type CustIdentifier interface{ custIdentifier() }

// CustAccountNo is an account number, with the organisation that keeps the account.
type CustAccountNo struct {
	AccNo        string // at most 20 characters, no space
	Organisation string // at most 80 characters; optional
}

// CustAddress is an address, at most 80 characters.
type CustAddress struct{ Address string }

// CustIDNumber is an identity number, at most 20 characters, no space.
type CustIDNumber struct{ IDNo string }

// CustName is a name, 1 to 40 characters, no digit.
type CustName struct{ Name string }

func (CustAccountNo) custIdentifier() {}
func (CustAddress) custIdentifier()   {}
func (CustIDNumber) custIdentifier()  {}
func (CustName) custIdentifier()      {}

// vendIDMethod reads an element declared as VendIDMethod.
func (d *decoder) vendIDMethod(n ref) MeterIdentifier {
	if d.kind(n, schemas.NSBase, "VendIDMethod") != "VendIDMethod" {
		d.alien(n)
	}
	c := d.seq(n)
	id := d.meterIdentifier(c.one(base("meterIdentifier")))
	c.done()
	return id
}

func (e *encoder) vendIDMethod(name string, id MeterIdentifier) {
	e.start(name)
	e.meterIdentifier("b:meterIdentifier", id)
	e.end(name)
}

// idMethod reads an element declared as IDMethod, which is abstract.
func (d *decoder) idMethod(n ref) IDMethod {
	if n == none {
		return nil
	}
	if d.kind(n, schemas.NSBase, "") == "CustIDMethod" {
		c := d.seq(n)
		id := d.custIdentifier(c.one(base("custIdentifier")))
		c.done()
		return CustIDMethod{Customer: id}
	}
	return VendIDMethod{Meter: d.vendIDMethod(n)}
}

func (e *encoder) idMethod(name string, id IDMethod) {
	e.start(name)
	switch id := id.(type) {
	case VendIDMethod:
		e.baseType("VendIDMethod")
		e.meterIdentifier("b:meterIdentifier", id.Meter)
	case CustIDMethod:
		e.baseType("CustIDMethod")
		e.custIdentifier("b:custIdentifier", id.Customer)
	}
	e.end(name)
}

func (d *decoder) custIdentifier(n ref) CustIdentifier {
	if n == none {
		return nil
	}
	c := d.seq(n)
	defer c.done()
	switch d.kind(n, schemas.NSBase, "") {
	case "CustAccountNo":
		return CustAccountNo{AccNo: d.must(n, "accNo"), Organisation: d.str(c.opt(base("organisation")))}
	case "CustAddress":
		return CustAddress{Address: d.str(c.one(base("address")))}
	case "CustIDNumber":
		return CustIDNumber{IDNo: d.must(n, "idNo")}
	case "CustName":
		return CustName{Name: d.str(c.one(base("name")))}
	}
	d.alien(n)
	return nil
}

func (e *encoder) custIdentifier(name string, id CustIdentifier) {
	e.start(name)
	switch id := id.(type) {
	case CustAccountNo:
		e.baseType("CustAccountNo")
		e.attr("accNo", id.AccNo)
		e.leafOpt("b:organisation", id.Organisation)
	case CustAddress:
		e.baseType("CustAddress")
		e.leaf("b:address", id.Address)
	case CustIDNumber:
		e.baseType("CustIDNumber")
		e.attr("idNo", id.IDNo)
	case CustName:
		e.baseType("CustName")
		e.leaf("b:name", id.Name)
	}
	e.end(name)
}
