package deposit

import (
	"errors"
	"fmt"

	"github.com/vendswitch/vendswitch/ledger"
)

// FeeRule is what merchants pay for deposits of a sort. Amounts are minor units,
// VAT included.
type FeeRule struct {
	Name      string // of the rule: kept with each deposit that it was applied to
	Bank      string // empty: any
	Method    string // how it was paid in, such as "cash" or "eft"; empty: any
	From      int64  // deposits of this and more
	Below     int64  // deposits of less than this; zero: no limit
	Fixed     int64
	PercentBP int   // of the deposit, in basis points, rounded half up
	Min, Max  int64 // bounds of the fee; a Max of zero is none
}

func (r FeeRule) check() error {
	switch {
	case r.Name == "":
		return errors.New("a fee rule has no name")
	case r.From < 0 || r.Below < 0 || r.Fixed < 0 || r.Min < 0 || r.Max < 0:
		return fmt.Errorf("fee rule %s: an amount is negative", r.Name)
	case r.Below != 0 && r.Below <= r.From:
		return fmt.Errorf("fee rule %s: nothing is at least %s and below %s", r.Name, rand(r.From), rand(r.Below))
	case r.Max != 0 && r.Max < r.Min:
		return fmt.Errorf("fee rule %s: its least is more than its most", r.Name)
	case r.PercentBP < 0 || r.PercentBP > 10_000:
		return fmt.Errorf("fee rule %s: a percentage is from 0 to 100", r.Name)
	}
	return nil
}

// fits reports whether the rule is for a deposit.
func (r FeeRule) fits(d ledger.Deposit) bool {
	return (r.Bank == "" || r.Bank == d.Bank) && (r.Method == "" || r.Method == d.Kind) &&
		d.Amount >= r.From && (r.Below == 0 || d.Amount < r.Below)
}

// of is what a deposit costs by the rule.
func (r FeeRule) of(amount int64) int64 {
	// An amount is below 10^15, so the product is in range.
	fee := r.Fixed + (amount/10_000)*int64(r.PercentBP) + (amount%10_000*int64(r.PercentBP)+5_000)/10_000
	fee = max(fee, r.Min)
	if r.Max != 0 {
		fee = min(fee, r.Max)
	}
	return fee
}

// fee is what a deposit costs: by the first rule that fits, else nothing.
func (t Terms) fee(d ledger.Deposit) ledger.DepositFee {
	for _, r := range t.Fees {
		if r.fits(d) {
			return ledger.DepositFee{Amount: r.of(d.Amount), Rule: r.Name}
		}
	}
	return ledger.DepositFee{}
}
