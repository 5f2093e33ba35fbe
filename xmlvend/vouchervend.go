package xmlvend

// VoucherVendReq asks for vouchers of one product from stock: airtime, for one
// (extension urn:vendswitch:xmlvend:evd:1.0).
type VoucherVendReq struct {
	RequestHeader
	ProductCode string // 1 to 32 characters
	Quantity    int    // 1 to 10
	Recipient   string // MSISDN the vouchers are to be sent to as well; optional
}

func (*VoucherVendReq) Element() QName { return voucher("voucherVendReq") }
func (*VoucherVendReq) Type() QName    { return voucher("VoucherVendReq") }

// VoucherVendResp brings the vouchers, as [VoucherTx] on the receipt; Utility
// is the supplier of the product.
type VoucherVendResp struct {
	VendResponseHeader
	Receipt Receipt
}

func (*VoucherVendResp) Element() QName { return voucher("voucherVendResp") }
func (*VoucherVendResp) Type() QName    { return voucher("VoucherVendResp") }

// VoucherTx is a movement that sold vouchers of one product.
type VoucherTx struct {
	TxCommon
	Product  Product
	Vouchers []Voucher // 1 to 10
}

// Product names a product.
type Product struct {
	Code string // 1 to 32 characters
	Name string // 1 to 80 characters
}

// Voucher is one voucher sold.
type Voucher struct {
	Serial       string // 1 to 40 characters, not a secret
	PIN          Secret // 4 to 40 characters
	FaceValue    Currency
	Expiry       string // xs:date, YYYY-MM-DD, the last day; optional
	Instructions string // how to redeem it, at most 1000 characters; optional
}
