package xmlvend

import "strings"

// hexing is the dialect of Hexing's servers and of the clients written for them
// (seen in South Africa, Libya and Senegal).
//
// VD.17020008, "order being processed", is left a SystemEx on purpose: the
// outcome of the order is not known.
var hexing = &Dialect{
	name: "hexing",
	rules: []rule{
		{"resource-missing", resourceMissing},
		{"message-id-with-milliseconds", messageIDWithMilliseconds},
		{"new-password-empty", newPasswordEmpty},
		{"blank-in-empty-element", blankInEmptyElement},
		{"meter-detail-extras", meterDetailExtras},
		{"credit-step", creditStep},
		{"tax-reference-missing", taxReferenceMissing},
		{"vat-as-fraction", vatAsFraction},
		{"heading-with-pipes", headingWithPipes},
		{"space-in-account-reference", spaceInAccountReference},
		{"unit-in-capitals", unitInCapitals},
		{"fault-without-header", faultWithoutHeader},
	},
	classes: map[string]FaultClass{
		"VD.01010001": ConfirmCustomerEx,
		"VD.01010004": UnknownMeterEx,
		"VD.01010008": BusinessRuleEx, // postpaid meter
		"VD.01010014": UnknownMeterEx,
		"VD.01010015": UnknownMeterEx,
		"VD.01010017": UnknownMeterEx,
		"VD.01010018": UnknownMeterEx,
		"VD.01010019": UnknownMeterEx,
		"VD.15010021": UnknownMeterEx,
		"VD.13020116": BusinessRuleEx, // below the minimum amount
		"VD.010032":   ClientIDAuthorisationEx,
		"VD.17020006": VendorCreditEx,
		"VD.17020012": BusinessRuleEx, // free issue on its own is closed
	},
	codes: map[FaultClass]string{
		ConfirmCustomerEx:       "VD.01010001",
		UnknownMeterEx:          "VD.01010004",
		ClientIDAuthorisationEx: "VD.010032",
		VendorCreditEx:          "VD.17020006",
	},
	faultString: "NRSFaultResponseSoapOut",
}

// resourceMissing: requests for a meter leave resource out and mean electricity.
func resourceMissing(d *draft) bool {
	_, payload, err := d.soap()
	if err != nil || !IsRequest(d.nodes[payload].Name) {
		return false
	}
	method := none
	missing := true
	d.children(payload, func(n ref) bool {
		switch d.nodes[n].Name {
		case base("idMethod"):
			method = n
		case base("resource"):
			missing = false
		}
		return true
	})
	if method == none || !missing {
		return false
	}
	d.insert(method, "resource", string(Electricity))
	return true
}

// messageIDWithMilliseconds: message ids carry up to three digits more than the
// schema's fourteen. The answer echoes the fourteen.
func messageIDWithMilliseconds(d *draft) bool {
	return d.rewrite("dateTime", func(_ ref, v string) string {
		if len(v) > 14 && len(v) <= 17 && allDigits(v) {
			return v[:14]
		}
		return v
	})
}

// newPasswordEmpty: clients that do not change the password send an empty one.
func newPasswordEmpty(d *draft) bool {
	changed := false
	d.each("newPassword", func(n ref) {
		if d.isLeaf(n) && strings.TrimSpace(d.text(n)) == "" {
			d.remove(n)
			changed = true
		}
	})
	return changed
}

// blankInEmptyElement: elements that have attributes and no content hold white
// space all the same.
func blankInEmptyElement(d *draft) bool {
	changed := false
	for n := range d.nodes {
		el := d.elements[n]
		if len(el.Child) == 0 || !d.isLeaf(ref(n)) || strings.TrimSpace(d.text(ref(n))) != "" || !hasContentAttr(el.Attr) {
			continue
		}
		for len(el.Child) > 0 {
			el.RemoveChildAt(0)
		}
		changed = true
	}
	return changed
}

// meterDetailExtras: meter details hold limits after the meter type, in no schema.
func meterDetailExtras(d *draft) bool {
	return d.drop(func(n ref) bool {
		if d.nodes[n].Name == base("meterType") || d.nodes[n].Parent == none {
			return false
		}
		parent := &d.nodes[d.nodes[n].Parent]
		return parent.Name.Local == "meterDetail" || parent.Type == base("MeterDetail") || parent.Type == base("ExtMeterDetail")
	})
}

// creditStep: a transaction holds the steps of its tariff, in no schema.
func creditStep(d *draft) bool {
	return d.drop(func(n ref) bool { return d.nodes[n].Name == revenue("creditStep") })
}

// taxReferenceMissing: the utility has no tax reference; see [NoTaxRef].
func taxReferenceMissing(d *draft) bool {
	changed := false
	d.each("utility", func(n ref) {
		if v, _ := d.attr(n, "taxRef"); v == "" {
			d.elements[n].CreateAttr("taxRef", NoTaxRef)
			changed = true
		}
	})
	return changed
}

// vatAsFraction: 0.15 means 15 per cent.
func vatAsFraction(d *draft) bool {
	return d.rewrite("rate", func(n ref, v string) string {
		rate := string(Decimal(strings.TrimSpace(v)).Canonical())
		if d.nodes[n].Type != base("VAT") || !strings.HasPrefix(rate, "0.") {
			return v
		}
		_, fraction, _ := strings.Cut(rate, ".")
		for len(fraction) < 2 {
			fraction += "0"
		}
		return string(Decimal(fraction[:2] + "." + fraction[2:]).Canonical())
	})
}

// headingWithPipes: numbers follow the heading, after pipes.
func headingWithPipes(d *draft) bool {
	changed := false
	d.each("dispHeader", func(n ref) {
		if heading, _, found := strings.Cut(d.text(n), "|"); found {
			d.elements[n].SetText(heading)
			changed = true
		}
	})
	return changed
}

// spaceInAccountReference: account and location references are written with
// spaces, which do not count.
func spaceInAccountReference(d *draft) bool {
	squeeze := func(_ ref, v string) string { return strings.Join(strings.Fields(v), "") }
	acc, loc := d.rewrite("accNo", squeeze), d.rewrite("locRef", squeeze)
	return acc || loc
}

// unitInCapitals: KWH means kWh.
func unitInCapitals(d *draft) bool {
	return d.rewrite("siUnit", func(_ ref, v string) string {
		if strings.EqualFold(v, "kWh") {
			return "kWh"
		}
		return v
	})
}

// faultWithoutHeader: a fault comes without client, server and message id. What
// is put in says so: the message id is [NoMsgID].
func faultWithoutHeader(d *draft) bool {
	var faults []ref // more than one only where somebody has made it up
	d.each("fault", func(n ref) {
		if p := d.nodes[n].Parent; p != none && d.nodes[p].Name == base("xmlvendFaultResp") && n == p+1 {
			faults = append(faults, n)
		}
	})
	for _, fault := range faults {
		for _, who := range []string{"clientID", "serverID", "terminalID"} {
			d.insert(fault, who, "GenericDeviceID", "id", unknownDevice)
		}
		d.insert(fault, "reqMsgID", "", "dateTime", NoMsgID.DateTime, "uniqueNumber", NoMsgID.UniqueNumber)
		d.insert(fault, "respDateTime", "").SetText("1970-01-01T00:00:00Z")
	}
	return len(faults) > 0
}
