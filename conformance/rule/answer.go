package rule

import (
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/schemas"
)

// maxViolations is how many violations of one document are told.
const maxViolations = 5

// answerRules judge the form of an answer.
var answerRules = []Rule{
	{
		Name: "response-given", Clause: httpClause, Severity: conformance.Note, Side: conformance.ServerSide,
		Holds: "A request is answered.",
		breaks: func(v *view) []breach {
			if v.ans != nil {
				return nil
			}
			return says("no answer came: " + v.x.Err)
		},
	},
	{
		Name: "response-schema", Clause: base + ", and those it belongs with", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "An answer is valid to the schemas.",
		breaks: func(v *view) []breach {
			if v.ans == nil || v.ans.invalid == nil || v.x.Response.Cut {
				return nil
			}
			if v.ans.invalid.Kind != schemas.SchemaInvalid {
				return says("the answer is not XML that can be read: " + v.ans.invalid.Error())
			}
			return says(v.ans.violations(maxViolations)...)
		},
	},
	{
		Name: "soap-version", Clause: soap11 + ", section 4.1.2", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "An answer is in the SOAP version of the request.",
		breaks: func(v *view) []breach {
			if !v.soapAnswer() || v.req.soap == "" || v.req.soap == v.ans.soap {
				return nil
			}
			return says(fmt.Sprintf("the request's envelope is %s, that of the answer %s", v.req.soap, v.ans.soap))
		},
	},
	{
		Name: "response-one-payload", Clause: "XMLVend service 2.1, document/literal binding", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "The body of an answer holds one element.",
		breaks: func(v *view) []breach {
			if !v.readable() || v.ans.soap == "" || v.ans.children == 1 {
				return nil
			}
			return says(fmt.Sprintf("the body holds %d elements", v.ans.children))
		},
	},
	{
		Name: "http-status", Clause: soap11 + ", section 6.2", Severity: conformance.Warning, Side: conformance.ServerSide,
		Holds:  "A fault has HTTP status 500, any other answer 200.",
		breaks: httpStatus,
	},
	{
		Name: "response-content-type", Clause: soap11 + ", section 6", Severity: conformance.Warning, Side: conformance.ServerSide,
		Holds: "An answer is text/xml (or SOAP 1.2's own type) in UTF-8.",
		breaks: func(v *view) []breach {
			if !v.soapAnswer() {
				return nil
			}
			return contentType(v.x.Response.Header)
		},
	},
	{
		Name: "response-encoding", Clause: httpClause + ", section 12.5.3", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "An answer is compressed only in a way that the client accepts, and can be unpacked.",
		breaks: responseEncoding,
	},
	{
		Name: "response-element", Clause: "XMLVend service 2.1, port type", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds:  "A request is answered with the element, and the type, that belong to it, or with a fault.",
		breaks: responseElement,
	},
	{
		Name: "inner-workings", Clause: "good practice: what a stack trace tells, an attacker reads too", Severity: conformance.Note, Side: conformance.ServerSide,
		Holds: "The text of a fault does not show the server's inner workings.",
		breaks: func(v *view) []breach {
			if v.ans == nil || !inside.Match(v.x.Response.Body) {
				return nil
			}
			return says("the answer holds what looks like a stack trace or a database's error")
		},
	},
}

// inside is what shows when a server's inner workings do.
var inside = regexp.MustCompile(`(?m)\bat [\w.$<>]+\([\w$]+\.(java|scala|kt):\d+\)|\bat [\w.]+\(.*\) in .*:line \d+|\.(java|cs|php|py|go):\d+|Traceback \(most recent|goroutine \d+ \[|ORA-\d{5}|SQLSTATE|\bjava\.lang\.\w+(Exception|Error)|\bSystem\.\w+Exception`)

func httpStatus(v *view) []breach {
	if v.ans == nil {
		return nil
	}
	status := v.x.Response.Status
	switch {
	case !v.soapAnswer():
		return says(fmt.Sprintf("the answer is no SOAP message, with HTTP status %d", status))
	case v.isFault() && status != http.StatusInternalServerError:
		if v.ans.soap == schemas.NSSOAP12 && status == http.StatusBadRequest {
			return nil // that of a Sender fault
		}
		return says(fmt.Sprintf("a fault came with HTTP status %d, not 500", status))
	case !v.isFault() && status != http.StatusOK:
		return says(fmt.Sprintf("an answer that is no fault came with HTTP status %d, not 200", status))
	}
	return nil
}

// contentType judges a header of either direction.
func contentType(h http.Header) []breach {
	value := h.Get("Content-Type")
	media, params, err := mime.ParseMediaType(value)
	charset := strings.ToLower(params["charset"])
	switch {
	case value == "":
		return says("there is no Content-Type")
	case err != nil:
		return says(fmt.Sprintf("the Content-Type %q cannot be read", value))
	case media != "text/xml" && media != "application/soap+xml":
		return says(fmt.Sprintf("the Content-Type is %s, not text/xml", media))
	case charset != "" && charset != "utf-8" && charset != "us-ascii":
		return says(fmt.Sprintf("the Content-Type says %s, not UTF-8", charset))
	}
	return nil
}

func responseEncoding(v *view) []breach {
	if v.ans == nil {
		return nil
	}
	coding := strings.ToLower(v.x.Response.Header.Get("Content-Encoding"))
	if coding == "" || coding == "identity" {
		return nil
	}
	if v.x.Response.Packed {
		return says(fmt.Sprintf("the answer is said to be in %s, and cannot be unpacked", coding))
	}
	for _, accepted := range v.x.Request.Header.Values("Accept-Encoding") {
		for item := range strings.SplitSeq(accepted, ",") {
			name, q, _ := strings.Cut(strings.TrimSpace(item), ";")
			q = strings.ReplaceAll(q, " ", "")
			if (strings.EqualFold(strings.TrimSpace(name), coding) || strings.TrimSpace(name) == "*") && q != "q=0" && q != "q=0.0" {
				return nil
			}
		}
	}
	return says(fmt.Sprintf("the answer is compressed with %s, which the client did not say it takes", coding))
}

func responseElement(v *view) []breach {
	if !v.soapAnswer() || v.isFault() || !strings.HasSuffix(v.op, "Req") {
		return nil
	}
	stem := strings.TrimSuffix(v.op, "Req")
	got := v.ans.local(v.ans.payload)
	if got != stem+"Resp" && got != stem+"Response" {
		return says(fmt.Sprintf("%s was answered with %s", v.op, got))
	}
	asked, given := v.req.typ(v.req.payload), v.ans.typ(v.ans.payload)
	if asked == "" || given == "" || strings.TrimSuffix(asked, "Req") == strings.TrimSuffix(given, "Resp") {
		return nil
	}
	return says(fmt.Sprintf("a %s was answered with a %s", asked, given))
}
