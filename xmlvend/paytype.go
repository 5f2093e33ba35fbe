package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// PayType says how a customer pays: [Cash], [Card], [Cheque] or [UnknownPay].
type PayType interface{ payType() }

// Cash is payment in cash.
type Cash struct{ TenderAmt Currency }

// CardKind tells a credit card from a debit card.
type CardKind string

// The kinds of card.
const (
	CreditCard CardKind = "CreditCard"
	DebitCard  CardKind = "DebitCard"
)

// Card is payment by bank card.
type Card struct {
	Kind          CardKind
	CardAmt       Currency
	AccHolderName string
	PAN           Secret // card number
	ExpDate       string // YYYYMM
	CVNum         Secret // card verification number
	ClearingHouse string
}

// Cheque is payment by cheque.
type Cheque struct {
	CheqAmt       Currency
	AccHolderName string
	AccHolderIDNo string
	AccNo         string
	BankName      string
	BranchCode    string // 1 to 10 digits
	CheqNo        string // 1 to 20 digits
	CheqType      string // Personal, Company or Government
	MICR          string // 1 to 40 digits; optional
}

// UnknownPay says that the way of paying is not known yet (type Unknown).
type UnknownPay struct{}

func (Cash) payType()       {}
func (Card) payType()       {}
func (Cheque) payType()     {}
func (UnknownPay) payType() {}

// payType reads an optional element declared as PayType, which is abstract.
func (d *decoder) payType(n ref) PayType {
	if n == none {
		return nil
	}
	c := d.seq(n)
	defer c.done()
	switch kind := d.kind(n, schemas.NSBase, ""); kind {
	case "Cash":
		return Cash{TenderAmt: d.currency(c.one(base("tenderAmt")))}
	case string(CreditCard), string(DebitCard):
		return Card{
			Kind:          CardKind(kind),
			CardAmt:       d.currency(c.one(base("cardAmt"))),
			AccHolderName: d.str(c.one(base("accHolderName"))),
			PAN:           Secret(d.str(c.one(base("pan")))),
			ExpDate:       d.str(c.one(base("expDate"))),
			CVNum:         Secret(d.str(c.one(base("cvNum")))),
			ClearingHouse: d.str(c.one(base("clearingHouse"))),
		}
	case "Cheque":
		return Cheque{
			CheqAmt:       d.currency(c.one(base("cheqAmt"))),
			AccHolderName: d.str(c.one(base("accHolderName"))),
			AccHolderIDNo: d.str(c.one(base("accHolderIDNo"))),
			AccNo:         d.str(c.one(base("accNo"))),
			BankName:      d.str(c.one(base("bankName"))),
			BranchCode:    d.str(c.one(base("branchCode"))),
			CheqNo:        d.str(c.one(base("cheqNo"))),
			CheqType:      d.str(c.one(base("cheqType"))),
			MICR:          d.str(c.opt(base("micr"))),
		}
	case "Unknown":
		return UnknownPay{}
	}
	d.alien(n)
	return nil
}

func (e *encoder) payType(name string, p PayType) {
	if p == nil {
		return
	}
	e.start(name)
	switch p := p.(type) {
	case Cash:
		e.baseType("Cash")
		e.currency("b:tenderAmt", p.TenderAmt)
	case Card:
		e.baseType(string(p.Kind))
		e.currency("b:cardAmt", p.CardAmt)
		e.leaf("b:accHolderName", p.AccHolderName)
		if !e.digest { // a digest is stored: nothing of a card may be found out from it
			e.leaf("b:pan", p.PAN.Reveal())
			e.leaf("b:expDate", p.ExpDate)
			e.leaf("b:cvNum", p.CVNum.Reveal())
		}
		e.leaf("b:clearingHouse", p.ClearingHouse)
	case Cheque:
		e.baseType("Cheque")
		e.currency("b:cheqAmt", p.CheqAmt)
		e.leaf("b:accHolderName", p.AccHolderName)
		e.leaf("b:accHolderIDNo", p.AccHolderIDNo)
		e.leaf("b:accNo", p.AccNo)
		e.leaf("b:bankName", p.BankName)
		e.leaf("b:branchCode", p.BranchCode)
		e.leaf("b:cheqNo", p.CheqNo)
		e.leaf("b:cheqType", p.CheqType)
		e.leafOpt("b:micr", p.MICR)
	case UnknownPay:
		e.baseType("Unknown")
	}
	e.end(name)
}
