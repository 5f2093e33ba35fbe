package utility

import "github.com/vendswitch/vendswitch/xmlvend"

const dispMeter = "METER"

// confirmMeter tells what the utility knows of a meter.
func (s *Server) confirmMeter(req *xmlvend.ConfirmMeterReq) xmlvend.Response {
	now, head := s.now(), req.Head()
	h, refused := s.find(req.Meter)
	if refused != nil {
		return s.faultResp(head, refused, now)
	}
	resp := &xmlvend.ConfirmMeterResp{ResponseHeader: s.header(head, now), MeterDetail: h.detail(h.meter.Key)}
	resp.DispHeader = dispMeter
	return resp
}
