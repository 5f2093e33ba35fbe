package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// Rules about faults.

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

// faultInNoNamespace: the element in the detail of a fault has the name of its type,
// and no namespace; its children have theirs.
func faultInNoNamespace(d *draft) bool {
	detail := "detail"
	if d.nodes[0].Name.Space == schemas.NSSOAP12 {
		detail = "Detail"
	}
	changed := false
	for n := range d.nodes {
		if d.nodes[n].Name != qname("", "XMLVendFaultResp") || d.nodes[n].Parent == none || d.nodes[d.nodes[n].Parent].Name.Local != detail {
			continue
		}
		el := d.elements[n]
		el.Space, el.Tag = "fix", "xmlvendFaultResp"
		el.CreateAttr("xmlns:fix", schemas.NSBase)
		changed = true
	}
	return changed
}

// faultWithoutServer: a fault does not tell which server it is from.
func faultWithoutServer(d *draft) bool {
	changed := false
	d.each("xmlvendFaultResp", func(n ref) {
		terminal := d.childNamed(n, base("terminalID"))
		if terminal != none && d.childNamed(n, base("serverID")) == none {
			d.insert(terminal, "serverID", "GenericDeviceID", "id", unknownDevice)
			changed = true
		}
	})
	return changed
}
