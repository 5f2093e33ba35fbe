package vending_test

import (
	"sync"
	"sync/atomic"
	"testing"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	vending "github.com/vendswitch/vendswitch/switch"
)

func TestAVoucherSalePopsPostsAndDeliversInOneTransaction(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		receipt, r, err := w.sell(2)
		if err != nil {
			t.Fatal(err)
		}
		if len(receipt.Vouchers) != 2 || receipt.Vouchers[0].PIN == "" || receipt.Vouchers[0].PIN == receipt.Vouchers[1].PIN {
			t.Errorf("delivered %d vouchers", len(receipt.Vouchers))
		}
		w.wantSale(r, ledger.SaleDelivered)
		w.wantFloat(deposit-2*950, 0)
		want := map[string]int64{
			"float:M0001": 1900, "stock:CELLX": -1840, "income:margin": -139, "vat:output": -21, "expense:commission": 100,
		}
		for account, amount := range w.postings(r) {
			if want[account] != amount {
				t.Errorf("posted %d to %s, want %d", amount, account, want[account])
			}
		}
		w.audit()
	})
}

func TestARepeatedVoucherSaleBringsTheSamePINs(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		first, r, err := w.sell(1)
		if err != nil {
			t.Fatal(err)
		}
		again, err := w.sw.SellVouchers(t.Context(), w.caller, r, vending.VoucherOrder{Product: airtime, Quantity: 1})
		if err != nil {
			t.Fatal(err)
		}
		if again.Vouchers[0].PIN != first.Vouchers[0].PIN {
			t.Error("the repeated sale brought another PIN")
		}
		reprint, err := w.sw.ReprintVouchers(t.Context(), w.caller, w.request("voucherReprint"), first.Sale.ReceiptNo)
		if err != nil {
			t.Fatal(err)
		}
		if !reprint.Copy || reprint.Vouchers[0].PIN != first.Vouchers[0].PIN {
			t.Error("the reprint is not a copy of the sale")
		}
		w.wantFloat(deposit-950, 0)
	})
}

func TestAVoucherSaleThatCannotBeIsRefusedAndSellsNothing(t *testing.T) {
	cases := []struct {
		name  string
		order vending.VoucherOrder
		code  vending.Code
	}{
		{"of a product that is not in the catalogue", vending.VoucherOrder{Product: "NONE", Quantity: 1}, vending.CodeProduct},
		{"of a product that is not a voucher", vending.VoucherOrder{Product: tokenProduct, Quantity: 1}, vending.CodeProduct},
		{"of no vouchers", vending.VoucherOrder{Product: airtime, Quantity: 0}, vending.CodeAmount},
		{"of too many vouchers", vending.VoucherOrder{Product: airtime, Quantity: 11}, vending.CodeAmount},
	}
	onBoth(t, func(t *testing.T, w *world) {
		for _, c := range cases {
			r := w.request("voucherVend")
			_, err := w.sw.SellVouchers(t.Context(), w.caller, r, c.order)
			if f := vending.AsFault(err); err == nil || f.Code != c.code {
				t.Errorf("a sale %s: %v, want %s", c.name, err, c.code)
			}
			w.wantSale(r, ledger.SaleRefused)
		}
		w.wantFloat(deposit, 0)
		w.audit()
	})
}

func TestOutOfStockIsAllOrNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		for range vouchersEach / 10 {
			if _, _, err := w.sell(9); err != nil {
				t.Fatal(err)
			}
		}
		_, r, err := w.sell(9) // three are left
		wantFault(t, err, vending.CodeStock)
		w.wantSale(r, ledger.SaleRefused)
		if _, _, err := w.sell(3); err != nil {
			t.Error(err)
		}
		w.audit()
	})
}

func TestABlockedMerchantSellsNothingFromTheMomentHeIsBlocked(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		if err := w.store.SetMerchantStatus(t.Context(), "test", merchantCode, ledger.Blocked); err != nil {
			t.Fatal(err)
		}
		_, _, err := w.sell(1)
		wantFault(t, err, vending.CodeMerchant)
		_, _, err = w.vend(sim.Good, 10_000)
		wantFault(t, err, vending.CodeMerchant)
		w.wantFloat(deposit, 0)
		w.audit()
	})
}

func TestSixtyFourClientsOnOneFloatNeverPassItsLimit(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		const clients, each = 64, 3 // 192 tokens of R10 would cost more than what is left
		if err := w.drainTo(50_000); err != nil {
			t.Fatal(err)
		}
		var (
			all   sync.WaitGroup
			sold  atomic.Int64
			broke atomic.Int64
		)
		for i := range clients {
			all.Go(func() {
				for j := range each {
					_, err := w.sw.Vend(t.Context(), w.caller, request("creditVend", 1000+i*each+j), vendOrder(sim.Good, 1_000))
					switch {
					case err == nil:
						sold.Add(1)
					case vending.AsFault(err).Code == vending.CodeFunds:
						broke.Add(1)
					default:
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		const price = 1_000 - 15
		if sold.Load() != 50_000/price || sold.Load()+broke.Load() != clients*each {
			t.Errorf("%d sold and %d refused for funds, want %d and the rest", sold.Load(), broke.Load(), 50_000/price)
		}
		w.wantFloat(50_000%price, 0)
		if n := len(w.town.Issued("")); int64(n) != sold.Load() {
			t.Errorf("%d tokens were issued for %d sales", n, sold.Load())
		}
		w.audit()
	})
}

// drainTo takes money off the float.
func (w *world) drainTo(cents int64) error {
	_, err := w.store.Post(w.t.Context(), ledger.Entry{ID: ledger.NewID(), Kind: "correction", Actor: "test", Postings: []ledger.Posting{
		{Account: "float:" + merchantCode, Amount: deposit - cents, Currency: "ZAR"},
		{Account: "bank", Amount: cents - deposit, Currency: "ZAR"},
	}})
	return err
}
