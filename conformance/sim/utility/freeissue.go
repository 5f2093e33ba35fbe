package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

const dispFreeIssue = "FREE ISSUE"

// freeIssue gives the units that are authorised for a meter, each time anew.
func (s *Server) freeIssue(v *vendor, req *xmlvend.FreeIssueReq, now time.Time) (xmlvend.Response, *refusal) {
	h, refused := s.serviceable(&req.VendRequestHeader, now)
	if refused != nil {
		return nil, refused
	}
	if h.meter.FreeIssue == 0 {
		return nil, noFreeIssue()
	}
	free, err := h.mint(h.meter.FreeIssue, now, s.config.Seed)
	if err != nil {
		return nil, systemError()
	}
	resp := &xmlvend.FreeIssueResp{CreditVendResp: s.give(v, h, gift{&req.RequestHeader, free, IssuedGrant, xmlvend.FreeCreditToken, "Free issue"}, now)}
	resp.DispHeader = dispFreeIssue
	return resp, nil
}

func noFreeIssue() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "VD.17020012", "No free issue is authorised for this meter")
}
