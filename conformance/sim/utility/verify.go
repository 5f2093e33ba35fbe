package utility

import (
	"strconv"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const (
	dispVerify = "TOKEN VERIFIED"

	electricityToken = "Electricity Token" // CreditTokenSubClassType
)

// verify decodes a credit token that was issued for a meter, and tells the transaction
// that it was issued in.
func (s *Server) verify(v *vendor, req *xmlvend.VerifyReq) xmlvend.Response {
	now, head := s.now(), req.Head()
	h, refused := s.find(req.Meter)
	if refused != nil {
		return s.faultResp(head, refused, now)
	}
	token, _ := tokenOf(req.Token)
	tx := h.tokens[token]
	if tx == nil {
		return s.faultResp(head, notIssued(), now)
	}
	said, err := h.read(token, tx)
	if err != nil {
		return s.faultResp(head, notIssued(), now)
	}
	resp := &xmlvend.VerifyResp{
		VendResponseHeader: s.account(head, v, h, h.last, now), Tx: *tx,
		TokenInfo: xmlvend.TokenInfo{
			TokenID:     xmlvend.Decimal(strconv.FormatUint(uint64(said.TID), 10)),
			TransferAmt: xmlvend.DecimalFromMinor(said.Amount.Steps(), unitPlaces),
			Class:       xmlvend.TokenClass{Credit: electricityToken},
		},
	}
	resp.DispHeader = dispVerify
	return resp
}

// read decrypts a credit token with the key that it was made with: the present one, or
// the one before.
func (h *household) read(token sts.Token, tx *xmlvend.CreditVendTx) (sts.Credit, error) {
	key := h.meter.Key
	if tx.CreditTokenIssue.MeterDetail != h.detail(key) {
		key = h.factory
	}
	derived, err := h.keys.derive(key)
	if err != nil {
		return sts.Credit{}, err
	}
	message, err := sts.Open(derived, token)
	said, ok := message.(sts.Credit)
	if err == nil && !ok {
		err = sts.ErrMessage
	}
	return said, err
}

func notIssued() *refusal {
	return refuse(xmlvend.VerifyTokenEx, "", "No such credit token was issued for this meter")
}
