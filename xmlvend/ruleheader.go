package xmlvend

import (
	"strings"
	"unicode/utf8"

	"github.com/vendswitch/vendswitch/schemas"
)

// Rules about what a message starts with, and about its form as a whole.

// resourceMissing: requests for a meter leave resource out and mean electricity.
func resourceMissing(d *draft) bool {
	_, payload, err := d.soap()
	if err != nil || !IsRequest(d.nodes[payload].Name) {
		return false
	}
	method := d.childNamed(payload, base("idMethod"))
	if method == none || d.childNamed(payload, base("resource")) != none {
		return false
	}
	d.insert(method, "resource", string(Electricity))
	return true
}

// messageIDDate: the date of a message id has no seconds or no century (12 digits),
// or tenths to thousandths of a second more (15 to 17). What is read is the date as
// sent: two ids that differ only in what the schema has no room for are two ids.
func messageIDDate(d *draft) bool {
	return d.ids(func(n ref) bool {
		v, _ := d.attr(n, "dateTime")
		date := standardDate(v)
		if date == v || (MsgID{DateTime: date}).Check() != nil {
			return false
		}
		d.standIn(n, "dateTime", date)
		return true
	})
}

// standardDate returns 14 digits that stand for the date of a message id with another
// number of them; what it does not know it returns unchanged.
func standardDate(v string) string {
	if !allDigits(v) {
		return v
	}
	switch len(v) {
	case 12:
		if minute := v + "00"; strings.HasPrefix(v, "20") && (MsgID{DateTime: minute}).Check() == nil {
			return minute
		}
		return "20" + v
	case 15, 16, 17:
		return v[:14]
	}
	return v
}

// messageIDNumber: the number of a message id has seven digits. What is read is the
// number as sent.
func messageIDNumber(d *draft) bool {
	return d.ids(func(n ref) bool {
		v, _ := d.attr(n, "uniqueNumber")
		if (MsgID{UniqueNumber: strings.TrimSpace(v)}).Number() <= maxNumber {
			return false
		}
		d.standIn(n, "uniqueNumber", "999999")
		return true
	})
}

// ids tries f on every message id.
func (d *draft) ids(f func(n ref) bool) bool {
	changed := false
	for _, name := range []string{"msgID", "reqMsgID", "adviceReqMsgID"} {
		d.each(name, func(n ref) { changed = f(n) || changed })
	}
	return changed
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

// vendingServerNamed: a request names, before or after everything else, the one of a
// cluster of servers that it is for. We are one.
func vendingServerNamed(d *draft) bool {
	_, payload, err := d.soap()
	if err != nil || !IsRequest(d.nodes[payload].Name) {
		return false
	}
	return d.drop(func(n ref) bool {
		return d.nodes[n].Parent == payload && strings.EqualFold(d.nodes[n].Name.Local, "vendingServerID")
	})
}

// eanOfOtherLength: devices of any kind are named by an EAN that is none. What is
// read is an EAN all the same, so that an answer names the device as the request did.
func eanOfOtherLength(d *draft) bool {
	changed := false
	for n := range d.nodes {
		if d.nodes[n].Type != base("EANDeviceID") {
			continue
		}
		v, _ := d.attr(ref(n), "ean")
		if v == "" || len(v) == 13 && allDigits(v) || utf8.RuneCountInString(v) > maxMsg {
			continue
		}
		d.remember(ref(n), "ean", v)
		d.retype(ref(n), "GenericDeviceID")
		d.elements[n].RemoveAttr("ean")
		d.elements[n].CreateAttr("id", v)
		changed = true
	}
	return changed
}

// typeWithoutPrefix: the value of xsi:type has no prefix and the default namespace is
// that of another schema, or of none. A name that one schema alone has says what is
// meant.
func typeWithoutPrefix(d *draft) bool {
	changed := false
	for n := range d.nodes {
		typ := d.nodes[n].Type
		attr := d.typeAttr(ref(n))
		if attr == nil || strings.Contains(attr.Value, ":") {
			continue
		}
		spaces := typeSpaces()[typ.Local]
		if len(spaces) != 1 || spaces[0] == typ.Space {
			continue
		}
		attr.Value = "fix:" + typ.Local
		d.elements[n].CreateAttr("xmlns:fix", spaces[0])
		changed = true
	}
	return changed
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

// utilityBeforeStatus: the utility comes before the status of the client, also in
// answers that have no such status and so no utility in the schema.
func utilityBeforeStatus(d *draft) bool {
	changed := false
	d.each("utility", func(n ref) {
		parent := d.nodes[n].Parent
		if parent == none {
			return
		}
		status := d.childNamed(parent, base("clientStatus"))
		if status != none && status < n {
			return
		}
		changed = true
		d.remove(n)
		if status != none {
			after := d.elements[status]
			after.Parent().InsertChildAt(after.Index()+1, d.elements[n])
		}
	})
	return changed
}

// extensionNamespaces are those of the elements that Conlog's servers add.
var extensionNamespaces = []string{nsConlog, schemas.NSEskomBase, nsEskomRevenue, nsEskomMeter}

const (
	nsConlog       = "http://www.conlog.co.za/xmlvend/base-ext/2.1.1/schema"
	nsEskomRevenue = "http://www.eskom.co.za/xmlvend/revenue-ext/2.1/schema"
	nsEskomMeter   = "http://www.eskom.co.za/xmlvend/meter-ext/2.1/schema"
)
