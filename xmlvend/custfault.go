package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// CustFaultKind is the schema type of a customer's fault report.
type CustFaultKind string

// The kinds of report.
const (
	OtherFault   CustFaultKind = "" // CustFaultReport itself
	MeterFault   CustFaultKind = "MeterFaultReport"
	NetworkFault CustFaultKind = "NetworkFaultReport"
)

// CustFaultReport is what a customer reports.
type CustFaultReport struct {
	Kind  CustFaultKind
	Desc  string          // optional
	Meter MeterIdentifier // MeterFault only
}

// CustReportFaultReq logs a customer's fault.
type CustReportFaultReq struct {
	RequestHeader
	Customer CustDetail
	Report   CustFaultReport
}

func (*CustReportFaultReq) Element() QName { return meter("custReportFaultReq") }
func (*CustReportFaultReq) Type() QName    { return meter("CustReportFaultReq") }

// CustReportFaultResp brings the reference under which the fault is logged.
type CustReportFaultResp struct {
	ResponseHeader
	RefNo    string
	Customer CustDetail
	Report   CustFaultReport
}

func (*CustReportFaultResp) Element() QName { return meter("custReportFaultResp") }
func (*CustReportFaultResp) Type() QName    { return meter("CustReportFaultResp") }

func init() {
	register(CustReportFaultReq{})
	register(CustReportFaultResp{})
}

// custFaultReport reads an element declared as CustFaultReport.
func (d *decoder) custFaultReport(n ref) CustFaultReport {
	var r CustFaultReport
	switch kind := d.kind(n, schemas.NSMeter, "CustFaultReport"); kind {
	case "CustFaultReport":
	case string(MeterFault), string(NetworkFault):
		r.Kind = CustFaultKind(kind)
	default:
		d.alien(n)
	}
	c := d.seq(n)
	r.Desc = d.str(c.opt(meter("desc")))
	if r.Kind == MeterFault {
		r.Meter = d.vendIDMethod(c.one(meter("meterInfo")))
	}
	c.done()
	return r
}

func (e *encoder) custFaultReport(name string, r CustFaultReport) {
	e.start(name)
	if r.Kind != OtherFault {
		e.xsiType(meter(string(r.Kind)))
	}
	e.msgOpt("m:desc", r.Desc)
	if r.Kind == MeterFault {
		e.vendIDMethod("m:meterInfo", r.Meter)
	}
	e.end(name)
}

func (e *encoder) custDetail(name string, c CustDetail) {
	e.start(name)
	e.custAttrs(c)
	e.end(name)
}

func (m *CustReportFaultReq) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.requestHeader(&c, &m.RequestHeader)
	m.Customer = d.custDetail(c.one(meter("custDetail")))
	m.Report = d.custFaultReport(c.one(meter("custFaultReport")))
	c.done()
}

func (m *CustReportFaultReq) encode(e *encoder) {
	e.requestHeader(&m.RequestHeader)
	e.custDetail("m:custDetail", m.Customer)
	e.custFaultReport("m:custFaultReport", m.Report)
}

func (m *CustReportFaultResp) decode(d *decoder, n ref) {
	c := d.seq(n)
	d.responseHeader(&c, &m.ResponseHeader)
	log := c.one(meter("custFaultLog"))
	m.RefNo = d.must(log, "refNo")
	l := d.seq(log)
	m.Customer = d.custDetail(l.one(meter("custDetail")))
	m.Report = d.custFaultReport(l.one(meter("faultReport")))
	l.done()
	c.done()
}

func (m *CustReportFaultResp) encode(e *encoder) {
	e.responseHeader(&m.ResponseHeader)
	e.start("m:custFaultLog")
	e.attr("refNo", m.RefNo)
	e.custDetail("m:custDetail", m.Customer)
	e.custFaultReport("m:faultReport", m.Report)
	e.end("m:custFaultLog")
}
