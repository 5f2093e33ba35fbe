package xmlvend

// DepositReq asks for a deposit slip covering the sales since the last one.
type DepositReq struct{ RequestHeader }

func (*DepositReq) Element() QName { return revenue("depositReq") }
func (*DepositReq) Type() QName    { return revenue("DepositReq") }

// DepositSlip says how much to bank, and where.
type DepositSlip struct {
	BankingRefNo string
	Header       string // optional
	Amt          Currency
	Beneficiary  *Beneficiary // optional
}

// Beneficiary is the account to bank into.
type Beneficiary struct {
	AccName, AccNo, BranchCode, BankName, BankRegNo string
}

// DepositResp brings the slip.
type DepositResp struct {
	ResponseHeader
	Slip DepositSlip
}

func (*DepositResp) Element() QName { return revenue("depositResp") }
func (*DepositResp) Type() QName    { return revenue("DepositResp") }
