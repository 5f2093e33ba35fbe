package chart

import "github.com/vendswitch/vendswitch/ledger"

// DepositPostings makes the lines of what happens to deposits, as the ledger asks
// for them (ledger.DepositTerms). vatBP is the rate of the VAT in fees, in basis
// points.
func DepositPostings(vatBP int) func(ledger.DepositEvent, ledger.Deposit) []ledger.Posting {
	return func(event ledger.DepositEvent, d ledger.Deposit) []ledger.Posting {
		switch event {
		case ledger.EventCredited:
			return Deposit{Merchant: d.Merchant, Currency: d.Currency, Amount: d.Amount, Fee: d.Fee, VATBP: vatBP}.Postings()
		case ledger.EventSuspended:
			return DepositUnidentified{Currency: d.Currency, Amount: d.Amount}.Postings()
		case ledger.EventClaimed:
			return DepositClaimed{Merchant: d.Merchant, Currency: d.Currency, Amount: d.Amount, Fee: d.Fee, VATBP: vatBP}.Postings()
		case ledger.EventReturned:
			return DepositReturned{Merchant: d.Merchant, Currency: d.Currency, Amount: d.Amount}.Postings()
		case ledger.EventWithdrawn:
			return Reversal(DepositUnidentified{Currency: d.Currency, Amount: d.Amount}.Postings())
		}
		return nil
	}
}
