package xmlvend

// VendorStatementReq asks for the last entries of the vendor's account; the
// server decides how many.
type VendorStatementReq struct{ RequestHeader }

func (*VendorStatementReq) Element() QName { return revenue("vendorStatementReq") }
func (*VendorStatementReq) Type() QName    { return revenue("VendorStatementReq") }

// VendorStatementResp brings the statement.
type VendorStatementResp struct {
	ResponseHeader
	AccNo       string
	AccBal      Currency
	AvailCredit Currency
	Lines       []VendorStatementLine
}

// VendorStatementLine is one entry of a vendor's account.
type VendorStatementLine struct {
	Desc        string
	Amt         Currency
	AppliedDate DateTime
}

func (*VendorStatementResp) Element() QName { return revenue("vendorStatementResp") }
func (*VendorStatementResp) Type() QName    { return revenue("VendorStatementResp") }
