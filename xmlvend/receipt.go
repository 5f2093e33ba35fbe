package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// Tax is the tax part of a transaction (VAT, the only tax of the schema).
type Tax struct {
	Amt  Currency
	Rate Decimal // percent, 0 to 100
}

// Tariff is free text about the tariff applied.
type Tariff struct {
	Name string
	Desc string // optional
}

// Tx is one movement of money on a receipt: a [CreditVendTx], a [PayAccTx] or a
// [VoucherTx].
type Tx interface {
	// Common returns what every movement has; changes to it change the movement.
	Common() *TxCommon
	// encode writes attributes and children of the element just started, the
	// type first if that is not the one declared for the element.
	encode(e *encoder, declared QName)
}

// TxCommon is what every movement of money has.
type TxCommon struct {
	ReceiptNo string   // optional
	Amt       Currency // without Tax
	Tax       []Tax
}

// Common returns the receiver.
func (t *TxCommon) Common() *TxCommon { return t }

// CreditVendTx is a movement that issued a credit token.
type CreditVendTx struct {
	TxCommon
	CreditTokenIssue CreditTokenIssue
	KCTokenIssue     *KCTokenIssue // optional: keys to change before the credit token is keyed in
	Tariff           *Tariff       // optional
}

// AccountKind is the schema type of a payment towards an account.
type AccountKind string

// The kinds of account payment.
const (
	AccountOther         AccountKind = ""
	AccountDebtRecovery  AccountKind = "DebtRecovery"
	AccountServiceCharge AccountKind = "ServiceChrg"
)

// PayAccTx is a movement towards an account: arrears (DebtRecoveryTx), a service
// charge (ServiceChrgTx) or another (PayAccTx).
type PayAccTx struct {
	TxCommon
	Kind    AccountKind
	AccDesc string
	AccNo   string    // optional
	Tariff  *Tariff   // optional
	Balance *Currency // debt left; DebtRecovery only, optional
}

// Transactions is the body of a receipt.
type Transactions struct {
	Tx        []Tx      // at least one
	LessRound *Currency // optional
	TenderAmt *Currency // what was tendered; the sum of amounts and taxes
	Change    *Currency // optional
}

// Receipt is the receipt of a sale.
type Receipt struct {
	ReceiptNo    string
	Transactions Transactions
}

// PayAccReceipt is the receipt of an account payment.
type PayAccReceipt struct {
	Receipt
	MeterDetail *MeterDetail // optional
}

// txTypes holds the kinds of movement by schema type. Like the registry of
// messages it is filled while the package is initialised.
var txTypes = map[QName]func(d *decoder, n ref) Tx{}

func init() {
	txTypes[revenue("CreditVendTx")] = func(d *decoder, n ref) Tx { return d.creditVendTx(n) }
	for typ, kind := range payAccTxKinds {
		txTypes[revenue(typ)] = func(d *decoder, n ref) Tx { return d.payAccTx(n, kind) }
	}
}

var payAccTxKinds = map[string]AccountKind{
	"PayAccTx": AccountOther, "DebtRecoveryTx": AccountDebtRecovery, "ServiceChrgTx": AccountServiceCharge,
}

// tx reads an element declared as Tx, which is abstract.
func (d *decoder) tx(n ref) Tx {
	if f, ok := txTypes[d.nodes[n].Type]; ok {
		return f(d, n)
	}
	d.fail(n, "xsi:type is missing or is not that of a transaction")
	for name, f := range txTypes {
		if name.Local == d.nodes[n].Type.Local {
			return f(d, n)
		}
	}
	if d.child(n, "creditTokenIssue") != none {
		return d.creditVendTx(n)
	}
	return d.payAccTx(n, AccountOther)
}

func (d *decoder) txCommon(n ref, c *cursor) TxCommon {
	t := TxCommon{ReceiptNo: d.may(n, "receiptNo"), Amt: d.currency(c.one(revenue("amt")))}
	c.all(revenue("tax"), func(n ref) { t.Tax = append(t.Tax, d.tax(n)) })
	return t
}

func (e *encoder) txCommon(t *TxCommon) {
	e.attrOpt("receiptNo", t.ReceiptNo)
	e.currency("r:amt", t.Amt)
	for i := range t.Tax {
		e.tax("r:tax", &t.Tax[i])
	}
}

// tax reads an element declared as Tax, which is abstract.
func (d *decoder) tax(n ref) Tax {
	if d.kind(n, schemas.NSBase, "") != "VAT" {
		d.alien(n)
	}
	c := d.seq(n)
	t := Tax{Amt: d.currency(c.one(base("amt"))), Rate: d.decimal(n, d.must(n, "rate"))}
	c.done()
	return t
}

