package utility

import (
	"strconv"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const (
	dispEngineering = "ENGINEERING TOKEN"

	// defaultCredit is what a meter gets by a default credit token: 5 kWh.
	defaultCredit = 50
)

// engineer issues an engineering token for one meter. An engineer's key change leaves
// the key in the database as it is: updateMeterKey takes the meter back to it.
func (s *Server) engineer(v *vendor, req *xmlvend.MeterSpecificEngReq, now time.Time) (xmlvend.Response, *refusal) {
	if req.Kind == xmlvend.SetWaterFactor && req.Resource == xmlvend.Water {
		copied := req.VendRequestHeader
		copied.Resource = xmlvend.Electricity // of the same meters
		return s.engineerFor(v, req, &copied, now)
	}
	return s.engineerFor(v, req, &req.VendRequestHeader, now)
}

func (s *Server) engineerFor(v *vendor, req *xmlvend.MeterSpecificEngReq, head *xmlvend.VendRequestHeader, now time.Time) (xmlvend.Response, *refusal) {
	h, refused := s.serviceable(head, now)
	if refused != nil {
		return nil, refused
	}
	resp := &xmlvend.MeterSpecificEngResp{Kind: req.Kind}
	switch req.Kind {
	case xmlvend.EngKeyChange:
		resp.KC, refused = s.engineerKey(h, req, now)
	case xmlvend.DefaultCredit:
		resp.Credit, refused = s.engineerCredit(h, req, now)
	default:
		resp.Eng, refused = s.engineerToken(h, req, now)
	}
	if refused != nil {
		return nil, refused
	}
	resp.VendResponseHeader = s.account(&req.RequestHeader, v, h, h.last, now)
	resp.DispHeader = dispEngineering
	return resp, nil
}

func (s *Server) engineerKey(h *household, req *xmlvend.MeterSpecificEngReq, now time.Time) (*xmlvend.KCTokenIssue, *refusal) {
	k := req.KCTData
	from, err := h.fieldKey(k.FromSGC, k.FromKRN, k.FromTI, h.meter.Key.Base)
	if err != nil {
		return nil, otherKeyData()
	}
	to, err := h.fieldKey(k.ToSGC, k.ToKRN, k.ToTI, h.meter.Key.Base)
	if err != nil {
		return nil, otherKeyData()
	}
	issue, _, refused := s.keyPair(h, &req.RequestHeader, from, to, now)
	return &issue, refused
}

func (s *Server) engineerCredit(h *household, req *xmlvend.MeterSpecificEngReq, now time.Time) (*xmlvend.CreditTokenIssue, *refusal) {
	made, err := h.mint(defaultCredit, now, s.config.Seed)
	if err != nil {
		return nil, systemError()
	}
	tx := s.giftTx(h, gift{&req.RequestHeader, made, IssuedEngineer, xmlvend.CreditToken, "Default credit"}, now)
	return &tx.CreditTokenIssue, nil
}

func (s *Server) engineerToken(h *household, req *xmlvend.MeterSpecificEngReq, now time.Time) (*xmlvend.EngTokenIssue, *refusal) {
	key, err := h.keys.derive(h.meter.Key)
	if err != nil {
		return nil, systemError()
	}
	sequence := h.sequence
	tid, err := sequence.Next(now)
	if err != nil {
		return nil, systemError()
	}
	message, desc, refused := engineering(req, tid, random(s.config.Seed, h.meter.Number, tid))
	if refused != nil {
		return nil, refused
	}
	token, err := sts.Seal(key, message)
	if err != nil {
		return nil, systemError()
	}
	h.sequence = sequence
	h.latest = nil
	s.record.add(Issued{
		At: now, Meter: h.meter.Number, Kind: IssuedEngineer, Token: token, Key: h.meter.Key, TID: tid,
		Client: req.Client.ID, MsgID: req.MsgID,
	})
	return &xmlvend.EngTokenIssue{
		TokenIssue: xmlvend.TokenIssue{Desc: desc, MeterDetail: h.detail(h.meter.Key), Token: sts1(token)},
		PwrLmt:     req.PwrLmt, WaterFactor: req.WaterFactor,
	}, nil
}

// engineering is what the token for a request says, and its name.
func engineering(req *xmlvend.MeterSpecificEngReq, tid sts.TID, rnd uint8) (sts.Message, string, *refusal) {
	switch req.Kind {
	case xmlvend.ClearCredit:
		return sts.ClearCredit{RND: rnd, TID: tid, Register: sts.AllRegisters}, "Clear credit", nil
	case xmlvend.ClearTamper:
		return sts.ClearTamper{RND: rnd, TID: tid}, "Clear tamper", nil
	case xmlvend.PowerLimit:
		limit, refused := watts(req.PwrLmt)
		return sts.MaxPower{RND: rnd, TID: tid, Limit: limit}, "Power limit", refused
	case xmlvend.PhaseUnbalance:
		limit, refused := watts(req.PwrLmt)
		return sts.PhaseUnbalance{RND: rnd, TID: tid, Limit: limit}, "Phase unbalance limit", refused
	case xmlvend.SetWaterFactor:
		factor, err := strconv.ParseUint(req.WaterFactor, 10, 16)
		if err != nil || factor == 0 {
			return nil, "", wrongParameter("Water factor is not 1 to 65535")
		}
		return sts.WaterFactor{RND: rnd, TID: tid, Factor: uint16(factor)}, "Water factor", nil
	}
	return nil, "", wrongParameter("No such engineering token")
}

// watts reads a power limit, which is in kW with one decimal.
func watts(limit *xmlvend.PwrLmt) (sts.Amount, *refusal) {
	const toWatts = 3 // decimals
	if !strings.EqualFold(limit.SIUnit, "kW") {
		return 0, wrongParameter("Power limit is not in kW")
	}
	w, err := xmlvend.Decimal(limit.Value).Minor(toWatts)
	if err != nil {
		return 0, wrongParameter("Power limit is not a number of kW")
	}
	amount, err := sts.AmountOf(w)
	if err != nil {
		return 0, wrongParameter("Power limit does not fit a token")
	}
	return amount, nil
}

func wrongParameter(desc string) *refusal { return refuse(xmlvend.EngParameterEx, "", desc) }
