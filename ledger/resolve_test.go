package ledger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

// forgotten is a sale that is unknown.
func (w *world) forgotten(t testing.TB) (ledger.Order, ledger.Call) {
	t.Helper()
	o, c := w.begun(t, 10_000)
	_, err := w.Settle(t.Context(), w.unknown(c))
	must(t, err)
	return o, c
}

// said is what a person says of a sale: that it was delivered with a token.
func said(actor string, o ledger.Order, c ledger.Call, token string) ledger.ResolveRequest {
	end := accepted(o, c, token)
	return ledger.ResolveRequest{Actor: actor, Note: "letter of the utility", Evidence: "letter 17", State: ledger.SaleDelivered,
		Tokens: end.Tokens, Postings: end.Postings, Deliver: end.Deliver}
}

func TestTwoPeopleSettleAnUnknownSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		tok := w.token()
		first := said("ann", o, c, tok)
		r, err := w.Resolve(t.Context(), o.ID, first)
		must(t, err)
		if r.Settled || r.By != "ann" || r.Sale.State != ledger.SaleUnknown {
			t.Errorf("the first person made it %+v", r)
		}
		w.wantFloat(t, 50_000, 9_850)
		waiting, err := w.Proposals(t.Context())
		equal(t, []ledger.ID{o.ID}, waiting, err)
		p, err := w.Proposal(t.Context(), o.ID)
		must(t, err)
		if diff := cmp.Diff(first, p, cmpopts.IgnoreFields(ledger.ResolveRequest{}, "Deliver")); diff != "" {
			t.Error(diff)
		}
		p.Actor, p.Note, p.Deliver = "ben", "saw it too", first.Deliver
		r, err = w.Resolve(t.Context(), o.ID, p)
		must(t, err)
		if !r.Settled || r.By != "ann" || r.Sale.State != ledger.SaleDelivered {
			t.Errorf("the second person made it %+v", r)
		}
		if sale := w.wantState(t, o.ID, ledger.SaleDelivered); string(sale.Outcome) != "token "+tok+", 40150 left" {
			t.Errorf("outcome is %q", sale.Outcome)
		}
		w.wantLeg(t, c.LegID, ledger.LegAccepted, "")
		w.wantFloat(t, 40_150, 0)
		_, err = w.Proposal(t.Context(), o.ID)
		wantErr(t, err, ledger.ErrNotFound)
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{SaleID: o.ID, Kind: ledger.EntryProposal})
		must(t, err)
		if len(entries) != 1 || entries[0].Actor != "ann" {
			t.Errorf("proposals are %+v", entries)
		}
		w.books(t)
	})
}

func TestOnePersonAloneSettlesNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		tok := w.token()
		_, err := w.Resolve(t.Context(), o.ID, said("ann", o, c, tok))
		must(t, err)
		for _, actor := range []string{"ann", "Ann", " ann "} {
			_, err = w.Resolve(t.Context(), o.ID, said(actor, o, c, tok))
			wantErr(t, err, ledger.ErrSamePerson)
		}
		w.wantState(t, o.ID, ledger.SaleUnknown)
	})
}

func TestPeopleWhoDisagreeSettleNothing(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		_, err := w.Resolve(t.Context(), o.ID, said("ann", o, c, w.token()))
		must(t, err)
		r, err := w.Resolve(t.Context(), o.ID, said("ben", o, c, w.token()))
		must(t, err)
		if r.Settled || r.By != "ben" {
			t.Errorf("another token made it %+v", r)
		}
		w.wantState(t, o.ID, ledger.SaleUnknown)
		w.books(t)
	})
}

func TestTwoPeopleDeclineAnUnknownSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		for _, actor := range []string{"ann", "ben"} {
			_, err := w.Resolve(t.Context(), o.ID, ledger.ResolveRequest{Actor: actor, Note: "n", Evidence: "e", State: ledger.SaleDeclined,
				Code: "not sold", Deliver: declined(c).Deliver})
			must(t, err)
		}
		if sale := w.wantState(t, o.ID, ledger.SaleDeclined); sale.Reason != "not sold" {
			t.Errorf("reason is %q", sale.Reason)
		}
		w.wantLeg(t, c.LegID, ledger.LegNotExecuted, "not sold")
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestTwoPeopleReverseADeliveredSale(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		end := accepted(o, c, w.token())
		delivered, err := w.Settle(t.Context(), end)
		must(t, err)
		for _, actor := range []string{"ann", "ben"} {
			_, err := w.Resolve(t.Context(), o.ID, ledger.ResolveRequest{Actor: actor, Note: "n", Evidence: "e", State: ledger.SaleReversed,
				Code: "meter burnt", Postings: chart.Reversal(end.Postings)})
			must(t, err)
		}
		sale := w.wantState(t, o.ID, ledger.SaleReversed)
		if sale.Reason != "meter burnt" || string(sale.Outcome) != string(delivered.Outcome) {
			t.Errorf("sale is %v for %q with outcome %q", sale, sale.Reason, sale.Outcome)
		}
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestTwoPeopleReverseASaleFromStock(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		w.load(t, w.vouchers(1, ""))
		p := w.purchase(1)
		s, err := w.Sell(t.Context(), p)
		must(t, err)
		for _, actor := range []string{"ann", "ben"} {
			_, err := w.Resolve(t.Context(), p.ID, ledger.ResolveRequest{Actor: actor, Note: "n", Evidence: "e", State: ledger.SaleReversed,
				Code: "PIN was void", Postings: chart.Reversal(p.Postings(s.Vouchers))})
			must(t, err)
		}
		w.wantState(t, p.ID, ledger.SaleReversed)
		w.wantFloat(t, 50_000, 0)
		w.books(t)
	})
}

func TestPeopleCannotSettleWhatIsSettledOrStillHeld(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		held, c := w.begun(t, 10_000)
		_, err := w.Resolve(t.Context(), held.ID, said("ann", held, c, w.token()))
		wantErr(t, err, ledger.ErrState)
		_, err = w.Settle(t.Context(), declined(c))
		must(t, err)
		_, err = w.Resolve(t.Context(), held.ID, said("ann", held, c, w.token()))
		wantErr(t, err, ledger.ErrState)
		_, err = w.Resolve(t.Context(), held.ID, ledger.ResolveRequest{Actor: "ann", Note: "n", Evidence: "e", State: ledger.SaleReversed,
			Postings: chart.Reversal(said("ann", held, c, "").Postings)})
		wantErr(t, err, ledger.ErrState)
		_, err = w.Resolve(t.Context(), ledger.NewID(), said("ann", held, c, w.token()))
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestATokenOfAnotherSaleIsNoProof(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		tok := w.token()
		o, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), accepted(o, c, tok))
		must(t, err)
		o, c = w.forgotten(t)
		_, err = w.Resolve(t.Context(), o.ID, said("ann", o, c, tok))
		must(t, err)
		_, err = w.Resolve(t.Context(), o.ID, said("ben", o, c, tok))
		wantErr(t, err, ledger.ErrTokenTaken)
		w.wantState(t, o.ID, ledger.SaleUnknown)
		w.books(t)
	})
}

func TestWhatPeopleSayMustBeComplete(t *testing.T) {
	spoiled := map[string]func(*ledger.ResolveRequest){
		"no actor":           func(r *ledger.ResolveRequest) { r.Actor = " " },
		"no note":            func(r *ledger.ResolveRequest) { r.Note = "" },
		"no evidence":        func(r *ledger.ResolveRequest) { r.Evidence = "" },
		"no such end":        func(r *ledger.ResolveRequest) { r.State = ledger.SaleHeld },
		"no outcome":         func(r *ledger.ResolveRequest) { r.Deliver = nil },
		"a reversal of what": func(r *ledger.ResolveRequest) { r.State, r.Postings = ledger.SaleReversed, nil },
		"unbalanced":         func(r *ledger.ResolveRequest) { r.Postings = r.Postings[1:] },
		"more than was held": func(r *ledger.ResolveRequest) {
			r.Postings = chart.OnlineSale{Merchant: merchant, Supplier: utility, Currency: zar, Tender: 10_001, Commission: 150}.Postings()
		},
	}
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.forgotten(t)
		for name, spoil := range spoiled {
			t.Run(name, func(t *testing.T) {
				r := said("ann", o, c, w.token())
				spoil(&r)
				if _, err := w.Resolve(t.Context(), o.ID, r); err == nil {
					t.Error("it was taken")
				}
			})
		}
		waiting, err := w.Proposals(t.Context())
		equal(t, 0, len(waiting), err)
	})
}
