package vending

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
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

	// Replace puts the decision in the place of another person's that differs.
	Replace bool

	// Of a sale decided as delivered.
	Token     string // 20 digits
	Units     string // exact decimal
	SIUnit    string
	ReceiptNo string // the supplier's
}

// ReasonDecided is the reason of a sale that two people decided was declined.
const ReasonDecided = "decided"

var twentyDigits = regexp.MustCompile(`^\d{20}$`)

// Decide records one person's decision about a sale. The first to decide
// proposes; a second, different person who says the same makes it so. The notes
// may differ. Errors: those of ledger.Store.Resolve, a Fault if the decision is
// not complete, and one that tells in what it differs from another person's.
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
		if err := d.delivers(sale); err != nil {
			return ledger.Resolution{}, err
		}
		to, err := store.Supplier(ctx, sale.Supplier)
		if err != nil {
			return ledger.Resolution{}, err
		}
		// What is printed is part of what the second person confirms.
		request.Evidence = fmt.Sprintf("%s (units %s %s, receipt %s)", d.Evidence, d.Units, d.SIUnit, d.ReceiptNo)
		if d.Token != "" {
			request.Tokens = []string{d.Token}
		}
		request.Postings = onlineSale(sale, to, sale.Tender, sale.Commission).Postings()
		request.Deliver = deliverVend(caller, to, d.vend(sale, to, now)).deliver
	case ledger.SaleDeclined:
		request.Code = ReasonDecided
		request.Deliver = deliverFault(caller, &Fault{Code: CodeSupplier, Class: "BusinessRuleEx",
			Text: "not sold, as the supplier confirmed", Operator: "Nothing was sold. You may sell again."}).deliver
	case ledger.SaleReversed:
		lines, err := store.Postings(ctx, ledger.PostingFilter{SaleID: saleID})
		if err != nil {
			return ledger.Resolution{}, err
		}
		request.Postings = chart.Reversal(summed(lines))
	default:
		return ledger.Resolution{}, fmt.Errorf("a person cannot decide that a sale is %q", d.State)
	}
	if err := sameDecision(ctx, store, saleID, request); err != nil && !d.Replace {
		return ledger.Resolution{}, err
	}
	return store.Resolve(ctx, saleID, request)
}

// sameDecision compares a decision with the one that another person has proposed,
// if there is one, and says in what they differ.
func sameDecision(ctx context.Context, store *ledger.Store, saleID ledger.ID, mine ledger.ResolveRequest) error {
	theirs, err := store.Proposal(ctx, saleID)
	if errors.Is(err, ledger.ErrNotFound) || err == nil && theirs.Actor == mine.Actor {
		return nil
	}
	if err != nil {
		return err
	}
	var differs []string
	if mine.State != theirs.State {
		differs = append(differs, fmt.Sprintf("the state (%s, yours is %s)", theirs.State, mine.State))
	}
	if mine.Evidence != theirs.Evidence {
		differs = append(differs, fmt.Sprintf("the evidence (%q, yours is %q)", theirs.Evidence, mine.Evidence))
	}
	if !slices.Equal(mine.Tokens, theirs.Tokens) {
		differs = append(differs, "the token")
	}
	if len(differs) == 0 {
		return nil
	}
	return fmt.Errorf("%s has proposed otherwise; yours differs in %s", theirs.Actor, strings.Join(differs, ", "))
}

// delivers reports what is missing of a decision that a sale was delivered. A payment
// has no token. Services that cost nothing and are not credit have more to them than
// a decision could tell: they are declined, and asked for again.
func (d Decision) delivers(sale ledger.Sale) error {
	switch kind := services[sale.Operation]; kind {
	case upstream.AccountPayment:
		if d.Token != "" {
			return faultf(CodeAmount, "", "", "a payment has no token")
		}
		return nil
	case "", upstream.FreeBasic, upstream.FreeIssue:
		if !twentyDigits.MatchString(d.Token) {
			return faultf(CodeAmount, "", "", "a delivered sale needs its token of 20 digits")
		}
		return nil
	default:
		return faultf(CodeAmount, "", "", "nothing was paid for a %s: decide that it was declined, and have it asked for again", kind)
	}
}

// decidedLines is the kind of line that a decided service has.
var decidedLines = map[upstream.ServiceKind]upstream.LineKind{
	"": upstream.LineSale, upstream.FreeBasic: upstream.LineFreeBasic, upstream.FreeIssue: upstream.LineFree, upstream.AccountPayment: upstream.LinePayment,
}

// vend is the receipt of a sale that a person decided was delivered: what is
// known, and nothing made up.
func (d Decision) vend(sale ledger.Sale, to ledger.Supplier, now time.Time) *upstream.Vend {
	kind := services[sale.Operation]
	description := "Prepaid token"
	if kind == upstream.AccountPayment {
		description = "Account payment"
	}
	vend := &upstream.Vend{
		ReceiptNo: d.ReceiptNo,
		At:        now.UTC(),
		Utility:   organisation(to),
		Lines: []upstream.Line{{
			Kind:        decidedLines[kind],
			Description: description,
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
	if kind != "" {
		vend.Served = &upstream.Served{Kind: kind}
	}
	return vend
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
