package vending

import "fmt"

// money writes an amount of minor units for a person: 123450 is "1234.50 ZAR".
func money(minor int64, currency string) string {
	sign := ""
	if minor < 0 {
		sign, minor = "-", -minor
	}
	return fmt.Sprintf("%s%d.%02d %s", sign, minor/100, minor%100, currency)
}
