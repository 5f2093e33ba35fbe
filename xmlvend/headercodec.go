package xmlvend

import (
	"strconv"
	"strings"

	"github.com/vendswitch/vendswitch/schemas"
)

// The codec of the headers and the parties in them.

func (d *decoder) device(n ref) DeviceID {
	if v, ok := d.asSent(n, "ean"); ok {
		return EAN(v)
	}
	switch d.kind(n, schemas.NSBase, "") {
	case "EANDeviceID":
		return EAN(d.must(n, "ean"))
	case "GenericDeviceID":
		return Generic(d.must(n, "id"))
	case "":
	default:
		d.alien(n)
	}
	if id := d.may(n, "ean"); id != "" {
		return EAN(id)
	}
	if id := d.may(n, "id"); id != "" {
		return Generic(id)
	}
	return DeviceID{}
}

func (e *encoder) device(name string, id DeviceID) {
	e.start(name)
	if id.Kind == EANDevice {
		e.baseType("EANDeviceID")
		e.attr("ean", id.ID)
	} else {
		e.baseType("GenericDeviceID")
		e.attr("id", id.ID)
	}
	e.end(name)
}

func (d *decoder) msgID(n ref) MsgID {
	return MsgID{
		DateTime:     d.must(n, "dateTime"),
		UniqueNumber: strings.TrimSpace(d.must(n, "uniqueNumber")),
	}
}

func (e *encoder) msgID(name string, id MsgID) {
	if e.digest {
		id.UniqueNumber = strconv.Itoa(id.Number())
	}
	e.start(name)
	e.attr("dateTime", id.DateTime)
	e.attr("uniqueNumber", id.UniqueNumber)
	e.end(name)
}

func (d *decoder) authCred(n ref) *AuthCred {
	if n == none {
		return nil
	}
	c := d.seq(n)
	a := &AuthCred{
		OpName:      d.str(c.one(base("opName"))),
		Password:    Secret(d.str(c.opt(base("password")))),
		NewPassword: Secret(d.str(c.opt(base("newPassword")))),
	}
	c.done()
	return a
}

func (e *encoder) authCred(a *AuthCred) {
	if a == nil {
		return
	}
	e.start("b:authCred")
	e.leaf("b:opName", a.OpName)
	if !e.digest {
		e.leafOpt("b:password", a.Password.Reveal())
		e.leafOpt("b:newPassword", a.NewPassword.Reveal())
	}
	e.end("b:authCred")
}

func (d *decoder) requestHeader(c *cursor, h *RequestHeader) {
	h.Client = d.device(c.one(base("clientID")))
	h.Terminal = d.device(c.one(base("terminalID")))
	h.MsgID = d.msgID(c.one(base("msgID")))
	h.AuthCred = d.authCred(c.opt(base("authCred")))
}

func (e *encoder) requestHeader(h *RequestHeader) {
	e.device("b:clientID", h.Client)
	e.device("b:terminalID", h.Terminal)
	e.msgID("b:msgID", h.MsgID)
	e.authCred(h.AuthCred)
}

func (d *decoder) vendRequestHeader(c *cursor, h *VendRequestHeader) {
	d.requestHeader(c, &h.RequestHeader)
	h.Resource = d.resource(c.one(base("resource")))
	h.Meter = d.vendIDMethod(c.one(base("idMethod")))
}

func (e *encoder) vendRequestHeader(h *VendRequestHeader) {
	e.requestHeader(&h.RequestHeader)
	e.resource("b:resource", h.Resource)
	e.vendIDMethod("b:idMethod", h.Meter)
}

func (d *decoder) responseHeader(c *cursor, h *ResponseHeader) {
	h.Client = d.device(c.one(base("clientID")))
	h.Server = d.device(c.one(base("serverID")))
	h.Terminal = d.device(c.one(base("terminalID")))
	h.ReqMsgID = d.msgID(c.one(base("reqMsgID")))
	h.RespDateTime = DateTime(d.collapsed(c.one(base("respDateTime"))))
	h.DispHeader = d.str(c.opt(base("dispHeader")))
	h.OperatorMsg = d.str(c.opt(base("operatorMsg")))
	h.CustMsg = d.str(c.opt(base("custMsg")))
}

