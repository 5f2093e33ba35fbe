package pos

import (
	"cmp"
	"fmt"
	"strings"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// headings of services whose supplier gives none.
var headings = map[vending.ServiceKind]string{
	vending.FreeBasic:      "FREE BASIC ELECTRICITY",
	vending.FreeIssue:      "FREE ISSUE",
	vending.CreditTransfer: "METER CREDIT TRANSFER",
	vending.AccountPayment: "ACCOUNT PAYMENT",
	vending.KeyUpdate:      "KEY CHANGE",
	vending.MeterToken:     "ENGINEERING TOKEN",
	vending.TypeToken:      "TEST TOKEN",
	vending.FaultReport:    "FAULT REPORT",
	vending.Cancellation:   "CANCELLED",
}

// served renders what came of a service, as the response that its request has.
func (p printer) served(head xmlvend.ResponseHeader, r *vending.Receipt) (xmlvend.Response, error) {
	o := r.Outcome
	v, what := o.Vend, o.Vend.Served
	title, _, _ := strings.Cut(v.Heading, "|")
	head.DispHeader = heading(cmp.Or(strings.TrimSpace(title), headings[what.Kind]), r.Copy)
	head.OperatorMsg, head.CustMsg = line(v.OperatorMsg, maxMsg), line(v.CustomerMsg, maxMsg)
	t := tokenPrinter{target: r.Sale.Target, currency: cmp.Or(number(v.Currency, 1, 3), o.Currency), receiptNo: v.ReceiptNo}
	switch what.Kind {
	case vending.FreeBasic, vending.FreeIssue:
		return free(head, o, t, what.Kind)
	case vending.CreditTransfer:
		return transferred(head, o, t)
	case vending.AccountPayment:
		return paid(head, o, t)
	case vending.KeyUpdate:
		issue, err := t.keysOf(what)
		if err != nil {
			return nil, err
		}
		return &xmlvend.UpdateMeterKeyResp{VendResponseHeader: parties(head, o), Issue: *issue}, nil
	case vending.MeterToken:
		return meterToken(head, o, t)
	case vending.TypeToken:
		return typeToken(head, o, t)
	case vending.Cancellation:
		tx, err := t.tokenTx(v)
		if err != nil {
			return nil, err
		}
		return &xmlvend.CancelVendResp{VendResponseHeader: parties(head, o), CancelRefNo: number(what.Reference, 1, maxNumber), OrigTx: *tx}, nil
	case vending.FaultReport:
		return reported(head, what.Report, r.Sale.Target)
	}
	return nil, fmt.Errorf("the outcome is of the service %q, which has no response", what.Kind)
}

func free(head xmlvend.ResponseHeader, o *vending.Outcome, t tokenPrinter, kind vending.ServiceKind) (xmlvend.Response, error) {
	resp, err := tokens(head, o, t)
	switch {
	case err != nil:
		return nil, err
	case kind == vending.FreeBasic:
		return &xmlvend.FBEResp{CreditVendResp: *resp}, nil
	}
	return &xmlvend.FreeIssueResp{CreditVendResp: *resp}, nil
}

func transferred(head xmlvend.ResponseHeader, o *vending.Outcome, t tokenPrinter) (xmlvend.Response, error) {
	tx, err := t.tokenTx(o.Vend)
	if err != nil {
		return nil, err
	}
	resp := &xmlvend.MeterCreditTransferResp{VendResponseHeader: parties(head, o), Tx: *tx}
	if of := o.Vend.Served.Transfer; of != nil {
		resp.Detail = xmlvend.CreditTransferDetail{OldMSNO: cmp.Or(number(of.OldMeter, 3, 13), "000"), RefNo: number(of.Reference, 1, maxNumber)}
	}
	return resp, nil
}

// tokenTx renders the one line of an answer that is not a receipt.
func (t tokenPrinter) tokenTx(v *vending.TokenSale) (*xmlvend.CreditVendTx, error) {
	if len(v.Lines) != 1 {
		return nil, fmt.Errorf("an answer with one token has %d lines", len(v.Lines))
	}
	tx, err := t.tx(v.Lines[0])
	if err != nil {
		return nil, err
	}
	credit, ok := tx.(*xmlvend.CreditVendTx)
	if !ok {
		return nil, fmt.Errorf("the line of an answer with one token has none")
	}
	return credit, nil
}

func paid(head xmlvend.ResponseHeader, o *vending.Outcome, t tokenPrinter) (xmlvend.Response, error) {
	resp, err := tokens(head, o, t)
	if err != nil {
		return nil, err
	}
	receipt := xmlvend.PayAccReceipt{Receipt: resp.Receipt}
	if m := o.Vend.Served.Meter; m != nil {
		detail := t.meter(m)
		receipt.MeterDetail = &detail
	}
	return &xmlvend.PayAccResp{VendResponseHeader: resp.VendResponseHeader, Receipt: receipt}, nil
}

func (t tokenPrinter) keysOf(what *vending.Served) (*xmlvend.KCTokenIssue, error) {
	if what.KeyChange == nil {
		return nil, fmt.Errorf("a key change without tokens")
	}
	return t.keyChange(what.KeyChange, t.meter(what.KeyChange.Meter))
}

func meterToken(head xmlvend.ResponseHeader, o *vending.Outcome, t tokenPrinter) (xmlvend.Response, error) {
	what := o.Vend.Served
	resp := &xmlvend.MeterSpecificEngResp{VendResponseHeader: parties(head, o), Kind: xmlvend.MeterEng(what.Engineering)}
	switch resp.Kind {
	case xmlvend.DefaultCredit:
		tx, err := t.tokenTx(o.Vend)
		if err != nil {
			return nil, err
		}
		resp.Credit = &tx.CreditTokenIssue
		return resp, nil
	case xmlvend.EngKeyChange:
		issue, err := t.keysOf(what)
		resp.KC = issue
		return resp, err
	}
	m := what.Management
	if m == nil {
		return nil, fmt.Errorf("an engineering token without a token")
	}
	cipher, err := t.cipher(m.Token)
	if err != nil {
		return nil, err
	}
	resp.Eng = &xmlvend.EngTokenIssue{TokenIssue: xmlvend.TokenIssue{Desc: line(m.Description, maxMsg), MeterDetail: t.meter(&m.Meter), Token: cipher}}
	switch resp.Kind {
	case xmlvend.PowerLimit, xmlvend.PhaseUnbalance:
		limit := xmlvend.PwrLmt{Value: "0.0", SIUnit: "kW"}
		if m.PowerLimit != nil {
			limit = xmlvend.PwrLmt{Value: oneDecimal(m.PowerLimit.Value), SIUnit: cmp.Or(number(m.PowerLimit.SIUnit, 1, 4), limit.SIUnit)}
		}
		resp.Eng.PwrLmt = &limit
	case xmlvend.SetWaterFactor:
		resp.Eng.WaterFactor = cmp.Or(number(m.WaterFactor, 1, 6), "0")
	}
	return resp, nil
}

func typeToken(head xmlvend.ResponseHeader, o *vending.Outcome, t tokenPrinter) (xmlvend.Response, error) {
	m := o.Vend.Served.Management
	if m == nil {
		return nil, fmt.Errorf("a test token without a token")
	}
	cipher, err := t.cipher(m.Token)
	if err != nil {
		return nil, err
	}
	return &xmlvend.NonMeterSpecificEngResp{
		ResponseHeader: head,
		Kind:           xmlvend.NonMeterEng(o.Vend.Served.Engineering),
		Issue: xmlvend.NonMeterTokenIssue{
			Desc:      line(m.Description, maxMsg),
			MeterType: xmlvend.MeterType{AT: digits(m.Meter.Algorithm, 2), TT: digits(m.Meter.Technology, 2)},
			Token:     cipher,
		},
	}, nil
}

// reported renders a logged report. One about a meter whose number is not known,
// for it came by its card, is told without the meter.
func reported(head xmlvend.ResponseHeader, r *vending.Report, target string) (xmlvend.Response, error) {
	resp := &xmlvend.CustReportFaultResp{
		ResponseHeader: head,
		RefNo:          cmp.Or(number(r.Reference, 1, maxNumber), "-"),
		Customer:       customer(r.Customer).CustDetail,
		Report:         xmlvend.CustFaultReport{Kind: xmlvend.CustFaultKind(r.Kind), Desc: line(r.Description, maxMsg)},
	}
	if resp.Report.Kind == xmlvend.MeterFault {
		meter := target
		if r.Meter != nil {
			meter = cmp.Or(r.Meter.Number, target)
		}
		if meter = number(meter, 3, 13); meter == "" {
			resp.Report.Kind = xmlvend.OtherFault
		} else {
			resp.Report.Meter = xmlvend.MeterNumber{MSNO: meter}
		}
	}
	return resp, nil
}

// verified renders what a token says of itself.
func (p printer) verified(head xmlvend.ResponseHeader, v *vending.TokenSale, target string) (xmlvend.Response, error) {
	head.DispHeader = "VERIFY TOKEN"
	head.OperatorMsg, head.CustMsg = line(v.OperatorMsg, maxMsg), line(v.CustomerMsg, maxMsg)
	t := tokenPrinter{target: target, currency: v.Currency, receiptNo: v.ReceiptNo}
	tx, err := t.tokenTx(v)
	if err != nil {
		return nil, err
	}
	info := v.Served.TokenInfo
	return &xmlvend.VerifyResp{
		VendResponseHeader: parties(head, &vending.Outcome{Currency: v.Currency, Vend: v}),
		Tx:                 *tx,
		TokenInfo: xmlvend.TokenInfo{
			TokenID: decimal(info.TokenID), TransferAmt: decimal(info.TransferAmount),
			Class: xmlvend.TokenClass{Credit: info.Credit, MeterManagement: info.MeterManagement, NonMeterManagement: info.NonMeterManagement},
		},
	}, nil
}

// decimal is a number as the supplier wrote it, or zero.
func decimal(text string) xmlvend.Decimal {
	if d := xmlvend.Decimal(text); d.Valid() {
		return d
	}
	return "0"
}
