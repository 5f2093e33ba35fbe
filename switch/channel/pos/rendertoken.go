package pos

import (
	"cmp"
	"fmt"
	"strings"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

const (
	tokenHeading = "CREDIT VEND - TAX INVOICE"
	trialHeading = "TRIAL VEND - NOTHING SOLD"

	// keyChangeFirst is said with a key change unless the supplier has said
	// something himself (vendor rule: key change tokens come before the credit
	// token).
	keyChangeFirst = "Enter all key change tokens before any credit token."
)

// credit renders a sale of tokens.
func (p printer) credit(head xmlvend.ResponseHeader, r *vending.Receipt) (*xmlvend.CreditVendResp, error) {
	// What follows the first '|' is numbers for the supplier's own terminals.
	title, _, _ := strings.Cut(r.Outcome.Vend.Heading, "|")
	head.DispHeader = heading(cmp.Or(strings.TrimSpace(title), tokenHeading), r.Copy)
	return tokens(head, r.Outcome, tokenPrinter{target: r.Sale.Target})
}

// trial renders what a sale of tokens would be. No token in it works, whatever
// the supplier sent.
func (p printer) trial(head xmlvend.ResponseHeader, r *vending.Receipt, target string) (*xmlvend.TrialCreditVendResp, error) {
	head.DispHeader = trialHeading
	resp, err := tokens(head, r.Outcome, tokenPrinter{target: target, worthless: true})
	if err != nil {
		return nil, err
	}
	return &xmlvend.TrialCreditVendResp{CreditVendResp: *resp}, nil
}

func tokens(head xmlvend.ResponseHeader, o *vending.Outcome, t tokenPrinter) (*xmlvend.CreditVendResp, error) {
	v := o.Vend
	head.OperatorMsg, head.CustMsg = line(v.OperatorMsg, maxMsg), line(v.CustomerMsg, maxMsg)
	t.currency, t.receiptNo = cmp.Or(number(v.Currency, 1, 3), o.Currency), v.ReceiptNo
	resp := &xmlvend.CreditVendResp{
		VendResponseHeader: parties(head, o),
		Receipt: xmlvend.Receipt{
			ReceiptNo: line(o.ReceiptNo, maxReceiptNo),
			Transactions: xmlvend.Transactions{
				LessRound: optional(v.Rounding, t.currency),
				TenderAmt: optional(&v.Tendered, t.currency),
				Change:    optional(v.Change, t.currency),
			},
		},
	}
	for _, l := range v.Lines {
		tx, err := t.tx(l)
		if err != nil {
			return nil, err
		}
		resp.Receipt.Transactions.Tx = append(resp.Receipt.Transactions.Tx, tx)
		if l.KeyChange != nil {
			resp.OperatorMsg = cmp.Or(resp.OperatorMsg, keyChangeFirst)
			resp.CustMsg = cmp.Or(resp.CustMsg, keyChangeFirst)
		}
	}
	if len(v.Lines) == 0 {
		return nil, fmt.Errorf("receipt %s has no line", o.ReceiptNo)
	}
	return resp, nil
}

// tokenPrinter renders the lines of one receipt.
type tokenPrinter struct {
	target    string // the meter asked for
	currency  string
	receiptNo string // the supplier's, for lines without their own
	worthless bool   // of a trial
}

// credits are the kinds of line that issue a token.
var credits = map[vending.LineKind]struct {
	kind xmlvend.CreditKind
	desc string
}{
	vending.LineSale:        {xmlvend.SaleCreditToken, "Sale"},
	vending.LineFreeBasic:   {xmlvend.FBECreditToken, "Free basic electricity"},
	vending.LineFree:        {xmlvend.FreeCreditToken, "Free issue"},
	vending.LineReplacement: {xmlvend.MCTCreditToken, "Meter credit transfer"},
	vending.LineCredit:      {xmlvend.CreditToken, "Credit"},
}

// payments are the kinds of line that do not.
var payments = map[vending.LineKind]struct {
	kind xmlvend.AccountKind
	desc string
}{
	vending.LineDebt:    {xmlvend.AccountDebtRecovery, "Debt"},
	vending.LineCharge:  {xmlvend.AccountServiceCharge, "Service charge"},
	vending.LinePayment: {xmlvend.AccountOther, "Payment"},
}

// tx renders a line. One that should have a token and has none is a payment:
// there is nothing to key in, but the money has to add up.
func (t tokenPrinter) tx(l vending.Line) (xmlvend.Tx, error) {
	common := xmlvend.TxCommon{
		ReceiptNo: number(cmp.Or(l.ReceiptNo, t.receiptNo), 1, maxReceiptNo),
		Amt:       money(l.Amount, t.currency),
		Tax:       taxes(l.Taxes, t.currency),
	}
	if l.Token != "" {
		return t.creditTx(common, l)
	}
	if l.KeyChange != nil {
		return nil, fmt.Errorf("a key change comes with a line of kind %q, which has no token", l.Kind)
	}
	tx := &xmlvend.PayAccTx{
		TxCommon: common,
		Kind:     payments[l.Kind].kind,
		AccDesc:  line(cmp.Or(l.Description, payments[l.Kind].desc), maxMsg),
		AccNo:    number(l.AccountNo, 1, maxNumber),
		Tariff:   tariff(l.Tariff),
	}
	if l.Kind == vending.LineDebt {
		tx.Balance = optional(l.Balance, t.currency)
	}
	return tx, nil
}

func (t tokenPrinter) creditTx(common xmlvend.TxCommon, l vending.Line) (*xmlvend.CreditVendTx, error) {
	cipher, err := t.cipher(l.Token)
	if err != nil {
		return nil, err
	}
	as, ok := credits[l.Kind]
	if !ok {
		as = credits[vending.LineCredit]
	}
	meter := t.meter(l.Meter)
	tx := &xmlvend.CreditVendTx{
		TxCommon: common,
		CreditTokenIssue: xmlvend.CreditTokenIssue{
			TokenIssue: xmlvend.TokenIssue{
				Desc:        line(cmp.Or(l.Description, as.desc), maxMsg),
				MeterDetail: meter,
				Token:       cipher,
			},
			Kind:     as.kind,
			Units:    units(l),
			Resource: resource(l.Resource),
		},
		Tariff: tariff(l.Tariff),
	}
	if l.KeyChange != nil {
		tx.KCTokenIssue, err = t.keyChange(l.KeyChange, meter)
	}
	return tx, err
}

func (t tokenPrinter) keyChange(k *vending.KeyChange, meter xmlvend.MeterDetail) (*xmlvend.KCTokenIssue, error) {
	first, err := t.cipher(k.First)
	if err != nil {
		return nil, err
	}
	second, err := t.cipher(k.Second)
	if err != nil {
		return nil, err
	}
	if k.Meter != nil {
		meter = t.meter(k.Meter)
	} else {
		meter.SGC, meter.KRN, meter.TI = digits(k.To.SupplyGroup, 6), digits(k.To.KeyRevision, 1), digits(k.To.TariffIndex, 2)
	}
	issue := &xmlvend.KCTokenIssue{
		TokenIssue: xmlvend.TokenIssue{
			Desc:        line(cmp.Or(k.Description, "Key change"), maxMsg),
			MeterDetail: meter,
			Token:       xmlvend.KCToken{Set1stMeterKey: first, Set2ndMeterKey: second},
		},
		KCTData: xmlvend.KCTData{
			FromSGC: digits(k.From.SupplyGroup, 6), FromKRN: digits(k.From.KeyRevision, 1), FromTI: digits(k.From.TariffIndex, 2),
			ToSGC: digits(k.To.SupplyGroup, 6), ToKRN: digits(k.To.KeyRevision, 1), ToTI: digits(k.To.TariffIndex, 2),
		},
	}
	if k.PowerLimit != nil {
		issue.PwrLmtToken, err = t.powerLimit(k.PowerLimit, meter)
	}
	return issue, err
}

func (t tokenPrinter) powerLimit(l *vending.PowerLimit, meter xmlvend.MeterDetail) (*xmlvend.PwrLmtTokenIssue, error) {
	cipher, err := t.cipher(l.Token)
	if err != nil {
		return nil, err
	}
	return &xmlvend.PwrLmtTokenIssue{
		TokenIssue: xmlvend.TokenIssue{
			Desc:        line("Power limit "+l.Value+" "+l.SIUnit, maxMsg),
			MeterDetail: meter,
			Token:       cipher,
		},
		PwrLmt: xmlvend.PwrLmt{Value: oneDecimal(l.Value), SIUnit: cmp.Or(number(l.SIUnit, 1, 4), "kW")},
	}, nil
}

// oneDecimal writes a power limit as the schema wants it: up to three digits, a
// point and one decimal. What cannot be written so stays in the description.
func oneDecimal(value string) string {
	tenths, err := xmlvend.Decimal(value).Canonical().Minor(1)
	if err != nil || tenths < 0 || tenths > 9999 {
		return "0.0"
	}
	return string(xmlvend.DecimalFromMinor(tenths, 1))
}

// worthlessToken is the token of a trial (XMLVend 2.1: all zeros).
const worthlessToken = "00000000000000000000"

// cipher refuses a token that cannot be one: better no receipt than one whose
// token cannot be keyed in.
func (t tokenPrinter) cipher(token string) (xmlvend.STS1Token, error) {
	if t.worthless {
		token = worthlessToken
	}
	if len(token) != len(worthlessToken) || strings.Trim(token, "0123456789") != "" {
		return xmlvend.STS1Token{}, fmt.Errorf("a token of receipt %s is not %d digits", t.receiptNo, len(worthlessToken))
	}
	return xmlvend.STS1Token{Cipher: xmlvend.Secret(token)}, nil
}

func (t tokenPrinter) meter(m *vending.Meter) xmlvend.MeterDetail {
	if m == nil {
		m = new(vending.Meter)
	}
	return meterDetail(*m, t.target)
}

// meterDetail renders a meter. What the supplier did not say is zeros; a meter
// number not said is the one asked for.
func meterDetail(m vending.Meter, target string) xmlvend.MeterDetail {
	return xmlvend.MeterDetail{
		MSNO: cmp.Or(number(m.Number, 3, 13), number(target, 3, 13), "000"),
		SGC:  digits(m.SupplyGroup, 6),
		KRN:  digits(m.KeyRevision, 1),
		TI:   digits(m.TariffIndex, 2),
		Type: xmlvend.MeterType{AT: digits(m.Algorithm, 2), TT: digits(m.Technology, 2)},
	}
}

func taxes(of []vending.Tax, currency string) []xmlvend.Tax {
	var rendered []xmlvend.Tax
	for _, x := range of {
		rate := min(max(x.RateBP, 0), 100_00)
		rendered = append(rendered, xmlvend.Tax{
			Amt:  money(x.Amount, currency),
			Rate: xmlvend.DecimalFromMinor(int64(rate), 2).Canonical(),
		})
	}
	return rendered
}

func tariff(t *vending.Tariff) *xmlvend.Tariff {
	if t == nil {
		return nil
	}
	return &xmlvend.Tariff{Name: line(t.Name, maxMsg), Desc: line(t.Desc, maxMsg)}
}

// siUnits are the usual units of resources, for a supplier that names none.
var siUnits = map[xmlvend.Resource]string{
	xmlvend.Electricity:      "kWh",
	xmlvend.Gas:              "m3",
	xmlvend.Water:            "kl",
	xmlvend.ConnectionTime:   "h",
	xmlvend.CurrencyResource: "unit",
}

func units(l vending.Line) xmlvend.Units {
	value := xmlvend.Decimal(l.Units)
	if !value.Valid() {
		value = "0"
	}
	return xmlvend.Units{Value: value, SIUnit: cmp.Or(number(l.SIUnit, 1, 4), siUnits[resource(l.Resource)])}
}

// resource is electricity unless the supplier said otherwise.
func resource(r vending.Resource) xmlvend.Resource {
	if _, known := siUnits[xmlvend.Resource(r)]; known {
		return xmlvend.Resource(r)
	}
	return xmlvend.Electricity
}
