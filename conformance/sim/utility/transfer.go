package utility

import (
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const dispTransfer = "METER CREDIT TRANSFER"

// transfer gives a meter the units left in the one it replaced, once.
func (s *Server) transfer(v *vendor, req *xmlvend.MeterCreditTransferReq, now time.Time) (xmlvend.Response, *refusal) {
	h, refused := s.serviceable(&req.VendRequestHeader, now)
	if refused != nil {
		return nil, refused
	}
	units, err := req.ChgOutUnits.Value.Minor(unitPlaces)
	switch {
	case err != nil || units <= 0 || units > sts.MaxSteps || !strings.EqualFold(req.ChgOutUnits.SIUnit, siUnit):
		return nil, notUnits()
	case h.meter.Replaces == "" || h.meter.Replaces != req.Detail.OldMSNO:
		return nil, notReplaced()
	case h.transferred:
		return nil, transferredAlready()
	}
	left, err := h.mint(units, now, s.config.Seed)
	if err != nil {
		return nil, systemError()
	}
	h.transferred = true
	tx := s.giftTx(h, gift{&req.RequestHeader, left, IssuedTransfer, xmlvend.MCTCreditToken, "Units of meter " + req.Detail.OldMSNO}, now)
	resp := &xmlvend.MeterCreditTransferResp{
		VendResponseHeader: s.account(&req.RequestHeader, v, h, h.last, now), Detail: req.Detail, Tx: *tx,
	}
	resp.DispHeader = dispTransfer
	return resp, nil
}

func notReplaced() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "This meter did not replace that one")
}

func transferredAlready() *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "The units of that meter have been transferred")
}
