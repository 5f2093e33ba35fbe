package schemas

import (
	"bytes"
	_ "embed"
	"encoding/xml"
	"strings"
)

// What the WSDL says where nobody has told it better.
const (
	wsdlAddress = `location="http://127.0.0.1:8480/xmlvend"`
	wsdlImport  = `schemaLocation="`
)

//go:embed xmlvend.wsdl
var description []byte

// WSDL returns the WSDL 1.1 document of the service: all operations of XMLVend 2.1 and those of our extension, bound to
// SOAP 1.1 as document/literal bare. The address is where clients are to send their requests, a URL; the schemas are
// imported from folder, a URL that may be relative to that of the document, without the slash at its end.
func WSDL(address, folder string) []byte {
	text := bytes.Replace(description, []byte(wsdlAddress), []byte(`location="`+escaped(address)+`"`), 1)
	return bytes.ReplaceAll(text, []byte(wsdlImport), []byte(wsdlImport+escaped(folder)+"/"))
}

// escaped makes text fit for an attribute.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder does not fail
	return b.String()
}
