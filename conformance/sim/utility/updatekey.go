package utility

import (
	"strconv"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const (
	dispKeyUpdate = "KEY CHANGE TOKENS"

	msgFirstPair  = "Tokens 1 and 2 of 4: ask again for 3 and 4"
	msgSecondPair = "Tokens 3 and 4 of 4: the key changes when all four are keyed in"
)

// updateKey issues the tokens that take a meter from the key found in the field to
// that of the database. A set is of four and an answer holds two: the second request
// brings the others, and brings a key that was due into use; a third starts again.
func (s *Server) updateKey(v *vendor, req *xmlvend.UpdateMeterKeyReq, now time.Time) (xmlvend.Response, *refusal) {
	field, ok := req.Meter.(xmlvend.MeterDetail)
	if !ok {
		return nil, noMeterNumber()
	}
	h, refused := s.find(xmlvend.MeterNumber{MSNO: field.MSNO})
	switch {
	case refused != nil && refused.fault.Class == xmlvend.UnknownMeterEx:
		return nil, refuse(xmlvend.UnknownMeterUpdateMtrKeyEx, "VD.01010004", "Meter does not exist")
	case refused != nil:
		return nil, refused
	case h.meter.Blocked:
		return nil, blockedMeter()
	}
	to := h.meter.Key
	if h.meter.NextKey != nil {
		to = *h.meter.NextKey
	}
	from, err := h.fieldKey(field.SGC, field.KRN, field.TI, to.Base)
	if err != nil {
		return nil, otherKeyData()
	}
	pair, second, refused := s.keyPair(h, &req.RequestHeader, from, to, now)
	if refused != nil {
		return nil, refused
	}
	resp := &xmlvend.UpdateMeterKeyResp{VendResponseHeader: s.account(&req.RequestHeader, v, h, h.last, now), Issue: pair}
	resp.DispHeader, resp.OperatorMsg = dispKeyUpdate, msgFirstPair
	if second {
		resp.OperatorMsg = msgSecondPair
		h.use(to)
	}
	return resp, nil
}

// use brings a key that was due into use.
func (h *household) use(to Key) {
	if h.meter.NextKey == nil {
		return
	}
	if to.Base != h.meter.Key.Base {
		h.sequence = sts.Sequence{Base: to.Base}
	}
	h.meter.Key, h.meter.NextKey, h.meter.KeyExpired = to, nil, false
}

// fieldKey is a key as it is found in the field. The base date is not told there: it is
// that of the key the meter was hung up with if it is that one, else the one given.
func (h *household) fieldKey(group, revision, index string, base Base) (Key, error) {
	krn, err := strconv.Atoi(revision)
	if err != nil {
		return Key{}, err
	}
	key := Key{SupplyGroup: group, TariffIndex: index, Revision: krn, Base: h.factory.Base}
	if key != h.factory {
		key.Base = base
	}
	return key, nil
}

// keyPair issues the next two of the four tokens from one key to another, and reports
// whether they are the second two. Each of a set is made anew for its pair, and the
// same each time: key change tokens have no identifier.
func (s *Server) keyPair(h *household, head *xmlvend.RequestHeader, from, to Key, now time.Time) (issue xmlvend.KCTokenIssue, second bool, _ *refusal) {
	if from == to {
		return issue, false, refuse(xmlvend.UpdateMtrKeySameEx, "", "The key in the field is that of the database")
	}
	tokens, err := h.changeKey(from, to)
	if err != nil {
		return issue, false, otherKeyData()
	}
	second = h.pairs%2 == 1
	h.pairs++
	desc, pair := descFirstPair, [2]sts.Token{tokens[0], tokens[1]}
	if second {
		desc, pair = descSecondPair, [2]sts.Token{tokens[2], tokens[3]}
	}
	for _, token := range pair {
		s.record.add(Issued{At: now, Meter: h.meter.Number, Kind: IssuedKeyChange, Token: token, Key: from, Client: head.Client.ID, MsgID: head.MsgID})
	}
	return h.keyIssue(desc, from, to, pair), second, nil
}
