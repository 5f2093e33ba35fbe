package xmlvend

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
