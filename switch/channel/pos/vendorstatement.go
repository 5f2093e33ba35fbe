package pos

import (
	"context"
	"strings"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("vendorStatement", (*exchange).vendorStatement) }

// vendorStatement gives the last entries of the vendor's account, newest first.
func (x *exchange) vendorStatement(ctx context.Context, _ *xmlvend.VendorStatementReq) (xmlvend.Response, error) {
	st, err := x.sells.Statement(ctx, x.caller, x.request)
	if err != nil {
		return nil, err
	}
	resp := &xmlvend.VendorStatementResp{
		ResponseHeader: x.header(),
		AccNo:          number(st.Float.Merchant, 1, maxNumber),
		AccBal:         money(st.Float.Posted, st.Float.Currency),
		AvailCredit:    money(st.Float.Available(), st.Float.Currency),
	}
	resp.DispHeader = "VENDOR STATEMENT"
	for _, l := range st.Lines {
		resp.Lines = append(resp.Lines, xmlvend.VendorStatementLine{
			Desc:        line(entryText(l.Kind, l.ReceiptNo, l.Amount), maxMsg),
			Amt:         money(l.Amount, st.Float.Currency),
			AppliedDate: x.printer.dateTime(l.At),
		})
	}
	return resp, nil
}

// entryText says in words what an entry was.
func entryText(kind, receipt string, amount int64) string {
	switch {
	case receipt != "" && amount > 0:
		return "Reversal of sale " + receipt
	case receipt != "":
		return "Sale " + receipt
	}
	text := strings.NewReplacer("_", " ", ".", " ", "-", " ").Replace(kind)
	return strings.ToUpper(text[:1]) + text[1:]
}
