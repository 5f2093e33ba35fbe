package rule

import (
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/conformance"
	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// faultRules judge faults.
var faultRules = []Rule{
	{
		Name: "fault-detail", Clause: "XMLVend service 2.1, fault message; " + base + ", xmlvendFaultResp", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "A fault holds an xmlvendFaultResp, in its namespace, in its detail.",
		breaks: func(v *view) []breach {
			if !v.isFault() {
				return nil
			}
			if v.ans.message == none {
				b := breach{text: "the fault has no XMLVend detail: a client cannot tell what it means"}
				if v.req.invalid != nil {
					b.alter = conformance.Warning // the request could not be read as XMLVend either
				}
				return []breach{b}
			}
			if name := v.ans.elements[v.ans.message].Name; name.Local != "xmlvendFaultResp" || name.Space != schemas.NSBase {
				return says(fmt.Sprintf("the fault's detail holds %s", name))
			}
			return nil
		},
	},
	{
		Name: "fault-header", Clause: base + ", XMLVendFaultResp extends BaseResp", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "A fault has the header of every response.",
		breaks: func(v *view) []breach {
			if !v.isFault() || v.ans.message == none {
				return nil
			}
			var missing []string
			for _, name := range []string{"clientID", "serverID", "terminalID", "reqMsgID", "respDateTime"} {
				if v.ans.child(v.ans.message, name) == none {
					missing = append(missing, name)
				}
			}
			if len(missing) == 0 {
				return nil
			}
			return says("the fault lacks " + strings.Join(missing, ", "))
		},
	},
	{
		Name: "fault-class", Clause: base + ", Fault and what derives from it", Severity: conformance.Error, Side: conformance.ServerSide,
		Holds: "A fault is of a concrete class of the standard, or of Eskom's extension.",
		breaks: func(v *view) []breach {
			if !v.isFault() || v.ans.message == none {
				return nil
			}
			switch class := xmlvend.FaultClass(v.fault()); {
			case class == "":
				return says("the fault has no xsi:type, so no class")
			case !class.Known():
				return says(fmt.Sprintf("the class %q is not known", class))
			case class.Abstract():
				return says(fmt.Sprintf("the class %s is abstract", class))
			}
			return nil
		},
	},
	{
		Name: "faultcode", Clause: soap11 + ", section 4.4.1", Severity: conformance.Warning, Side: conformance.ServerSide,
		Holds: "A faultcode is one of SOAP's own.",
		breaks: func(v *view) []breach {
			if !v.isFault() {
				return nil
			}
			n := v.ans.child(v.ans.payload, "faultcode")
			if v.ans.soap == schemas.NSSOAP12 {
				n = v.ans.child(v.ans.child(v.ans.payload, "Code"), "Value")
			}
			_, code, qualified := strings.Cut(v.ans.text(n), ":")
			if !qualified {
				return says(fmt.Sprintf("the faultcode %q is in no namespace", v.ans.text(n)))
			}
			code, _, _ = strings.Cut(code, ".")
			if !soapCodes[v.ans.soap][code] {
				return says(fmt.Sprintf("the faultcode %q is none of SOAP's", code))
			}
			return nil
		},
	},
}

var soapCodes = map[string]map[string]bool{
	schemas.NSSOAP11: {"Client": true, "Server": true, "VersionMismatch": true, "MustUnderstand": true},
	schemas.NSSOAP12: {"Sender": true, "Receiver": true, "VersionMismatch": true, "MustUnderstand": true, "DataEncodingUnknown": true},
}
