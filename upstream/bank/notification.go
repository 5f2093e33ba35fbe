package bank

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
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

// Fingerprint is an opaque hash of all that tells one movement from another: bank,
// account, amount, kind, reference, date, minute and the balance after it. The same
// message delivered again has the same fingerprint.
func (n Notification) Fingerprint() string {
	balance := ""
	if n.HasBalance {
		balance = strconv.FormatInt(n.Balance, 10)
	}
	return n.hash("fingerprint", balance)
}

// Match is an opaque hash of what an SMS and a mail about one movement have in
// common: a Fingerprint without the balance, which one of them may not show.
func (n Notification) Match() string { return n.hash("match", "") }

// Distinct reports whether the text has what two equal payments of one day would
// differ in: a minute, or a balance.
func (n Notification) Distinct() bool { return n.Time != "" || n.HasBalance }

func (n Notification) hash(purpose, balance string) string {
	date := n.Date
	if date == "" {
		date = n.Day
	}
	amount := ""
	if n.HasAmount {
		amount = strconv.FormatInt(n.Amount, 10)
	}
	h := sha256.New()
	for _, field := range []string{
		purpose, n.Bank, n.Account, amount, n.Currency, string(n.Kind), strings.ToUpper(n.Reference), date, n.Time, balance,
	} {
		fmt.Fprintf(h, "%d:%s,", len(field), field)
	}
	return hex.EncodeToString(h.Sum(nil))
}
