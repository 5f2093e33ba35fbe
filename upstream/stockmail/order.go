package stockmail

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// OrderFormats are the forms of an order file; the first is the default.
//
//	pipe  H|order no|yyyy-mm-dd, D|code|face|quantity for each product, T|lines|vouchers
//	csv   the heading order,date,product,face,quantity and a line for each product
var OrderFormats = []string{"pipe", "csv"}

func checkOrderFormat(format string) error {
	if !slices.Contains(OrderFormats, format) {
		return fmt.Errorf("format %q is none of %s", format, strings.Join(OrderFormats, ", "))
	}
	return nil
}

// OrderLine asks for vouchers of one product.
type OrderLine struct {
	Product  string // our code
	Quantity int    // a multiple of the product's OrderMultiple, at least its OrderMinimum
}

// WriteOrder writes an order file as the agreement has it, with the supplier's codes.
// The order's number is 1 to 64 letters, digits, dots, dashes and underscores.
func WriteOrder(a Agreement, order string, date time.Time, lines []OrderLine) ([]byte, error) {
	switch {
	case a.Order == nil:
		return nil, fmt.Errorf("order %s: the agreement with %s has no [order]", order, a.Code)
	case len(order) > maxName || order == "" || strings.Trim(order, letters+digits+"._-") != "":
		return nil, fmt.Errorf("order number %q is not 1 to %d letters, digits, dots, dashes and underscores", order, maxName)
	case len(lines) == 0:
		return nil, fmt.Errorf("order %s: nothing is asked for", order)
	}
	products := make([]Product, len(lines))
	units := 0
	for i, line := range lines {
		p, err := a.ordered(line, lines[:i])
		if err != nil {
			return nil, fmt.Errorf("order %s: product %s: %w", order, line.Product, err)
		}
		products[i] = p
		units += line.Quantity
	}
	var out bytes.Buffer
	day := date.Format(time.DateOnly)
	write := func(separator string, fields ...string) {
		out.WriteString(strings.Join(fields, separator))
		out.WriteByte('\n')
	}
	if a.Order.Format == "csv" {
		write(",", "order", "date", "product", "face", "quantity")
		for i, p := range products {
			write(",", order, day, p.Theirs, formatCents(p.Face), strconv.Itoa(lines[i].Quantity))
		}
		return out.Bytes(), nil
	}
	write("|", "H", order, day)
	for i, p := range products {
		write("|", "D", p.Theirs, formatCents(p.Face), strconv.Itoa(lines[i].Quantity))
	}
	write("|", "T", strconv.Itoa(len(lines)), strconv.Itoa(units))
	return out.Bytes(), nil
}

// ordered finds a line's product, and judges the quantity.
func (a Agreement) ordered(line OrderLine, before []OrderLine) (Product, error) {
	p, ok := a.Product(line.Product)
	switch {
	case !ok:
		return p, errors.New("is not in the agreement")
	case slices.ContainsFunc(before, func(l OrderLine) bool { return l.Product == line.Product }):
		return p, errors.New("is asked for twice")
	case line.Quantity < 1 || line.Quantity > maxOrder:
		return p, fmt.Errorf("%d is not a quantity from 1 to %d", line.Quantity, maxOrder)
	case line.Quantity%p.OrderMultiple != 0:
		return p, fmt.Errorf("%d is not a multiple of %d", line.Quantity, p.OrderMultiple)
	case line.Quantity < p.OrderMinimum:
		return p, fmt.Errorf("%d is less than the agreed %d", line.Quantity, p.OrderMinimum)
	}
	return p, nil
}
