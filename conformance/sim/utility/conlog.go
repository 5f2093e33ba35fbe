package utility

import (
	"strings"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// What answers of Conlog's servers were seen to do that the schema forbids or that
// strict servers do not. All faults but those about an advice are of class SystemEx,
// and only their words say what is meant; of those, two are known.

const conlogExtension = "http://www.conlog.co.za/xmlvend/base-ext/2.1.1/schema"

// conlogWords are the descriptions that are known, by what ours have in their place.
var conlogWords = map[xmlvend.FaultClass]string{
	xmlvend.UnknownMeterEx:   "Meter Not Found",
	xmlvend.DuplicateMsgIDEx: "Transaction has been terminated due to duplicate unique value.",
}

// toConlog2016 rewrites an answer of ours in the manner of the older servers.
func toConlog2016(doc *etree.Document, _ string) {
	each(doc, func(element *etree.Element) {
		switch element.Tag {
		case "serverID":
			element.Attr = nil
			element.CreateAttr("xsi:type", element.Space+":GenericDeviceID")
			element.CreateAttr("id", "1")
		case "utility":
			element.CreateAttr("taxRef", "")
		case "meterType":
			if element.Parent().Tag == "meterDetail" { // of the others none was seen
				element.RemoveAttr("at")
			}
		case "tx":
			addBreakdown(element)
		case "creditVendReceipt":
			addMonthlyTotals(element)
		case "amt", "tenderAmt", "change":
			element.RemoveAttr("symbol")
		case "Fault":
			conlogFault(element)
		case "fault":
			conlogSystemEx(element)
		}
		if unit := element.SelectAttr("siUnit"); unit != nil && unit.Value == siUnit {
			unit.Value = "KWh"
		}
		if index := element.SelectAttr("ti"); index != nil {
			index.Value = strings.TrimPrefix(index.Value, "0")
		}
	})
}

// toConlog2021 rewrites an answer of ours in the manner of the newer servers: as the
// older ones do, and the utility comes first.
func toConlog2021(doc *etree.Document, code string) {
	toConlog2016(doc, code)
	each(doc, func(element *etree.Element) {
		if element.Tag != "utility" {
			return
		}
		if status := element.Parent().SelectElement("clientStatus"); status != nil {
			element.Parent().InsertChildAt(status.Index(), element)
		}
	})
}

// addBreakdown: each sale of units tells the steps of its tariff, in terms of the
// extension.
func addBreakdown(tx *etree.Element) {
	if tx.SelectElement("creditTokenIssue") == nil {
		return
	}
	breakdown := tx.CreateElement("tariffBreakdown")
	breakdown.Space = tx.Space
	breakdown.CreateAttr("xmlns:q2", conlogExtension)
	breakdown.CreateAttr("xsi:type", "q2:StepTariffBreakdown")
	breakdown.CreateElement("q2:steps")
}

// addMonthlyTotals: a receipt says that there are no totals of the month.
func addMonthlyTotals(receipt *etree.Element) {
	totals := receipt.CreateElement("MonthlyTotals")
	totals.Space = receipt.Space
	totals.CreateAttr("xsi:nil", "true")
}

// conlogFault: the fault in the detail has the name of its type, in no namespace, and
// does not tell the server.
func conlogFault(soap *etree.Element) {
	if text := soap.SelectElement("faultstring"); text != nil {
		text.SetText("Soap Exception From Server")
	}
	resp := soap.FindElement(".//XMLVendFaultResp")
	if resp == nil {
		return
	}
	if server := resp.SelectElement("serverID"); server != nil {
		resp.RemoveChild(server)
	}
	if heading := resp.SelectElement("dispHeader"); heading != nil {
		heading.SetText("Vending Server Cluster Error")
	}
}

// conlogSystemEx: every fault is a SystemEx, but for those that answer an advice,
// of which no other form was seen.
func conlogSystemEx(fault *etree.Element) {
	typ := fault.SelectAttr("type")
	if typ == nil {
		return
	}
	_, local, _ := strings.Cut(typ.Value, ":")
	class := xmlvend.FaultClass(local)
	if class.IsA(xmlvend.XMLVendFaultEx) {
		return
	}
	if desc := fault.SelectElement("desc"); desc != nil && conlogWords[class] != "" {
		desc.SetText(conlogWords[class])
	}
	typ.Value = fault.Space + ":" + string(xmlvend.SystemEx)
}
