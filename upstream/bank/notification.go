package bank

import (
	"encoding/json"
)

// Kind is what happened to the money. Only a Deposit may ever credit a merchant.
type Kind string

// The kinds.
const (
	Deposit    Kind = "deposit"    // posted in
	Withdrawal Kind = "withdrawal" // posted out: cash, a payment, a debit order, a transfer to elsewhere
	Fee        Kind = "fee"        // the bank's own charge
	Other      Kind = "other"      // a reservation, a reversal, a returned debit, a log-on, a payer's proof of payment, what is not understood
)

// valid reports one of the kinds above.
func (k Kind) valid() bool { return k == Deposit || k == Withdrawal || k == Fee || k == Other }

// Notification is what a bank says about one movement of money. What its text does
// not say is empty.
type Notification struct {
	Bank      string // as the templates name it
	Template  string // what read it, as in "fnb/paid-to@1"; empty if nothing could
	Kind      Kind
	HasAmount bool
	Amount    int64  // cents, never negative
	Currency  string // ISO 4217
	Reference string // of a deposit, as the payer typed it; runs of white space are one space
	Account   string // the digits that are shown of the operator's account
	Day       string // MM-DD of the movement, local
	Date      string // YYYY-MM-DD, local; empty if the text has no year and it is not known when the message came
	Time      string // HH:MM, local

	HasBalance bool
	Balance    int64  // cents after the movement, can be negative
	Method     string // how it was paid, for fee rules: eft, online, instant, cash, atm, card, …; empty if the text does not tell

	Verdict Verdict // on this movement: a mail may hold several
	Reason  string  // of the verdict, for a person
}

// notificationRecord is the JSON form of a Notification.
type notificationRecord struct {
	Bank      *string `json:"bank"`
	Amount    *int64  `json:"amount_cents"`
	Currency  *string `json:"currency"`
	Reference *string `json:"reference"`
	Account   *string `json:"account_suffix"`
	Date      *string `json:"date"`
	Kind      Kind    `json:"kind"`
}

// MarshalJSON gives bank, amount_cents, currency, reference, account_suffix, date
// and kind, null for what the text does not say.
func (n Notification) MarshalJSON() ([]byte, error) {
	r := notificationRecord{
		Bank: said(n.Bank), Currency: said(n.Currency), Reference: said(n.Reference),
		Account: said(n.Account), Date: said(n.Date), Kind: n.Kind,
	}
	if n.HasAmount {
		r.Amount = &n.Amount
	}
	return json.Marshal(r)
}

func said(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
