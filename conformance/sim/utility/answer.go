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

// Technology codes of the town's meters: EA11; tokens typed in, or on a magnetic card.
const (
	algorithm  = "11"
	ttMagnetic = "01"
	ttNumeric  = "02"
)

const (
	dispSale  = "CREDIT VEND - TAX INVOICE"
	dispTrial = "CREDIT VEND - TRIAL"
	dispError = "ONLINE ERROR"

	descFirstPair  = "Key change, tokens 1 and 2 of 4"
	descSecondPair = "Key change, tokens 3 and 4 of 4"

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

// account is the header of an answer that touches the vendor's account, which is shown
// as it is after it. h may be nil; last is when its customer had bought before.
func (s *Server) account(head *xmlvend.RequestHeader, v *vendor, h *household, last, now time.Time) xmlvend.VendResponseHeader {
	header := xmlvend.VendResponseHeader{
		ResponseHeader: s.header(head, now),
		ClientStatus: xmlvend.ClientStatus{
			AvailCredit: s.money(v.available()),
			BatchStatus: &xmlvend.BatchStatus{Banking: xmlvend.BatchOpen, Sales: xmlvend.BatchOpen, Shift: xmlvend.BatchOpen},
		},
		Utility: s.config.Utility,
		Vendor:  &xmlvend.VendorDetail{Name: v.client.Name, Address: v.client.Address},
	}
	if h != nil {
		header.CustVendDetail = customer(h, last, now)
	}
	return header
}

// vendResp renders a sale.
func (s *Server) vendResp(head *xmlvend.RequestHeader, v *vendor, h *household, sold *sale, now time.Time) xmlvend.CreditVendResp {
	resp := xmlvend.CreditVendResp{VendResponseHeader: s.account(head, v, h, sold.previous, now)}
	resp.DispHeader = dispSale
	if sold.trial {
		resp.DispHeader = dispTrial
	}
	if sold.keyChange != nil {
		resp.CustMsg = msgKeyChange
	}
	resp.Receipt = s.receipt(sold.receiptNo, sold.tender, s.transactions(h, sold)...)
	return resp
}

func (s *Server) receipt(number string, tender int64, tx ...xmlvend.Tx) xmlvend.Receipt {
	tendered, change := s.money(tender), s.money(0)
	return xmlvend.Receipt{
		ReceiptNo:    number,
		Transactions: xmlvend.Transactions{Tx: tx, TenderAmt: &tendered, Change: &change},
	}
}

// transactions lists the free token, the sale, what went to arrears, and the
// service charge. Their amounts and taxes add up to the tender.
func (s *Server) transactions(h *household, sold *sale) []xmlvend.Tx {
	var list []xmlvend.Tx
	sections := sold.keySections()
	if sold.free != nil {
		free := creditTx(sold.receiptNo, h.detail(sold.after), *sold.free, xmlvend.FBECreditToken, "Free basic electricity")
		free.Amt = s.money(0)
		free.Tariff = &xmlvend.Tariff{Name: s.config.Tariff.Name, Desc: "Free"}
		free.KCTokenIssue = sections.issue(h, sold)
		list = append(list, free)
	}
	energy := creditTx(sold.receiptNo, h.detail(sold.after), sold.credit, xmlvend.SaleCreditToken, "Prepayment sale")
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

func creditTx(receiptNo string, meter xmlvend.MeterDetail, c credit, kind xmlvend.CreditKind, desc string) *xmlvend.CreditVendTx {
	return &xmlvend.CreditVendTx{
		TxCommon: xmlvend.TxCommon{ReceiptNo: receiptNo},
		CreditTokenIssue: xmlvend.CreditTokenIssue{
			TokenIssue: xmlvend.TokenIssue{
				Desc:        desc,
				MeterDetail: meter,
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
	desc := descFirstPair
	if len(p.left) == 2 {
		desc = descSecondPair
	}
	pair := [2]sts.Token{p.left[0], p.left[1]}
	p.left = p.left[2:]
	issue := h.keyIssue(desc, sold.before, sold.after, pair)
	return &issue
}

// keyIssue renders two tokens of a key change.
func (h *household) keyIssue(desc string, from, to Key, pair [2]sts.Token) xmlvend.KCTokenIssue {
	return xmlvend.KCTokenIssue{
		TokenIssue: xmlvend.TokenIssue{
			Desc: desc, MeterDetail: h.detail(to),
			Token: xmlvend.KCToken{Set1stMeterKey: sts1(pair[0]), Set2ndMeterKey: sts1(pair[1])},
		},
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
		detail := h.detail(h.meter.Key)
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

// detail is the meter's configuration with one of its keys.
func (h *household) detail(key Key) xmlvend.MeterDetail {
	meterType := xmlvend.MeterType{AT: algorithm, TT: ttNumeric}
	if h.meter.MagneticCard {
		meterType.TT = ttMagnetic
	}
	return xmlvend.MeterDetail{
		MSNO: h.meter.Number, SGC: key.SupplyGroup, KRN: strconv.Itoa(key.Revision), TI: key.TariffIndex, Type: meterType,
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
