// Package schemas holds the XML Schemas of XMLVend 2.1 and judges documents by them.
//
// The schemas are this project's own restatement of NRS 009-6-10 (SANS 1524-6-10): the base, revenue and meter domains
// in full, SOAP 1.1 and 1.2 envelopes narrowed to what XMLVend puts in them, the fault classes that Eskom's profile
// adds, and an extension of our own for the sale of vouchers. They are embedded, so a program needs no files to
// validate, and they can be served to clients as they are: every schemaLocation is a bare file name.
package schemas

import (
	"embed"
	"io/fs"
	"slices"
)

// Namespaces of the bundled schemas, each with the prefix that this package writes for it.
const (
	NSBase      = "http://www.nrs.eskom.co.za/xmlvend/base/2.1/schema"    // b
	NSRevenue   = "http://www.nrs.eskom.co.za/xmlvend/revenue/2.1/schema" // r
	NSMeter     = "http://www.nrs.eskom.co.za/xmlvend/meter/2.1/schema"   // m
	NSVoucher   = "urn:vendswitch:xmlvend:evd:1.0"                        // v, our extension
	NSEskomBase = "http://www.eskom.co.za/xmlvend/base-ext/2.1.1/schema"  // eb
	NSSOAP11    = "http://schemas.xmlsoap.org/soap/envelope/"             // soap
	NSSOAP12    = "http://www.w3.org/2003/05/soap-envelope"               // soap12
	NSXSI       = "http://www.w3.org/2001/XMLSchema-instance"             // xsi
)

// root imports every other bundled schema; it is the one that is compiled.
const root = "xmlvend.xsd"

//go:embed *.xsd
var bundle embed.FS

// Names lists the bundled schemas, such as "base.xsd", in alphabetical order.
func Names() []string {
	names, err := fs.Glob(bundle, "*.xsd")
	if err != nil {
		panic(err) // only a malformed pattern can fail, and this one is not
	}
	slices.Sort(names)
	return names
}

// File returns the text of a bundled schema, or false if there is none of that name.
func File(name string) ([]byte, bool) {
	text, err := bundle.ReadFile(name)
	return text, err == nil
}
