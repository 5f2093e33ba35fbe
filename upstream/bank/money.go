package bank

import (
	"errors"
	"strconv"
	"strings"
)

// numberShape is a number as banks print amounts: 12450.75, 1,234.50, 1 500.00,
// 15000. White space has been made plain before.
const numberShape = `(?:[0-9]{1,3}(?:[ ,][0-9]{3})+|[0-9]+)(?:[.,][0-9]{2})?\b`

// maxDigits bounds an amount: ten million million, and cents.
const maxDigits = 15

var errAmount = errors.New("not an amount")

// cents reads an amount with its currency symbol and sign, as in "R-1,234.50",
// exactly. A part after the last point or comma is cents if it is two digits, and
// thousands otherwise.
func cents(text string) (int64, error) {
	var digits strings.Builder
	negative := false
	last, after := byte(0), 0 // the last separator, and the digits since
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits.WriteByte(c)
			after++
		case c == '-':
			negative = true
		case c == '.' || c == ',':
			if digits.Len() > 0 {
				last, after = c, 0
			}
		}
	}
	whole := digits.String()
	switch {
	case whole == "":
		return 0, errAmount
	case last != 0 && after == 2:
	case last == '.' && after != 0:
		return 0, errAmount // a third of a cent, or half of one
	default:
		whole += "00"
	}
	if len(whole) > maxDigits {
		return 0, errAmount
	}
	amount, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return 0, err
	}
	if negative {
		amount = -amount
	}
	return amount, nil
}
