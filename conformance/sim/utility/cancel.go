package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const dispCancel = "VEND CANCELLED"

// cancellable is a sale that nothing has happened after.
type cancellable struct {
	*sale
	tx      *xmlvend.CreditVendTx
	message messageKey
	month   month
}

// keepSale remembers the credit tokens of a sale, and the sale as the latest. A sale
// that changed the meter's key is not to be cancelled.
func (h *household) keepSale(resp *xmlvend.CreditVendResp, sold *sale, message messageKey) {
	for _, tx := range resp.Receipt.Transactions.Tx {
		issued, ok := tx.(*xmlvend.CreditVendTx)
		if !ok {
			continue
		}
		if issued.CreditTokenIssue.Kind == xmlvend.FBECreditToken {
			h.keep(issued, *sold.free)
			continue
		}
		h.keep(issued, sold.credit)
		if sold.keyChange == nil {
			h.latest = &cancellable{sold, issued, message, h.month}
		}
	}
}

// cancel takes the latest sale for a magnetic card back, of the vendor who made it.
// The card was handed in: its token is worth nothing any more.
func (s *Server) cancel(v *vendor, req *xmlvend.CancelVendReq, now time.Time) (xmlvend.Response, *refusal) {
	h, refused := s.find(req.Meter)
	if refused != nil {
		return nil, refused
	}
	if !h.meter.MagneticCard {
		return nil, refuse(xmlvend.CancelEx, "", "Only tokens on magnetic cards are cancelled")
	}
	token, ok := tokenOf(req.Token)
	sold := h.latest
	switch {
	case !ok || sold == nil || sold.credit.token != token:
		return nil, refuse(xmlvend.CancelEx, "", "The token is not of the latest sale for this meter")
	case sold.message.client != req.Client.ID:
		return nil, refuse(xmlvend.CancelEx, "", "The sale was another vendor's")
	}
	h.turn(now)
	h.takeBack(sold)
	v.balance += sold.tender
	s.outcomes[sold.message].cancelled = true
	s.receipts++
	resp := &xmlvend.CancelVendResp{
		VendResponseHeader: s.account(&req.RequestHeader, v, h, h.last, now), CancelRefNo: receiptNo(s.receipts), OrigTx: *sold.tx,
	}
	resp.DispHeader = dispCancel
	return resp, nil
}

// takeBack undoes what a sale did to the household's books. What it did to a month
// that is over stays.
func (h *household) takeBack(sold *cancellable) {
	h.arrears += sold.debt
	h.last = sold.previous
	if sold.month == h.month {
		h.bought -= sold.units() + sold.freeUnits()
		h.paidFee -= sold.fee + sold.feeVAT
		h.hadFree = h.hadFree && sold.free == nil
	}
	delete(h.tokens, sold.credit.token)
	if sold.free != nil {
		delete(h.tokens, sold.free.token)
	}
	h.latest = nil
}

// tokenOf reads a token that a request brings.
func tokenOf(t xmlvend.Token) (sts.Token, bool) {
	single, ok := t.(xmlvend.STS1Token)
	if !ok {
		return sts.Token{}, false
	}
	token, err := sts.ParseToken(single.Cipher.Reveal())
	return token, err == nil
}
