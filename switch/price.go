package vending

import (
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// MaxQuantity is the most vouchers one sale may hold.
const MaxQuantity = 10

// MaxTender bounds a sale in minor units: ten million of a currency with cents.
const MaxTender = 1_000_000_000

// price is what a sale costs: the consumer pays Tender, the merchant's float is
// charged Tender less Commission.
type price struct {
	tender, commission int64
	currency           string
}

// voucherPrice prices vouchers of a denominated product.
func voucherPrice(p ledger.Product, quantity int, currency string) (price, error) {
	if p.Kind != ledger.KindVoucher {
		return price{}, faultf(CodeProduct, "This product is not sold as a voucher.", "", "product %s is not a voucher", p.Code)
	}
	if quantity < 1 || quantity > MaxQuantity {
		return price{}, faultf(CodeAmount, "Between 1 and 10 vouchers can be sold at once.", "", "quantity %d is not within 1 and %d", quantity, MaxQuantity)
	}
	if err := sameCurrency(p, currency); err != nil {
		return price{}, err
	}
	tender := p.Face * int64(quantity)
	return price{tender, chart.Commission(p.Face, p.CommissionBP) * int64(quantity), p.Currency}, nil
}

// tokenPrice prices a token of any amount within the product's limits. A limit of
// zero does not bind.
func tokenPrice(p ledger.Product, amount int64, currency string) (price, error) {
	if err := sameCurrency(p, currency); err != nil {
		return price{}, err
	}
	switch {
	case amount <= 0:
		return price{}, faultf(CodeAmount, "The amount must be more than zero.", "", "amount is not more than zero")
	case amount < p.Min:
		return price{}, faultf(CodeAmount, "The amount is below the least that can be sold.",
			"The amount is too small.", "amount is below the minimum of %s", money(p.Min, p.Currency))
	case p.Max > 0 && amount > p.Max, amount > MaxTender:
		return price{}, faultf(CodeAmount, "The amount is above the most that can be sold.",
			"The amount is too large.", "amount is above the maximum of %s", money(mostOf(p), p.Currency))
	}
	return price{amount, chart.Commission(amount, p.CommissionBP), p.Currency}, nil
}

func mostOf(p ledger.Product) int64 {
	if p.Max == 0 {
		return MaxTender
	}
	return min(p.Max, MaxTender)
}

func sameCurrency(p ledger.Product, currency string) error {
	if currency != p.Currency {
		return faultf(CodeAmount, "This product is sold in another currency.", "", "product %s is sold in %s, not %s", p.Code, p.Currency, currency)
	}
	return nil
}
