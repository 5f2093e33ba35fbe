package xmlvend

// UpdateMeterKeyReq asks for the tokens that change a meter's keys from those
// found in the field to those of the server's database.
type UpdateMeterKeyReq struct {
	RequestHeader
	Meter MeterConfig
}

func (*UpdateMeterKeyReq) Element() QName { return meter("updateMeterKeyReq") }
func (*UpdateMeterKeyReq) Type() QName    { return meter("UpdateMeterKeyReq") }

// UpdateMeterKeyResp brings the key change tokens.
type UpdateMeterKeyResp struct {
	VendResponseHeader
	Issue KCTokenIssue
}

func (*UpdateMeterKeyResp) Element() QName { return meter("updateMeterKeyResp") }
func (*UpdateMeterKeyResp) Type() QName    { return meter("UpdateMeterKeyResp") }
