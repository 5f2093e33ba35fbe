package xmlvend

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
