package utility

import (
	"fmt"
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

const dispReport = "FAULT LOGGED"

// logFault gives a customer's report of a fault a reference. A meter that it names
// must be known.
func (s *Server) logFault(req *xmlvend.CustReportFaultReq, now time.Time) (xmlvend.Response, *refusal) {
	if req.Report.Kind == xmlvend.MeterFault {
		if _, refused := s.find(req.Report.Meter); refused != nil {
			return nil, refused
		}
	}
	s.reports++
	resp := &xmlvend.CustReportFaultResp{
		ResponseHeader: s.header(&req.RequestHeader, now),
		RefNo:          fmt.Sprintf("F%08d", s.reports), Customer: req.Customer, Report: req.Report,
	}
	resp.DispHeader = dispReport
	return resp, nil
}
