package rule

import (
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
)

// transportRules judge how a request came.
var transportRules = []Rule{
	{
		Name: "password-in-clear", Clause: requirements + ", TLS", Severity: conformance.Note, Side: conformance.ClientSide, once: true,
		Holds: "A password is sent through TLS only.",
		breaks: func(v *view) []breach {
			if !v.x.Request.Plain || v.req.find(v.req.payload, "password") == none {
				return nil
			}
			return says("the operator's password came over plain HTTP")
		},
	},
	{
		Name: "request-content-type", Clause: soap11 + ", section 6", Severity: conformance.Warning, Side: conformance.ClientSide, once: true,
		Holds:  "A request is text/xml (or SOAP 1.2's own type) in UTF-8.",
		breaks: func(v *view) []breach { return contentType(v.x.Request.Header) },
	},
	{
		Name: "request-encoding", Clause: httpClause + ", section 8.4", Severity: conformance.Error, Side: conformance.ClientSide,
		Holds: "A request is compressed with gzip or not at all, and can be unpacked.",
		breaks: func(v *view) []breach {
			coding := strings.ToLower(v.x.Request.Header.Get("Content-Encoding"))
			switch {
			case v.x.Request.Packed:
				return says(fmt.Sprintf("the request is said to be in %q, and cannot be unpacked", coding))
			case coding != "" && coding != "identity" && coding != "gzip" && coding != "x-gzip":
				return says(fmt.Sprintf("the request is compressed with %q", coding))
			}
			return nil
		},
	},
	{
		Name: "soap-action", Clause: soap11 + ", section 6.1.1", Severity: conformance.Note, Side: conformance.ClientSide, once: true,
		Holds: "A SOAPAction is there, and in quotation marks.",
		breaks: func(v *view) []breach {
			if v.req.soap == "" || strings.HasPrefix(v.x.Request.Header.Get("Content-Type"), "application/soap+xml") {
				return nil
			}
			value := strings.TrimSpace(v.x.Request.Header.Get("SOAPAction"))
			switch {
			case len(v.x.Request.Header.Values("SOAPAction")) == 0:
				return says("there is no SOAPAction header")
			case len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"':
				return says(fmt.Sprintf("the SOAPAction %s is not in quotation marks", value))
			}
			return nil
		},
	},
}
