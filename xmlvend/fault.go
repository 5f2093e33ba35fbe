package xmlvend

import (
	"slices"

	"github.com/vendswitch/vendswitch/schemas"
)

// FaultClass is the schema type of a fault. The classes form a tree under
// [FaultBase]; see [FaultClass.IsA].
type FaultClass string

// The classes of XMLVend 2.1, base schema.
const (
	FaultBase      FaultClass = "Fault" // abstract
	SystemEx       FaultClass = "SystemEx"
	BusinessRuleEx FaultClass = "BusinessRuleEx"
	XMLVendFaultEx FaultClass = "XMLVendFaultEx" // abstract

	ClientIDSSLEx    FaultClass = "ClientIDSSLEx"
	ConfirmationEx   FaultClass = "ConfirmationEx"
	LastResponseEx   FaultClass = "LastResponseEx"
	ReversalEx       FaultClass = "ReversalEx"
	UseCaseSupportEx FaultClass = "UseCaseSupportEx"
	XMLVendSchemaEx  FaultClass = "XMLVendSchemaEx"

	BlockedMeterEx             FaultClass = "BlockedMeterEx"
	CancelEx                   FaultClass = "CancelEx"
	CheckBatchTotalEx          FaultClass = "CheckBatchTotalEx"
	ClientIDAuthorisationEx    FaultClass = "ClientIDAuthorisationEx"
	ConfirmCustomerEx          FaultClass = "ConfirmCustomerEx"
	DebtEx                     FaultClass = "DebtEx"
	EndBatchEx                 FaultClass = "EndBatchEx"
	FBEEx                      FaultClass = "FBEEx"
	InsufficientMeterDataEx    FaultClass = "InsufficientMeterDataEx"
	LatestKRNEx                FaultClass = "LatestKRNEx"
	MSNOCheckDigitEx           FaultClass = "MSNOCheckDigitEx"
	ReprintDepositSlipEx       FaultClass = "ReprintDepositSlipEx"
	ReprintEndBatchEx          FaultClass = "ReprintEndBatchEx"
	ReprintEx                  FaultClass = "ReprintEx"
	RequestAuthorisationEx     FaultClass = "RequestAuthorisationEx"
	RequireMeterCardEx         FaultClass = "RequireMeterCardEx"
	SGCAuthorisationEx         FaultClass = "SGCAuthorisationEx"
	STSDataEx                  FaultClass = "STSDataEx"
	ServiceChrgEx              FaultClass = "ServiceChrgEx"
	StartBatchEx               FaultClass = "StartBatchEx"
	UnknownMeterEx             FaultClass = "UnknownMeterEx"
	UnknownMeterUpdateMtrKeyEx FaultClass = "UnknownMeterUpdateMtrKeyEx"
	UpdateMtrKeySameEx         FaultClass = "UpdateMtrKeySameEx"
	VendorCreditEx             FaultClass = "VendorCreditEx"
	VerifyTokenEx              FaultClass = "VerifyTokenEx"
)

// The classes of Eskom's base extension schema.
const (
	AccNumEx                    FaultClass = "AccNumEx"
	AccNumMeterLinkEx           FaultClass = "AccNumMeterLinkEx"
	AccTypeEx                   FaultClass = "AccTypeEx"
	DuplicateMsgIDEx            FaultClass = "DuplicateMsgIDEx"
	EngParameterEx              FaultClass = "EngParameterEx"
	GracePurchaseEx             FaultClass = "GracePurchaseEx"
	IndeterminantLastResponseEx FaultClass = "IndeterminantLastResponseEx"
	MeterDataMisMatchEx         FaultClass = "MeterDataMisMatchEx"
	OtherDataEx                 FaultClass = "OtherDataEx"
	UnknownMeterFBEEx           FaultClass = "UnknownMeterFBEEx"
	ExpiredMessageEx            FaultClass = "ExpiredMessageEx" // a SystemEx
	ServeryBusyEx               FaultClass = "ServeryBusyEx"    // a SystemEx; spelt so
)

