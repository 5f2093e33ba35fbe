package utility

import (
	"strconv"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
	"github.com/vendswitch/vendswitch/conformance/sim/utility/tariff"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const (
	currency = "ZAR"
	decimals = 2 // of the currency

	siUnit     = "kWh"
	unitPlaces = 1 // units are tenths of a kWh
)

// Technology codes of the town's meters: EA11, tokens typed in.
var meterType = xmlvend.MeterType{AT: "11", TT: "02"}

const (
	dispSale  = "CREDIT VEND - TAX INVOICE"
	dispTrial = "CREDIT VEND - TRIAL"
	dispError = "ONLINE ERROR"

	msgKeyChange = "Key in all four key change tokens first, then the others."
)

func (s *Server) header(head *xmlvend.RequestHeader, now time.Time) xmlvend.ResponseHeader {
	return xmlvend.ResponseHeader{
		Client:       head.Client,
		Server:       xmlvend.EAN(s.config.ServerEAN),
		Terminal:     head.Terminal,
		ReqMsgID:     head.MsgID,
		RespDateTime: xmlvend.NewDateTime(now),
	}
}

func (s *Server) faultResp(head *xmlvend.RequestHeader, r *refusal, now time.Time) *xmlvend.FaultResp {
	resp := &xmlvend.FaultResp{ResponseHeader: s.header(head, now), Fault: r.fault}
	resp.DispHeader = dispError
	resp.OperatorMsg, resp.CustMsg = r.operatorMsg, r.custMsg
	if !s.manner().codes {
		resp.Fault.Code = "" // not part of the standard
	}
	return resp
}

// vendResp renders a sale. The vendor's account is shown as it is after it.
func (s *Server) vendResp(head *xmlvend.RequestHeader, v *vendor, h *household, sold *sale, now time.Time) xmlvend.CreditVendResp {
	resp := xmlvend.CreditVendResp{VendResponseHeader: xmlvend.VendResponseHeader{
		ResponseHeader: s.header(head, now),
		ClientStatus: xmlvend.ClientStatus{
			AvailCredit: s.money(v.available()),
			BatchStatus: &xmlvend.BatchStatus{Banking: xmlvend.BatchOpen, Sales: xmlvend.BatchOpen, Shift: xmlvend.BatchOpen},
		},
		Utility:        s.config.Utility,
		Vendor:         &xmlvend.VendorDetail{Name: v.client.Name, Address: v.client.Address},
		CustVendDetail: customer(h, sold.previous, now),
	}}
	resp.DispHeader = dispSale
	if sold.trial {
		resp.DispHeader = dispTrial
	}
	if sold.keyChange != nil {
		resp.CustMsg = msgKeyChange
	}
	tendered, change := s.money(sold.tender), s.money(0)
	resp.Receipt = xmlvend.Receipt{
		ReceiptNo: sold.receiptNo,
		Transactions: xmlvend.Transactions{
			Tx:        s.transactions(h, sold),
			TenderAmt: &tendered,
			Change:    &change,
		},
	}
	return resp
}

// transactions lists the free token, the sale, what went to arrears, and the
// service charge. Their amounts and taxes add up to the tender.
func (s *Server) transactions(h *household, sold *sale) []xmlvend.Tx {
	var list []xmlvend.Tx
	sections := sold.keySections()
	if sold.free != nil {
		free := s.creditTx(h, sold, *sold.free, xmlvend.FBECreditToken, "Free basic electricity")
		free.Amt = s.money(0)
		free.Tariff = &xmlvend.Tariff{Name: s.config.Tariff.Name, Desc: "Free"}
		free.KCTokenIssue = sections.issue(h, sold)
		list = append(list, free)
	}
	energy := s.creditTx(h, sold, sold.credit, xmlvend.SaleCreditToken, "Prepayment sale")
	energy.Amt, energy.Tax = s.money(sold.energy), s.vat(sold.energyVAT)
	energy.Tariff = &xmlvend.Tariff{Name: s.config.Tariff.Name, Desc: tariff.Describe(sold.portions)}
	energy.KCTokenIssue = sections.issue(h, sold)
	list = append(list, energy)
	if sold.debt > 0 {
		left := s.money(sold.debtLeft)
		list = append(list, &xmlvend.PayAccTx{
			TxCommon: xmlvend.TxCommon{ReceiptNo: sold.receiptNo, Amt: s.money(sold.debt)},
			Kind:     xmlvend.AccountDebtRecovery, AccDesc: "Arrears", AccNo: h.meter.Customer.AccountNo, Balance: &left,
		})
	}
	if sold.fee > 0 {
		list = append(list, &xmlvend.PayAccTx{
			TxCommon: xmlvend.TxCommon{ReceiptNo: sold.receiptNo, Amt: s.money(sold.fee), Tax: s.vat(sold.feeVAT)},
			Kind:     xmlvend.AccountServiceCharge, AccDesc: "Service charge", AccNo: h.meter.Customer.AccountNo,
		})
	}
	return list
}

func (s *Server) creditTx(h *household, sold *sale, c credit, kind xmlvend.CreditKind, desc string) *xmlvend.CreditVendTx {
	return &xmlvend.CreditVendTx{
		TxCommon: xmlvend.TxCommon{ReceiptNo: sold.receiptNo},
		CreditTokenIssue: xmlvend.CreditTokenIssue{
			TokenIssue: xmlvend.TokenIssue{
				Desc:        desc,
				MeterDetail: meterDetail(h.meter.Number, sold.after),
				Token:       sts1(c.token),
			},
			Kind:     kind,
			Units:    xmlvend.Units{Value: xmlvend.DecimalFromMinor(c.units, unitPlaces), SIUnit: siUnit},
			Resource: xmlvend.Electricity,
		},
	}
}

// keyPairs hands out the four tokens of a key change two at a time, as many as a
// transaction holds.
type keyPairs struct{ left []sts.Token }

func (s *sale) keySections() *keyPairs {
	if s.keyChange == nil {
		return &keyPairs{}
	}
	return &keyPairs{left: s.keyChange[:]}
}

func (p *keyPairs) issue(h *household, sold *sale) *xmlvend.KCTokenIssue {
	if len(p.left) == 0 {
		return nil
	}
	desc := "Key change, tokens 1 and 2 of 4"
	if len(p.left) == 2 {
		desc = "Key change, tokens 3 and 4 of 4"
	}
	pair := xmlvend.KCToken{Set1stMeterKey: sts1(p.left[0]), Set2ndMeterKey: sts1(p.left[1])}
	p.left = p.left[2:]
	from, to := sold.before, sold.after
	return &xmlvend.KCTokenIssue{
		TokenIssue: xmlvend.TokenIssue{Desc: desc, MeterDetail: meterDetail(h.meter.Number, to), Token: pair},
		KCTData: xmlvend.KCTData{
			FromSGC: from.SupplyGroup, FromKRN: strconv.Itoa(from.Revision), FromTI: from.TariffIndex,
			ToSGC: to.SupplyGroup, ToKRN: strconv.Itoa(to.Revision), ToTI: to.TariffIndex,
		},
	}
}

// confirmResp says who owns the meters and what can be sold for them now.
func (s *Server) confirmResp(head *xmlvend.RequestHeader, found []*household, now time.Time) *xmlvend.ConfirmCustomerResp {
	resp := &xmlvend.ConfirmCustomerResp{ResponseHeader: s.header(head, now)}
	for _, h := range found {
		free := h.freeDue() > 0
		least, most := s.money(s.minimum(h)), s.money(s.config.MaxAmount)
		detail := meterDetail(h.meter.Number, h.meter.Key)
		resp.Results = append(resp.Results, xmlvend.ConfirmCustResult{
			Customer:    *customer(h, h.last, now),
			Config:      xmlvend.CustVendConfig{CanVend: h.sells(), FBEDue: &free, MaxVendAmt: &most, MinVendAmt: &least},
			MeterDetail: &detail,
		})
	}
	return resp
}

func customer(h *household, last, now time.Time) *xmlvend.CustVendDetail {
	c := h.meter.Customer
	detail := &xmlvend.CustVendDetail{CustDetail: xmlvend.CustDetail{
		Name: c.Name, Address: c.Address, ContactNo: c.Contact, AccNo: c.AccountNo, LocRef: c.Location,
	}}
	if !last.IsZero() {
		detail.DaysLastPurchase = strconv.Itoa(int(now.Sub(last) / (24 * time.Hour)))
	}
	return detail
}

func meterDetail(number string, key Key) xmlvend.MeterDetail {
	return xmlvend.MeterDetail{
		MSNO: number, SGC: key.SupplyGroup, KRN: strconv.Itoa(key.Revision), TI: key.TariffIndex, Type: meterType,
	}
}

func sts1(t sts.Token) xmlvend.STS1Token {
	return xmlvend.STS1Token{Cipher: xmlvend.Secret(t.Digits())}
}

func (s *Server) money(cents int64) xmlvend.Currency {
	return xmlvend.NewCurrency(cents, decimals, s.symbol())
}

func (s *Server) vat(cents int64) []xmlvend.Tax {
	return []xmlvend.Tax{{Amt: s.money(cents), Rate: xmlvend.Decimal(strconv.FormatInt(s.config.Tariff.VATPercent, 10))}}
}