func (e *encoder) tax(name string, t *Tax) {
	e.start(name)
	e.baseType("VAT")
	e.attr("rate", e.decimal(t.Rate))
	e.currency("b:amt", t.Amt)
	e.end(name)
}

func (d *decoder) tariff(n ref) *Tariff {
	if n == none {
		return nil
	}
	c := d.seq(n)
	t := &Tariff{Name: d.str(c.one(base("name"))), Desc: d.str(c.opt(base("desc")))}
	c.done()
	return t
}

func (e *encoder) tariff(t *Tariff) {
	if t == nil {
		return
	}
	e.start("r:tariff")
	e.msg("b:name", t.Name)
	e.msgOpt("b:desc", t.Desc)
	e.end("r:tariff")
}

func (d *decoder) creditVendTx(n ref) *CreditVendTx {
	if n == none {
		return &CreditVendTx{}
	}
	c := d.seq(n)
	t := &CreditVendTx{
		TxCommon:         d.txCommon(n, &c),
		CreditTokenIssue: d.creditTokenIssue(c.one(revenue("creditTokenIssue"))),
	}
	if n := c.opt(revenue("kcTokenIssue")); n != none {
		kc := d.kcTokenIssue(n)
		t.KCTokenIssue = &kc
	}
	t.Tariff = d.tariff(c.opt(revenue("tariff")))
	c.done()
	return t
}

func (t *CreditVendTx) encode(e *encoder, declared QName) {
	if typ := revenue("CreditVendTx"); typ != declared {
		e.xsiType(typ)
	}
	e.txCommon(&t.TxCommon)
	e.creditTokenIssue("r:creditTokenIssue", &t.CreditTokenIssue)
	if t.KCTokenIssue != nil {
		e.kcTokenIssue("r:kcTokenIssue", t.KCTokenIssue)
	}
	e.tariff(t.Tariff)
}

// creditVendTx writes an element declared as CreditVendTx.
func (e *encoder) creditVendTx(name string, t *CreditVendTx) {
	e.start(name)
	t.encode(e, revenue("CreditVendTx"))
	e.end(name)
}

func (d *decoder) payAccTx(n ref, kind AccountKind) *PayAccTx {
	c := d.seq(n)
	t := &PayAccTx{
		Kind:     kind,
		TxCommon: d.txCommon(n, &c),
		AccDesc:  d.str(c.one(revenue("accDesc"))),
		AccNo:    d.str(c.opt(revenue("accNo"))),
		Tariff:   d.tariff(c.opt(revenue("tariff"))),
	}
	if kind == AccountDebtRecovery {
		t.Balance = d.currencyOpt(c.opt(revenue("balance")))
	}
	c.done()
	return t
}

func (t *PayAccTx) encode(e *encoder, _ QName) {
	if t.Kind == AccountOther {
		e.revenueType("PayAccTx")
	} else {
		e.revenueType(string(t.Kind) + "Tx")
	}
	e.txCommon(&t.TxCommon)
	e.msg("r:accDesc", t.AccDesc)
	e.leafOpt("r:accNo", t.AccNo)
	e.tariff(t.Tariff)
	if t.Kind == AccountDebtRecovery {
		e.currencyOpt("r:balance", t.Balance)
	}
}

// receipt reads what every receipt has.
func (d *decoder) receipt(n ref, c *cursor) Receipt {
	r := Receipt{ReceiptNo: d.must(n, "receiptNo")}
	tc := d.seq(c.one(revenue("transactions")))
	t := &r.Transactions
	tc.some(revenue("tx"), func(n ref) { t.Tx = append(t.Tx, d.tx(n)) })
	t.LessRound = d.currencyOpt(tc.opt(revenue("lessRound")))
	t.TenderAmt = d.currencyOpt(tc.opt(revenue("tenderAmt")))
	t.Change = d.currencyOpt(tc.opt(revenue("change")))
	tc.done()
	return r
}

func (e *encoder) receipt(r *Receipt) {
	e.attr("receiptNo", r.ReceiptNo)
	e.start("r:transactions")
	for _, tx := range r.Transactions.Tx {
		e.start("r:tx")
		tx.encode(e, QName{})
		e.end("r:tx")
	}
	e.currencyOpt("r:lessRound", r.Transactions.LessRound)
	e.currencyOpt("r:tenderAmt", r.Transactions.TenderAmt)
	e.currencyOpt("r:change", r.Transactions.Change)
	e.end("r:transactions")
}
