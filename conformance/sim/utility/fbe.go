package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

const dispFBE = "FREE BASIC ELECTRICITY"

// fbe gives the month's free basic electricity without a purchase.
func (s *Server) fbe(v *vendor, req *xmlvend.FBEReq, now time.Time) (xmlvend.Response, *refusal) {
	h, refused := s.serviceable(&req.VendRequestHeader, now)
	if refused != nil {
		return nil, refused
	}
	units := h.freeDue()
	switch {
	case h.meter.FreeUnits == 0:
		return nil, notRegistered()
	case units == 0:
		return nil, hadFree()
	}
	free, err := h.mint(units, now, s.config.Seed)
	if err != nil {
		return nil, systemError()
	}
	h.hadFree = true
	h.bought += units // free units fill the tariff's steps first
	resp := &xmlvend.FBEResp{CreditVendResp: s.give(v, h, gift{&req.RequestHeader, free, IssuedFree, xmlvend.FBECreditToken, "Free basic electricity"}, now)}
	resp.DispHeader = dispFBE
	return resp, nil
}

func notRegistered() *refusal {
	return refuse(xmlvend.FBEEx, "", "Customer is not registered for free basic electricity")
}

func hadFree() *refusal {
	return refuse(xmlvend.FBEEx, "", "This month's free basic electricity has been issued").
		tell("", "You have had this month's free electricity")
}
