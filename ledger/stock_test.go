package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestABatchIsOwedToTheSupplierOnceASecondPersonHasApprovedIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		b := w.batch()
		loaded, err := w.LoadStock(t.Context(), b, each(w.vouchers(2_500, "2030-01-31")))
		must(t, err)
		line := ledger.StockLine{Supplier: operator, Product: airtime, Currency: zar, Count: 2_500, Face: 2_500_000, Cost: 2_300_000}
		if diff := cmp.Diff([]ledger.StockLine{line}, loaded.Lines); diff != "" {
			t.Error(diff)
		}
		w.wantLevels(t, ledger.StockLevel{StockLine: line, State: ledger.StockAwaiting, ExpiresOn: "2030-01-31"})
		w.books(t)
		approved, err := w.ApproveStock(t.Context(), "approver", b.Supplier, b.Name)
		must(t, err)
		if approved.State != ledger.StockBatchActive || approved.ID != loaded.Entry || approved.DecidedBy != "approver" {
			t.Errorf("approved: %+v", approved)
		}
		w.wantLevels(t, ledger.StockLevel{StockLine: line, State: ledger.StockActive, ExpiresOn: "2030-01-31"})
		lines, err := w.Postings(t.Context(), ledger.PostingFilter{})
		must(t, err)
		got := ""
		for _, l := range lines {
			got += fmt.Sprintf("%s %s %d; ", l.Kind, l.Account, l.Amount)
		}
		if want := "stock.approved stock:MOBILE 2300000; stock.approved payable:MOBILE -2300000; "; got != want {
			t.Errorf("posted %q, want %q", got, want)
		}
		w.books(t)
	})
}

func TestABatchIsLoadedWholeOrNotAtAll(t *testing.T) {
	torn := errors.New("line 3 is torn")
	cases := []struct {
		name  string
		spoil func(*world, []ledger.Voucher) error // may return the sequence's own error
		want  error
		says  string
	}{
		{"a serial that is in stock", func(w *world, v []ledger.Voucher) error { v[2].Serial = "OLD"; return nil }, ledger.ErrExists, "OLD"},
		{"a PIN that is in stock", func(w *world, v []ledger.Voucher) error { v[2].PIN = "OLD-PIN"; return nil }, ledger.ErrExists, ""},
		{"a serial twice", func(w *world, v []ledger.Voucher) error { v[2].Serial = v[1].Serial; return nil }, ledger.ErrExists, ""},
		{"a PIN twice, far apart", func(w *world, v []ledger.Voucher) error { v[len(v)-1].PIN = v[0].PIN; return nil }, ledger.ErrExists, ""},
		{"an unknown product", func(w *world, v []ledger.Voucher) error { v[2].Product = "AIR99"; return nil }, ledger.ErrNotFound, "voucher 3"},
		{"a product of another supplier", func(w *world, v []ledger.Voucher) error { v[2].Product = energy; return nil }, ledger.ErrNotFound, ""},
		{"no PIN", func(w *world, v []ledger.Voucher) error { v[2].PIN = ""; return nil }, nil, "voucher 3"},
		{"no serial", func(w *world, v []ledger.Voucher) error { v[2].Serial = ""; return nil }, nil, "voucher 3"},
		{"another face value", func(w *world, v []ledger.Voucher) error { v[2].Face = 2_000; return nil }, nil, "face value"},
		{"another currency", func(w *world, v []ledger.Voucher) error { v[2].Currency = "BWP"; return nil }, nil, "face value"},
		{"a negative cost", func(w *world, v []ledger.Voucher) error { v[2].Cost = -1; return nil }, nil, "cost"},
		{"a date that is none", func(w *world, v []ledger.Voucher) error { v[2].ExpiresOn = "31/01/2030"; return nil }, nil, "expiry"},
		{"a file that breaks off", func(w *world, v []ledger.Voucher) error { return torn }, torn, ""},
	}
	onEachStore(t, func(t *testing.T, w *world) {
		old := w.vouchers(1, "")
		old[0].Serial, old[0].PIN = "OLD", "OLD-PIN"
		w.load(t, old)
		for _, tc := range cases {
			t.Run(tc.name, func(t *testing.T) {
				vouchers := w.vouchers(1_200, "")
				broken := tc.spoil(w, vouchers)
				_, err := w.LoadStock(t.Context(), w.batch(), func(yield func(ledger.Voucher, error) bool) {
					for _, v := range vouchers {
						if !yield(v, nil) {
							return
						}
					}
					if broken != nil {
						yield(ledger.Voucher{}, broken)
					}
				})
				if err == nil || tc.want != nil && !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.says) {
					t.Errorf("error is %v, want %v that says %q", err, tc.want, tc.says)
				}
				if err != nil && strings.Contains(err.Error(), "PIN0") {
					t.Errorf("the error tells a PIN: %v", err)
				}
				if n := w.scalar(t, "SELECT COUNT(*) FROM voucher"); n != 1 {
					t.Errorf("%d vouchers in stock, want 1", n)
				}
				w.books(t)
			})
		}
	})
}

func TestABatchIsLoadedOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		b := w.batch()
		_, err := w.LoadStock(t.Context(), b, each(w.vouchers(1, "")))
		must(t, err)
		_, err = w.LoadStock(t.Context(), b, each(w.vouchers(1, "")))
		wantErr(t, err, ledger.ErrExists)
		if n := w.scalar(t, "SELECT COUNT(*) FROM voucher"); n != 1 {
			t.Errorf("%d vouchers in stock, want 1", n)
		}
	})
}

func TestAPINIsUniqueAmongAllSuppliersASerialAmongItsOwn(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		must(t, w.AddSupplier(t.Context(), "boss", ledger.Supplier{Code: "OTHER", Kind: ledger.SupplierStock, Status: ledger.Active}))
		must(t, w.AddProduct(t.Context(), "boss", ledger.Product{Code: "OTHER10", Kind: ledger.KindVoucher, Supplier: "OTHER", Face: 1_000, Currency: zar, Status: ledger.Active}))
		first := w.vouchers(1, "")
		w.load(t, first)
		same := w.vouchers(1, "")
		same[0].Product, same[0].Serial = "OTHER10", first[0].Serial
		_, err := w.LoadStock(t.Context(), ledger.Batch{Supplier: "OTHER", Name: "1", Actor: "stockist"}, each(same))
		must(t, err)
		same = w.vouchers(1, "")
		same[0].Product, same[0].PIN = "OTHER10", first[0].PIN
		_, err = w.LoadStock(t.Context(), ledger.Batch{Supplier: "OTHER", Name: "2", Actor: "stockist"}, each(same))
		wantErr(t, err, ledger.ErrExists)
	})
}

func TestABatchNeedsASupplierANameAndVouchers(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		_, err := w.LoadStock(t.Context(), ledger.Batch{Supplier: "NOBODY", Name: "1", Actor: "stockist"}, each(w.vouchers(1, "")))
		wantErr(t, err, ledger.ErrNotFound)
		for _, b := range []ledger.Batch{{Supplier: operator, Actor: "stockist"}, {Supplier: operator, Name: "1"}} {
			if _, err := w.LoadStock(t.Context(), b, each(w.vouchers(1, ""))); err == nil {
				t.Errorf("%+v was loaded", b)
			}
		}
		if _, err := w.LoadStock(t.Context(), w.batch(), each(nil)); err == nil {
			t.Error("an empty batch was loaded")
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM stock_batch"); n != 0 {
			t.Errorf("%d batches, want none", n)
		}
	})
}

// wantLevels compares what there is of vouchers that were not sold.
func (w *world) wantLevels(t *testing.T, want ...ledger.StockLevel) {
	t.Helper()
	levels, err := w.StockCount(t.Context())
	must(t, err)
	if diff := cmp.Diff(want, levels); diff != "" {
		t.Error(diff)
	}
}
