package ledger_test

import (
	"math"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
)

func TestADepositIsPostedWithItsFee(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		id, err := w.Post(t.Context(), ledger.Entry{Kind: "deposit", Actor: "teller", Reference: "bank-1", Note: "slip 12",
			Postings: chart.Deposit{Merchant: merchant, Currency: zar, Amount: 50_000, Fee: 500, VATBP: 1500}.Postings()})
		must(t, err)
		w.wantFloat(t, 49_500, 0)
		balances, err := w.TrialBalance(t.Context())
		must(t, err)
		want := []ledger.AccountBalance{
			{Account: "bank", Currency: zar, Balance: 50_000},
			{Account: "float:" + merchant, Currency: zar, Balance: -49_500},
			{Account: "income:fees", Currency: zar, Balance: -435},
			{Account: "vat:output", Currency: zar, Balance: -65},
		}
		if diff := cmp.Diff(want, balances); diff != "" {
			t.Error(diff)
		}
		entries, err := w.Entries(t.Context(), ledger.EntryFilter{Kind: "deposit"})
		must(t, err)
		if len(entries) != 1 || entries[0].ID != id || entries[0].Actor != "teller" || entries[0].Body != `{"v":1,"reference":"bank-1","note":"slip 12"}` {
			t.Errorf("entries are %+v", entries)
		}
		w.books(t)
	})
}

func TestAReferenceIsPostedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		post := func(kind, reference string) (ledger.ID, error) {
			return w.Post(t.Context(), ledger.Entry{Kind: kind, Actor: "teller", Reference: reference,
				Postings: chart.Deposit{Merchant: merchant, Currency: zar, Amount: 1_000}.Postings()})
		}
		first, err := post("deposit", "bank-1")
		must(t, err)
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				id, err := post("deposit", "bank-1")
				if wantErr(t, err, ledger.ErrExists); id != first {
					t.Errorf("id is %s, want the first entry's %s", id, first)
				}
			})
		}
		group.Wait()
		w.wantFloat(t, 1_000, 0)
		_, err = post("deposit", "bank-2")
		must(t, err)
		_, err = post("correction", "bank-1")
		must(t, err)
		for range 2 {
			_, err = post("deposit", "")
			must(t, err)
		}
		w.wantFloat(t, 5_000, 0)
		w.books(t)
	})
}

func TestAReturnedDepositMayTakeAFloatBelowZeroAndThenBlocksSales(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 20_000)
		o, c := w.begun(t, 10_000)
		_, err := w.Post(t.Context(), ledger.Entry{Kind: "deposit returned", Actor: "teller",
			Postings: chart.DepositReturned{Merchant: merchant, Currency: zar, Amount: 20_000}.Postings()})
		must(t, err)
		if got := w.float(t).Available(); got != -9_850 {
			t.Errorf("available is %d, want -9850", got)
		}
		refused, call := w.order(100)
		_, err = w.Begin(t.Context(), refused, call)
		wantErr(t, err, ledger.ErrFunds)
		_, err = w.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		w.wantFloat(t, -9_850, 0)
		w.books(t)
	})
}

