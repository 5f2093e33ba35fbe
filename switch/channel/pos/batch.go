package pos

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func init() {
	offer("startBatch", (*exchange).startBatch)
	offer("endBatch", (*exchange).endBatch)
	offer("totalBatch", (*exchange).totalBatch)
	offer("reprintEndBatch", (*exchange).reprintEndBatch)
}

var batchLevels = map[xmlvend.BatchLevel]vending.BatchLevel{
	xmlvend.AllBatches: "", xmlvend.BankLevel: vending.BatchBank,
	xmlvend.SalesLevel: vending.BatchSales, xmlvend.ShiftLevel: vending.BatchShift,
}

// startBatch opens a batch. Batches that were opened along above the one asked for
// are not in the answer, whose type is that of the level; of all, the widest is.
func (x *exchange) startBatch(ctx context.Context, m *xmlvend.StartBatchReq) (xmlvend.Response, error) {
	started, err := x.sells.StartBatch(ctx, x.caller, x.request, batchLevels[m.Level])
	if err != nil {
		return nil, err
	}
	if m.Level != xmlvend.AllBatches {
		started = started[len(started)-1:]
	}
	resp := &xmlvend.StartBatchResp{ResponseHeader: x.printer.header(x.head, started[0].OpenedAt), Batch: x.printer.started(started)}
	resp.DispHeader = "BATCH STARTED"
	return resp, nil
}

// started renders batches that are inside each other, widest first.
func (p printer) started(list []vending.Tally) xmlvend.StartedBatch {
	seq, at := strconv.FormatInt(list[0].SeqNo, 10), p.dateTime(list[0].OpenedAt)
	var inside xmlvend.StartedBatch
	if len(list) > 1 {
		inside = p.started(list[1:])
	}
	switch list[0].Level {
	case vending.BatchBank:
		b := &xmlvend.BankStart{SeqNo: seq, Started: at}
		if in, ok := inside.(*xmlvend.SalesStart); ok {
			b.Sales = append(b.Sales, *in)
		}
		return b
	case vending.BatchSales:
		b := &xmlvend.SalesStart{SeqNo: seq, Started: at}
		if in, ok := inside.(*xmlvend.ShiftStart); ok {
			b.Shifts = append(b.Shifts, *in)
		}
		return b
	}
	return &xmlvend.ShiftStart{SeqNo: seq, Started: at}
}

// endBatch closes a batch and gives its totals.
func (x *exchange) endBatch(ctx context.Context, m *xmlvend.EndBatchReq) (xmlvend.Response, error) {
	ended, err := x.sells.EndBatch(ctx, x.caller, x.request, batchLevels[m.Level])
	if err != nil {
		return nil, err
	}
	return x.ended(ended)
}

// ended heads a closed batch by the time when it was closed: the same request again
// gets the same answer.
func (x *exchange) ended(b vending.Tally) (*xmlvend.EndBatchResp, error) {
	rendered, err := x.printer.batch(b, b.ClosedAt, x.caller.Merchant.Currency)
	if err != nil {
		return nil, err
	}
	resp := &xmlvend.EndBatchResp{ResponseHeader: x.printer.header(x.head, b.ClosedAt), Batch: rendered}
	resp.DispHeader = "BATCH TOTALS"
	return resp, nil
}

// totalBatch gives the totals of an open batch, with now for its end.
func (x *exchange) totalBatch(ctx context.Context, m *xmlvend.TotalBatchReq) (xmlvend.Response, error) {
	sofar, err := x.sells.TotalBatch(ctx, x.caller, x.request, batchLevels[m.Level])
	if err != nil {
		return nil, err
	}
	rendered, err := x.printer.batch(sofar, x.now(), x.caller.Merchant.Currency)
	if err != nil {
		return nil, err
	}
	resp := &xmlvend.TotalBatchResp{ResponseHeader: x.header(), Batches: []xmlvend.Batch{rendered}}
	resp.DispHeader = "BATCH TOTALS SO FAR"
	return resp, nil
}

// reprintEndBatch gives the totals of a closed batch once more.
func (x *exchange) reprintEndBatch(ctx context.Context, m *xmlvend.ReprintEndBatchReq) (xmlvend.Response, error) {
	var seqNo int64
	if m.SeqNo != "" {
		var err error
		if seqNo, err = strconv.ParseInt(m.SeqNo, 10, 64); err != nil || seqNo < 1 {
			seqNo = -1 // nobody's
		}
	}
	closed, err := x.sells.ReprintBatch(ctx, x.caller, x.request, batchLevels[m.Level], seqNo)
	if err != nil {
		return nil, err
	}
	if m.All != nil && !*m.All {
		closed.Inside = nil
	}
	ended, err := x.ended(closed)
	if err != nil {
		return nil, err
	}
	ended.DispHeader = heading(ended.DispHeader, true)
	resp := &xmlvend.ReprintEndBatchResp{ResponseHeader: x.header(), Reprint: *ended}
	resp.DispHeader = ended.DispHeader
	return resp, nil
}

