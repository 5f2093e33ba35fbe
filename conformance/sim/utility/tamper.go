package utility

import (
	"slices"

	"github.com/vendswitch/vendswitch/xmlvend"
)

// withAnotherMeter returns an answer that shows a valid number the town does not
// know. The answer given is left as it is; faults are returned unaltered.
func withAnotherMeter(resp xmlvend.Response) xmlvend.Response {
	altered := copyOf(resp)
	for _, detail := range metersOf(altered) {
		detail.MSNO = Numbers()[Unknown]
	}
	return altered
}

// withAnotherAmount returns an answer that shows R1 more, in the sale and in the
// tender, so that its receipt still adds up.
func withAnotherAmount(resp xmlvend.Response) xmlvend.Response {
	altered := copyOf(resp)
	receipt := receiptOf(altered)
	if receipt == nil {
		return altered
	}
	for _, tx := range receipt.Transactions.Tx {
		if credit, ok := tx.(*xmlvend.CreditVendTx); ok && credit.CreditTokenIssue.Kind == xmlvend.SaleCreditToken {
			credit.Amt = aRandMore(credit.Amt)
		}
	}
	tender := aRandMore(*receipt.Transactions.TenderAmt)
	receipt.Transactions.TenderAmt = &tender
	return altered
}

func aRandMore(c xmlvend.Currency) xmlvend.Currency {
	cents, err := c.Minor(decimals)
	if err != nil {
		return c
	}
	return xmlvend.NewCurrency(cents+100, decimals, c.Symbol)
}

// copyOf returns a copy of an answer whose receipt and meters can be altered.
func copyOf(resp xmlvend.Response) xmlvend.Response {
	switch resp := resp.(type) {
	case *xmlvend.CreditVendResp:
		c := *resp
		copyTransactions(&c.Receipt)
		return &c
	case *xmlvend.TrialCreditVendResp:
		c := *resp
		copyTransactions(&c.Receipt)
		return &c
	case *xmlvend.LastRespAdviceResp:
		c := *resp
		c.LastResponse = copyOf(resp.LastResponse)
		return &c
	case *xmlvend.ConfirmCustomerResp:
		c := *resp
		c.Results = slices.Clone(resp.Results)
		for i, result := range c.Results {
			detail := *result.MeterDetail
			c.Results[i].MeterDetail = &detail
		}
		return &c
	}
	return resp
}

func copyTransactions(receipt *xmlvend.Receipt) {
	list := slices.Clone(receipt.Transactions.Tx)
	for i, tx := range list {
		credit, ok := tx.(*xmlvend.CreditVendTx)
		if !ok {
			continue
		}
		c := *credit
		if credit.KCTokenIssue != nil {
			keys := *credit.KCTokenIssue
			c.KCTokenIssue = &keys
		}
		list[i] = &c
	}
	receipt.Transactions.Tx = list
}

func receiptOf(resp xmlvend.Response) *xmlvend.Receipt {
	switch resp := resp.(type) {
	case xmlvend.CreditResponse:
		return resp.CreditReceipt()
	case *xmlvend.LastRespAdviceResp:
		return receiptOf(resp.LastResponse)
	}
	return nil
}

func metersOf(resp xmlvend.Response) (details []*xmlvend.MeterDetail) {
	if confirmed, ok := resp.(*xmlvend.ConfirmCustomerResp); ok {
		for _, result := range confirmed.Results {
			details = append(details, result.MeterDetail)
		}
	}
	receipt := receiptOf(resp)
	if receipt == nil {
		return details
	}
	for _, tx := range receipt.Transactions.Tx {
		credit, ok := tx.(*xmlvend.CreditVendTx)
		if !ok {
			continue
		}
		details = append(details, &credit.CreditTokenIssue.MeterDetail)
		if credit.KCTokenIssue != nil {
			details = append(details, &credit.KCTokenIssue.MeterDetail)
		}
	}
	return details
}
