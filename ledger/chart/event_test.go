package chart_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"pgregory.net/rapid"
)

// zar builds lines from pairs of an account and an amount.
func zar(pairs ...any) []ledger.Posting {
	var lines []ledger.Posting
	for i := 0; i < len(pairs); i += 2 {
		lines = append(lines, ledger.Posting{Account: pairs[i].(string), Amount: int64(pairs[i+1].(int)), Currency: "ZAR"})
	}
	return lines
}

func TestEachEventPostsItsLines(t *testing.T) {
	for name, tc := range map[string]struct{ got, want []ledger.Posting }{
		"a deposit of 50000 with a fee of 500": {
			chart.Deposit{Merchant: "M", Currency: "ZAR", Amount: 50000, Fee: 500, VATBP: 1500}.Postings(),
			zar("bank", 50000, "float:M", 500, "float:M", -50000, "income:fees", -435, "vat:output", -65),
		},
		"a deposit without a fee": {
			chart.Deposit{Merchant: "M", Currency: "ZAR", Amount: 50000, VATBP: 1500}.Postings(),
			zar("bank", 50000, "float:M", -50000),
		},
		"stock of cost 920 imported": {
			chart.StockImport{Supplier: "S", Currency: "ZAR", Cost: 920}.Postings(),
			zar("stock:S", 920, "payable:S", -920),
		},
		"stock of cost 920 returned": {
			chart.StockReturn{Supplier: "S", Currency: "ZAR", Cost: 920}.Postings(),
			zar("stock:S", -920, "payable:S", 920),
		},
		"stock of cost 920 expired": {
			chart.StockExpiry{Supplier: "S", Currency: "ZAR", Cost: 920}.Postings(),
			zar("expense:expired", 920, "stock:S", -920),
		},
		"a voucher of cost 920 sold for 1000 with a commission of 50": {
			chart.StockSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: 1000, Cost: 920, Commission: 50, VATBP: 1500}.Postings(),
			zar("float:M", 1000, "expense:commission", 50, "stock:S", -920, "income:margin", -70, "vat:output", -10, "float:M", -50),
		},
		"a voucher sold below cost": {
			chart.StockSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: 1000, Cost: 1100, VATBP: 1500}.Postings(),
			zar("float:M", 1000, "stock:S", -1100, "income:margin", 87, "vat:output", 13),
		},
		"a voucher sold at cost": {
			chart.StockSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: 1000, Cost: 1000, VATBP: 1500}.Postings(),
			zar("float:M", 1000, "stock:S", -1000),
		},
		"a voucher without VAT": {
			chart.StockSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: 1000, Cost: 920}.Postings(),
			zar("float:M", 1000, "stock:S", -920, "income:margin", -80),
		},
		"electricity of 10000, 345 earned, a commission of 150": {
			chart.OnlineSale{Merchant: "M", Supplier: "U", Currency: "ZAR", Tender: 10000, Earned: 345, Commission: 150, VATBP: 1500}.Postings(),
			zar("float:M", 10000, "payable:U", 345, "expense:commission", 150,
				"payable:U", -10000, "income:commission", -300, "vat:output", -45, "float:M", -150),
		},
		"an agent's override": {
			chart.Override{Agent: "A", Currency: "ZAR", Amount: 50}.Postings(),
			zar("expense:override", 50, "due:agent:A", -50),
		},
		"an override into the account of all agents": {
			chart.Override{Currency: "ZAR", Amount: 50}.Postings(),
			zar("expense:override", 50, "due:agent", -50),
		},
		"an override paid out": {
			chart.OverridePaid{Agent: "A", Currency: "ZAR", Amount: 50}.Postings(),
			zar("due:agent:A", 50, "float:A", -50),
		},
		"an override paid out of the account of all agents": {
			chart.OverridePaid{Agent: "A", Pooled: true, Currency: "ZAR", Amount: 50}.Postings(),
			zar("due:agent", 50, "float:A", -50),
		},
		"a deposit returned by the bank": {
			chart.DepositReturned{Merchant: "M", Currency: "ZAR", Amount: 50000}.Postings(),
			zar("float:M", 50000, "bank", -50000),
		},
		"an unidentified deposit": {
			chart.DepositUnidentified{Currency: "ZAR", Amount: 50000}.Postings(),
			zar("bank", 50000, "suspense:deposits", -50000),
		},
		"an unidentified deposit claimed": {
			chart.DepositClaimed{Merchant: "M", Currency: "ZAR", Amount: 50000}.Postings(),
			zar("suspense:deposits", 50000, "float:M", -50000),
		},
		"an unidentified deposit claimed, with a fee": {
			chart.DepositClaimed{Merchant: "M", Currency: "ZAR", Amount: 50000, Fee: 500, VATBP: 1500}.Postings(),
			zar("suspense:deposits", 50000, "float:M", 500, "float:M", -50000, "income:fees", -435, "vat:output", -65),
		},
	} {
		if diff := cmp.Diff(tc.want, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAReversalUndoesEveryLine(t *testing.T) {
	lines := chart.StockSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: 1000, Cost: 920, Commission: 50, VATBP: 1500}.Postings()
	want := zar("float:M", -1000, "expense:commission", -50, "stock:S", 920, "income:margin", 70, "vat:output", 10, "float:M", 50)
	if diff := cmp.Diff(want, chart.Reversal(lines)); diff != "" {
		t.Errorf("reversal (-want +got):\n%s", diff)
	}
	if lines[0].Amount != 1000 {
		t.Error("the reversal changed the entry it reverses")
	}
}

func TestEveryEntryBalancesAndHasNoEmptyLine(t *testing.T) {
	events := map[string]func(a, b, c int64, vat int) []ledger.Posting{
		"deposit": func(a, b, _ int64, vat int) []ledger.Posting {
			return chart.Deposit{Merchant: "M", Currency: "ZAR", Amount: a, Fee: b, VATBP: vat}.Postings()
		},
		"stock import": func(a, _, _ int64, _ int) []ledger.Posting {
			return chart.StockImport{Supplier: "S", Currency: "ZAR", Cost: a}.Postings()
		},
		"stock sale": func(a, b, c int64, vat int) []ledger.Posting {
			return chart.StockSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: a, Cost: b, Commission: c, VATBP: vat}.Postings()
		},
		"online sale": func(a, b, c int64, vat int) []ledger.Posting {
			return chart.OnlineSale{Merchant: "M", Supplier: "S", Currency: "ZAR", Tender: a, Earned: b, Commission: c, VATBP: vat}.Postings()
		},
		"override": func(a, _, _ int64, _ int) []ledger.Posting {
			return chart.Override{Agent: "A", Currency: "ZAR", Amount: a}.Postings()
		},
		"override paid": func(a, _, _ int64, _ int) []ledger.Posting {
			return chart.OverridePaid{Agent: "A", Currency: "ZAR", Amount: a}.Postings()
		},
		"deposit returned": func(a, _, _ int64, _ int) []ledger.Posting {
			return chart.DepositReturned{Merchant: "M", Currency: "ZAR", Amount: a}.Postings()
		},
		"deposit unidentified": func(a, _, _ int64, _ int) []ledger.Posting {
			return chart.DepositUnidentified{Currency: "ZAR", Amount: a}.Postings()
		},
		"deposit claimed": func(a, b, _ int64, vat int) []ledger.Posting {
			return chart.DepositClaimed{Merchant: "M", Currency: "ZAR", Amount: a, Fee: b, VATBP: vat}.Postings()
		},
	}
	for name, postings := range events {
		rapid.Check(t, func(t *rapid.T) {
			amount := rapid.Int64Range(-1_000_000_00, 1_000_000_000_00)
			lines := postings(amount.Draw(t, "a"), amount.Draw(t, "b"), amount.Draw(t, "c"),
				rapid.IntRange(0, 10000).Draw(t, "vat"))
			for _, entry := range [][]ledger.Posting{lines, chart.Reversal(lines)} {
				var sum int64
				for _, p := range entry {
					sum += p.Amount
					if p.Amount == 0 {
						t.Errorf("%s has an empty line for %s", name, p.Account)
					}
					if p.Currency != "ZAR" {
						t.Errorf("%s posts in %q", name, p.Currency)
					}
					if _, err := chart.Parse(p.Account); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
				if sum != 0 {
					t.Errorf("%s is out of balance by %d: %v", name, sum, entry)
				}
			}
		})
	}
}
