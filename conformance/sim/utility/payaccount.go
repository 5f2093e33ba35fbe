package utility

import (
	"time"

	"github.com/vendswitch/vendswitch/xmlvend"
)

const dispPayment = "ACCOUNT PAYMENT"

// payAccount takes money towards arrears or the month's service charge, at most what
// is due. A meter that is blocked may pay.
func (s *Server) payAccount(v *vendor, req *xmlvend.PayAccReq, now time.Time) (xmlvend.Response, *refusal) {
	h, refused := s.debtor(req.Account.ID)
	if refused != nil {
		return nil, refused
	}
	h.turn(now)
	due, none := h.due(req.Account.Kind)
	if none != nil {
		return nil, none
	}
	amount, refused := s.cents(req.ReqAmt)
	switch {
	case refused != nil:
		return nil, refused
	case amount > due:
		return nil, moreThanDue(due)
	case amount > v.available():
		return nil, noVendorCredit()
	}
	v.balance -= amount
	s.receipts++
	tx := &xmlvend.PayAccTx{
		TxCommon: xmlvend.TxCommon{ReceiptNo: receiptNo(s.receipts)},
		Kind:     req.Account.Kind, AccNo: h.meter.Customer.AccountNo,
	}
	if tx.Kind == xmlvend.AccountDebtRecovery {
		h.arrears -= amount
		left := s.money(h.arrears)
		tx.AccDesc, tx.Amt, tx.Balance = "Arrears", s.money(amount), &left
	} else {
		h.paidFee += amount
		net, vat := s.config.Tariff.SplitVAT(amount)
		tx.AccDesc, tx.Amt, tx.Tax = "Service charge", s.money(net), s.vat(vat)
	}
	h.latest = nil // a cancelled sale would give back what was paid since
	detail := h.detail(h.meter.Key)
	resp := &xmlvend.PayAccResp{
		VendResponseHeader: s.account(&req.RequestHeader, v, h, h.last, now),
		Receipt:            xmlvend.PayAccReceipt{Receipt: s.receipt(tx.ReceiptNo, amount, tx), MeterDetail: &detail},
	}
	resp.DispHeader = dispPayment
	return resp, nil
}

// debtor finds who an account is of: by meter, or by the number of the account.
func (s *Server) debtor(id xmlvend.IDMethod) (*household, *refusal) {
	switch id := id.(type) {
	case xmlvend.VendIDMethod:
		return s.find(id.Meter)
	case xmlvend.CustIDMethod:
		for _, h := range s.inOrder() {
			if h.meter.Customer.is(id.Customer) {
				return h, nil
			}
		}
	}
	return nil, noCustomer()
}

// due is what is owed on an account, in cents, or the refusal if that is nothing.
func (h *household) due(kind xmlvend.AccountKind) (int64, *refusal) {
	switch kind {
	case xmlvend.AccountDebtRecovery:
		if h.arrears > 0 {
			return h.arrears, nil
		}
		return 0, refuse(xmlvend.DebtEx, "", "There are no arrears")
	case xmlvend.AccountServiceCharge:
		if fee := h.feeDue(); fee > 0 {
			return fee, nil
		}
		return 0, refuse(xmlvend.ServiceChrgEx, "", "No service charge is due")
	}
	return 0, refuse(xmlvend.BusinessRuleEx, "", "Only arrears and service charges are paid here")
}

func moreThanDue(due int64) *refusal {
	return refuse(xmlvend.BusinessRuleEx, "", "Amount is more than the "+inRand(due)+" that is due").
		tell("", "You owe "+inRand(due))
}
