package utility

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// worthless is the token of a trial.
const worthless = "00000000000000000000"

var lineKinds = map[xmlvend.CreditKind]upstream.LineKind{
	xmlvend.SaleCreditToken: upstream.LineSale,
	xmlvend.FBECreditToken:  upstream.LineFreeBasic,
	xmlvend.FreeCreditToken: upstream.LineFree,
	xmlvend.MCTCreditToken:  upstream.LineReplacement,
}

var accountKinds = map[xmlvend.AccountKind]upstream.LineKind{
	xmlvend.AccountDebtRecovery:  upstream.LineDebt,
	xmlvend.AccountServiceCharge: upstream.LineCharge,
}

// reading turns an answer into records and notes where it strays from the schema
// without harm. Its errors mean that the answer cannot be taken for ours, and
// quote nothing of it.
type reading struct {
	order      upstream.VendOrder
	trial      bool
	zone       *time.Location
	deviations []string
}

func (r *reading) strays(format string, args ...any) {
	r.deviations = append(r.deviations, fmt.Sprintf(format, args...))
}

// vend reads the receipt of a sale, which has a token.
func (r *reading) vend(head *xmlvend.VendResponseHeader, receipt *xmlvend.Receipt) (*upstream.Vend, error) {
	v, err := r.receipt(head, receipt)
	if err == nil && len(v.CreditTokens()) == 0 {
		return nil, errors.New("no credit token in the answer")
	}
	return v, err
}

// headed is what the header of an answer about a meter says.
func (r *reading) headed(head *xmlvend.VendResponseHeader) *upstream.Vend {
	v := r.said(&head.ResponseHeader)
	v.Utility = upstream.Organisation{Name: head.Utility.Name, Address: head.Utility.Address, TaxRef: head.Utility.TaxRef}
	v.Customer = r.person(head.CustVendDetail)
	return v
}

// said is what the header of any answer says.
func (r *reading) said(head *xmlvend.ResponseHeader) *upstream.Vend {
	return &upstream.Vend{
		At:          r.time(head.RespDateTime),
		Currency:    r.order.Currency,
		Heading:     head.DispHeader,
		OperatorMsg: head.OperatorMsg,
		CustomerMsg: head.CustMsg,
	}
}

// receipt reads a receipt: every line with its amount, its meter and its tokens.
func (r *reading) receipt(head *xmlvend.VendResponseHeader, receipt *xmlvend.Receipt) (*upstream.Vend, error) {
	v := r.headed(head)
	v.ReceiptNo = receipt.ReceiptNo
	var amounts []int64
	for i, tx := range receipt.Transactions.Tx {
		line, err := r.line(tx)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		amounts = append(amounts, line.Amount)
		for _, t := range line.Taxes {
			amounts = append(amounts, t.Amount)
		}
		v.Lines = append(v.Lines, line)
	}
	total, err := sum(amounts...)
	if err != nil {
		return nil, err
	}
	v.Change = r.optional("change", receipt.Transactions.Change)
	v.Rounding = r.optional("lessRound", receipt.Transactions.LessRound)
	v.Tendered, err = r.tendered(total, r.optional("tenderAmt", receipt.Transactions.TenderAmt), v.Change)
	return v, err
}

// tendered decides between the sum of the lines and the tender the supplier names,
// which it may leave out. The sum stands when the tender agrees with it (less the
// change or not); when they disagree (Conlog prints the VAT of a tender as one
// more line), the one that is the order's amount stands, else the tender.
func (r *reading) tendered(total int64, tender, change *int64) (int64, error) {
	figure := total
	if tender != nil && *tender != total && (change == nil || *tender-*change != total) {
		r.strays("the lines do not add up to tenderAmt")
		if r.order.Amount != total {
			figure = *tender
		}
	}
	if figure < 0 {
		return 0, errors.New("a negative amount was sold")
	}
	return figure, nil
}

