package chart

import "github.com/vendswitch/vendswitch/ledger"

// Deposit is money of a merchant that arrived at the bank, with the fee we
// charge for it. Fee includes VAT; zero means none.
type Deposit struct {
	Merchant string
	Currency string
	Amount   int64
	Fee      int64
	VATBP    int
}

// Postings debits the bank and credits the merchant's float, then takes the fee
// off the float.
func (d Deposit) Postings() []ledger.Posting {
	e := entry{currency: d.Currency}
	e.debit(Bank, d.Amount)
	e.debit(Float(d.Merchant), d.Fee)
	e.credit(Float(d.Merchant), d.Amount)
	e.income(IncomeFees, d.Fee, d.VATBP)
	return e.lines
}

// StockImport is vouchers bought on account. Cost is what the supplier charges
// for them, including VAT, whatever their face value.
type StockImport struct {
	Supplier string
	Currency string
	Cost     int64
}

// Postings debits the stock and credits the supplier.
func (s StockImport) Postings() []ledger.Posting {
	e := entry{currency: s.Currency}
	e.debit(Stock(s.Supplier), s.Cost)
	e.credit(Payable(s.Supplier), s.Cost)
	return e.lines
}

// StockReturn is vouchers given back to their supplier, at cost.
type StockReturn struct {
	Supplier string
	Currency string
	Cost     int64
}

// Postings undoes the import: the supplier is owed so much less.
func (s StockReturn) Postings() []ledger.Posting { return Reversal(StockImport(s).Postings()) }

// StockExpiry is vouchers that nobody bought in time, at cost.
type StockExpiry struct {
	Supplier string
	Currency string
	Cost     int64
}

// Postings writes the stock off.
func (s StockExpiry) Postings() []ledger.Posting {
	e := entry{currency: s.Currency}
	e.debit(ExpenseExpired, s.Cost)
	e.credit(Stock(s.Supplier), s.Cost)
	return e.lines
}

// StockSale is vouchers sold from stock. Tender is what the consumer pays, Cost
// the cost of all vouchers of the sale, both including VAT; Commission is the
// merchant's.
type StockSale struct {
	Merchant   string
	Supplier   string
	Currency   string
	Tender     int64
	Cost       int64
	Commission int64
	VATBP      int
}

// Postings debits the float with the tender, takes the vouchers out of stock at
// cost, and gives the merchant his commission. What remains of the tender is
// margin and the VAT in it; below cost both are debits, as more input tax was
// paid on the vouchers than output tax is due.
func (s StockSale) Postings() []ledger.Posting {
	e := entry{currency: s.Currency}
	e.debit(Float(s.Merchant), s.Tender)
	e.debit(ExpenseCommission, s.Commission)
	e.credit(Stock(s.Supplier), s.Cost)
	e.income(IncomeMargin, s.Tender-s.Cost, s.VATBP)
	e.credit(Float(s.Merchant), s.Commission)
	return e.lines
}

// OnlineSale is a token bought from a supplier at the moment of the sale, such
// as electricity. Earned is the supplier's commission to us including VAT;
// Commission is the merchant's.
type OnlineSale struct {
	Merchant   string
	Supplier   string
	Currency   string
	Tender     int64
	Earned     int64
	Commission int64
	VATBP      int
}

// Postings debits the float with the tender and owes it to the supplier, less
// our commission, and gives the merchant his.
func (s OnlineSale) Postings() []ledger.Posting {
	e := entry{currency: s.Currency}
	e.debit(Float(s.Merchant), s.Tender)
	e.debit(Payable(s.Supplier), s.Earned)
	e.debit(ExpenseCommission, s.Commission)
	e.credit(Payable(s.Supplier), s.Tender)
	e.income(IncomeCommission, s.Earned, s.VATBP)
	e.credit(Float(s.Merchant), s.Commission)
	return e.lines
}

// Override is commission that an agent earns on a sale of a merchant he
// recruited.
type Override struct {
	Agent    string // empty: into the account of all agents
	Currency string
	Amount   int64
}

// Postings debits the expense and owes it to the agent.
func (o Override) Postings() []ledger.Posting {
	e := entry{currency: o.Currency}
	e.debit(ExpenseOverride, o.Amount)
	e.credit(DueAgent(o.Agent), o.Amount)
	return e.lines
}

// OverridePaid is an agent's collected commission moved to his float.
type OverridePaid struct {
	Agent    string
	Pooled   bool // it collected in the account of all agents
	Currency string
	Amount   int64
}

// Postings debits what was due and credits the agent's float.
func (o OverridePaid) Postings() []ledger.Posting {
	from := DueAgent(o.Agent)
	if o.Pooled {
		from = DueAgent("")
	}
	e := entry{currency: o.Currency}
	e.debit(from, o.Amount)
	e.credit(Float(o.Agent), o.Amount)
	return e.lines
}

// DepositReturned is a deposit that the bank took back. It may take the float
// past its limit, which then blocks selling.
type DepositReturned struct {
	Merchant string
	Currency string
	Amount   int64
}

// Postings debits the float and credits the bank.
func (d DepositReturned) Postings() []ledger.Posting {
	e := entry{currency: d.Currency}
	e.debit(Float(d.Merchant), d.Amount)
	e.credit(Bank, d.Amount)
	return e.lines
}

// DepositUnidentified is money at the bank whose merchant is not known.
type DepositUnidentified struct {
	Currency string
	Amount   int64
}

// Postings debits the bank and keeps the money in suspense.
func (d DepositUnidentified) Postings() []ledger.Posting {
	e := entry{currency: d.Currency}
	e.debit(Bank, d.Amount)
	e.credit(SuspenseDeposits, d.Amount)
	return e.lines
}

// DepositClaimed is an unidentified deposit whose merchant was found, with the
// fee we charge for it. Fee includes VAT; zero means none.
type DepositClaimed struct {
	Merchant string
	Currency string
	Amount   int64
	Fee      int64
	VATBP    int
}

// Postings moves the money from suspense to the merchant's float, then takes the
// fee off the float.
func (d DepositClaimed) Postings() []ledger.Posting {
	e := entry{currency: d.Currency}
	e.debit(SuspenseDeposits, d.Amount)
	e.debit(Float(d.Merchant), d.Fee)
	e.credit(Float(d.Merchant), d.Amount)
	e.income(IncomeFees, d.Fee, d.VATBP)
	return e.lines
}

// Reversal undoes an entry: the same lines with their signs turned.
func Reversal(of []ledger.Posting) []ledger.Posting {
	undone := make([]ledger.Posting, len(of))
	for i, p := range of {
		p.Amount = -p.Amount
		undone[i] = p
	}
	return undone
}

// entry collects the lines of one event. A line of zero is left out.
type entry struct {
	currency string
	lines    []ledger.Posting
}

func (e *entry) debit(account string, amount int64) {
	if amount != 0 {
		e.lines = append(e.lines, ledger.Posting{Account: account, Amount: amount, Currency: e.currency})
	}
}

func (e *entry) credit(account string, amount int64) { e.debit(account, -amount) }

// income splits an amount that includes VAT into the income and the VAT. The
// two always add up to the amount.
func (e *entry) income(account string, amount int64, vatBP int) {
	vat := VATWithin(amount, vatBP)
	e.credit(account, amount-vat)
	e.credit(VATOutput, vat)
}
