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
		// Zeros at the end are forgiven: 10.0000 is 1000 cents, exactly.
		minor, err := value.Amt.Value.Canonical().Minor(decimals)
		if err != nil {
			return o, amountFault("amount %s cannot be paid: it is not a number of cents", value.Amt)
		}
		o.Amount, o.Currency = minor, value.Amt.Symbol
		if code, ok := symbols[o.Currency]; ok {
			o.Currency = code
		}
	case xmlvend.PurchaseValueUnits:
		units := value.Units.Value.Canonical()
		if units == "0" || strings.HasPrefix(string(units), "-") {
			return o, amountFault("%s is not more than zero", value.Units)
		}
		o.Units, o.SIUnit = string(units), value.Units.SIUnit
	default:
		return o, unsupported(fmt.Sprintf("purchase value of type %T", value))
	}
	return o, nil
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
