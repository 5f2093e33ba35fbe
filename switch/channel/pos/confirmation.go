package pos

import (
	"context"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() {
	offer("confirmation", (*exchange).confirmation)
	offer("reversal", (*exchange).reversal)
}

// confirmation tells whether a sale is delivered.
func (x *exchange) confirmation(ctx context.Context, m *xmlvend.ConfirmationAdviceReq) (xmlvend.Response, error) {
	confirmed, err := x.sells.ConfirmSale(ctx, x.caller, x.request, key(m.Client, m.AdviceReqMsgID), payType(m.PayType))
	if err != nil {
		return nil, err
	}
	return &xmlvend.ConfirmationAdviceResp{AdviceRespHeader: x.adviceHeader(m.AdviceReqMsgID), TxConfirmed: confirmed}, nil
}

// reversal tells whether a sale is undone.
func (x *exchange) reversal(ctx context.Context, m *xmlvend.ReversalAdviceReq) (xmlvend.Response, error) {
	reversed, err := x.sells.ReverseSale(ctx, x.caller, x.request, key(m.Client, m.AdviceReqMsgID))
	if err != nil {
		return nil, err
	}
	return &xmlvend.ReversalAdviceResp{AdviceRespHeader: x.adviceHeader(m.AdviceReqMsgID), TxReversed: reversed}, nil
}

func (x *exchange) adviceHeader(asked xmlvend.MsgID) xmlvend.AdviceRespHeader {
	return xmlvend.AdviceRespHeader{ResponseHeader: x.header(), AdviceReqMsgID: canonical(asked)}
}

// payType names a way of paying; empty if none is given. Of a card or cheque
// nothing else is kept.
func payType(p xmlvend.PayType) string {
	switch p := p.(type) {
	case nil:
		return ""
	case xmlvend.Cash:
		return "cash"
	case xmlvend.Cheque:
		return "cheque"
	case xmlvend.Card:
		if p.Kind == xmlvend.DebitCard {
			return "debit card"
		}
		return "credit card"
	}
	return "other"
}
