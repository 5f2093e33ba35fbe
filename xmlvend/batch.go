package xmlvend

import "github.com/vendswitch/vendswitch/schemas"

// BatchLevel is one of the three levels of batches, or all of them.
type BatchLevel string

// The levels, widest first: a banking batch holds sales batches, a sales batch
// holds shift batches.
const (
	AllBatches BatchLevel = "All"
	BankLevel  BatchLevel = "Bank"
	SalesLevel BatchLevel = "Sales"
	ShiftLevel BatchLevel = "Shift"
)

// Batch is the summary of a batch: [BankBatch], [SalesBatch] or [ShiftBatch].
type Batch interface {
	// Totals returns what every batch has.
	Totals() *BatchTotals
}

// BatchTotals is what every batch has.
type BatchTotals struct {
	SeqNo    string
	Started  DateTime
	Ended    DateTime
	BatchTot Currency
	TotTax   *Tax         // optional
	Report   *BatchReport // optional
}

// Totals returns the receiver.
func (t *BatchTotals) Totals() *BatchTotals { return t }

// ShiftBatch is the summary of a shift.
type ShiftBatch struct{ BatchTotals }

// SalesBatch is the summary of a sales batch, with the shifts in it.
type SalesBatch struct {
	BatchTotals
	FirstTxSeqNo string // optional
	LastTxSeqNo  string // optional
	Shifts       []ShiftBatch
}

// BankBatch is the summary of a banking batch, with the sales batches in it.
type BankBatch struct {
	BatchTotals
	FirstSalesSeqNo string       // optional
	LastSalesSeqNo  string       // optional
	Slip            *DepositSlip // optional
	Sales           []SalesBatch
}

// BatchReport breaks a batch down.
type BatchReport struct {
	Tx        []AmountTotal // by kind of transaction: NormalSaleTotal, DebtRecoveryTotal, ...
	Operators []OperatorTotal
	PayTypes  []AmountTotal   // by way of paying: CashTotal, ChequeTotal, ...
	Resources []ResourceTotal // by resource: ElectricityTotal, ...
}

// AmountTotal is a total of money; Kind is the name of its schema type in the
// revenue schema.
type AmountTotal struct {
	Kind string
	Desc string
	Amt  Currency
}

// OperatorTotal is the total of one operator.
type OperatorTotal struct {
	OpName string
	Amt    Currency
}

// ResourceTotal is a total of units; Kind is the name of its schema type in the
// revenue schema, and may be ResourceTotal itself.
type ResourceTotal struct {
	Kind  string
	Desc  string
	Units Units
}

// word is the level as it stands in the names of the batch request types.
func (l BatchLevel) word() string {
	if l == AllBatches {
		return "AllBatchesReq"
	}
	return string(l) + "BatchReq"
}

var batchLevels = []BatchLevel{AllBatches, BankLevel, SalesLevel, ShiftLevel}

// batch reads an element declared as Batch, which is abstract.
func (d *decoder) batch(n ref) Batch {
	switch d.kind(n, schemas.NSRevenue, "") {
	case "ShiftBatch":
		b := d.shiftBatch(n)
		return &b
	case "SalesBatch":
		b := d.salesBatch(n)
		return &b
	case "BankBatch":
		b := d.bankBatch(n)
		return &b
	}
	d.alien(n)
	return nil
}

func (e *encoder) batch(name string, b Batch) {
	e.start(name)
	switch b := b.(type) {
	case *ShiftBatch:
		e.revenueType("ShiftBatch")
		e.shiftBatch(b)
	case *SalesBatch:
		e.revenueType("SalesBatch")
		e.salesBatch(b)
	case *BankBatch:
		e.revenueType("BankBatch")
		e.bankBatch(b)
	}
	e.end(name)
}

func (d *decoder) batchTotals(n ref, c *cursor) BatchTotals {
	t := BatchTotals{
		SeqNo:    d.must(n, "seqNo"),
		Started:  DateTime(d.collapsed(c.one(revenue("started")))),
		Ended:    DateTime(d.collapsed(c.one(revenue("ended")))),
		BatchTot: d.currency(c.one(revenue("batchTot"))),
	}
	if n := c.opt(revenue("totTax")); n != none {
		tax := d.tax(n)
		t.TotTax = &tax
	}
	if n := c.opt(revenue("batchReport")); n != none {
		t.Report = d.batchReport(n)
	}
	return t
}

func (e *encoder) batchTotals(t *BatchTotals) {
	e.attr("seqNo", t.SeqNo)
	e.leaf("r:started", string(t.Started))
	e.leaf("r:ended", string(t.Ended))
	e.currency("r:batchTot", t.BatchTot)
	if t.TotTax != nil {
		e.tax("r:totTax", t.TotTax)
	}
	if t.Report != nil {
		e.batchReport(t.Report)
	}
}

