package xmlvend

import "strings"

// FaultClass returns what a fault code of the vendor means, if that is known.
func (d *Dialect) FaultClass(code string) (FaultClass, bool) {
	if class, ok := d.classes[code]; ok {
		return class, true
	}
	class, ok := strict.classes[code]
	return class, ok
}

// RemoteFault says what a fault means that a server has sent, or has embedded in a
// last response. Where its class says little (SystemEx, BusinessRuleEx, none), the
// vendor's code decides, else the words, if they are just those that the vendor is
// known for. What is not certain keeps its class, and what speaks of a message id
// used before is a [DuplicateMsgIDEx] whatever its class: such a vend may have sold.
func (d *Dialect) RemoteFault(m *FaultResp) *RemoteFault { return d.remoteFault(m, nil) }

// remoteFault says what a fault means. Either part may be nil.
func (d *Dialect) remoteFault(m *FaultResp, soap *SOAPFault) *RemoteFault {
	f := new(RemoteFault)
	if soap != nil {
		f.SOAP = *soap
	}
	if m != nil {
		f.WireClass, f.Code = m.Fault.Class, m.Fault.Code
		f.Desc, f.OperatorMsg, f.CustMsg = m.Fault.Desc, m.OperatorMsg, m.CustMsg
	}
	for _, text := range []string{f.Desc, f.SOAP.String} {
		if f.Code == "" {
			f.Code = codeIn(text)
		}
	}
	f.Class = d.meaning(f)
	return f
}

// meaning returns the class of a fault, "" if neither class, code nor words are known.
func (d *Dialect) meaning(f *RemoteFault) FaultClass {
	for _, text := range []string{f.Desc, f.OperatorMsg, f.CustMsg, f.SOAP.String} {
		if strings.Contains(plain(text), duplicateWords) {
			return DuplicateMsgIDEx
		}
	}
	class := FaultClass("")
	if f.WireClass.Known() && !f.WireClass.Abstract() {
		class = f.WireClass
	}
	if class != "" && class != SystemEx && class != BusinessRuleEx {
		return class
	}
	if byCode, ok := d.FaultClass(f.Code); ok {
		return byCode
	}
	if byText, ok := d.texts[plain(f.Desc)]; ok {
		return byText
	}
	return class
}

// duplicateWords are in what Conlog's servers say of a message id used before. No
// server means anything else by them.
const duplicateWords = "duplicate unique value"

// plain is a text in small letters, on one line, without a full stop at its end.
func plain(text string) string {
	return strings.TrimSuffix(strings.ToLower(strings.Join(strings.Fields(text), " ")), ".")
}

// codeIn returns the code a description starts with: six digits (Eskom), or VD
// and digits (Hexing).
func codeIn(text string) string {
	word, _, _ := strings.Cut(strings.TrimSpace(text), " ")
	digits := strings.TrimPrefix(word, "VD.")
	if digits == "" || !allDigits(digits) || len(word) == len(digits) && len(digits) != 6 {
		return ""
	}
	return word
}
