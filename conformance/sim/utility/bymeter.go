package utility

import (
	"net/http"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// meterOf is the meter that a request is about: the one it names, or the one that
// the request named which it is an advice about. It remembers what those name that
// bind.
func (s *Server) meterOf(req xmlvend.Request) string {
	head := req.Head()
	if advice, ok := req.(xmlvend.Advice); ok {
		return s.record.meterOf(keyOf(head.Client, advice.Advised()))
	}
	number := ""
	if meter := identifierOf(req); meter != nil {
		number = meter.MeterNo()
	}
	if s.operationOf(req).binds() {
		s.record.names(keyOf(head.Client, head.MsgID), number)
	}
	return number
}

// identifierOf is how a request names a meter; nil if it does not.
func identifierOf(req xmlvend.Request) xmlvend.MeterIdentifier {
	var id xmlvend.IDMethod
	switch req := req.(type) {
	case xmlvend.VendRequest:
		return req.VendHead().Meter
	case *xmlvend.ConfirmCustomerReq:
		id = req.ID
	case *xmlvend.PayAccReq:
		id = req.Account.ID
	case *xmlvend.UpdateMeterKeyReq:
		return req.Meter
	case *xmlvend.CustReportFaultReq:
		return req.Report.Meter
	case *xmlvend.VerifyReq:
		return req.Meter
	case *xmlvend.ConfirmMeterReq:
		return req.Meter
	}
	by, _ := id.(xmlvend.VendIDMethod)
	return by.Meter
}

func (r *record) names(key messageKey, meter string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.meters == nil {
		r.meters = map[messageKey]string{}
	}
	if r.meters[key] == "" {
		r.meters[key] = meter
	}
}

func (r *record) meterOf(key messageKey) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.meters[key]
}

// headless is a fault that has no header, and a code of the vendor's own in place
// of a class, as some servers send.
func headless() *heldAnswer {
	a := &heldAnswer{header: http.Header{"Content-Type": {"text/xml; charset=utf-8"}}, status: http.StatusInternalServerError}
	a.body.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>
 <faultcode>s:Server</faultcode><faultstring xml:lang="en">NRSFaultResponseSoapOut</faultstring>
 <detail><n:xmlvendFaultResp xmlns:n="` + schemas.NSBase + `">
  <n:fault xmlns:xsi="` + schemas.NSXSI + `" xsi:type="n:SystemEx"><n:desc>VD.99999999 system error</n:desc><n:faultCode>VD.99999999</n:faultCode></n:fault>
 </n:xmlvendFaultResp></detail>
</s:Fault></s:Body></s:Envelope>
`)
	return a
}
