package utility

import (
	"fmt"
	"slices"

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
// nothing about what became of the sale: the message id was used before, the
// last response is not known yet.
var neverDeclined = []xmlvend.FaultClass{xmlvend.DuplicateMsgIDEx, xmlvend.IndeterminantLastResponseEx}

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

// closedList holds the faults that mean "nothing was sold". An entry is a fault
// class, with the classes that derive from it, or a supplier's own class or code
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
			return nil, fmt.Errorf("closed list: an empty entry")
		case slices.Contains(neverDeclined, class), class == xmlvend.LastResponseEx:
			return nil, fmt.Errorf("closed list: %s does not say that nothing was sold", e)
		case class == xmlvend.SystemEx, class == xmlvend.FaultBase, class == xmlvend.XMLVendFaultEx:
			return nil, fmt.Errorf("closed list: %s is too wide; list the supplier's fault codes instead", e)
		}
	}
	return slices.Clone(entries), nil
}

func (l closedList) holds(f xmlvend.Fault) bool {
	if slices.ContainsFunc(neverDeclined, f.IsA) {
		return false
	}
	return slices.ContainsFunc(l, func(entry string) bool {
		return f.IsA(xmlvend.FaultClass(entry)) || f.Code != "" && f.Code == entry
	})
}
