package vending

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/upstream"
)

// Decision is what a person says became of a sale whose outcome no message could
// settle, with the evidence. It takes effect when a second person says the same.
type Decision struct {
	State    ledger.SaleState // Delivered or Declined of an unknown sale, Reversed of a delivered one
	Actor    string
	Note     string
	Evidence string // a reference to what proves it: the supplier's mail, a statement line

	// Of a sale decided as delivered.
	Token     string // 20 digits
	Units     string // exact decimal
	SIUnit    string
	ReceiptNo string // the supplier's
}

var twentyDigits = regexp.MustCompile(`^\d{20}$`)

// Decide records one person's decision about a sale. The first to decide
// proposes; a second, different person who says the same makes it so. Errors:
// those of ledger.Store.Resolve, and a Fault if the decision is not complete.
func Decide(ctx context.Context, store *ledger.Store, now time.Time, saleID ledger.ID, d Decision) (ledger.Resolution, error) {
	sale, err := store.Sale(ctx, saleID)
	if err != nil {
		return ledger.Resolution{}, err
	}
	merchant, err := store.Merchant(ctx, sale.Merchant)
	if err != nil {
		return ledger.Resolution{}, err
	}
	request := ledger.ResolveRequest{Actor: d.Actor, Note: d.Note, Evidence: d.Evidence, State: d.State}
	caller := Caller{Merchant: merchant}
	switch d.State {
	case ledger.SaleDelivered:
		if !twentyDigits.MatchString(d.Token) {
			return ledger.Resolution{}, faultf(CodeAmount, "", "", "a delivered sale needs its token of 20 digits")
		}
		to, err := store.Supplier(ctx, sale.Supplier)
		if err != nil {
			return ledger.Resolution{}, err
		}
		// What is printed is part of what the second person confirms.
		request.Evidence = fmt.Sprintf("%s (units %s %s, receipt %s)", d.Evidence, d.Units, d.SIUnit, d.ReceiptNo)
		request.Tokens = []string{d.Token}
		request.Postings = onlineSale(sale, to, sale.Tender, sale.Commission).Postings()
		request.Deliver = deliverVend(caller, to, d.vend(sale, to, now))
	case ledger.SaleDeclined:
		request.Code = string(CodeSupplier)
		request.Deliver = deliverFault(caller, &Fault{Code: CodeSupplier, Class: "BusinessRuleEx",
			Text: "not sold, as the supplier confirmed", Operator: "Nothing was sold. You may sell again."})
	case ledger.SaleReversed:
		lines, err := store.Postings(ctx, ledger.PostingFilter{SaleID: saleID})
		if err != nil {
			return ledger.Resolution{}, err
		}
		request.Postings = chart.Reversal(summed(lines))
	default:
		return ledger.Resolution{}, fmt.Errorf("a person cannot decide that a sale is %q", d.State)
	}
	return store.Resolve(ctx, saleID, request)
}

// vend is the receipt of a sale that a person decided was delivered: what is
// known, and nothing made up.
func (d Decision) vend(sale ledger.Sale, to ledger.Supplier, now time.Time) *upstream.Vend {
	return &upstream.Vend{
		ReceiptNo: d.ReceiptNo,
		At:        now.UTC(),
		Utility:   organisation(to),
		Lines: []upstream.Line{{
			Kind:        upstream.LineSale,
			Description: "Prepaid token",
			Amount:      sale.Tender,
			Token:       d.Token,
			Units:       d.Units,
			SIUnit:      d.SIUnit,
			Resource:    upstream.Electricity,
			Meter:       &upstream.Meter{Number: sale.Target},
		}},
		Tendered: sale.Tender,
		Currency: sale.Currency,
	}
}

// summed adds up the lines of a sale by account, in the order they first appear.
func summed(lines []ledger.PostedLine) []ledger.Posting {
	var sums []ledger.Posting
	at := make(map[ledger.Posting]int)
	for _, l := range lines {
		key := ledger.Posting{Account: l.Account, Currency: l.Currency}
		i, ok := at[key]
		if !ok {
			i = len(sums)
			at[key] = i
			sums = append(sums, key)
		}
		sums[i].Amount += l.Amount
	}
	return slices.DeleteFunc(sums, func(p ledger.Posting) bool { return p.Amount == 0 })
}
