package pos

import (
	"context"

	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() { offer("lastResponse", (*exchange).lastResponse) }

// lastResponse gives the answer to an earlier request once more: a receipt, or
// the fault in which a sale was refused or declined.
func (x *exchange) lastResponse(ctx context.Context, m *xmlvend.LastRespAdviceReq) (xmlvend.Response, error) {
	r, err := x.sells.LastResponse(ctx, x.caller, x.request, key(m.Client, m.AdviceReqMsgID))
	if err != nil {
		return nil, err
	}
	last, err := x.printer.outcome(r, x.head, x.dialect.Has)
	if err != nil {
		return nil, err
	}
	return &xmlvend.LastRespAdviceResp{
		AdviceRespHeader: xmlvend.AdviceRespHeader{
			ResponseHeader: x.header(),
			AdviceReqMsgID: canonical(m.AdviceReqMsgID),
		},
		LastResponse: last,
	}, nil
}
