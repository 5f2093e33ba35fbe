package utility

import (
	"fmt"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// refusal is why a request is not fulfilled, with words for those concerned.
type refusal struct {
	fault       xmlvend.Fault
	operatorMsg string
	custMsg     string
}

func refuse(class xmlvend.FaultClass, code, desc string) *refusal {
	return &refusal{fault: xmlvend.Fault{Class: class, Desc: desc, Code: code}}
}

func (r *refusal) tell(operator, customer string) *refusal {
	r.operatorMsg, r.custMsg = operator, customer
	return r
}

// The codes are those that servers of the hexing dialect were seen to send, which
// say less than the classes; where none was seen there is none here.

func noUseCase() *refusal {
	return refuse(xmlvend.UseCaseSupportEx, "", "Use case is not supported")
}

func unknownClient() *refusal {
	return refuse(xmlvend.ClientIDAuthorisationEx, "VD.010032", "Client is not registered")
}

func unknownMeter() *refusal {
	return refuse(xmlvend.UnknownMeterEx, "VD.01010004", "Meter does not exist").
		tell("Check the meter number", "This meter is not registered with us")
}

func wrongCheckDigit() *refusal {
	return refuse(xmlvend.MSNOCheckDigitEx, "VD.01010014", "Meter number is wrong: check digit").
		tell("Check the meter number", "The meter number is wrong")
}

func noMeterNumber() *refusal {
	return refuse(xmlvend.InsufficientMeterDataEx, "VD.01010015", "A meter number is needed; magnetic cards are not in use")
}

func otherKeyData() *refusal {
	return refuse(xmlvend.STSDataEx, "VD.01010017", "Supply group, tariff index or key revision is not that of the meter")
}

func blockedMeter() *refusal {
	return refuse(xmlvend.BlockedMeterEx, "VD.15010021", "Meter is blocked").
		tell("Nothing can be sold for this meter", "Your meter is blocked; please call the municipality")
}

func keyExpired() *refusal {
	return refuse(xmlvend.LatestKRNEx, "VD.01010018", "Key revision has expired; update the meter key first").
		tell("Update the meter key before selling", "Your meter needs a new key; please call the municipality")
}

func otherResource() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "Only electricity is sold here")
}

func otherCurrency() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "Only rand are accepted")
}

func notAnAmount() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "Amount must be above zero and in whole cents")
}

func notUnits() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "Units must be above zero, in tenths of a kWh, and fit a token")
}

func belowMinimum(minimum int64) *refusal {
	return refuse(xmlvend.BusinessRuleEx, "VD.13020116", "Amount is below the minimum of "+inRand(minimum)).
		tell("", "The least you can buy is "+inRand(minimum))
}

func aboveMaximum(maximum int64) *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "Amount is above the maximum of "+inRand(maximum)).
		tell("", "The most you can buy is "+inRand(maximum))
}

func noVendorCredit() *refusal {
	return refuse(xmlvend.VendorCreditEx, "VD.17020006", "Vendor credit is too low").
		tell("Make a deposit", "")
}

func noCustomer() *refusal {
	return refuse(xmlvend.ConfirmCustomerEx, "VD.01010001", "Customer does not exist")
}

func duplicate() *refusal {
	return refuse(xmlvend.DuplicateMsgIDEx, "", "Message id was used before")
}

func beingProcessed() *refusal {
	return refuse(xmlvend.SystemEx, "VD.17020008", "Order is being processed, retry")
}

func indeterminate() *refusal {
	return refuse(xmlvend.IndeterminantLastResponseEx, "VD.17020008", "Order is being processed, ask again")
}

func systemError() *refusal {
	return refuse(xmlvend.SystemEx, "", "System error")
}

func neverSeen(class xmlvend.FaultClass) *refusal {
	return refuse(class, "", "No transaction associated with the requested MsgID")
}

// inRand prints cents.
func inRand(cents int64) string { return fmt.Sprintf("R%d.%02d", cents/100, cents%100) }