type faultInfo struct {
	space    string
	parent   FaultClass
	abstract bool
}

var faultClasses = func() map[FaultClass]faultInfo {
	m := map[FaultClass]faultInfo{
		FaultBase:        {space: schemas.NSBase, abstract: true},
		SystemEx:         {space: schemas.NSBase, parent: FaultBase},
		BusinessRuleEx:   {space: schemas.NSBase, parent: FaultBase},
		XMLVendFaultEx:   {space: schemas.NSBase, parent: FaultBase, abstract: true},
		ExpiredMessageEx: {space: schemas.NSEskomBase, parent: SystemEx},
		ServeryBusyEx:    {space: schemas.NSEskomBase, parent: SystemEx},
	}
	under := func(space string, parent FaultClass, classes ...FaultClass) {
		for _, c := range classes {
			m[c] = faultInfo{space: space, parent: parent}
		}
	}
	under(schemas.NSBase, XMLVendFaultEx,
		ClientIDSSLEx, ConfirmationEx, LastResponseEx, ReversalEx, UseCaseSupportEx, XMLVendSchemaEx)
	under(schemas.NSBase, BusinessRuleEx,
		BlockedMeterEx, CancelEx, CheckBatchTotalEx, ClientIDAuthorisationEx, ConfirmCustomerEx, DebtEx,
		EndBatchEx, FBEEx, InsufficientMeterDataEx, LatestKRNEx, MSNOCheckDigitEx, ReprintDepositSlipEx,
		ReprintEndBatchEx, ReprintEx, RequestAuthorisationEx, RequireMeterCardEx, SGCAuthorisationEx,
		STSDataEx, ServiceChrgEx, StartBatchEx, UnknownMeterEx, UnknownMeterUpdateMtrKeyEx,
		UpdateMtrKeySameEx, VendorCreditEx, VerifyTokenEx)
	under(schemas.NSEskomBase, BusinessRuleEx,
		AccNumEx, AccNumMeterLinkEx, AccTypeEx, DuplicateMsgIDEx, EngParameterEx, GracePurchaseEx,
		IndeterminantLastResponseEx, MeterDataMisMatchEx, OtherDataEx, UnknownMeterFBEEx)
	return m
}()

// FaultClasses returns every class that may appear on the wire, in alphabetical
// order: the 33 concrete ones of the standard and the 12 of Eskom's extension.
func FaultClasses() []FaultClass {
	var all []FaultClass
	for c, info := range faultClasses {
		if !info.abstract {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return all
}

// Known reports that the class is in the standard or in Eskom's extension.
func (c FaultClass) Known() bool { _, ok := faultClasses[c]; return ok }

// Abstract reports that no fault on the wire may have exactly this class.
func (c FaultClass) Abstract() bool { return faultClasses[c].abstract }

// Parent returns the class this one derives from; "" for [FaultBase] and for
// classes that are not known.
func (c FaultClass) Parent() FaultClass { return faultClasses[c].parent }

// IsA reports that c is the other class or derives from it. A class that is not
// known is only itself.
func (c FaultClass) IsA(other FaultClass) bool {
	for k := c; k != ""; k = k.Parent() {
		if k == other {
			return true
		}
	}
	return false
}

// Type returns the qualified name of the class's schema type.
func (c FaultClass) Type() QName { return qname(faultClasses[c].space, string(c)) }

// Fault says why a request was refused. It is an error.
type Fault struct {
	Class FaultClass
	Desc  string // at most 160 characters; the encoder cuts longer ones
	Code  string // the vendor's own code, VD.01010004 for one; not part of the standard and not sent but to dialects that have it
}

// Error returns class and description.
func (f *Fault) Error() string { return string(f.Class) + ": " + f.Desc }

// IsA reports that the fault's class is c or derives from it.
func (f *Fault) IsA(c FaultClass) bool { return f.Class.IsA(c) }
