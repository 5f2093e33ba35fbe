package utility

import (
	"errors"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// orderRequest puts an order into a message: a vend's, or that of its service.
func (a *Adapter) orderRequest(id upstream.MessageID, order upstream.VendOrder) xmlvend.Request {
	s := order.Service
	if s == nil {
		return a.vendRequest(id, order)
	}
	head := a.vendHeader(id, order)
	switch s.Kind {
	case upstream.FreeBasic:
		return &xmlvend.FBEReq{VendRequestHeader: head}
	case upstream.FreeIssue:
		return &xmlvend.FreeIssueReq{VendRequestHeader: head}
	case upstream.CreditTransfer:
		return &xmlvend.MeterCreditTransferReq{
			VendRequestHeader: head,
			ChgOutUnits:       xmlvend.Units{Value: xmlvend.Decimal(order.Units), SIUnit: order.SIUnit},
			Detail:            xmlvend.CreditTransferDetail{OldMSNO: s.Transfer.OldMeter, RefNo: s.Transfer.Reference},
		}
	case upstream.AccountPayment:
		return &xmlvend.PayAccReq{
			RequestHeader: head.RequestHeader,
			ReqAmt:        xmlvend.NewCurrency(order.Amount, exponent(order.Currency), order.Currency),
			Account:       account(order),
		}
	case upstream.KeyUpdate:
		config, _ := head.Meter.(xmlvend.MeterConfig) // else not valid, and refused
		return &xmlvend.UpdateMeterKeyReq{RequestHeader: head.RequestHeader, Meter: config}
	case upstream.MeterToken:
		return meterEngineering(head, s)
	case upstream.TypeToken:
		return &xmlvend.NonMeterSpecificEngReq{
			RequestHeader: head.RequestHeader, Kind: xmlvend.NonMeterEng(s.Engineering),
			MeterType: xmlvend.MeterType{AT: order.Meter.Algorithm, TT: order.Meter.Technology},
		}
	case upstream.FaultReport:
		return &xmlvend.CustReportFaultReq{RequestHeader: head.RequestHeader, Customer: custDetail(s.Report.Customer), Report: faultReport(s.Report)}
	case upstream.Cancellation:
		return &xmlvend.CancelVendReq{VendRequestHeader: head, Token: xmlvend.STS1Token{Cipher: xmlvend.Secret(s.Token)}}
	case upstream.MeterInquiry:
		return &xmlvend.ConfirmMeterReq{RequestHeader: head.RequestHeader, Meter: head.Meter}
	case upstream.Verification:
		return &xmlvend.VerifyReq{RequestHeader: head.RequestHeader, Token: xmlvend.STS1Token{Cipher: xmlvend.Secret(s.Token)}, Meter: head.Meter}
	}
	panic("utility: there is no service " + string(s.Kind))
}

func meterEngineering(head xmlvend.VendRequestHeader, s *upstream.Service) *xmlvend.MeterSpecificEngReq {
	m := &xmlvend.MeterSpecificEngReq{VendRequestHeader: head, Kind: xmlvend.MeterEng(s.Engineering)}
	switch m.Kind {
	case xmlvend.EngKeyChange:
		m.KCTData = &xmlvend.KCTData{
			FromSGC: s.From.SupplyGroup, FromKRN: s.From.KeyRevision, FromTI: s.From.TariffIndex,
			ToSGC: s.To.SupplyGroup, ToKRN: s.To.KeyRevision, ToTI: s.To.TariffIndex,
		}
	case xmlvend.PowerLimit, xmlvend.PhaseUnbalance:
		m.PwrLmt = &xmlvend.PwrLmt{Value: s.PowerLimit.Value, SIUnit: s.PowerLimit.SIUnit}
	case xmlvend.SetWaterFactor:
		m.WaterFactor = s.WaterFactor
	}
	return m
}

// paidTowards is how the kinds of payment are called.
var paidTowards = map[upstream.LineKind]xmlvend.AccountKind{
	upstream.LineDebt: xmlvend.AccountDebtRecovery, upstream.LineCharge: xmlvend.AccountServiceCharge,
}

func account(order upstream.VendOrder) xmlvend.PayAccount {
	to := order.Service.Account
	a := xmlvend.PayAccount{Kind: paidTowards[to.Kind], Desc: to.Description, ID: xmlvend.VendIDMethod{Meter: identifier(order.Meter)}}
	if to.Number != "" {
		a.ID = xmlvend.CustIDMethod{Customer: xmlvend.CustAccountNo{AccNo: to.Number, Organisation: to.Organisation}}
	}
	return a
}

func custDetail(p upstream.Person) xmlvend.CustDetail {
	return xmlvend.CustDetail{Name: p.Name, Address: p.Address, ContactNo: p.Contact, AccNo: p.AccountNo, LocRef: p.LocationRef}
}

func faultReport(r *upstream.Report) xmlvend.CustFaultReport {
	report := xmlvend.CustFaultReport{Kind: xmlvend.CustFaultKind(r.Kind), Desc: r.Description}
	if r.Meter != nil {
		report.Meter = identifier(*r.Meter)
	}
	return report
}

// judgeService judges an answer to a service by what was asked for.
func (r *reading) judgeService(m xmlvend.Response, id upstream.MessageID) upstream.Result {
	if m == nil || !answers(m.Head().ReqMsgID, id) {
		return upstream.Result{Reason: "the answer is to another message"}
	}
	kind := r.order.Service.Kind
	v, err := r.served(m, kind)
	if err == nil {
		v.Served.Kind = kind
	}
	return r.judged(v, err, string(kind)+" read")
}

var errAnother = errors.New("it is an answer of another kind")

// served reads the answer to a service. What is issued must be for our meter, and
// its tokens must be tokens.
func (r *reading) served(m xmlvend.Response, kind upstream.ServiceKind) (*upstream.Vend, error) {
	switch m := m.(type) {
	case *xmlvend.FBEResp:
		return r.free(&m.CreditVendResp, kind == upstream.FreeBasic)
	case *xmlvend.FreeIssueResp:
		return r.free(&m.CreditVendResp, kind == upstream.FreeIssue)
	case *xmlvend.CreditVendResp: // both of them are one
		return r.free(m, kind == upstream.FreeBasic || kind == upstream.FreeIssue)
	case *xmlvend.MeterCreditTransferResp:
		if kind == upstream.CreditTransfer {
			return r.transferred(m)
		}
	case *xmlvend.PayAccResp:
		if kind == upstream.AccountPayment {
			return r.paid(m)
		}
	case *xmlvend.UpdateMeterKeyResp:
		if kind == upstream.KeyUpdate {
			change, err := r.keyChangeAlone(&m.Issue)
			return served(r.headed(&m.VendResponseHeader), upstream.Served{KeyChange: change}), err
		}
	case *xmlvend.MeterSpecificEngResp:
		if kind == upstream.MeterToken && r.engineering(string(m.Kind)) {
			return r.meterToken(m)
		}
	case *xmlvend.NonMeterSpecificEngResp:
		if kind == upstream.TypeToken && r.engineering(string(m.Kind)) {
			return r.typeToken(m)
		}
	case *xmlvend.CustReportFaultResp:
		if kind == upstream.FaultReport {
			return r.reported(m)
		}
	case *xmlvend.CancelVendResp:
		if kind == upstream.Cancellation {
			return r.cancelled(m)
		}
	case *xmlvend.ConfirmMeterResp:
		if kind == upstream.MeterInquiry {
			return served(r.said(&m.ResponseHeader), upstream.Served{Meter: meterOf(m.MeterDetail)}), r.ours(m.MeterDetail)
		}
	case *xmlvend.VerifyResp:
		if kind == upstream.Verification {
			return r.verified(m)
		}
	}
	return nil, errAnother
}

// engineering reports that a token of this name was asked for; who asks for a last
// response may not know which it was.
func (r *reading) engineering(name string) bool {
	asked := r.order.Service.Engineering
	return asked == "" || asked == name
}

func served(v *upstream.Vend, what upstream.Served) *upstream.Vend {
	v.Served = &what
	return v
}

func (r *reading) free(m *xmlvend.CreditVendResp, asked bool) (*upstream.Vend, error) {
	if !asked {
		return nil, errAnother
	}
	v, err := r.vend(&m.VendResponseHeader, &m.Receipt)
	if err != nil {
		return nil, err
	}
	return served(v, upstream.Served{}), nil
}

func (r *reading) transferred(m *xmlvend.MeterCreditTransferResp) (*upstream.Vend, error) {
	v, err := r.vend(&m.VendResponseHeader, &xmlvend.Receipt{ReceiptNo: m.Tx.ReceiptNo, Transactions: xmlvend.Transactions{Tx: []xmlvend.Tx{&m.Tx}}})
	if err != nil {
		return nil, err
	}
	if old := r.order.Service.Transfer; old != nil && !sameMeter(m.Detail.OldMSNO, old.OldMeter) {
		return nil, errors.New("for another replaced meter")
	}
	return served(v, upstream.Served{Transfer: &upstream.Transfer{OldMeter: m.Detail.OldMSNO, Reference: m.Detail.RefNo}}), nil
}

func (r *reading) paid(m *xmlvend.PayAccResp) (*upstream.Vend, error) {
	v, err := r.receipt(&m.VendResponseHeader, &m.Receipt.Receipt)
	if err != nil {
		return nil, err
	}
	if len(v.Lines) == 0 {
		return nil, errors.New("no transaction in the answer")
	}
	if to := r.order.Service.Account; to != nil && to.Number != "" && v.Lines[0].AccountNo != "" && v.Lines[0].AccountNo != to.Number {
		r.strays("the receipt names another account than was asked for")
	}
	what := upstream.Served{}
	if d := m.Receipt.MeterDetail; d != nil {
		if err := r.ours(*d); err != nil {
			return nil, err
		}
		what.Meter = meterOf(*d)
	}
	return served(v, what), nil
}

// keyChangeAlone reads key change tokens that come without a credit token, by which
// the meter could be told.
func (r *reading) keyChangeAlone(kc *xmlvend.KCTokenIssue) (*upstream.KeyChange, error) {
	if err := r.ours(kc.MeterDetail); err != nil {
		return nil, err
	}
	return r.keyChange(kc)
}

func (r *reading) meterToken(m *xmlvend.MeterSpecificEngResp) (*upstream.Vend, error) {
	v := served(r.headed(&m.VendResponseHeader), upstream.Served{Engineering: string(m.Kind)})
	switch {
	case m.Credit != nil:
		line, err := r.creditLine(&xmlvend.CreditVendTx{
			TxCommon: xmlvend.TxCommon{Amt: xmlvend.NewCurrency(0, exponent(r.order.Currency), r.order.Currency)}, CreditTokenIssue: *m.Credit,
		})
		v.Lines = []upstream.Line{line}
		return v, err
	case m.KC != nil:
		change, err := r.keyChangeAlone(m.KC)
		v.Served.KeyChange = change
		return v, err
	case m.Eng != nil:
		token, err := r.token(m.Eng.Token)
		management := &upstream.Management{Description: m.Eng.Desc, Token: token, Meter: *meterOf(m.Eng.MeterDetail), WaterFactor: m.Eng.WaterFactor}
		if limit := m.Eng.PwrLmt; limit != nil {
			management.PowerLimit = &upstream.Limit{Value: limit.Value, SIUnit: limit.SIUnit}
		}
		v.Served.Management = management
		return v, errors.Join(err, r.ours(m.Eng.MeterDetail))
	}
	return nil, errors.New("no token in the answer")
}

func (r *reading) typeToken(m *xmlvend.NonMeterSpecificEngResp) (*upstream.Vend, error) {
	token, err := r.token(m.Issue.Token)
	if err != nil {
		return nil, err
	}
	return served(r.said(&m.ResponseHeader), upstream.Served{
		Engineering: string(m.Kind),
		Management: &upstream.Management{
			Description: m.Issue.Desc, Token: token,
			Meter: upstream.Meter{Algorithm: m.Issue.MeterType.AT, Technology: m.Issue.MeterType.TT},
		},
	}), nil
}

func (r *reading) reported(m *xmlvend.CustReportFaultResp) (*upstream.Vend, error) {
	if m.RefNo == "" {
		return nil, errors.New("no reference of the report")
	}
	report := &upstream.Report{
		Kind: string(m.Report.Kind), Description: m.Report.Desc, Reference: m.RefNo,
		Customer: *r.person(&xmlvend.CustVendDetail{CustDetail: m.Customer}),
	}
	if m.Report.Meter != nil {
		report.Meter = &upstream.Meter{Number: m.Report.Meter.MeterNo()}
	}
	return served(r.said(&m.ResponseHeader), upstream.Served{Report: report}), nil
}

// cancelled reads what was undone. Its amounts are those of the sale; nothing is
// tendered.
func (r *reading) cancelled(m *xmlvend.CancelVendResp) (*upstream.Vend, error) {
	v, err := r.oneToken(&m.VendResponseHeader, &m.OrigTx)
	if err != nil {
		return nil, err
	}
	v.Tendered = 0
	return served(v, upstream.Served{Reference: m.CancelRefNo}), nil
}

// oneToken reads an answer about one token, which must be the one that was asked
// about, if it is known which that was.
func (r *reading) oneToken(head *xmlvend.VendResponseHeader, tx *xmlvend.CreditVendTx) (*upstream.Vend, error) {
	v, err := r.vend(head, &xmlvend.Receipt{ReceiptNo: tx.ReceiptNo, Transactions: xmlvend.Transactions{Tx: []xmlvend.Tx{tx}}})
	if err != nil {
		return nil, err
	}
	if asked := r.order.Service.Token; asked != "" && v.Lines[0].Token != asked {
		return nil, errors.New("about another token")
	}
	return v, nil
}

func (r *reading) verified(m *xmlvend.VerifyResp) (*upstream.Vend, error) {
	v, err := r.oneToken(&m.VendResponseHeader, &m.Tx)
	if err != nil {
		return nil, err
	}
	return served(v, upstream.Served{TokenInfo: &upstream.TokenInfo{
		TokenID: string(m.TokenInfo.TokenID), TransferAmount: string(m.TokenInfo.TransferAmt),
		Credit: m.TokenInfo.Class.Credit, MeterManagement: m.TokenInfo.Class.MeterManagement, NonMeterManagement: m.TokenInfo.Class.NonMeterManagement,
	}}), nil
}
