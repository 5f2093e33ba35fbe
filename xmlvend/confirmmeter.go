package xmlvend

// ConfirmMeterReq asks for a meter's configuration.
type ConfirmMeterReq struct {
	RequestHeader
	Meter MeterIdentifier
}

func (*ConfirmMeterReq) Element() QName { return meter("confirmMeterReq") }
func (*ConfirmMeterReq) Type() QName    { return meter("ConfirmMeterReq") }

// ConfirmMeterResp brings a meter's configuration.
type ConfirmMeterResp struct {
	ResponseHeader
	MeterDetail MeterDetail
}

func (*ConfirmMeterResp) Element() QName { return meter("confirmMeterResp") }
func (*ConfirmMeterResp) Type() QName    { return meter("ConfirmMeterResp") }
