package utility

import (
	"strconv"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func (a *Adapter) header(id upstream.MessageID) xmlvend.RequestHeader {
	h := xmlvend.RequestHeader{
		Client:   device(a.config.ClientID),
		Terminal: device(a.config.TerminalID),
		MsgID:    wireID(id),
	}
	if a.config.OpName != "" {
		h.AuthCred = &xmlvend.AuthCred{OpName: a.config.OpName, Password: a.config.Password}
	}
	return h
}

func wireID(id upstream.MessageID) xmlvend.MsgID {
	return xmlvend.MsgID{DateTime: id.DateTime, UniqueNumber: strconv.Itoa(id.Number)}
}

// device identifies by EAN what is one, 13 digits with a right check digit, and
// all else by a generic id.
func device(id string) xmlvend.DeviceID {
	if isEAN(id) {
		return xmlvend.EAN(id)
	}
	return xmlvend.Generic(id)
}

func isEAN(s string) bool {
	if len(s) != 13 || !digits(s) {
		return false
	}
	sum := 0
	for i, c := range s {
		sum += int(c-'0') * (1 + 2*(i%2))
	}
	return sum%10 == 0
}

func (a *Adapter) vendHeader(id upstream.MessageID, order upstream.VendOrder) xmlvend.VendRequestHeader {
	return xmlvend.VendRequestHeader{
		RequestHeader: a.header(id),
		Resource:      xmlvend.Resource(order.Resource),
		Meter:         identifier(order.Meter),
	}
}

// identifier names a meter as precisely as it is known: by the card that was
// swiped, by its whole configuration, or by its number. A configuration with a
// gap is not sent, for a server would compare it with its own.
func identifier(m upstream.Meter) xmlvend.MeterIdentifier {
	detail := xmlvend.MeterDetail{
		MSNO: m.Number, SGC: m.SupplyGroup, KRN: m.KeyRevision, TI: m.TariffIndex,
		Type: xmlvend.MeterType{AT: m.Algorithm, TT: m.Technology},
	}
	whole := m.Number != "" && m.SupplyGroup != "" && m.KeyRevision != "" && m.TariffIndex != "" &&
		m.Algorithm != "" && m.Technology != ""
	switch {
	case m.Track2 != "" && whole:
		detail.Ext = &xmlvend.MeterDetailExt{Track2: m.Track2}
		return detail
	case m.Track2 != "":
		return xmlvend.MeterCard{Track2: m.Track2}
	case whole:
		return detail
	}
	return xmlvend.MeterNumber{MSNO: m.Number}
}

func purchase(order upstream.VendOrder) xmlvend.PurchaseValue {
	if order.Amount == 0 {
		return xmlvend.PurchaseValueUnits{Units: xmlvend.Units{Value: xmlvend.Decimal(order.Units), SIUnit: order.SIUnit}}
	}
	return xmlvend.PurchaseValueCurrency{Amt: xmlvend.NewCurrency(order.Amount, exponent(order.Currency), order.Currency)}
}

func (a *Adapter) vendRequest(id upstream.MessageID, order upstream.VendOrder) *xmlvend.CreditVendReq {
	return &xmlvend.CreditVendReq{VendRequestHeader: a.vendHeader(id, order), PurchaseValue: purchase(order)}
}

func (a *Adapter) trialRequest(id upstream.MessageID, order upstream.VendOrder) *xmlvend.TrialCreditVendReq {
	return &xmlvend.TrialCreditVendReq{VendRequestHeader: a.vendHeader(id, order), PurchaseValue: purchase(order)}
}

func (a *Adapter) confirmRequest(id upstream.MessageID, meter upstream.Meter) *xmlvend.ConfirmCustomerReq {
	return &xmlvend.ConfirmCustomerReq{RequestHeader: a.header(id), ID: xmlvend.VendIDMethod{Meter: identifier(meter)}}
}

func (a *Adapter) adviceRequest(id, asked upstream.MessageID) *xmlvend.LastRespAdviceReq {
	return &xmlvend.LastRespAdviceReq{AdviceHeader: xmlvend.AdviceHeader{RequestHeader: a.header(id), AdviceReqMsgID: wireID(asked)}}
}
