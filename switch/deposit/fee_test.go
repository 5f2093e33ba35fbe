package deposit_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/switch/deposit"
)

func TestTheFirstRuleThatFitsMakesTheFee(t *testing.T) {
	terms := deposit.Terms{Fees: []deposit.FeeRule{
		{Name: "cash at FNB", Bank: "FNB", Method: "cash", Fixed: 3_75, PercentBP: 54},
		{Name: "small", Below: 1_000_00, Fixed: 10_00},
		{Name: "percent", PercentBP: 100, Min: 15_00, Max: 200_00},
	}}
	for _, tc := range []struct {
		bank, method string
		amount, fee  int64
		rule         string
	}{
		{"FNB", "cash", 1_000_00, 9_15, "cash at FNB"},
		{"Absa", "cash", 999_99, 10_00, "small"},
		{"FNB", "eft", 1_000_00, 15_00, "percent"},
		{"FNB", "eft", 5_000_50, 50_01, "percent"}, // 50.005, half up
		{"FNB", "eft", 100_000_00, 200_00, "percent"},
	} {
		got := terms.Ledger().Fee(ledger.Deposit{Bank: tc.bank, Kind: tc.method, Amount: tc.amount})
		if got.Amount != tc.fee || got.Rule != tc.rule {
			t.Errorf("%+v: %d by %s", tc, got.Amount, got.Rule)
		}
	}
	if fee := (deposit.Terms{}).Ledger().Fee(ledger.Deposit{Amount: 1}); fee.Amount != 0 || fee.Rule != "" {
		t.Errorf("without rules: %+v", fee)
	}
}

func TestAFeeIsWithinItsBoundsWhateverTheDeposit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := deposit.FeeRule{Name: "r", Fixed: rapid.Int64Range(0, 100_00).Draw(t, "fixed"), PercentBP: rapid.IntRange(0, 10_000).Draw(t, "bp"),
			Min: rapid.Int64Range(0, 50_00).Draw(t, "min"), Max: rapid.Int64Range(50_00, 500_00).Draw(t, "max")}
		amount := rapid.Int64Range(1, 1_000_000_000_000_000).Draw(t, "amount")
		fee := deposit.Terms{Fees: []deposit.FeeRule{r}}.Ledger().Fee(ledger.Deposit{Amount: amount}).Amount
		if fee < r.Min || fee > r.Max {
			t.Fatalf("%d is not from %d to %d", fee, r.Min, r.Max)
		}
	})
}

func TestARuleThatMakesNoSenseIsRefused(t *testing.T) {
	for name, r := range map[string]deposit.FeeRule{
		"no name":       {Fixed: 1},
		"negative":      {Name: "r", Fixed: -1},
		"empty band":    {Name: "r", From: 5, Below: 5},
		"min above max": {Name: "r", Min: 5, Max: 4},
		"over 100 %":    {Name: "r", PercentBP: 10_001},
	} {
		if err := (deposit.Terms{Fees: []deposit.FeeRule{r}}).Check(); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
