package pos

import (
	"context"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() {
	offer("deposit", (*exchange).deposit)
	offer("reprintDeposit", (*exchange).reprintDeposit)
}

const slipHeading = "DEPOSIT SLIP"

// deposit makes a deposit slip.
func (x *exchange) deposit(ctx context.Context, _ *xmlvend.DepositReq) (xmlvend.Response, error) {
	slip, err := x.sells.DepositSlip(ctx, x.caller, x.request)
	if err != nil {
		return nil, err
	}
	resp := x.slip(slip)
	return &resp, nil
}

// reprintDeposit gives the last deposit slips once more, newest first.
func (x *exchange) reprintDeposit(ctx context.Context, _ *xmlvend.ReprintDepositReq) (xmlvend.Response, error) {
	slips, err := x.sells.ReprintSlips(ctx, x.caller, x.request)
	if err != nil {
		return nil, err
	}
	resp := &xmlvend.ReprintDepositResp{ResponseHeader: x.header()}
	resp.DispHeader = heading(slipHeading, true)
	for _, s := range slips {
		copied := x.slip(s)
		copied.DispHeader = heading(slipHeading, true)
		resp.Reprints = append(resp.Reprints, copied)
	}
	return resp, nil
}

// slip renders a slip under the time when it was made.
func (x *exchange) slip(s vending.Tally) xmlvend.DepositResp {
	resp := xmlvend.DepositResp{
		ResponseHeader: x.printer.header(x.head, s.ClosedAt),
		Slip: xmlvend.DepositSlip{
			BankingRefNo: s.Reference,
			Header:       "Deposit slip " + s.Reference,
			Amt:          money(s.Amount, x.caller.Merchant.Currency),
			Beneficiary:  x.printer.beneficiary,
		},
	}
	resp.DispHeader = slipHeading
	return resp
}
