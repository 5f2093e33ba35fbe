package utility

import "github.com/vendswitch/vendswitch/conformance/sim/utility/tariff"

// bill says what becomes of the money of one purchase. Amounts are cents; net
// ones are without their VAT. It always holds that
//
//	tender = fee + feeVAT + debt + energy + energyVAT
//
// The order of deductions is: the month's service charge, then the share for
// arrears of what remains, then energy.
type bill struct {
	tender int64

	fee, feeVAT int64

	debt     int64 // carries no VAT
	debtLeft int64

	energy, energyVAT int64
	portions          []tariff.Portion

	free []tariff.Portion // free basic electricity; counts towards the steps first
}

func (b *bill) units() int64     { return tariff.Total(b.portions) }
func (b *bill) freeUnits() int64 { return tariff.Total(b.free) }

// billAmount divides a tender. The tender must be more than the fee that is due.
func (h *household) billAmount(t tariff.Tariff, tender int64) (*bill, error) {
	b, err := h.begin(t)
	if err != nil {
		return nil, err
	}
	b.tender = tender
	rest := tender - b.fee - b.feeVAT
	if h.arrears > 0 {
		b.debt = min(h.arrears, (2*rest*h.meter.ArrearsShare+100)/200)
		b.debtLeft = h.arrears - b.debt
	}
	b.energy, b.energyVAT = t.SplitVAT(rest - b.debt)
	b.portions, err = t.Buy(b.energy, h.bought+b.freeUnits())
	if err != nil {
		return nil, err
	}
	return b, nil
}

// billUnits prices a number of tenths of a kWh: the energy with its VAT, as much
// for arrears on top as makes their share, and the fee.
func (h *household) billUnits(t tariff.Tariff, units int64) (*bill, error) {
	b, err := h.begin(t)
	if err != nil {
		return nil, err
	}
	b.energy, b.portions, err = t.Price(units, h.bought+b.freeUnits())
	if err != nil {
		return nil, err
	}
	b.energyVAT = t.VATOn(b.energy)
	gross := b.energy + b.energyVAT
	if h.arrears > 0 {
		others := 100 - h.meter.ArrearsShare
		b.debt = min(h.arrears, (2*gross*h.meter.ArrearsShare+others)/(2*others))
		b.debtLeft = h.arrears - b.debt
	}
	b.tender = b.fee + b.feeVAT + b.debt + gross
	return b, nil
}

// begin starts a bill with what does not depend on the purchase.
func (h *household) begin(t tariff.Tariff) (*bill, error) {
	b := &bill{}
	b.fee, b.feeVAT = t.SplitVAT(h.feeDue())
	_, free, err := t.Price(h.freeDue(), h.bought)
	if err != nil {
		return nil, err
	}
	b.free = free
	return b, nil
}
