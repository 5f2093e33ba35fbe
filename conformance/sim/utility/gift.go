package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// gift is a credit token for which nothing is paid.
type gift struct {
	head   *xmlvend.RequestHeader
	credit credit
	issued IssueKind
	kind   xmlvend.CreditKind
	desc   string
}

// give records a gift that was made with the meter's present key, and renders it.
func (s *Server) give(v *vendor, h *household, g gift, now time.Time) xmlvend.CreditVendResp {
	tx := s.giftTx(h, g, now)
	return xmlvend.CreditVendResp{
		VendResponseHeader: s.account(g.head, v, h, h.last, now),
		Receipt:            s.receipt(tx.ReceiptNo, 0, tx),
	}
}

// giftTx records a gift under a new receipt number.
func (s *Server) giftTx(h *household, g gift, now time.Time) *xmlvend.CreditVendTx {
	s.receipts++
	number := receiptNo(s.receipts)
	s.record.add(Issued{
		At: now, Meter: h.meter.Number, Kind: g.issued, Token: g.credit.token, Key: h.meter.Key, TID: g.credit.tid,
		Units: g.credit.units, Client: g.head.Client.ID, MsgID: g.head.MsgID, ReceiptNo: number,
	})
	tx := creditTx(number, h.detail(h.meter.Key), g.credit, g.kind, g.desc)
	tx.Amt = s.money(0)
	tx.Tariff = &xmlvend.Tariff{Name: s.config.Tariff.Name, Desc: "Free"}
	h.keep(tx, g.credit)
	return tx
}

// keep remembers a credit token that was issued, for verify. A sale before it can no
// longer be cancelled.
func (h *household) keep(tx *xmlvend.CreditVendTx, c credit) {
	h.tokens[c.token] = tx
	h.latest = nil
}

// serviceable finds the meter of a request that wants a token for it beside a
// purchase: it is not blocked, and its key is not to be changed first.
func (s *Server) serviceable(head *xmlvend.VendRequestHeader, now time.Time) (*household, *refusal) {
	if head.Resource != xmlvend.Electricity {
		return nil, otherResource()
	}
	h, refused := s.find(head.Meter)
	if refused != nil {
		return nil, refused
	}
	h.turn(now)
	switch {
	case h.meter.Blocked:
		return nil, blockedMeter()
	case h.meter.KeyExpired || h.meter.NextKey != nil:
		return nil, keyExpired()
	}
	return h, nil
}

// mint makes a credit token with the meter's present key. An error, such as a base
// date that has rolled over, leaves no trace.
func (h *household) mint(units int64, now time.Time, seed uint64) (credit, error) {
	key, err := h.keys.derive(h.meter.Key)
	if err != nil {
		return credit{}, err
	}
	sequence := h.sequence
	made, err := h.token(key, &sequence, now, units, seed)
	if err != nil {
		return credit{}, err
	}
	h.sequence = sequence
	return made, nil
}
