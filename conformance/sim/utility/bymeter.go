package utility

import (
	"net/http"

	"github.com/vendswitch/vendswitch/schemas"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// meterOf is the meter that a request is about: the one it names, or the one that
// the vend named which it is an advice about. It remembers what vends name.
func (s *Server) meterOf(req xmlvend.Request) string {
	head := req.Head()
	switch req := req.(type) {
	case xmlvend.Advice:
		return s.record.meterOf(keyOf(head.Client, req.Advised()))
	case xmlvend.VendRequest:
		number := ""
		if meter := req.VendHead().Meter; meter != nil {
			number = meter.MeterNo()
		}
		if operationOf(req) == Vend {
			s.record.names(keyOf(head.Client, head.MsgID), number)
		}
		return number
	case *xmlvend.ConfirmCustomerReq:
		if by, ok := req.ID.(xmlvend.VendIDMethod); ok && by.Meter != nil {
			return by.Meter.MeterNo()
		}
	}
	return ""
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
