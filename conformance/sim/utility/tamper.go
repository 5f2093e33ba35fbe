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
	common := saleOf(receipt).Common()
	common.Amt = aRandMore(common.Amt)
	tender := aRandMore(*receipt.Transactions.TenderAmt)
	receipt.Transactions.TenderAmt = &tender
	return altered
}

// saleOf is the transaction that was paid for, or the first of a receipt without one.
func saleOf(receipt *xmlvend.Receipt) xmlvend.Tx {
	for _, tx := range receipt.Transactions.Tx {
		if credit, ok := tx.(*xmlvend.CreditVendTx); ok && credit.CreditTokenIssue.Kind == xmlvend.SaleCreditToken {
			return tx
		}
	}
	return receipt.Transactions.Tx[0]
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
	case *xmlvend.FBEResp:
		c := *resp
		copyTransactions(&c.Receipt)
		return &c
	case *xmlvend.FreeIssueResp:
		c := *resp
		copyTransactions(&c.Receipt)
		return &c
	case *xmlvend.PayAccResp:
		c := *resp
		copyTransactions(&c.Receipt.Receipt)
		c.Receipt.MeterDetail = copied(resp.Receipt.MeterDetail)
		return &c
	case *xmlvend.MeterSpecificEngResp:
		c := *resp
		c.Credit, c.KC, c.Eng = copied(resp.Credit), copied(resp.KC), copied(resp.Eng)
		return &c
	case *xmlvend.MeterCreditTransferResp:
		return copied(resp)
	case *xmlvend.UpdateMeterKeyResp:
		return copied(resp)
	case *xmlvend.CancelVendResp:
		return copied(resp)
	case *xmlvend.VerifyResp:
		return copied(resp)
	case *xmlvend.ConfirmMeterResp:
		return copied(resp)
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

func copied[T any](p *T) *T {
	if p == nil {
		return nil
	}
	c := *p
	return &c
}

func copyTransactions(receipt *xmlvend.Receipt) {
	list := slices.Clone(receipt.Transactions.Tx)
	for i, tx := range list {
		switch tx := tx.(type) {
		case *xmlvend.CreditVendTx:
			c := *tx
			c.KCTokenIssue = copied(tx.KCTokenIssue)
			list[i] = &c
		case *xmlvend.PayAccTx:
			list[i] = copied(tx)
		}
	}
	receipt.Transactions.Tx = list
}

func receiptOf(resp xmlvend.Response) *xmlvend.Receipt {
	switch resp := resp.(type) {
	case xmlvend.CreditResponse:
		return resp.CreditReceipt()
	case *xmlvend.PayAccResp:
		return &resp.Receipt.Receipt
	case *xmlvend.LastRespAdviceResp:
		return receiptOf(resp.LastResponse)
	}
	return nil
}

func metersOf(resp xmlvend.Response) (details []*xmlvend.MeterDetail) {
	switch resp := resp.(type) {
	case *xmlvend.ConfirmCustomerResp:
		for _, result := range resp.Results {
			details = append(details, result.MeterDetail)
		}
	case *xmlvend.LastRespAdviceResp:
		return metersOf(resp.LastResponse)
	case *xmlvend.MeterSpecificEngResp:
		return engineered(resp)
	case *xmlvend.PayAccResp:
		details = append(details, resp.Receipt.MeterDetail)
	case *xmlvend.MeterCreditTransferResp:
		details = append(details, &resp.Tx.CreditTokenIssue.MeterDetail)
	case *xmlvend.UpdateMeterKeyResp:
		details = append(details, &resp.Issue.MeterDetail)
	case *xmlvend.CancelVendResp:
		details = append(details, &resp.OrigTx.CreditTokenIssue.MeterDetail)
	case *xmlvend.VerifyResp:
		details = append(details, &resp.Tx.CreditTokenIssue.MeterDetail)
	case *xmlvend.ConfirmMeterResp:
		details = append(details, &resp.MeterDetail)
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

func engineered(resp *xmlvend.MeterSpecificEngResp) []*xmlvend.MeterDetail {
	switch {
	case resp.Credit != nil:
		return []*xmlvend.MeterDetail{&resp.Credit.MeterDetail}
	case resp.KC != nil:
		return []*xmlvend.MeterDetail{&resp.KC.MeterDetail}
	}
	return []*xmlvend.MeterDetail{&resp.Eng.MeterDetail}
}
