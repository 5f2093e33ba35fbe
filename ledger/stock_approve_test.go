package ledger_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/vendswitch/vendswitch/ledger"
)

func TestWhoLoadedABatchCannotApproveIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		b := w.batch()
		_, err := w.LoadStock(t.Context(), b, each(w.vouchers(2, "")))
		must(t, err)
		for _, actor := range []string{b.Actor, " STOCKIST "} {
			_, err = w.ApproveStock(t.Context(), actor, b.Supplier, b.Name)
			wantErr(t, err, ledger.ErrSamePerson)
		}
		_, err = w.Sell(t.Context(), w.purchase(1))
		wantErr(t, err, ledger.ErrStock)
		_, err = w.ApproveStock(t.Context(), "approver", b.Supplier, b.Name)
		must(t, err)
		_, err = w.ApproveStock(t.Context(), "approver", b.Supplier, b.Name)
		wantErr(t, err, ledger.ErrState)
		_, err = w.Sell(t.Context(), w.purchase(2))
		must(t, err)
		w.books(t)
	})
}

func TestARejectedBatchLeavesItsSerialsPINsAndNumberFreeButNotItsFile(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		b := w.batch()
		b.CiphertextHash = strings.Repeat("ab", 32)
		b.Control = func() (ledger.Control, error) { return ledger.Control{CleartextHash: strings.Repeat("cd", 32)}, nil }
		vouchers := w.vouchers(3, "")
		_, err := w.LoadStock(t.Context(), b, each(vouchers))
		must(t, err)
		rejected, err := w.RejectStock(t.Context(), b.Actor, b.Supplier, b.Name, "one too few")
		must(t, err)
		if rejected.State != ledger.StockBatchRejected || rejected.Reason != "one too few" {
			t.Errorf("rejected: %+v", rejected)
		}
		_, err = w.ApproveStock(t.Context(), "approver", b.Supplier, b.Name)
		wantErr(t, err, ledger.ErrState)
		_, err = w.LoadStock(t.Context(), b, each(vouchers))
		wantDuplicate(t, err, ledger.DuplicateCiphertext, "this file was loaded before, in batch "+b.Name)
		b.CiphertextHash = strings.Repeat("ef", 32)
		_, err = w.LoadStock(t.Context(), b, each(append(vouchers, w.vouchers(1, "")...)))
		must(t, err)
		_, err = w.ApproveStock(t.Context(), "approver", b.Supplier, b.Name)
		must(t, err)
		batches, err := w.StockBatches(t.Context(), ledger.StockBatchFilter{Supplier: b.Supplier, Name: b.Name})
		must(t, err)
		if len(batches) != 2 || batches[0].State != ledger.StockBatchActive && batches[1].State != ledger.StockBatchActive {
			t.Errorf("batches: %+v", batches)
		}
		w.books(t)
	})
}

func wantDuplicate(t *testing.T, err error, kind ledger.Duplicate, says string) {
	t.Helper()
	var duplicate *ledger.DuplicateError
	if !errors.As(err, &duplicate) || duplicate.Kind != kind || !errors.Is(err, ledger.ErrExists) || !strings.Contains(err.Error(), says) {
		t.Errorf("error is %v, want a duplicate %s that says %q", err, kind, says)
	}
}

