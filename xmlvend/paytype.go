package xmlvend

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