// batch renders a batch with what is inside it; now stands for the end of one that
// is open.
func (p printer) batch(b vending.Tally, now time.Time, currency string) (xmlvend.Batch, error) {
	totals, err := p.totals(b, now, currency)
	if err != nil {
		return nil, err
	}
	inside := make([]xmlvend.Batch, len(b.Inside))
	for i, child := range b.Inside {
		if inside[i], err = p.batch(child, now, currency); err != nil {
			return nil, err
		}
	}
	switch b.Level {
	case vending.BatchBank:
		bank := &xmlvend.BankBatch{BatchTotals: totals}
		for _, child := range inside {
			if sales, ok := child.(*xmlvend.SalesBatch); ok {
				bank.Sales = append(bank.Sales, *sales)
			}
		}
		if n := len(bank.Sales); n > 0 {
			bank.FirstSalesSeqNo, bank.LastSalesSeqNo = bank.Sales[0].SeqNo, bank.Sales[n-1].SeqNo
		}
		return bank, nil
	case vending.BatchSales:
		sales := &xmlvend.SalesBatch{BatchTotals: totals}
		for _, child := range inside {
			if shift, ok := child.(*xmlvend.ShiftBatch); ok {
				sales.Shifts = append(sales.Shifts, *shift)
			}
		}
		return sales, nil
	case vending.BatchShift:
		return &xmlvend.ShiftBatch{BatchTotals: totals}, nil
	}
	return nil, fmt.Errorf("batch %s has level %q", b.ID, b.Level)
}

// txTotals says each kind of line as a kind of total.
var txTotals = map[vending.LineKind]xmlvend.AmountTotal{
	vending.LineSale:        {Kind: "NormalSaleTotal", Desc: "Sales"},
	vending.LineCredit:      {Kind: "NormalSaleTotal", Desc: "Credit"},
	vending.LineFreeBasic:   {Kind: "FreeIssueTotal", Desc: "Free basic electricity"},
	vending.LineFree:        {Kind: "FreeIssueTotal", Desc: "Free issues"},
	vending.LineReplacement: {Kind: "MeterCreditTransferTotal", Desc: "Meter credit transfers"},
	vending.LineDebt:        {Kind: "DebtRecoveryTotal", Desc: "Debt recovery"},
	vending.LineCharge:      {Kind: "ServiceChrgTotal", Desc: "Service charges"},
	vending.LinePayment:     {Kind: "AccPaymentTotal", Desc: "Account payments"},
}

// payTotals says each way of paying as a kind of total.
var payTotals = map[string]xmlvend.AmountTotal{
	"cash":        {Kind: "CashTotal", Desc: "Cash"},
	"cheque":      {Kind: "ChequeTotal", Desc: "Cheque"},
	"credit card": {Kind: "CreditCardTotal", Desc: "Credit card"},
	"debit card":  {Kind: "DebitCardTotal", Desc: "Debit card"},
}

func (p printer) totals(b vending.Tally, now time.Time, currency string) (xmlvend.BatchTotals, error) {
	sums, err := vending.DecodeBatchTotals(b)
	if err != nil {
		return xmlvend.BatchTotals{}, err
	}
	ended := b.ClosedAt
	if ended.IsZero() {
		ended = now
	}
	t := xmlvend.BatchTotals{
		SeqNo: strconv.FormatInt(b.SeqNo, 10), Started: p.dateTime(b.OpenedAt), Ended: p.dateTime(ended),
		BatchTot: money(b.Amount, currency), Report: new(xmlvend.BatchReport),
	}
	if len(sums.Taxes) == 1 { // the schema has room for one rate
		for rate, amount := range sums.Taxes {
			t.TotTax = &taxes([]vending.Tax{{RateBP: rate, Amount: amount}}, currency)[0]
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(sums.Kinds)) {
		total, ok := txTotals[kind]
		if !ok {
			total = txTotals[vending.LineSale]
		}
		total.Amt = money(sums.Kinds[kind], currency)
		t.Report.Tx = append(t.Report.Tx, total)
	}
	for _, name := range slices.Sorted(maps.Keys(sums.Operators)) {
		t.Report.Operators = append(t.Report.Operators, xmlvend.OperatorTotal{OpName: name, Amt: money(sums.Operators[name], currency)})
	}
	for _, way := range slices.Sorted(maps.Keys(sums.PayTypes)) {
		total, ok := payTotals[way]
		if !ok {
			total = xmlvend.AmountTotal{Kind: "OtherTotal", Desc: "Not stated"}
		}
		total.Amt = money(sums.PayTypes[way], currency)
		t.Report.PayTypes = append(t.Report.PayTypes, total)
	}
	for _, r := range slices.Sorted(maps.Keys(sums.Units)) {
		of := sums.Units[r]
		known := resource(r)
		kind := string(known) + "Total"
		t.Report.Resources = append(t.Report.Resources, xmlvend.ResourceTotal{Kind: kind, Desc: string(known),
			Units: units(vending.Line{Units: of.Value, SIUnit: of.SIUnit, Resource: r})})
	}
	return t, nil
}