func (e *encoder) responseHeader(h *ResponseHeader) {
	e.device("b:clientID", h.Client)
	e.device("b:serverID", h.Server)
	e.device("b:terminalID", h.Terminal)
	e.msgID("b:reqMsgID", h.ReqMsgID)
	e.leaf("b:respDateTime", string(h.RespDateTime))
	e.msgOpt("b:dispHeader", h.DispHeader)
	e.msgOpt("b:operatorMsg", h.OperatorMsg)
	e.msgOpt("b:custMsg", h.CustMsg)
}

func (d *decoder) vendResponseHeader(c *cursor, h *VendResponseHeader) {
	d.responseHeader(c, &h.ResponseHeader)
	h.ClientStatus = d.clientStatus(c.one(base("clientStatus")))
	h.Utility = d.utility(c.one(base("utility")))
	if n := c.opt(base("vendor")); n != none {
		h.Vendor = &VendorDetail{Name: d.must(n, "name"), Address: d.must(n, "address")}
	}
	if n := c.opt(base("custVendDetail")); n != none {
		v := d.custVendDetail(n)
		h.CustVendDetail = &v
	}
}

func (e *encoder) vendResponseHeader(h *VendResponseHeader) {
	e.responseHeader(&h.ResponseHeader)
	e.clientStatus(h.ClientStatus)
	e.utility(h.Utility)
	if v := h.Vendor; v != nil {
		e.start("b:vendor")
		e.attr("name", v.Name)
		e.attr("address", v.Address)
		e.end("b:vendor")
	}
	if v := h.CustVendDetail; v != nil {
		e.custVendDetail("b:custVendDetail", *v)
	}
}

func (d *decoder) clientStatus(n ref) ClientStatus {
	c := d.seq(n)
	s := ClientStatus{AvailCredit: d.currency(c.one(base("availCredit")))}
	if n := c.opt(base("batchStatus")); n != none {
		s.BatchStatus = &BatchStatus{
			Banking: d.must(n, "banking"), Sales: d.must(n, "sales"), Shift: d.must(n, "shift"),
		}
	}
	c.done()
	return s
}

func (e *encoder) clientStatus(s ClientStatus) {
	e.start("b:clientStatus")
	e.currency("b:availCredit", s.AvailCredit)
	if b := s.BatchStatus; b != nil {
		e.start("b:batchStatus")
		e.attr("banking", b.Banking)
		e.attr("sales", b.Sales)
		e.attr("shift", b.Shift)
		e.end("b:batchStatus")
	}
	e.end("b:clientStatus")
}

func (d *decoder) utility(n ref) UtilityDetail {
	return UtilityDetail{Name: d.must(n, "name"), Address: d.must(n, "address"), TaxRef: d.must(n, "taxRef")}
}

func (e *encoder) utility(u UtilityDetail) {
	if u.TaxRef == "" {
		u.TaxRef = NoTaxRef
	}
	e.start("b:utility")
	e.attr("name", u.Name)
	e.attr("address", u.Address)
	e.attr("taxRef", u.TaxRef)
	e.end("b:utility")
}

func (d *decoder) custDetail(n ref) CustDetail {
	return CustDetail{
		Name: d.must(n, "name"), Address: d.must(n, "address"),
		ContactNo: d.may(n, "contactNo"), AccNo: d.may(n, "accNo"), LocRef: d.may(n, "locRef"),
	}
}

// custAttrs writes the attributes of a customer on the element just started.
func (e *encoder) custAttrs(c CustDetail) {
	e.attr("name", c.Name)
	e.attr("address", c.Address)
	e.attrOpt("contactNo", c.ContactNo)
	e.attrOpt("accNo", c.AccNo)
	e.attrOpt("locRef", c.LocRef)
}

func (d *decoder) custVendDetail(n ref) CustVendDetail {
	return CustVendDetail{
		CustDetail:       d.custDetail(n),
		DaysLastPurchase: strings.TrimSpace(d.may(n, "daysLastPurchase")),
	}
}

func (e *encoder) custVendDetail(name string, c CustVendDetail) {
	e.start(name)
	e.custAttrs(c.CustDetail)
	e.attrOpt("daysLastPurchase", c.DaysLastPurchase)
	e.end(name)
}
