package pos

import (
	"cmp"

	"github.com/vendswitch/vendswitch/schemas"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// refusal is how a code of the switch is said in XMLVend.
type refusal struct {
	class   xmlvend.FaultClass
	heading string

	// What is said when the switch, or the supplier behind it, has no words for
	// the person concerned.
	operator, customer string
}

const (
	headRefused  = "REQUEST REFUSED"
	headNotKnown = "OUTCOME NOT KNOWN"
	headTrouble  = "SERVICE NOT AVAILABLE"

	notPossible = "This is not possible here. Ask the shop."
	notCharged  = "You were not charged."
	beingTried  = "Your purchase is being checked. Do not pay again."
)

// refusals says every code of the switch, once.
//
// XMLVend 2.1 has no class for wrong credentials or an unknown terminal: such a
// request is one that its sender may not make, RequestAuthorisationEx. A client
// that is unknown or blocked, or whose merchant is, gets ClientIDAuthorisationEx
// ("client blocked").
var refusals = map[vending.Code]refusal{
	vending.CodeInternal: {xmlvend.SystemEx, headTrouble,
		"The switch has a problem. Ask for the last response before you sell again.", beingTried},

	vending.CodeClient: {xmlvend.ClientIDAuthorisationEx, headRefused,
		"This client is not known or blocked. Call the operator.", notPossible},
	vending.CodeMerchant: {xmlvend.ClientIDAuthorisationEx, headRefused,
		"This merchant is blocked. Call the operator.", notPossible},
	vending.CodeTerminal: {xmlvend.RequestAuthorisationEx, headRefused,
		"This terminal is not known or blocked. Call the operator.", notPossible},
	vending.CodeCredentials: {xmlvend.RequestAuthorisationEx, headRefused,
		"Operator name or password is wrong.", notPossible},
	vending.CodeRight: {xmlvend.RequestAuthorisationEx, headRefused,
		"This vendor may not use this function.", notPossible},

	vending.CodeFunds: {xmlvend.VendorCreditEx, headRefused,
		"Not enough credit. Make a deposit.", notPossible},
	vending.CodeAmount: {xmlvend.BusinessRuleEx, headRefused,
		"This amount cannot be sold.", "This amount cannot be sold."},
	vending.CodeProduct: {xmlvend.BusinessRuleEx, headRefused,
		"This product is not on sale.", "Not on sale."},
	vending.CodeStock: {xmlvend.BusinessRuleEx, headRefused,
		"Out of stock. Offer another value.", "Sold out."},
	vending.CodeMeter: {xmlvend.STSDataEx, headRefused,
		"Check the meter number and the other details of the meter.", "The details of this meter are not right."},
	vending.CodeUnknownMeter: {xmlvend.UnknownMeterEx, headRefused,
		"Check the meter number with the customer.", "This meter number is not known."},
	vending.CodeSupplier: {xmlvend.BusinessRuleEx, headRefused,
		"The supplier refused. Nothing was sold.", "The supplier refused. " + notCharged},
	vending.CodeReprint: {xmlvend.ReprintEx, headRefused,
		"Check the receipt number.", "There is nothing to print again."},

	vending.CodeUnavailable: {xmlvend.SystemEx, headTrouble,
		"The supplier is not available. Nothing was sold; try again later.", "Not available at the moment. " + notCharged},
	vending.CodeUnknownOutcome: {xmlvend.SystemEx, headNotKnown,
		"Do not sell again; ask for the last response.", beingTried},
	vending.CodeIndeterminate: {xmlvend.IndeterminantLastResponseEx, headNotKnown,
		"The outcome is not known yet. Do not sell again; ask again.", beingTried},

	vending.CodeMessageTaken: {xmlvend.DuplicateMsgIDEx, headRefused,
		"This message id was used before. Ask for the last response.", notPossible},
	vending.CodeMessageVoid: {xmlvend.BusinessRuleEx, headRefused,
		"This request came too late and sold nothing. Sell again as a new one.", notCharged},
	vending.CodeNotFound: {xmlvend.LastResponseEx, headRefused,
		"Nothing was sold. You may sell again.", notCharged},

	vending.CodeUnsupported: {xmlvend.UseCaseSupportEx, headRefused,
		"The switch does not offer this function.", notPossible},
}

// passedOn are the classes of a supplier's refusal that are about the meter, the
// customer or the purchase, and so concern the client. Every other class is about
// the supplier's server or our account there.
var passedOn = map[xmlvend.FaultClass]bool{
	xmlvend.BlockedMeterEx:          true,
	xmlvend.ConfirmCustomerEx:       true,
	xmlvend.DebtEx:                  true,
	xmlvend.FBEEx:                   true,
	xmlvend.InsufficientMeterDataEx: true,
	xmlvend.LatestKRNEx:             true,
	xmlvend.MSNOCheckDigitEx:        true,
	xmlvend.RequireMeterCardEx:      true,
	xmlvend.STSDataEx:               true,
	xmlvend.ServiceChrgEx:           true,
	xmlvend.UnknownMeterEx:          true,

	// Of Eskom's extension.
	xmlvend.AccNumEx:            true,
	xmlvend.AccNumMeterLinkEx:   true,
	xmlvend.AccTypeEx:           true,
	xmlvend.GracePurchaseEx:     true,
	xmlvend.MeterDataMisMatchEx: true,
	xmlvend.OtherDataEx:         true,
	xmlvend.UnknownMeterFBEEx:   true,
}

// profile is what a client understands and wants.
type profile struct {
	// extended: the client's dialect has the fault classes of Eskom's extension.
	extended bool

	// refusesRepeats: a repeated message id is refused and not answered again, so
	// the refusal says nothing of what became of the first request.
	refusesRepeats bool
}

// extendedDialects are the dialects of Eskom's servers and of those that took over
// their extension (observed: Conlog).
var extendedDialects = map[string]bool{"eskom": true, "conlog": true}

func profileOf(dialect *xmlvend.Dialect, client vending.Client) profile {
	return profile{
		extended:       extendedDialects[dialect.Name()],
		refusesRepeats: client.OnDuplicate == vending.DuplicateRefuse,
	}
}

// class is the class in which a fault is told to a client.
func (p profile) class(f *vending.Fault) xmlvend.FaultClass {
	class := refusals[f.Code].class
	if own := xmlvend.FaultClass(f.Class); passedOn[own] {
		class = own
	}
	if p.extended || class.Type().Space != schemas.NSEskomBase {
		return class
	}
	switch {
	case class == xmlvend.IndeterminantLastResponseEx:
		return xmlvend.SystemEx
	case class == xmlvend.DuplicateMsgIDEx && p.refusesRepeats:
		// A business class would be read as "not sold".
		return xmlvend.SystemEx
	}
	return xmlvend.BusinessRuleEx
}

// faultResp renders a fault under a header.
func faultResp(head xmlvend.ResponseHeader, f *vending.Fault, p profile) *xmlvend.FaultResp {
	words := refusals[f.Code]
	head.DispHeader = words.heading
	head.OperatorMsg = line(cmp.Or(f.Operator, words.operator), maxMsg)
	head.CustMsg = line(cmp.Or(f.Customer, words.customer), maxMsg)
	desc := f.Text
	if f.Reference != "" {
		desc += ", reference " + f.Reference
	}
	return &xmlvend.FaultResp{
		ResponseHeader: head,
		Fault:          xmlvend.Fault{Class: p.class(f), Desc: line(cmp.Or(desc, words.operator), maxMsg)},
	}
}
