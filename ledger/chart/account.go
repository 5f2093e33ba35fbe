// Package chart is the chart of accounts: how accounts are named, on which side
// they grow, and which lines each event posts.
//
// An account's name is its kind and, where there is one account for each party,
// the party's code: "bank", "float:M0001", "stock:CELLC". A posting's amount is
// positive for a debit and negative for a credit (see ledger.Posting), in minor
// units of one currency.
package chart

import (
	"fmt"
	"strings"
)

// Accounts of which there is one.
const (
	Bank              = "bank"               // the operator's bank account
	IncomeFees        = "income:fees"        // fees on deposits, without VAT
	IncomeMargin      = "income:margin"      // face value less cost of stock sold, without VAT
	IncomeCommission  = "income:commission"  // what online suppliers pay us, without VAT
	VATOutput         = "vat:output"         // VAT owed on our income
	ExpenseCommission = "expense:commission" // merchants' commissions
	ExpenseOverride   = "expense:override"   // agents' commissions on their merchants' sales
	ExpenseExpired    = "expense:expired"    // cost of vouchers that nobody bought in time
	SuspenseDeposits  = "suspense:deposits"  // deposits that nobody has claimed
)

const (
	floatPrefix   = "float:"
	stockPrefix   = "stock:"
	payablePrefix = "payable:"
	dueAgent      = "due:agent"
)

// Float is the prepaid float of a merchant or an agent.
func Float(party string) string { return floatPrefix + party }

// Stock is our stock of a supplier's vouchers, at cost.
func Stock(supplier string) string { return stockPrefix + supplier }

// Payable is what we owe a supplier.
func Payable(supplier string) string { return payablePrefix + supplier }

// DueAgent is commission that an agent has earned and not been paid. Without an
// agent it is the account in which commissions of all agents collect.
func DueAgent(agent string) string {
	if agent == "" {
		return dueAgent
	}
	return dueAgent + ":" + agent
}

// Side is where an account grows.
type Side string

const (
	Debit  Side = "debit"  // what we own or spend
	Credit Side = "credit" // what we owe or earn
)

// Kind is what an account is for.
type Kind string

const (
	KindBank     Kind = "bank"
	KindFloat    Kind = "float"
	KindStock    Kind = "stock"
	KindPayable  Kind = "payable"
	KindDue      Kind = "due"
	KindIncome   Kind = "income"
	KindExpense  Kind = "expense"
	KindVAT      Kind = "vat"
	KindSuspense Kind = "suspense"
)

// Normal is the side on which accounts of the kind grow. A float is money we
// owe its merchant, so it grows on the credit side.
func (k Kind) Normal() Side {
	switch k {
	case KindBank, KindStock, KindExpense:
		return Debit
	default:
		return Credit
	}
}

// Account is a name taken apart.
type Account struct {
	Kind  Kind
	Party string // merchant, agent or supplier; empty for an account of the house
}

// IsFloat reports whether the account is a prepaid float, which has a limit and
// carries holds.
func (a Account) IsFloat() bool { return a.Kind == KindFloat }

var single = map[string]Kind{
	Bank:              KindBank,
	IncomeFees:        KindIncome,
	IncomeMargin:      KindIncome,
	IncomeCommission:  KindIncome,
	VATOutput:         KindVAT,
	ExpenseCommission: KindExpense,
	ExpenseOverride:   KindExpense,
	ExpenseExpired:    KindExpense,
	SuspenseDeposits:  KindSuspense,
	dueAgent:          KindDue,
}

var perParty = []struct {
	prefix string
	kind   Kind
}{
	{floatPrefix, KindFloat},
	{stockPrefix, KindStock},
	{payablePrefix, KindPayable},
	{dueAgent + ":", KindDue},
}

// Parse takes an account's name apart. A name that is not in the chart is an
// error.
func Parse(name string) (Account, error) {
	if kind, ok := single[name]; ok {
		return Account{Kind: kind}, nil
	}
	for _, family := range perParty {
		if party, ok := strings.CutPrefix(name, family.prefix); ok && party != "" {
			return Account{Kind: family.kind, Party: party}, nil
		}
	}
	return Account{}, fmt.Errorf("account %q is not in the chart", name)
}
