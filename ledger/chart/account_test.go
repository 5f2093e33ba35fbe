package chart_test

import (
	"testing"

	"github.com/vendswitch/vendswitch/ledger/chart"
)

func TestEveryAccountOfTheChartHasAKindAPartyAndASide(t *testing.T) {
	for _, tc := range []struct {
		name  string
		want  chart.Account
		side  chart.Side
		float bool
	}{
		{chart.Bank, chart.Account{Kind: chart.KindBank}, chart.Debit, false},
		{chart.Float("M0001"), chart.Account{Kind: chart.KindFloat, Party: "M0001"}, chart.Credit, true},
		{chart.Float("a:b"), chart.Account{Kind: chart.KindFloat, Party: "a:b"}, chart.Credit, true},
		{chart.Stock("CELLC"), chart.Account{Kind: chart.KindStock, Party: "CELLC"}, chart.Debit, false},
		{chart.Payable("CITY"), chart.Account{Kind: chart.KindPayable, Party: "CITY"}, chart.Credit, false},
		{chart.DueAgent("A7"), chart.Account{Kind: chart.KindDue, Party: "A7"}, chart.Credit, false},
		{chart.DueAgent(""), chart.Account{Kind: chart.KindDue}, chart.Credit, false},
		{chart.IncomeFees, chart.Account{Kind: chart.KindIncome}, chart.Credit, false},
		{chart.IncomeMargin, chart.Account{Kind: chart.KindIncome}, chart.Credit, false},
		{chart.IncomeCommission, chart.Account{Kind: chart.KindIncome}, chart.Credit, false},
		{chart.VATOutput, chart.Account{Kind: chart.KindVAT}, chart.Credit, false},
		{chart.ExpenseCommission, chart.Account{Kind: chart.KindExpense}, chart.Debit, false},
		{chart.ExpenseOverride, chart.Account{Kind: chart.KindExpense}, chart.Debit, false},
		{chart.ExpenseExpired, chart.Account{Kind: chart.KindExpense}, chart.Debit, false},
		{chart.SuspenseDeposits, chart.Account{Kind: chart.KindSuspense}, chart.Credit, false},
	} {
		got, err := chart.Parse(tc.name)
		if err != nil {
			t.Errorf("Parse(%q): %v", tc.name, err)
			continue
		}
		if got != tc.want {
			t.Errorf("Parse(%q) = %+v, want %+v", tc.name, got, tc.want)
		}
		if got.Kind.Normal() != tc.side {
			t.Errorf("%q grows on the %s side, want %s", tc.name, got.Kind.Normal(), tc.side)
		}
		if got.IsFloat() != tc.float {
			t.Errorf("%q is a float: %v, want %v", tc.name, got.IsFloat(), tc.float)
		}
	}
}

func TestAccountNamesAreTheOnesInTheDatabase(t *testing.T) {
	for got, want := range map[string]string{
		chart.Float("M0001"):  "float:M0001",
		chart.Stock("CELLC"):  "stock:CELLC",
		chart.Payable("CITY"): "payable:CITY",
		chart.DueAgent("A7"):  "due:agent:A7",
		chart.DueAgent(""):    "due:agent",
	} {
		if got != want {
			t.Errorf("account is named %q, want %q", got, want)
		}
	}
}

func TestANameOutsideTheChartIsRefused(t *testing.T) {
	for _, name := range []string{"", "float", "float:", "stock:", "payable:", "due", "due:agent:", "due:agents", "income", "income:tips", "Bank", "bank:1", " bank"} {
		if got, err := chart.Parse(name); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", name, got)
		}
	}
}