func (r *reading) line(tx xmlvend.Tx) (upstream.Line, error) {
	switch tx := tx.(type) {
	case *xmlvend.CreditVendTx:
		return r.creditLine(tx)
	case *xmlvend.PayAccTx:
		return r.accountLine(tx)
	}
	return upstream.Line{}, errors.New("of a kind that is not known")
}

func (r *reading) creditLine(tx *xmlvend.CreditVendTx) (upstream.Line, error) {
	line, err := r.common(&tx.TxCommon)
	if err != nil {
		return line, err
	}
	issue := &tx.CreditTokenIssue
	if err := r.ours(issue.MeterDetail); err != nil {
		return line, err
	}
	if line.Token, err = r.token(issue.Token); err != nil {
		return line, err
	}
	if line.KeyChange, err = r.keyChange(tx.KCTokenIssue); err != nil {
		return line, err
	}
	line.Kind = upstream.LineCredit
	if kind, ok := lineKinds[issue.Kind]; ok {
		line.Kind = kind
	}
	line.Description = issue.Desc
	line.Meter = meterOf(issue.MeterDetail)
	line.Resource = upstream.Resource(issue.Resource)
	line.Tariff = tariffOf(tx.Tariff)
	if issue.Units.Value.Valid() {
		line.Units, line.SIUnit = string(issue.Units.Value), issue.Units.SIUnit
	} else {
		r.strays("units cannot be read")
	}
	return line, nil
}

func (r *reading) accountLine(tx *xmlvend.PayAccTx) (upstream.Line, error) {
	line, err := r.common(&tx.TxCommon)
	if err != nil {
		return line, err
	}
	line.Kind = upstream.LinePayment
	if kind, ok := accountKinds[tx.Kind]; ok {
		line.Kind = kind
	}
	line.Description = tx.AccDesc
	line.AccountNo = tx.AccNo
	line.Tariff = tariffOf(tx.Tariff)
	line.Balance = r.optional("balance", tx.Balance)
	return line, nil
}

func (r *reading) common(tx *xmlvend.TxCommon) (upstream.Line, error) {
	line := upstream.Line{ReceiptNo: tx.ReceiptNo}
	var err error
	if line.Amount, err = minor(tx.Amt, r.order.Currency); err != nil {
		return line, errors.New("its amount cannot be read")
	}
	for _, tax := range tx.Tax {
		amount, err := minor(tax.Amt, r.order.Currency)
		if err != nil {
			return line, errors.New("its tax cannot be read")
		}
		rate, err := basisPoints(tax.Rate)
		if err != nil {
			r.strays("a tax rate cannot be read")
		}
		line.Taxes = append(line.Taxes, upstream.Tax{RateBP: rate, Amount: amount})
	}
	return line, nil
}

// ours checks that a token is for the meter of the order. An order by magnetic
// card names no meter, since the track must not be taken apart.
func (r *reading) ours(m xmlvend.MeterDetail) error {
	switch {
	case m.MSNO == "":
		return errors.New("no meter number")
	case r.order.Meter.Number != "" && !sameMeter(m.MSNO, r.order.Meter.Number):
		return errors.New("for another meter")
	}
	return nil
}

// sameMeter compares meter numbers; leading zeros do not count, since servers drop
// and add them.
func sameMeter(a, b string) bool {
	return strings.TrimLeft(strings.TrimSpace(a), "0") == strings.TrimLeft(strings.TrimSpace(b), "0")
}

// token reads a credit token. A trial's is worthless whatever the server sent.
func (r *reading) token(t xmlvend.Token) (string, error) {
	sts, ok := t.(xmlvend.STS1Token)
	if r.trial {
		if !ok || sts.Cipher.Reveal() != worthless {
			r.strays("the token of a trial is not twenty zeros")
		}
		return worthless, nil
	}
	if !ok {
		return "", errors.New("no credit token")
	}
	return cipher(sts)
}

func cipher(t xmlvend.STS1Token) (string, error) {
	token := t.Cipher.Reveal()
	switch {
	case token == "":
		return "", errors.New("no credit token")
	case len(token) != len(worthless) || !digits(token):
		return "", errors.New("a token that is not 20 digits")
	case token == worthless:
		return "", errors.New("a worthless token")
	}
	return token, nil
}

