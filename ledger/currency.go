package ledger

import (
	"fmt"
	"regexp"
)

// otherDecimals are the currencies of ISO 4217 whose minor unit is not a hundredth.
// Amounts are read and written with two decimals everywhere, so none of them may
// be used yet.
var otherDecimals = map[string]bool{
	"BIF": true, "CLP": true, "DJF": true, "GNF": true, "ISK": true, "JPY": true, "KMF": true, "KRW": true, "PYG": true,
	"RWF": true, "UGX": true, "UYI": true, "VND": true, "VUV": true, "XAF": true, "XOF": true, "XPF": true,
	"BHD": true, "IQD": true, "JOD": true, "KWD": true, "LYD": true, "OMR": true, "TND": true, "CLF": true, "UYW": true,
}

var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// checkCurrency refuses what is no code of ISO 4217, and a currency that does not
// have two decimals.
func checkCurrency(code string) error {
	if !currencyCode.MatchString(code) {
		return fmt.Errorf("currency %q is not three capital letters, as in ZAR", code)
	}
	if otherDecimals[code] {
		return fmt.Errorf("currency %s does not have two decimals", code)
	}
	return nil
}

// decimal writes an amount for a person to read.
func decimal(minor int64) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d", sign, minor/100, minor%100)
}