func TestEntriesThatMakeNoSenseAreRefused(t *testing.T) {
	good := chart.Deposit{Merchant: merchant, Currency: zar, Amount: 1_000}.Postings()
	cases := map[string]struct {
		entry ledger.Entry
		want  error
	}{
		"no kind":             {ledger.Entry{Actor: "teller", Postings: good}, nil},
		"no actor":            {ledger.Entry{Kind: "deposit", Postings: good}, nil},
		"no postings":         {ledger.Entry{Kind: "deposit", Actor: "teller"}, nil},
		"a kind of our own":   {ledger.Entry{Kind: ledger.EntrySaleSold, Actor: "teller", Postings: good}, nil},
		"one side":            {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: good[:1]}, ledger.ErrUnbalanced},
		"two currencies":      {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: []ledger.Posting{{Account: "bank", Amount: 5, Currency: "BWP"}, {Account: "suspense:deposits", Amount: -5, Currency: zar}}}, ledger.ErrUnbalanced},
		"a line of nothing":   {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: []ledger.Posting{{Account: "bank", Currency: zar}}}, nil},
		"an unknown float":    {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: chart.Deposit{Merchant: "nobody", Currency: zar, Amount: 5}.Postings()}, ledger.ErrNotFound},
		"the wrong currency":  {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: chart.Deposit{Merchant: merchant, Currency: "BWP", Amount: 5}.Postings()}, nil},
		"a line of no money":  {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: []ledger.Posting{{Account: "bank", Amount: 5}, {Account: "suspense:deposits", Amount: -5}}}, nil},
		"sums that overflow":  {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: []ledger.Posting{{Account: "bank", Amount: math.MaxInt64, Currency: zar}, {Account: "bank", Amount: math.MaxInt64, Currency: zar}, {Account: "bank", Amount: 2, Currency: zar}}}, nil},
		"a line of no where":  {ledger.Entry{Kind: "deposit", Actor: "teller", Postings: []ledger.Posting{{Amount: 5, Currency: zar}, {Account: "suspense:deposits", Amount: -5, Currency: zar}}}, nil},
		"a NUL in the actor":  {ledger.Entry{Kind: "deposit", Actor: "tel\x00ler", Postings: good}, nil},
		"a reference not UTF": {ledger.Entry{Kind: "deposit", Actor: "teller", Reference: "\xff", Postings: good}, nil},
	}
	onEachStore(t, func(t *testing.T, w *world) {
		for name, tc := range cases {
			t.Run(name, func(t *testing.T) {
				_, err := w.Post(t.Context(), tc.entry)
				if err == nil {
					t.Fatal("it was posted")
				}
				if tc.want != nil {
					wantErr(t, err, tc.want)
				}
			})
		}
		w.wantFloat(t, 0, 0)
		if n := w.scalar(t, "SELECT COUNT(*) FROM posting"); n != 0 {
			t.Errorf("%d postings, want none", n)
		}
	})
}

func TestMoneyMovesBetweenFloats(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "AGENT", Currency: zar, Status: ledger.Active}))
		w.deposit(t, 10_000)
		var group sync.WaitGroup
		for i := range 40 {
			from, to := merchant, "AGENT"
			if i%2 == 1 {
				from, to = to, from
			}
			group.Go(func() {
				_, err := w.Post(t.Context(), ledger.Entry{Kind: "transfer", Actor: "boss", Postings: []ledger.Posting{
					{Account: chart.Float(from), Amount: 7, Currency: zar}, {Account: chart.Float(to), Amount: -7, Currency: zar}}})
				if err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		w.wantFloat(t, 10_000, 0)
		w.books(t)
	})
}

func TestACreditLineIsNeitherNegativeNorOfNobody(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		if err := w.SetCreditLine(t.Context(), "boss", merchant, -1); err == nil {
			t.Error("a negative one was taken")
		}
		wantErr(t, w.SetCreditLine(t.Context(), "boss", "nobody", 1), ledger.ErrNotFound)
		_, err := w.Float(t.Context(), "nobody")
		wantErr(t, err, ledger.ErrNotFound)
	})
}

func TestAStatementListsAnAccountInItsOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		o, c := w.begun(t, 10_000)
		_, err := w.Settle(t.Context(), accepted(o, c, w.token()))
		must(t, err)
		lines, err := w.Postings(t.Context(), ledger.PostingFilter{Account: chart.Float(merchant)})
		must(t, err)
		var got []int64
		for _, l := range lines {
			got = append(got, l.Amount)
		}
		if diff := cmp.Diff([]int64{-50_000, 10_000, -150}, got); diff != "" {
			t.Error(diff)
		}
		lines, err = w.Postings(t.Context(), ledger.PostingFilter{Account: chart.Float(merchant), To: w.clock.Now()})
		must(t, err)
		if len(lines) != 0 {
			t.Errorf("%d lines before anything happened", len(lines))
		}
	})
}
