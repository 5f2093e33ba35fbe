package pos

import (
	"github.com/vendswitch/vendswitch/schemas"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

// Refusal is how a fault is told to a client of a dialect with or without Eskom's
// extension.
func Refusal(f *vending.Fault, extended bool) *xmlvend.FaultResp {
	return faultResp(xmlvend.ResponseHeader{}, f, func(class xmlvend.FaultClass) bool {
		return extended || class.Type().Space == schemas.NSBase
	})
}
