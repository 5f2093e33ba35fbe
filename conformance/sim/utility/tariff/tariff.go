// Package tariff prices prepaid electricity under an inclining block tariff: the
// more a household buys in a calendar month, the more the next kWh costs.
//
// All arithmetic is on integers: money in cents, energy in tenths of a kWh (the
// least that an STS token carries), prices in hundredths of a cent per kWh, so
// that a tenth of a kWh costs exactly its price in thousandths of a cent.
// Rounding happens in three places only:
//
//   - VAT is split from an amount, or added to one, half up to the cent.
//   - The last tenth of a kWh that an amount reaches is given in full, so that
//     the customer is never short. It costs the utility less than 0.1 kWh.
//   - Above 1638.3 kWh, where a token's steps are wider, the units are those of
//     the next token that exists.
package tariff

import (
	"fmt"
	"strings"

	"github.com/vendswitch/vendswitch/conformance/sim/sts"
)

// Tariff is an inclining block tariff.
type Tariff struct {
	Name       string
	Steps      []Step // one to MaxSteps, ascending
	VATPercent int64  // 0 to 100, included in what the customer pays
}

// Step is one block of a tariff.
type Step struct {
	UpTo  int64 // tenths of a kWh of a month's purchases that the block reaches to; 0 in the last step, which has no end
	Price int64 // hundredths of a cent per kWh, without VAT
}

// MaxSteps keeps a description of portions within the 160 characters that
// messages allow.
const MaxSteps = 5

// thousandths of a cent in a cent.
const thousandths = 1000

// Portion is energy bought at one step's price.
type Portion struct {
	Units int64 // tenths of a kWh
	Price int64 // hundredths of a cent per kWh, without VAT
}

// Validate says what is wrong with the tariff, if anything.
func (t Tariff) Validate() error {
	if len(t.Steps) == 0 || len(t.Steps) > MaxSteps {
		return fmt.Errorf("tariff %q: %d steps, want 1 to %d", t.Name, len(t.Steps), MaxSteps)
	}
	if t.VATPercent < 0 || t.VATPercent > 100 {
		return fmt.Errorf("tariff %q: VAT of %d %%", t.Name, t.VATPercent)
	}
	reached := int64(0)
	for i, step := range t.Steps {
		if step.Price <= 0 {
			return fmt.Errorf("tariff %q: step %d has no price", t.Name, i+1)
		}
		if last := i == len(t.Steps)-1; last != (step.UpTo == 0) {
			return fmt.Errorf("tariff %q: the last step, and no other, has no end", t.Name)
		} else if !last && step.UpTo <= reached {
			return fmt.Errorf("tariff %q: step %d is not above the one before", t.Name, i+1)
		}
		reached = step.UpTo
	}
	return nil
}

// SplitVAT divides an amount that includes VAT.
func (t Tariff) SplitVAT(gross int64) (net, vat int64) {
	whole := 100 + t.VATPercent
	net = (2*gross*100 + whole) / (2 * whole)
	return net, gross - net
}

// VATOn returns the VAT on an amount without it.
func (t Tariff) VATOn(net int64) int64 {
	return (2*net*t.VATPercent + 100) / 200
}

// Buy returns what a net amount of cents buys when used tenths of a kWh were
// bought in the month before, step by step. The error is sts.ErrAmount: more
// than one token can carry.
func (t Tariff) Buy(net, used int64) ([]Portion, error) {
	money := net * thousandths
	return t.walk(used, func(price int64) int64 { return (money + price - 1) / price },
		func(p Portion) { money -= p.Units * p.Price })
}

// Price returns the net cents that units cost when used tenths of a kWh were
// bought in the month before, half up, and the portions they fall into. The
// error is sts.ErrAmount.
func (t Tariff) Price(units, used int64) (net int64, portions []Portion, err error) {
	cost := int64(0)
	portions, err = t.walk(used, func(int64) int64 { return units },
		func(p Portion) {
			units -= p.Units
			cost += p.Units * p.Price
		})
	return (2*cost + thousandths) / (2 * thousandths), portions, err
}

// walk goes up the steps from used. wanted says how many units are still to be
// had at a price, and taken is told how many were.
func (t Tariff) walk(used int64, wanted func(price int64) int64, taken func(Portion)) ([]Portion, error) {
	var portions []Portion
	for _, step := range t.Steps {
		units := max(0, wanted(step.Price))
		if step.UpTo > 0 {
			units = min(units, max(0, step.UpTo-used))
		}
		if units == 0 {
			continue
		}
		portion := Portion{units, step.Price}
		taken(portion)
		portions = append(portions, portion)
		used += units
	}
	return fitToken(portions)
}

// fitToken adds to the last portion what the next token that exists carries more.
func fitToken(portions []Portion) ([]Portion, error) {
	units := Total(portions)
	amount, err := sts.AmountOf(units)
	if err != nil {
		return nil, err
	}
	if len(portions) > 0 {
		portions[len(portions)-1].Units += amount.Steps() - units
	}
	return portions, nil
}

// Total returns the units of all portions together.
func Total(portions []Portion) (units int64) {
	for _, p := range portions {
		units += p.Units
	}
	return units
}

// Describe lists portions in the form of block tariff receipts, each ending in a
// colon where it is to be broken: "50.00 kWh @ 138.00 c/kWh:12.30 kWh @ 172.50
// c/kWh:". It is at most 160 characters long.
func Describe(portions []Portion) string {
	var b strings.Builder
	for _, p := range portions {
		fmt.Fprintf(&b, "%d.%d0 kWh @ %d.%02d c/kWh:", p.Units/10, p.Units%10, p.Price/100, p.Price%100)
	}
	return b.String()
}
