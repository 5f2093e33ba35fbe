package pos

import (
	"cmp"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// refusal is how a code of the switch is said in XMLVend.
type refusal struct {
	class   xmlvend.FaultClass
	heading string

	// plain is said to clients that do not know class, which then is one of
	// Eskom's extension; empty means BusinessRuleEx.
	plain xmlvend.FaultClass

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
	vending.CodeInternal: {class: xmlvend.SystemEx, heading: headTrouble,
		operator: "The switch has a problem. Ask for the last response before you sell again.", customer: beingTried},

	vending.CodeClient: {class: xmlvend.ClientIDAuthorisationEx, heading: headRefused,
		operator: "This client is not known or blocked. Call the operator.", customer: notPossible},
	vending.CodeCertificate: {class: xmlvend.ClientIDSSLEx, heading: headRefused,
		operator: "This terminal's certificate is not that of its client. Call the operator.", customer: notPossible},
	vending.CodeMerchant: {class: xmlvend.ClientIDAuthorisationEx, heading: headRefused,
		operator: "This merchant is blocked. Call the operator.", customer: notPossible},
	vending.CodeTerminal: {class: xmlvend.RequestAuthorisationEx, heading: headRefused,
		operator: "This terminal is not known or blocked. Call the operator.", customer: notPossible},
	vending.CodeCredentials: {class: xmlvend.RequestAuthorisationEx, heading: headRefused,
		operator: "Operator name or password is wrong.", customer: notPossible},
	vending.CodeRight: {class: xmlvend.RequestAuthorisationEx, heading: headRefused,
		operator: "This vendor may not use this function.", customer: notPossible},

	vending.CodeFunds: {class: xmlvend.VendorCreditEx, heading: headRefused,
		operator: "Not enough credit. Make a deposit.", customer: notPossible},
	vending.CodeAmount: {class: xmlvend.BusinessRuleEx, heading: headRefused,
		operator: "This amount cannot be sold.", customer: "This amount cannot be sold."},
	vending.CodeProduct: {class: xmlvend.BusinessRuleEx, heading: headRefused,
		operator: "This product is not on sale.", customer: "Not on sale."},
	vending.CodeStock: {class: xmlvend.BusinessRuleEx, heading: headRefused,
		operator: "Out of stock. Offer another value.", customer: "Sold out."},
	vending.CodeMeter: {class: xmlvend.STSDataEx, heading: headRefused,
		operator: "Check the meter number and the other details of the meter.", customer: "The details of this meter are not right."},
	vending.CodeUnknownMeter: {class: xmlvend.UnknownMeterEx, heading: headRefused,
		operator: "Check the meter number with the customer.", customer: "This meter number is not known."},
	vending.CodeSupplier: {class: xmlvend.BusinessRuleEx, heading: headRefused,
		operator: "The supplier refused. Nothing was sold.", customer: "The supplier refused. " + notCharged},
	vending.CodeReversed: {class: xmlvend.BusinessRuleEx, heading: headRefused,
		operator: "This sale was reversed; its token or PIN is not to be used.", customer: "This purchase was reversed."},
	vending.CodeReprint: {class: xmlvend.ReprintEx, heading: headRefused,
		operator: "Check the receipt number.", customer: "There is nothing to print again."},
	vending.CodeConfirmation: {class: xmlvend.ConfirmationEx, heading: headRefused,
		operator: "Nothing was sold. You may sell again.", customer: notCharged},
	vending.CodeReversal: {class: xmlvend.ReversalEx, heading: headRefused,
		operator: "Nothing was sold. You may sell again.", customer: notCharged},
	vending.CodeReprintSlip: {class: xmlvend.ReprintDepositSlipEx, heading: headRefused,
		operator: "There is no deposit slip yet.", customer: notPossible},
	vending.CodeReprintBatch: {class: xmlvend.ReprintEndBatchEx, heading: headRefused,
		operator: "There is no such closed batch.", customer: notPossible},
	vending.CodeStartBatch: {class: xmlvend.StartBatchEx, heading: headRefused,
		operator: "This batch is open already.", customer: notPossible},
	vending.CodeEndBatch: {class: xmlvend.EndBatchEx, heading: headRefused,
		operator: "This batch is not open.", customer: notPossible},
	vending.CodeTotalBatch: {class: xmlvend.CheckBatchTotalEx, heading: headRefused,
		operator: "This batch is not open.", customer: notPossible},

	vending.CodeUnavailable: {class: xmlvend.SystemEx, heading: headTrouble,
		operator: "The supplier is not available. Nothing was sold; try again later.", customer: "Not available at the moment. " + notCharged},
	vending.CodeUnknownOutcome: {class: xmlvend.SystemEx, heading: headNotKnown,
		operator: "Do not sell again; ask for the last response.", customer: beingTried},
	vending.CodeIndeterminate: {class: xmlvend.IndeterminantLastResponseEx, plain: xmlvend.SystemEx, heading: headNotKnown,
		operator: "The outcome is not known yet. Do not sell again; ask again.", customer: beingTried},

	vending.CodeRepeated: {class: xmlvend.DuplicateMsgIDEx, plain: xmlvend.SystemEx, heading: headNotKnown, // a business class would be read as "not sold"
		operator: "This request was answered before. Ask for the last response.", customer: beingTried},
	vending.CodeMessageTaken: {class: xmlvend.DuplicateMsgIDEx, heading: headRefused,
		operator: "This message id was used before. Ask for the last response.", customer: notPossible},
	vending.CodeMessageVoid: {class: xmlvend.BusinessRuleEx, heading: headRefused,
		operator: "This request came too late and sold nothing. Sell again as a new one.", customer: notCharged},
	vending.CodeNotFound: {class: xmlvend.LastResponseEx, heading: headRefused,
		operator: "Nothing was sold. You may sell again.", customer: notCharged},

	vending.CodeUnsupported: {class: xmlvend.UseCaseSupportEx, heading: headRefused,
		operator: "The switch does not offer this function.", customer: notPossible},
}

// passedOn are the classes of a supplier's refusal that are about the meter, the
// customer or the purchase, and so concern the client. Every other class is about
// the supplier's server or our account there.
var passedOn = map[xmlvend.FaultClass]bool{
	xmlvend.BlockedMeterEx:             true,
	xmlvend.CancelEx:                   true,
	xmlvend.ConfirmCustomerEx:          true,
	xmlvend.DebtEx:                     true,
	xmlvend.FBEEx:                      true,
	xmlvend.InsufficientMeterDataEx:    true,
	xmlvend.LatestKRNEx:                true,
	xmlvend.MSNOCheckDigitEx:           true,
	xmlvend.RequireMeterCardEx:         true,
	xmlvend.STSDataEx:                  true,
	xmlvend.ServiceChrgEx:              true,
	xmlvend.UnknownMeterEx:             true,
	xmlvend.UnknownMeterUpdateMtrKeyEx: true,
	xmlvend.UpdateMtrKeySameEx:         true,
	xmlvend.UseCaseSupportEx:           true, // the supplier has no such service
	xmlvend.VerifyTokenEx:              true,

	// Of Eskom's extension.
	xmlvend.AccNumEx:            true,
	xmlvend.AccNumMeterLinkEx:   true,
	xmlvend.AccTypeEx:           true,
	xmlvend.EngParameterEx:      true,
	xmlvend.GracePurchaseEx:     true,
	xmlvend.MeterDataMisMatchEx: true,
	xmlvend.OtherDataEx:         true,
	xmlvend.UnknownMeterFBEEx:   true,
}

// knows reports that a client knows a fault class; see xmlvend.Dialect.Has.
type knows func(xmlvend.FaultClass) bool

// classFor is the class in which a fault is told to a client.
func classFor(f *vending.Fault, client knows) xmlvend.FaultClass {
	said := refusals[f.Code]
	class := said.class
	if own := xmlvend.FaultClass(f.Class); passedOn[own] {
		class = own
	}
	if client(class) {
		return class
	}
	return cmp.Or(said.plain, xmlvend.BusinessRuleEx)
}

// faultResp renders a fault under a header.
func faultResp(head xmlvend.ResponseHeader, f *vending.Fault, client knows) *xmlvend.FaultResp {
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
		Fault:          xmlvend.Fault{Class: classFor(f, client), Desc: line(cmp.Or(desc, words.operator), maxMsg)},
	}
}