func (d *decoder) shiftBatch(n ref) ShiftBatch {
	c := d.seq(n)
	b := ShiftBatch{d.batchTotals(n, &c)}
	c.done()
	return b
}

func (e *encoder) shiftBatch(b *ShiftBatch) { e.batchTotals(&b.BatchTotals) }

func (d *decoder) salesBatch(n ref) SalesBatch {
	c := d.seq(n)
	b := SalesBatch{
		BatchTotals:  d.batchTotals(n, &c),
		FirstTxSeqNo: d.str(c.opt(revenue("firstTxSeqNo"))),
		LastTxSeqNo:  d.str(c.opt(revenue("lastTxSeqNo"))),
	}
	c.all(revenue("shiftBatch"), func(n ref) { b.Shifts = append(b.Shifts, d.shiftBatch(n)) })
	c.done()
	return b
}

func (e *encoder) salesBatch(b *SalesBatch) {
	e.batchTotals(&b.BatchTotals)
	e.leafOpt("r:firstTxSeqNo", b.FirstTxSeqNo)
	e.leafOpt("r:lastTxSeqNo", b.LastTxSeqNo)
	for i := range b.Shifts {
		e.start("r:shiftBatch")
		e.shiftBatch(&b.Shifts[i])
		e.end("r:shiftBatch")
	}
}

func (d *decoder) bankBatch(n ref) BankBatch {
	c := d.seq(n)
	b := BankBatch{
		BatchTotals:     d.batchTotals(n, &c),
		FirstSalesSeqNo: d.str(c.opt(revenue("firstSalesSeqNo"))),
		LastSalesSeqNo:  d.str(c.opt(revenue("lastSalesSeqNo"))),
	}
	if n := c.opt(revenue("depSlip")); n != none {
		s := d.depositSlip(n)
		b.Slip = &s
	}
	c.all(revenue("salesBatch"), func(n ref) { b.Sales = append(b.Sales, d.salesBatch(n)) })
	c.done()
	return b
}

func (e *encoder) bankBatch(b *BankBatch) {
	e.batchTotals(&b.BatchTotals)
	e.leafOpt("r:firstSalesSeqNo", b.FirstSalesSeqNo)
	e.leafOpt("r:lastSalesSeqNo", b.LastSalesSeqNo)
	if b.Slip != nil {
		e.depositSlip("r:depSlip", b.Slip)
	}
	for i := range b.Sales {
		e.start("r:salesBatch")
		e.salesBatch(&b.Sales[i])
		e.end("r:salesBatch")
	}
}

func (d *decoder) batchReport(n ref) *BatchReport {
	r := new(BatchReport)
	c := d.seq(n)
	c.all(revenue("txTotal"), func(n ref) { r.Tx = append(r.Tx, d.amountTotal(n)) })
	c.all(revenue("operatorTotal"), func(n ref) {
		c := d.seq(n)
		r.Operators = append(r.Operators, OperatorTotal{
			OpName: d.str(c.one(revenue("opName"))),
			Amt:    d.currency(c.one(revenue("amt"))),
		})
		c.done()
	})
	c.all(revenue("payTypeTotal"), func(n ref) { r.PayTypes = append(r.PayTypes, d.amountTotal(n)) })
	c.all(revenue("resTot"), func(n ref) {
		c := d.seq(n)
		r.Resources = append(r.Resources, ResourceTotal{
			Kind:  d.kind(n, schemas.NSRevenue, "ResourceTotal"),
			Desc:  d.str(c.one(revenue("desc"))),
			Units: d.units(c.one(revenue("units"))),
		})
		c.done()
	})
	c.done()
	return r
}

func (d *decoder) amountTotal(n ref) AmountTotal {
	c := d.seq(n)
	t := AmountTotal{
		Kind: d.kind(n, schemas.NSRevenue, ""),
		Desc: d.str(c.one(revenue("desc"))),
		Amt:  d.currency(c.one(revenue("amt"))),
	}
	c.done()
	return t
}

func (e *encoder) batchReport(r *BatchReport) {
	e.start("r:batchReport")
	e.amountTotals("r:txTotal", r.Tx)
	for _, t := range r.Operators {
		e.start("r:operatorTotal")
		e.leaf("r:opName", t.OpName)
		e.currency("r:amt", t.Amt)
		e.end("r:operatorTotal")
	}
	e.amountTotals("r:payTypeTotal", r.PayTypes)
	for _, t := range r.Resources {
		e.start("r:resTot")
		if t.Kind != "ResourceTotal" {
			e.revenueType(t.Kind)
		}
		e.msg("r:desc", t.Desc)
		e.units("r:units", t.Units)
		e.end("r:resTot")
	}
	e.end("r:batchReport")
}

func (e *encoder) amountTotals(name string, totals []AmountTotal) {
	for _, t := range totals {
		e.start(name)
		e.revenueType(t.Kind)
		e.msg("r:desc", t.Desc)
		e.currency("r:amt", t.Amt)
		e.end(name)
	}
}