func digits(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < '0' || c > '9' })
}

// keyChange reads the tokens that come before the credit token. Without them the
// credit token does not work, so they are held to the same rules.
func (r *reading) keyChange(kc *xmlvend.KCTokenIssue) (*upstream.KeyChange, error) {
	if kc == nil {
		return nil, nil
	}
	pair, ok := kc.Token.(xmlvend.KCToken)
	if !ok {
		return nil, errors.New("a key change without tokens")
	}
	change := &upstream.KeyChange{
		Description: kc.Desc,
		First:       worthless,
		Second:      worthless,
		From:        upstream.Key{SupplyGroup: kc.KCTData.FromSGC, KeyRevision: kc.KCTData.FromKRN, TariffIndex: kc.KCTData.FromTI},
		To:          upstream.Key{SupplyGroup: kc.KCTData.ToSGC, KeyRevision: kc.KCTData.ToKRN, TariffIndex: kc.KCTData.ToTI},
		Meter:       meterOf(kc.MeterDetail),
	}
	if kc.MeterDetail.MSNO != "" {
		if err := r.ours(kc.MeterDetail); err != nil {
			return nil, fmt.Errorf("a key change %w", err)
		}
	}
	limit := kc.PwrLmtToken
	if limit != nil {
		if limit.MeterDetail.MSNO != "" {
			if err := r.ours(limit.MeterDetail); err != nil {
				return nil, fmt.Errorf("a power limit %w", err)
			}
		}
		change.PowerLimit = &upstream.PowerLimit{Token: worthless, Value: limit.PwrLmt.Value, SIUnit: limit.PwrLmt.SIUnit}
	}
	if r.trial {
		return change, nil
	}
	var err error
	if change.First, err = cipher(pair.Set1stMeterKey); err != nil {
		return nil, fmt.Errorf("key change: %w", err)
	}
	if change.Second, err = cipher(pair.Set2ndMeterKey); err != nil {
		return nil, fmt.Errorf("key change: %w", err)
	}
	if limit != nil {
		token, _ := limit.Token.(xmlvend.STS1Token)
		if change.PowerLimit.Token, err = cipher(token); err != nil {
			return nil, fmt.Errorf("power limit: %w", err)
		}
	}
	return change, nil
}

func meterOf(m xmlvend.MeterDetail) *upstream.Meter {
	return &upstream.Meter{
		Number: m.MSNO, SupplyGroup: m.SGC, KeyRevision: m.KRN, TariffIndex: m.TI,
		Algorithm: m.Type.AT, Technology: m.Type.TT,
	}
}

func tariffOf(t *xmlvend.Tariff) *upstream.Tariff {
	if t == nil {
		return nil
	}
	return &upstream.Tariff{Name: t.Name, Desc: t.Desc}
}

func (r *reading) person(c *xmlvend.CustVendDetail) *upstream.Person {
	if c == nil {
		return nil
	}
	p := &upstream.Person{Name: c.Name, Address: c.Address, Contact: c.ContactNo, AccountNo: c.AccNo, LocationRef: c.LocRef}
	if c.DaysLastPurchase != "" {
		days, err := strconv.Atoi(c.DaysLastPurchase)
		if err != nil {
			r.strays("daysLastPurchase is not a number")
		} else {
			p.DaysLastPurchase = &days
		}
	}
	return p
}

// optional reads an amount that may be absent and that no posting rests on.
func (r *reading) optional(name string, c *xmlvend.Currency) *int64 {
	if c == nil {
		return nil
	}
	amount, err := minor(*c, r.order.Currency)
	if err != nil {
		r.strays("%s cannot be read", name)
		return nil
	}
	return &amount
}

func (r *reading) time(d xmlvend.DateTime) time.Time {
	t, err := d.Time(r.zone)
	if err != nil {
		r.strays("respDateTime cannot be read")
		return time.Time{}
	}
	return t.UTC()
}
