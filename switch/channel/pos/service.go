package pos

import (
	"context"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Services of utilities beside selling credit: requests in the switch's terms.

func init() {
	offer("fbe", func(x *exchange, ctx context.Context, m *xmlvend.FBEReq) (xmlvend.Response, error) {
		return x.order(ctx, service(&m.VendRequestHeader, vending.FreeBasic), nil)
	})
	offer("freeIssue", func(x *exchange, ctx context.Context, m *xmlvend.FreeIssueReq) (xmlvend.Response, error) {
		return x.order(ctx, service(&m.VendRequestHeader, vending.FreeIssue), nil)
	})
	offer("meterCreditTransfer", (*exchange).meterCreditTransfer)
	offer("payAccount", (*exchange).payAccount)
	offer("updateMeterKey", (*exchange).updateMeterKey)
	offer("meterSpecificEng", (*exchange).meterSpecificEng)
	offer("nonMeterSpecificEng", func(x *exchange, ctx context.Context, m *xmlvend.NonMeterSpecificEngReq) (xmlvend.Response, error) {
		return x.order(ctx, vending.VendOrder{
			Meter:   vending.Meter{Algorithm: m.MeterType.AT, Technology: m.MeterType.TT},
			Service: &vending.Service{Kind: vending.TypeToken, Engineering: string(m.Kind)},
		}, nil)
	})
	offer("cancelVend", (*exchange).cancelVend)
	offer("custReportFault", (*exchange).custReportFault)
	offer("confirmMeter", (*exchange).confirmMeter)
	offer("verify", (*exchange).verify)
}

// order has the switch fulfil an order, or journal why it cannot be one, and renders
// what came of it.
func (x *exchange) order(ctx context.Context, o vending.VendOrder, fault *vending.Fault) (xmlvend.Response, error) {
	var r *vending.Receipt
	var err error
	if fault != nil {
		r, err = x.sells.RefuseSale(ctx, x.caller, x.request, o.Meter.Number, fault)
	} else {
		r, err = x.sells.Vend(ctx, x.caller, x.request, o)
	}
	if err != nil {
		return nil, err
	}
	return x.printer.outcome(r, x.head, x.dialect.Has)
}

// service orders a service for a meter.
func service(head *xmlvend.VendRequestHeader, kind vending.ServiceKind) vending.VendOrder {
	return vending.VendOrder{Meter: meter(head.Meter), Resource: vending.Resource(head.Resource), Service: &vending.Service{Kind: kind}}
}

func (x *exchange) meterCreditTransfer(ctx context.Context, m *xmlvend.MeterCreditTransferReq) (xmlvend.Response, error) {
	o := service(&m.VendRequestHeader, vending.CreditTransfer)
	o.Service.Transfer = &vending.Transfer{OldMeter: m.Detail.OldMSNO, Reference: m.Detail.RefNo}
	units, fault := unitsOf(m.ChgOutUnits)
	o.Units, o.SIUnit = units, m.ChgOutUnits.SIUnit
	return x.order(ctx, o, fault)
}

// updateMeterKey has a meter moved from the key that it is found with, which the
// request must tell whole.
func (x *exchange) updateMeterKey(ctx context.Context, m *xmlvend.UpdateMeterKeyReq) (xmlvend.Response, error) {
	o := vending.VendOrder{Meter: meter(m.Meter), Service: &vending.Service{Kind: vending.KeyUpdate}}
	var fault *vending.Fault
	if of := o.Meter; of.Track2 == "" && (of.SupplyGroup == "" || of.KeyRevision == "" || of.TariffIndex == "" || of.Algorithm == "" || of.Technology == "") {
		fault = &vending.Fault{Code: vending.CodeMeter, Text: "the key that the meter has is not told whole"}
	}
	return x.order(ctx, o, fault)
}

// accounts are the kinds of account that may be paid towards.
var accounts = map[xmlvend.AccountKind]vending.LineKind{
	xmlvend.AccountOther: vending.LinePayment, xmlvend.AccountDebtRecovery: vending.LineDebt, xmlvend.AccountServiceCharge: vending.LineCharge,
}

// payAccount pays towards an account of the meter's customer, or one that is named
// by its number.
func (x *exchange) payAccount(ctx context.Context, m *xmlvend.PayAccReq) (xmlvend.Response, error) {
	to := &vending.Account{Kind: accounts[m.Account.Kind], Description: m.Account.Desc}
	o := vending.VendOrder{Service: &vending.Service{Kind: vending.AccountPayment, Account: to}}
	var fault *vending.Fault
	switch by := m.Account.ID.(type) {
	case xmlvend.VendIDMethod:
		o.Meter = meter(by.Meter)
	case xmlvend.CustIDMethod:
		if account, is := by.Customer.(xmlvend.CustAccountNo); is && account.AccNo != "" {
			to.Number, to.Organisation = account.AccNo, account.Organisation
		} else {
			fault = unsupported("a payment for a customer known other than by meter or account")
		}
	}
	amount, wrong := amountOf(m.ReqAmt)
	o.Amount, o.Currency = amount, currencyOf(m.ReqAmt)
	if fault == nil {
		fault = wrong
	}
	if fault == nil && amount <= 0 {
		fault = amountFault("%s is not more than zero", m.ReqAmt)
	}
	return x.order(ctx, o, fault)
}

func (x *exchange) meterSpecificEng(ctx context.Context, m *xmlvend.MeterSpecificEngReq) (xmlvend.Response, error) {
	o := service(&m.VendRequestHeader, vending.MeterToken)
	s := o.Service
	s.Engineering, s.WaterFactor = string(m.Kind), m.WaterFactor
	if k := m.KCTData; k != nil {
		s.From = vending.Key{SupplyGroup: k.FromSGC, KeyRevision: k.FromKRN, TariffIndex: k.FromTI}
		s.To = vending.Key{SupplyGroup: k.ToSGC, KeyRevision: k.ToKRN, TariffIndex: k.ToTI}
	}
	if p := m.PwrLmt; p != nil {
		s.PowerLimit = &vending.Limit{Value: p.Value, SIUnit: p.SIUnit}
	}
	return x.order(ctx, o, nil)
}

// cancelVend has a sale undone by the utility that it was bought from.
func (x *exchange) cancelVend(ctx context.Context, m *xmlvend.CancelVendReq) (xmlvend.Response, error) {
	o := service(&m.VendRequestHeader, vending.Cancellation)
	token, ok := m.Token.(xmlvend.STS1Token)
	if !ok {
		return x.order(ctx, o, unsupported("cancelling a key change"))
	}
	o.Service.Token = token.Cipher.Reveal()
	return x.order(ctx, o, nil)
}

func (x *exchange) custReportFault(ctx context.Context, m *xmlvend.CustReportFaultReq) (xmlvend.Response, error) {
	c := m.Customer
	report := &vending.Report{
		Kind: string(m.Report.Kind), Description: m.Report.Desc,
		Customer: vending.Person{Name: c.Name, Address: c.Address, Contact: c.ContactNo, AccountNo: c.AccNo, LocationRef: c.LocRef},
	}
	o := vending.VendOrder{Service: &vending.Service{Kind: vending.FaultReport, Report: report}}
	if m.Report.Meter != nil {
		o.Meter = meter(m.Report.Meter)
		report.Meter = &o.Meter
	}
	return x.order(ctx, o, nil)
}

// confirmMeter looks a meter's configuration up.
func (x *exchange) confirmMeter(ctx context.Context, m *xmlvend.ConfirmMeterReq) (xmlvend.Response, error) {
	asked := meter(m.Meter)
	found, err := x.sells.Inquire(ctx, x.caller, x.request, vending.VendOrder{Meter: asked, Service: &vending.Service{Kind: vending.MeterInquiry}})
	if err != nil {
		return nil, err
	}
	head := x.header()
	head.DispHeader = "CONFIRM METER"
	return &xmlvend.ConfirmMeterResp{ResponseHeader: head, MeterDetail: meterDetail(*found.Served.Meter, asked.Number)}, nil
}

// verify has a token decoded by the utility that issued it.
func (x *exchange) verify(ctx context.Context, m *xmlvend.VerifyReq) (xmlvend.Response, error) {
	asked := meter(m.Meter)
	token, ok := m.Token.(xmlvend.STS1Token)
	if !ok {
		return nil, x.sells.RefuseLookup(ctx, x.caller, x.request, asked.Number, unsupported("verifying a key change"))
	}
	found, err := x.sells.Inquire(ctx, x.caller, x.request, vending.VendOrder{
		Meter: asked, Service: &vending.Service{Kind: vending.Verification, Token: token.Cipher.Reveal()},
	})
	if err != nil {
		return nil, err
	}
	return x.printer.verified(x.header(), found, asked.Number)
}
