package utility

import (
	"errors"
	"strings"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// centless lists the currencies of ISO 4217 whose minor unit is not a hundredth,
// with the number of decimals they have.
var centless = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
	"UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// exponent returns the number of decimals of a currency.
func exponent(currency string) int {
	if exp, ok := centless[currency]; ok {
		return exp
	}
	return 2
}

// currencyOf returns the ISO 4217 code that a symbol on the wire stands for:
// servers send R for ZAR, any letter case, and Conlog none at all.
func currencyOf(symbol, standard string) string {
	switch symbol = strings.ToUpper(strings.TrimSpace(symbol)); symbol {
	case "":
		return standard
	case "R":
		return "ZAR"
	}
	return symbol
}

var (
	errCurrency = errors.New("in another currency")
	errTooMuch  = errors.New("amounts too large to add up")
	errRate     = errors.New("not a rate in percent")
)

// minor reads an amount in minor units of a currency. Trailing zeros beyond the
// currency's decimals are forgiven, other digits there are not.
func minor(c xmlvend.Currency, currency string) (int64, error) {
	if currencyOf(c.Symbol, currency) != currency {
		return 0, errCurrency
	}
	return c.Value.Canonical().Minor(exponent(currency))
}

// sum adds amounts up.
func sum(amounts ...int64) (int64, error) {
	var total int64
	for _, a := range amounts {
		next := total + a
		if (a > 0) != (next > total) && a != 0 {
			return 0, errTooMuch
		}
		total = next
	}
	return total, nil
}

// basisPoints reads a tax rate given in percent.
func basisPoints(rate xmlvend.Decimal) (int, error) {
	bp, err := rate.Canonical().Minor(2)
	if err != nil || bp < 0 || bp > 100_00 {
		return 0, errRate
	}
	return int(bp), nil
}
