package sts

import (
	"errors"
	"fmt"
)

// ErrAmount reports an amount that 16 bits cannot carry.
var ErrAmount = errors.New("sts: amount out of range")

// Amount is a quantity as tokens carry it: two bits of exponent e, fourteen of
// mantissa m, worth 10^e·m + Σ 2^14·10^(n-1) for n = 1…e steps. A step is
// 0.1 kWh in a credit token and 1 W in a power limit.
type Amount uint16

const (
	mantissaBits = 14
	mantissas    = 1 << mantissaBits
)

// MaxSteps is the greatest quantity an Amount can carry, in steps.
const MaxSteps int64 = 18_201_624

// AmountOf returns the smallest Amount worth at least steps: the mantissa is
// rounded up, so that a customer is never given less than was paid for. Up to
// 16383 steps (1638.3 kWh) nothing is rounded. It returns ErrAmount if steps is
// negative or more than MaxSteps.
func AmountOf(steps int64) (Amount, error) {
	if steps < 0 || steps > MaxSteps {
		return 0, fmt.Errorf("%w: %d steps", ErrAmount, steps)
	}
	base, unit := int64(0), int64(1)
	for e := Amount(0); ; e++ { // MaxSteps fits exponent 3
		if mantissa := (steps - base + unit - 1) / unit; mantissa < mantissas {
			return e<<mantissaBits | Amount(mantissa), nil
		}
		base += mantissas * unit
		unit *= 10
	}
}

// Steps returns what the Amount is worth, in steps.
func (a Amount) Steps() int64 {
	base, unit := int64(0), int64(1)
	for range a >> mantissaBits {
		base += mantissas * unit
		unit *= 10
	}
	return base + unit*int64(a%mantissas)
}
