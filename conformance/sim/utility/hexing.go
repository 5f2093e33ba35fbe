package utility

import (
	"strings"

	"github.com/beevik/etree"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// What answers of hexing servers were seen to do that the schema forbids or that
// strict servers do not: see each rewriting below. Faults come without header and
// are all of class SystemEx; the code says what is meant.

// toHexing rewrites an answer of ours.
func toHexing(doc *etree.Document, code string) {
	each(doc, func(element *etree.Element) {
		switch element.Tag {
		case "dispHeader":
			element.SetText(element.Text() + "|0|0|0")
		case "utility":
			element.RemoveAttr("taxRef")
		case "meterDetail":
			addLimits(element)
		case "tenderAmt":
			addLessRound(element)
		case "tax":
			rateAsFraction(element)
		case "xmlvendFaultResp":
			removeHeader(element)
		case "fault":
			flattenFault(element, code)
		}
		if unit := element.SelectAttr("siUnit"); unit != nil {
			unit.Value = strings.ToUpper(unit.Value)
		}
	})
}

// addLimits: meter details hold four limits more, of which nothing is known here.
func addLimits(detail *etree.Element) {
	meterType := detail.SelectElement("meterType")
	if meterType == nil {
		return
	}
	for _, tag := range []string{"maxVendAmt", "minVendAmt", "maxVendEng", "minVendEng"} {
		limit := detail.CreateElement(tag)
		limit.Space = meterType.Space
		limit.SetText("null")
	}
}

// addLessRound: lessRound repeats the tender.
func addLessRound(tender *etree.Element) {
	lessRound := tender.Copy()
	lessRound.Tag = "lessRound"
	tender.Parent().InsertChildAt(tender.Index(), lessRound)
}

// rateAsFraction: VAT of 15 % is 0.1500.
func rateAsFraction(tax *etree.Element) {
	rate := tax.SelectAttr("rate")
	if rate == nil {
		return
	}
	if percent, err := xmlvend.Decimal(rate.Value).Minor(2); err == nil {
		rate.Value = string(xmlvend.DecimalFromMinor(percent, 4))
	}
}

// removeHeader leaves nothing but the fault.
func removeHeader(resp *etree.Element) {
	for _, child := range resp.ChildElements() {
		if child.Tag != "fault" {
			resp.RemoveChild(child)
		}
	}
}

// flattenFault: every fault is a SystemEx. It gets the code given, or keeps its own,
// as the fault of a last response does.
func flattenFault(fault *etree.Element, code string) {
	if class := fault.SelectAttr("type"); class != nil {
		class.Value = fault.Space + ":" + string(xmlvend.SystemEx)
	}
	if code == "" {
		return
	}
	if old := fault.SelectElement("faultCode"); old != nil {
		fault.RemoveChild(old)
	}
	element := fault.CreateElement("faultCode")
	element.Space = fault.Space
	element.SetText(code)
}