func TestEachKindOfDuplicateIsNamedWithTheBatchItCameWith(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		hash := func(n byte) string { return hex.EncodeToString(append(make([]byte, 31), n)) }
		file := func(name string, cipher, clear byte) ledger.Batch {
			return ledger.Batch{Supplier: operator, Name: name, Actor: "stockist", CiphertextHash: hash(cipher),
				Control: func() (ledger.Control, error) { return ledger.Control{CleartextHash: hash(clear)}, nil }}
		}
		first := w.vouchers(2, "")
		_, err := w.LoadStock(t.Context(), file("ONE", 1, 1), each(first))
		must(t, err)
		spoilt := func(spoil func(*ledger.Voucher)) []ledger.Voucher {
			list := w.vouchers(3, "")
			spoil(&list[1])
			return list
		}
		serial := spoilt(func(v *ledger.Voucher) { v.Serial = first[1].Serial })
		pin := spoilt(func(v *ledger.Voucher) { v.PIN = first[1].PIN })
		twice := spoilt(func(*ledger.Voucher) {})
		twice[2].PIN = twice[0].PIN
		for _, tc := range []struct {
			kind     ledger.Duplicate
			batch    ledger.Batch
			vouchers []ledger.Voucher
			says     string
		}{
			{ledger.DuplicateBatch, file("ONE", 2, 2), w.vouchers(1, ""), "this number was used before, in batch ONE of MOBILE, loaded on 20"},
			{ledger.DuplicateCiphertext, file("TWO", 1, 2), w.vouchers(1, ""), "this file was loaded before, in batch ONE"},
			{ledger.DuplicateCleartext, file("TWO", 2, 1), w.vouchers(1, ""), "a file of the same content was loaded before, in batch ONE"},
			{ledger.DuplicateSerial, file("TWO", 2, 2), serial, "serial " + first[1].Serial + " was delivered before, in batch ONE"},
			{ledger.DuplicatePIN, file("TWO", 2, 2), pin, "the PIN of serial " + pin[1].Serial + " was delivered before, in batch ONE"},
			{ledger.DuplicatePIN, file("TWO", 2, 2), twice, "the PIN of serial " + twice[2].Serial + " was delivered before, in this very file"},
		} {
			_, err := w.LoadStock(t.Context(), tc.batch, each(tc.vouchers))
			wantDuplicate(t, err, tc.kind, tc.says)
			if err != nil && strings.Contains(err.Error(), "PIN0") {
				t.Errorf("it tells a PIN: %v", err)
			}
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM stock_batch"); n != 1 {
			t.Errorf("%d batches", n)
		}
	})
}

func TestAFileThatIsNotWhatItClaimsIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		unsigned := errors.New("the signature does not verify")
		for _, tc := range []struct {
			control ledger.Control
			err     error
			want    error
		}{
			{ledger.Control{Totals: &ledger.Totals{Count: 3, Face: 3000}}, nil, ledger.ErrTotals},
			{ledger.Control{Totals: &ledger.Totals{Count: 2, Face: 2001}}, nil, ledger.ErrTotals},
			{ledger.Control{}, unsigned, unsigned},
			{ledger.Control{Totals: &ledger.Totals{Count: 2, Face: 2000}}, nil, nil},
		} {
			b := w.batch()
			b.Control = func() (ledger.Control, error) { return tc.control, tc.err }
			told := 0
			b.Progress = func(n int) { told = n }
			_, err := w.LoadStock(t.Context(), b, each(w.vouchers(2, "")))
			if !errors.Is(err, tc.want) {
				t.Errorf("error is %v, want %v", err, tc.want)
			}
			if told != 2 {
				t.Errorf("told of %d vouchers", told)
			}
		}
		if n := w.scalar(t, "SELECT COUNT(*) FROM voucher"); n != 2 {
			t.Errorf("%d vouchers", n)
		}
		w.books(t)
	})
}

func TestTwoNodesApproveABatchOnceWhileOthersSell(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.deposit(t, 10_000_000)
		for range 5 {
			b := w.batch()
			_, err := w.LoadStock(t.Context(), b, each(w.vouchers(20, "")))
			must(t, err)
			var approved atomic.Int64
			var group sync.WaitGroup
			for i := range 8 {
				group.Go(func() {
					_, err := nodes[i%2].ApproveStock(t.Context(), fmt.Sprint("approver ", i), b.Supplier, b.Name)
					if err == nil {
						approved.Add(1)
					} else {
						wantErr(t, err, ledger.ErrState)
					}
				})
				group.Go(func() {
					if _, err := nodes[i%2].Sell(t.Context(), w.purchase(1)); err != nil && !errors.Is(err, ledger.ErrStock) {
						t.Error(err)
					}
				})
			}
			group.Wait()
			if approved.Load() != 1 {
				t.Errorf("approved %d times", approved.Load())
			}
		}
		w.books(t)
	})
}
