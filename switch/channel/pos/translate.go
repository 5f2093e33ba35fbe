package pos

import (
	"fmt"
	"strings"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// symbols are what clients send in place of an ISO 4217 code.
var symbols = map[string]string{"R": "ZAR"}

// order puts a purchase for a meter into the switch's terms. A fault comes with
// as much of the order as could be read.
func order(head *xmlvend.VendRequestHeader, value xmlvend.PurchaseValue) (vending.VendOrder, *vending.Fault) {
	o := vending.VendOrder{Meter: meter(head.Meter), Resource: vending.Resource(head.Resource)}
	switch value := value.(type) {
	case xmlvend.PurchaseValueCurrency:
		minor, fault := amountOf(value.Amt)
		o.Amount, o.Currency = minor, currencyOf(value.Amt)
		return o, fault
	case xmlvend.PurchaseValueUnits:
		units, fault := unitsOf(value.Units)
		o.Units, o.SIUnit = units, value.Units.SIUnit
		return o, fault
	default:
		return o, unsupported(fmt.Sprintf("purchase value of type %T", value))
	}
}

// amountOf is an amount in minor units. Zeros at the end are forgiven: 10.0000 is 1000
// cents, exactly.
func amountOf(c xmlvend.Currency) (int64, *vending.Fault) {
	minor, err := c.Value.Canonical().Minor(decimals)
	if err != nil {
		return 0, amountFault("amount %s cannot be paid: it is not a number of cents", c)
	}
	return minor, nil
}

func currencyOf(c xmlvend.Currency) string {
	if code, ok := symbols[c.Symbol]; ok {
		return code
	}
	return c.Symbol
}

func unitsOf(u xmlvend.Units) (string, *vending.Fault) {
	units := u.Value.Canonical()
	if units == "0" || strings.HasPrefix(string(units), "-") {
		return "", amountFault("%s is not more than zero", u)
	}
	return string(units), nil
}

func amountFault(format string, args ...any) *vending.Fault {
	return &vending.Fault{Code: vending.CodeAmount, Text: fmt.Sprintf(format, args...)}
}

func unsupported(what string) *vending.Fault {
	return &vending.Fault{Code: vending.CodeUnsupported, Text: what + " is not offered"}
}

// meter puts a meter into the switch's terms. Track 2 of a meter card goes on as
// it was swiped; the switch never takes it apart.
func meter(id xmlvend.MeterIdentifier) vending.Meter {
	switch id := id.(type) {
	case xmlvend.MeterNumber:
		return vending.Meter{Number: id.MSNO}
	case xmlvend.MeterDetail:
		m := vending.Meter{
			Number:      id.MSNO,
			SupplyGroup: id.SGC,
			KeyRevision: id.KRN,
			TariffIndex: id.TI,
			Algorithm:   id.Type.AT,
			Technology:  id.Type.TT,
		}
		if id.Ext != nil {
			m.Track2 = id.Ext.Track2
		}
		return m
	case xmlvend.MeterCard:
		return vending.Meter{Track2: id.Track2}
	}
	return vending.Meter{}
}

// key is a message id as the ledger keeps it.
func key(client xmlvend.DeviceID, id xmlvend.MsgID) vending.MessageKey {
	return vending.MessageKey{Client: client.ID, DateTime: id.DateTime, Number: id.Number()}
}
