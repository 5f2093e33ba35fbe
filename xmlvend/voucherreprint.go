package xmlvend

// VoucherReprintReq asks for a copy of the receipt of a sale of vouchers
// (extension urn:vendswitch:xmlvend:evd:1.0).
type VoucherReprintReq struct {
	RequestHeader
	ReceiptNo string
}

func (*VoucherReprintReq) Element() QName { return voucher("voucherReprintReq") }
func (*VoucherReprintReq) Type() QName    { return voucher("VoucherReprintReq") }

// VoucherReprintResp brings the sale once more, marked as a copy.
type VoucherReprintResp struct {
	VoucherVendResp
	SoldAt DateTime // when the sale was made
}

func (*VoucherReprintResp) Element() QName { return voucher("voucherReprintResp") }
func (*VoucherReprintResp) Type() QName    { return voucher("VoucherReprintResp") }
