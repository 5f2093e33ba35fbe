package xmlvend

// CreditTransferDetail names the meter that was replaced.
type CreditTransferDetail struct {
	OldMSNO string
	RefNo   string // job reference; optional
}

// MeterCreditTransferReq asks for the units left in a replaced meter.
type MeterCreditTransferReq struct {
	VendRequestHeader
	ChgOutUnits Units
	Detail      CreditTransferDetail
}

func (*MeterCreditTransferReq) Element() QName { return revenue("meterCreditTransferReq") }
func (*MeterCreditTransferReq) Type() QName    { return revenue("MeterCreditTransferReq") }

// MeterCreditTransferResp brings the token for the new meter.
type MeterCreditTransferResp struct {
	VendResponseHeader
	Detail CreditTransferDetail
	Tx     CreditVendTx
}

func (*MeterCreditTransferResp) Element() QName { return revenue("meterCreditTransferResp") }
func (*MeterCreditTransferResp) Type() QName    { return revenue("MeterCreditTransferResp") }
