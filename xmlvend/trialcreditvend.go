package xmlvend

// TrialCreditVendReq asks for all checks and prices of a vend, without the vend.
type TrialCreditVendReq struct {
	VendRequestHeader
	PurchaseValue PurchaseValue
	PayType       PayType // optional
}

func (*TrialCreditVendReq) Element() QName { return revenue("trialCreditVendReq") }
func (*TrialCreditVendReq) Type() QName    { return revenue("TrialCreditVendReq") }

// TrialCreditVendResp answers as a vend would, with a worthless token.
type TrialCreditVendResp struct{ CreditVendResp }

func (*TrialCreditVendResp) Element() QName { return revenue("trialCreditVendResp") }
func (*TrialCreditVendResp) Type() QName    { return revenue("TrialCreditVendResp") }

func init() {
	register(TrialCreditVendReq{})
	registerDerived(TrialCreditVendResp{}, &CreditVendResp{})
}

func (m *TrialCreditVendReq) decode(d *decoder, n ref) {
	m.PurchaseValue, m.PayType = d.purchase(n, &m.VendRequestHeader)
}

func (m *TrialCreditVendReq) encode(e *encoder) {
	e.purchase(&m.VendRequestHeader, m.PurchaseValue, m.PayType)
}
