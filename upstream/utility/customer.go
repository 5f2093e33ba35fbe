package utility

import (
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// customers reads the lines of a confirmation that are about the order's meter.
func (r *reading) customers(results []xmlvend.ConfirmCustResult) []upstream.Customer {
	var customers []upstream.Customer
	for _, result := range results {
		if result.MeterDetail != nil && r.ours(*result.MeterDetail) != nil {
			r.strays("a customer of another meter")
			continue
		}
		customers = append(customers, r.customer(result))
	}
	return customers
}

func (r *reading) customer(result xmlvend.ConfirmCustResult) upstream.Customer {
	c := upstream.Customer{
		Person:    *r.person(&result.Customer),
		CanVend:   result.Config.CanVend,
		FreeDue:   result.Config.FBEDue,
		MinAmount: r.optional("minVendAmt", result.Config.MinVendAmt),
		MaxAmount: r.optional("maxVendAmt", result.Config.MaxVendAmt),
		Currency:  r.order.Currency,
	}
	if result.MeterDetail != nil {
		c.Meter = meterOf(*result.MeterDetail)
	}
	return c
}
