package xmlvend

import (
	"slices"
	"strings"
)

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
func resourceMissing(t *tree) bool {
	_, payload, err := t.soap()
	if err != nil || !IsRequest(t.nodes[payload].name) {
		return false
	}
	method := none
	missing := true
	t.children(payload, func(n ref) bool {
		switch t.nodes[n].name {
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
	t.insert(method, "resource", string(Electricity))
	return true
}

// messageIDWithMilliseconds: message ids carry up to three digits more than the
// schema's fourteen. The answer echoes the fourteen.
func messageIDWithMilliseconds(t *tree) bool {
	return t.rewrite("dateTime", func(_ ref, v string) string {
		if len(v) > 14 && len(v) <= 17 && allDigits(v) {
			return v[:14]
		}
		return v
	})
}

// newPasswordEmpty: clients that do not change the password send an empty one.
func newPasswordEmpty(t *tree) bool {
	changed := false
	t.each("newPassword", func(n ref) {
		if t.isLeaf(n) && strings.TrimSpace(t.text(n)) == "" {
			t.remove(n)
			changed = true
		}
	})
	return changed
}

// blankInEmptyElement: elements that have attributes and no content hold white
// space all the same.
func blankInEmptyElement(t *tree) bool {
	changed := false
	for n := range t.nodes {
		el := t.nodes[n].el
		if len(el.Child) == 0 || !t.isLeaf(ref(n)) || strings.TrimSpace(t.text(ref(n))) != "" || !hasContentAttr(el.Attr) {
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
func meterDetailExtras(t *tree) bool {
	return t.drop(func(n ref) bool {
		if t.nodes[n].name == base("meterType") || t.nodes[n].parent == none {
			return false
		}
		parent := &t.nodes[t.nodes[n].parent]
		return parent.name.Local == "meterDetail" || parent.typ == base("MeterDetail") || parent.typ == base("ExtMeterDetail")
	})
}

// creditStep: a transaction holds the steps of its tariff, in no schema.
func creditStep(t *tree) bool {
	return t.drop(func(n ref) bool { return t.nodes[n].name == revenue("creditStep") })
}

// taxReferenceMissing: the utility has no tax reference; see [NoTaxRef].
func taxReferenceMissing(t *tree) bool {
	changed := false
	t.each("utility", func(n ref) {
		if v, _ := t.attr(n, "taxRef"); v == "" {
			t.nodes[n].el.CreateAttr("taxRef", NoTaxRef)
			changed = true
		}
	})
	return changed
}

// vatAsFraction: 0.15 means 15 per cent.
func vatAsFraction(t *tree) bool {
	return t.rewrite("rate", func(n ref, v string) string {
		d := Decimal(strings.TrimSpace(v)).Canonical()
		if t.nodes[n].typ != base("VAT") || !strings.HasPrefix(string(d), "0.") {
			return v
		}
		_, fraction, _ := strings.Cut(string(d), ".")
		for len(fraction) < 2 {
			fraction += "0"
		}
		return string(Decimal(fraction[:2] + "." + fraction[2:]).Canonical())
	})
}

// headingWithPipes: numbers follow the heading, after pipes.
func headingWithPipes(t *tree) bool {
	changed := false
	t.each("dispHeader", func(n ref) {
		if heading, _, found := strings.Cut(t.text(n), "|"); found {
			t.nodes[n].el.SetText(heading)
			changed = true
		}
	})
	return changed
}

// spaceInAccountReference: account and location references are written with
// spaces, which do not count.
func spaceInAccountReference(t *tree) bool {
	squeeze := func(_ ref, v string) string { return strings.Join(strings.Fields(v), "") }
	acc, loc := t.rewrite("accNo", squeeze), t.rewrite("locRef", squeeze)
	return acc || loc
}

// unitInCapitals: KWH means kWh.
func unitInCapitals(t *tree) bool {
	return t.rewrite("siUnit", func(_ ref, v string) string {
		if strings.EqualFold(v, "kWh") {
			return "kWh"
		}
		return v
	})
}

// faultWithoutHeader: a fault comes without client, server and message id. What
// is put in says so: the message id is [NoMsgID].
func faultWithoutHeader(t *tree) bool {
	fault := none
	t.each("fault", func(n ref) {
		if p := t.nodes[n].parent; t.nodes[p].name == base("xmlvendFaultResp") && n == p+1 {
			fault = n
		}
	})
	if fault == none {
		return false
	}
	for _, who := range []string{"clientID", "serverID", "terminalID"} {
		t.insert(fault, who, "GenericDeviceID", "id", unknownDevice)
	}
	t.insert(fault, "reqMsgID", "", "dateTime", NoMsgID.DateTime, "uniqueNumber", NoMsgID.UniqueNumber)
	t.insert(fault, "respDateTime", "").SetText("1970-01-01T00:00:00Z")
	return true
}

// drop removes every element that f names.
func (t *tree) drop(f func(n ref) bool) bool {
	var out []ref
	for n := range t.nodes {
		if f(ref(n)) {
			out = append(out, ref(n))
		}
	}
	slices.Reverse(out)
	for _, n := range out {
		t.remove(n)
	}
	return len(out) > 0
}
