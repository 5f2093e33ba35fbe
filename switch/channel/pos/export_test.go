package pos

import (
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Refusal is how a fault is told to a client of a dialect with or without Eskom's
// extension.
func Refusal(f *vending.Fault, extended, refusesRepeats bool) *xmlvend.FaultResp {
	return faultResp(xmlvend.ResponseHeader{}, f, profile{extended: extended, refusesRepeats: refusesRepeats})
}
