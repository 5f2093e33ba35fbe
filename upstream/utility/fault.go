package utility

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// DefaultDeclined is the closed list of a supplier that states none: the faults
// after which it is certain that nothing was sold.
var DefaultDeclined = []string{
	string(xmlvend.BusinessRuleEx),
	string(xmlvend.XMLVendSchemaEx),
	string(xmlvend.UseCaseSupportEx),
	string(xmlvend.ClientIDSSLEx),
}

// neverDeclined are business rules by their place in the class tree that say
// nothing about what became of the sale: the message id was used before, the last
// response is not known yet.
var neverDeclined = []xmlvend.FaultClass{xmlvend.DuplicateMsgIDEx, xmlvend.IndeterminantLastResponseEx}

// tooWide are classes that hold faults of every kind.
var tooWide = []xmlvend.FaultClass{xmlvend.SystemEx, xmlvend.FaultBase, xmlvend.XMLVendFaultEx}

// aboutAccount are the faults that are about us and not about the customer's
// order.
var aboutAccount = []xmlvend.FaultClass{
	xmlvend.VendorCreditEx,
	xmlvend.ClientIDAuthorisationEx,
	xmlvend.ClientIDSSLEx,
	xmlvend.RequestAuthorisationEx,
	xmlvend.SGCAuthorisationEx,
	xmlvend.XMLVendSchemaEx,
}

// stillProcessing is Hexing's code for "order being processed".
const stillProcessing = "VD.17020008"

// closedList holds the faults that mean "nothing was sold". An entry is a fault
// class, with the classes that derive from it, or a vendor's own class or code
// (VD.01010004), as it stands.
type closedList []string

// newClosedList refuses entries that can never be certain.
func newClosedList(entries []string) (closedList, error) {
	if len(entries) == 0 {
		return DefaultDeclined, nil
	}
	for _, e := range entries {
		class := xmlvend.FaultClass(e)
		switch {
		case e == "":
			return nil, errors.New("closed list: an empty entry")
		case slices.Contains(neverDeclined, class), class == xmlvend.LastResponseEx, e == stillProcessing:
			return nil, fmt.Errorf("closed list: %s does not say that nothing was sold", e)
		case slices.Contains(tooWide, class):
			return nil, fmt.Errorf("closed list: %s is too wide, list the supplier's fault codes instead", e)
		}
	}
	return slices.Clone(entries), nil
}

func (l closedList) holds(f *xmlvend.RemoteFault) bool {
	if slices.ContainsFunc(neverDeclined, f.Class.IsA) || pending(f) {
		return false
	}
	return slices.ContainsFunc(l, func(entry string) bool {
		class := xmlvend.FaultClass(entry)
		return f.Class.IsA(class) || f.WireClass == class || f.Code == entry
	})
}

// pending reports that the supplier is still at work on the message.
func pending(f *xmlvend.RemoteFault) bool {
	return f.Class.IsA(xmlvend.IndeterminantLastResponseEx) || f.Code == stillProcessing
}

// faulty is an unknown result that carries a fault.
func faulty(f *xmlvend.RemoteFault) upstream.Result {
	class := f.Class
	if class == "" {
		class = f.WireClass
	}
	return upstream.Result{
		Fault: &upstream.Fault{
			Class: string(class), Code: f.Code, Text: f.Text(), OperatorMsg: f.OperatorMsg, CustomerMsg: f.CustMsg,
		},
		Account: slices.ContainsFunc(aboutAccount, f.Class.IsA),
	}
}

// calling names a fault for a log: only classes and codes that are known, since
// anything else is text of the supplier's.
func calling(f *xmlvend.RemoteFault) string {
	switch {
	case f.Class != "" && f.Class != f.WireClass:
		return string(f.Class) + " by its code or words"
	case f.Class != "":
		return string(f.Class)
	case f.WireClass != "":
		return "of a class that is not known"
	}
	return "of the SOAP stack, without a class"
}
