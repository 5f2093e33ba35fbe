package xmlvend

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
