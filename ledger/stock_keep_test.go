package ledger_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// selected is vouchers of a batch, chosen by a person.
func selected(b ledger.Batch, actor string, serials ...string) ledger.StockSelection {
	return ledger.StockSelection{Actor: actor, Supplier: b.Supplier, Batch: b.Name, Serials: serials, Reason: "complaint 12"}
}

func (w *world) count(t *testing.T, state ledger.StockState) int {
	t.Helper()
	return int(w.scalar(t, "SELECT COUNT(*) FROM voucher WHERE state = '"+string(state)+"'"))
}

func TestWhatIsQuarantinedIsNotSoldUntilTwoPeopleReleaseIt(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		vouchers := w.vouchers(4, "")
		b := w.load(t, vouchers)
		kept, err := w.QuarantineStock(t.Context(), selected(b, "ann", vouchers[1].Serial))
		must(t, err)
		if !kept.Done || kept.Moves[0].Count() != 1 {
			t.Errorf("kept: %+v", kept)
		}
		_, err = w.QuarantineStock(t.Context(), selected(b, "ann", vouchers[0].Serial, vouchers[1].Serial))
		wantErr(t, err, ledger.ErrState)
		_, err = w.QuarantineStock(t.Context(), selected(b, "ann", "NONE"))
		wantErr(t, err, ledger.ErrNotFound)
		if n := w.count(t, ledger.StockQuarantined); n != 1 {
			t.Errorf("%d are quarantined after what was refused", n)
		}
		_, err = w.QuarantineStock(t.Context(), selected(b, "ann"))
		must(t, err)
		_, err = w.Sell(t.Context(), w.purchase(1))
		wantErr(t, err, ledger.ErrStock)
		first, err := w.ReleaseStock(t.Context(), selected(b, "ann"))
		must(t, err)
		_, err = w.ReleaseStock(t.Context(), selected(b, "Ann"))
		wantErr(t, err, ledger.ErrSamePerson)
		if first.Done || w.count(t, ledger.StockQuarantined) != 4 {
			t.Errorf("one person has released: %+v", first)
		}
		second, err := w.ReleaseStock(t.Context(), selected(b, "ben"))
		must(t, err)
		if !second.Done || second.By != "ann" || second.Moves[0].Count() != 4 {
			t.Errorf("released: %+v", second)
		}
		_, err = w.Sell(t.Context(), w.purchase(4))
		must(t, err)
		w.books(t)
	})
}

func TestTwoPeopleReturnWhatIsUnsoldAndOweSoMuchLess(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		vouchers := w.vouchers(5, "")
		b := w.load(t, vouchers)
		_, err := w.Sell(t.Context(), w.purchase(1))
		must(t, err)
		_, err = w.QuarantineStock(t.Context(), selected(b, "ann", vouchers[4].Serial))
		must(t, err)
		_, err = w.ReturnStock(t.Context(), selected(b, "ann"))
		must(t, err)
		kept, err := w.ReturnStock(t.Context(), selected(b, "ben"))
		must(t, err)
		if len(kept.Moves) != 2 || kept.Moves[0].Count()+kept.Moves[1].Count() != 4 {
			t.Errorf("returned: %+v", kept)
		}
		want := chart.StockReturn{Supplier: operator, Currency: zar, Cost: 4 * 920}.Postings()
		w.wantPosted(t, ledger.EntryStockReturned, want[1], want[0])
		_, err = w.ReturnStock(t.Context(), selected(b, "ann"))
		must(t, err)
		_, err = w.ReturnStock(t.Context(), selected(b, "ben"))
		wantErr(t, err, ledger.ErrState)
		w.books(t)
	})
}

// wantPosted compares the lines of the only entry of a kind.
func (w *world) wantPosted(t *testing.T, kind string, want ...ledger.Posting) {
	t.Helper()
	lines, err := w.Postings(t.Context(), ledger.PostingFilter{Limit: -1})
	must(t, err)
	var got []ledger.Posting
	for _, l := range lines {
		if l.Kind == kind {
			got = append(got, l.Posting)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatHasExpiredIsWrittenOffOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.load(t, w.vouchers(3, "2030-05-01"))
		w.load(t, w.vouchers(2, "2030-05-02"))
		w.load(t, w.vouchers(1, ""))
		today := time.Date(2030, 5, 2, 10, 0, 0, 0, time.UTC)
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if _, err := w.ExpireStock(t.Context(), "node-a", today); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if n := w.count(t, ledger.StockExpired); n != 3 {
			t.Errorf("%d have expired, want 3", n)
		}
		w.wantPosted(t, ledger.EntryStockExpired, chart.StockExpiry{Supplier: operator, Currency: zar, Cost: 3 * 920}.Postings()...)
		w.books(t)
	})
}

// TestAVoucherIsSoldOrKeptNeverBoth sells while others quarantine, return and
// expire the same vouchers on two nodes.
func TestAVouchersLastDayEndsWhereItIsSold(t *testing.T) {
	johannesburg := time.FixedZone("SAST", 2*60*60)
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		last := w.clock.Now().AddDate(0, 1, 0)
		w.load(t, w.vouchers(1, last.Format(time.DateOnly)))
		p := w.purchase(1)
		p.Cutoff = time.Date(last.Year(), last.Month(), last.Day()+1, 0, 30, 0, 0, johannesburg) // which is half past ten the day before in UTC
		_, err := w.Sell(t.Context(), p)
		wantErr(t, err, ledger.ErrStock)
		p = w.purchase(1)
		p.Cutoff = time.Date(last.Year(), last.Month(), last.Day(), 23, 30, 0, 0, johannesburg)
		_, err = w.Sell(t.Context(), p)
		must(t, err)
	})
}

func TestAVoucherIsSoldOrKeptNeverBoth(t *testing.T) {
	onTwoNodes(t, func(t *testing.T, w *world, nodes [2]*ledger.Store) {
		w.deposit(t, 10_000_000)
		must(t, w.AddMerchant(t.Context(), "boss", ledger.Merchant{Code: "M0002", Currency: zar, Status: ledger.Active}))
		must(t, w.SetCreditLine(t.Context(), "boss", "M0002", 10_000_000))
		for round := range 6 {
			vouchers := w.vouchers(60, "2090-01-01")
			b := w.load(t, vouchers)
			_, err := w.ReturnStock(t.Context(), selected(b, "ann"))
			must(t, err)
			var group sync.WaitGroup
			for i := range 40 {
				group.Go(func() {
					p := w.purchaseOf([]string{merchant, "M0002"}[i%2], airtime, 2)
					if _, err := nodes[i%2].Sell(t.Context(), p); err != nil && !errors.Is(err, ledger.ErrStock) {
						t.Error(err)
					}
				})
			}
			group.Go(func() {
				var err error
				switch round % 3 {
				case 0:
					_, err = nodes[1].QuarantineStock(t.Context(), selected(b, "ben"))
				case 1:
					_, err = nodes[1].ReturnStock(t.Context(), selected(b, "ben"))
				case 2:
					_, err = nodes[1].ExpireStock(t.Context(), "node-b", time.Date(2090, 2, 1, 0, 0, 0, 0, time.UTC))
				}
				if err != nil && !errors.Is(err, ledger.ErrState) {
					t.Error(err)
				}
			})
			group.Wait()
			w.books(t)
		}
		w.audit(t, w.options.Sealer.(*vault.Keyring))
	})
}

func TestWhatCannotBeKeptIsRefused(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		b := w.batch()
		_, err := w.QuarantineStock(t.Context(), selected(b, "ann"))
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.LoadStock(t.Context(), b, each(w.vouchers(1, "")))
		must(t, err)
		_, err = w.QuarantineStock(t.Context(), selected(b, "ann"))
		wantErr(t, err, ledger.ErrState)
		if _, err := w.QuarantineStock(t.Context(), ledger.StockSelection{Supplier: b.Supplier, Batch: b.Name}); err == nil {
			t.Error("nobody has quarantined a batch")
		}
	})
}

func TestPINsAreSealedAnewWhileTheyAreSold(t *testing.T) {
	t.Parallel()
	for driver, dsn := range map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite} {
		t.Run(driver, func(t *testing.T) {
			old, both := rotated(t)
			w := openWorldWith(t, driver, dsn(t), old)
			w.deposit(t, 10_000_000)
			vouchers := w.vouchers(500, "")
			w.load(t, vouchers)
			must(t, w.Store.Close())
			w.options.Sealer = both
			w.Store = w.open(t, "node-a")
			first, err := w.ResealStock(t.Context(), 50, nil)
			must(t, err)
			if first.Resealed != 50 || sum(first.Left) != 450 {
				t.Errorf("resealed: %+v", first)
			}
			var group sync.WaitGroup
			for i := range 40 {
				group.Go(func() {
					s, err := w.Sell(t.Context(), w.purchase(3))
					if err != nil {
						t.Error(err)
						return
					}
					for _, v := range s.Vouchers {
						if v.PIN == "" {
							t.Errorf("sale %d got no PIN", i)
						}
					}
				})
			}
			told := 0
			second, err := w.ResealStock(t.Context(), 0, func(r ledger.Resealed) { told = r.Seen })
			must(t, err)
			group.Wait()
			if second.Resealed != 450 || sum(second.Left) != 0 || told != 500 {
				t.Errorf("resealed: %+v, told of %d", second, told)
			}
			w.books(t)
			w.audit(t, both)
		})
	}
}

// rotated is a keyring, and the same one after its sealing key was changed.
func rotated(t *testing.T) (old, both *vault.Keyring) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "keys.toml")
	must(t, vault.Generate(file))
	old, err := vault.Load(file)
	must(t, err)
	text, err := os.ReadFile(file)
	must(t, err)
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, vault.KeySize))
	changed := strings.Replace(string(text), "active = true\n", "", 1) + "\n[[sealing]]\nid = \"fresh\"\nactive = true\nkey = \"" + key + "\"\n"
	must(t, os.WriteFile(file, []byte(changed), 0o600))
	both, err = vault.Load(file)
	must(t, err)
	return old, both
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func TestASerialTellsWhereItsVoucherIs(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 50_000)
		vouchers := w.vouchers(2, "2090-01-01")
		b := w.load(t, vouchers)
		s, err := w.Sell(t.Context(), w.purchase(1))
		must(t, err)
		for _, supplier := range []string{"", operator} {
			found, err := w.FindSerial(t.Context(), supplier, s.Vouchers[0].Serial)
			must(t, err)
			if len(found) != 1 {
				t.Fatalf("found %v", found)
			}
			v := found[0]
			if v.State != ledger.StockSold || v.SaleID != s.Sale.ID || v.Merchant != merchant || v.Batch != b.Name || v.PIN != "" || v.SoldAt.IsZero() {
				t.Errorf("found %+v", v)
			}
		}
		if found, err := w.FindSerial(t.Context(), "NONE", vouchers[0].Serial); err != nil || len(found) != 0 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestCoverTellsHowLongStockLastsAndWhatToOrder(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		w.deposit(t, 10_000_000)
		today := w.clock.Now()
		w.load(t, w.vouchers(40, today.AddDate(0, 0, 5).Format(time.DateOnly)))
		w.load(t, w.vouchers(80, ""))
		_, err := w.Sell(t.Context(), w.purchase(20))
		must(t, err)
		_, err = w.LoadStock(t.Context(), w.batch(), each(w.vouchers(7, "")))
		must(t, err)
		r := ledger.CoverRequest{Today: today, Days: 10, Lead: 30, Safety: 30, Order: 30, Margin: 1}
		list, err := w.StockCover(t.Context(), r)
		must(t, err)
		// Two a day: of the 20 that expire, ten are sold in five days.
		want := ledger.Cover{Supplier: operator, Product: airtime, Currency: zar, Status: ledger.Active, OnSale: 100, Awaiting: 7, Face: 100_000, Cost: 92_000,
			Sold: 20, Days: 50, Lead: 30, Safety: 30, Level: 120, Reorder: 120 + 60 - 107, AtRisk: 10}
		if diff := cmp.Diff([]ledger.Cover{want}, list); diff != "" {
			t.Error(diff)
		}
		// What is too near its expiry to be sold does not last, and is no stock.
		r.Margin = 10
		list, err = w.StockCover(t.Context(), r)
		must(t, err)
		if c := list[0]; c.OnSale != 100 || c.Days != 40 || c.Reorder != 120+60-87 || c.AtRisk != 20 {
			t.Errorf("with some that cannot be sold: %+v", c)
		}
		must(t, w.SetProductStatus(t.Context(), "boss", airtime, ledger.Blocked))
		list, err = w.StockCover(t.Context(), r)
		must(t, err)
		if c := list[0]; c.Status != ledger.Blocked || c.Reorder != 0 || c.Level != 120 {
			t.Errorf("of a blocked product: %+v", c)
		}
		w.clock.Advance(11 * 24 * time.Hour)
		list, err = w.StockCover(t.Context(), ledger.CoverRequest{Today: today, Days: 10})
		must(t, err)
		if c := list[0]; c.Sold != 0 || c.Days != -1 || c.Reorder != 0 || c.AtRisk != 20 {
			t.Errorf("without sales: %+v", c)
		}
		if _, err := w.StockCover(t.Context(), ledger.CoverRequest{}); err == nil {
			t.Error("a rate of no days")
		}
	})
}

func TestAnAgreementTakesTwoPeopleAndReplacesTheOneBefore(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		_, err := w.Agreement(ctx, operator)
		wantErr(t, err, ledger.ErrNotFound)
		for version, text := range []string{"cost = 8", "cost = 7"} {
			a, err := w.ProposeAgreement(ctx, "ann", operator, text)
			must(t, err)
			if a.Version != version+1 {
				t.Errorf("version %d, want %d", a.Version, version+1)
			}
			_, err = w.ApproveAgreement(ctx, "ann", operator, a.Version)
			wantErr(t, err, ledger.ErrSamePerson)
			_, err = w.ApproveAgreement(ctx, "ben", operator, a.Version)
			must(t, err)
			_, err = w.ApproveAgreement(ctx, "ben", operator, a.Version)
			wantErr(t, err, ledger.ErrState)
			now, err := w.Agreement(ctx, operator)
			must(t, err)
			if now.Body != text || now.ApprovedBy != "ben" || now.State != ledger.AgreementActive {
				t.Errorf("in force: %+v", now)
			}
		}
		_, err = w.ProposeAgreement(ctx, "ann", operator, "cost = 7")
		wantErr(t, err, ledger.ErrExists)
		for _, text := range []string{"cost = 6", "cost = 5"} {
			_, err = w.ProposeAgreement(ctx, "ann", operator, text)
			must(t, err)
		}
		_, err = w.ProposeAgreement(ctx, "ann", "NONE", "x")
		wantErr(t, err, ledger.ErrNotFound)
		_, err = w.ApproveAgreement(ctx, "ben", operator, 9)
		wantErr(t, err, ledger.ErrNotFound)
		list, err := w.Agreements(ctx, operator)
		must(t, err)
		var states []string
		for _, a := range list {
			states = append(states, fmt.Sprint(a.Version, " ", a.State))
		}
		if diff := cmp.Diff([]string{"4 proposed", "3 withdrawn", "2 active", "1 replaced"}, states); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEveryDeliveryIsWrittenDownAndARepeatedFileIsRecognised(t *testing.T) {
	onEachStore(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		file := ledger.Delivery{Source: "mailbox", MessageID: "<1@cellx>", CiphertextHash: fmt.Sprintf("%064x", 1)}
		first, earlier, err := w.RecordDelivery(ctx, file)
		must(t, err)
		if len(earlier) != 0 || first.State != ledger.DeliveryReceived {
			t.Errorf("recorded %+v after %v", first, earlier)
		}
		again, _, err := w.RecordDelivery(ctx, file)
		must(t, err)
		if again.ID != first.ID {
			t.Error("the same mail is two deliveries")
		}
		must(t, w.EndDelivery(ctx, first.ID, ledger.Delivery{Supplier: operator, State: ledger.DeliveryLoaded, Batch: "7"}))
		must(t, w.EndDelivery(ctx, first.ID, ledger.Delivery{Supplier: operator, State: ledger.DeliveryLoaded, Batch: "7"}))
		wantErr(t, w.EndDelivery(ctx, first.ID, ledger.Delivery{State: ledger.DeliveryRefused}), ledger.ErrState)
		wantErr(t, w.EndDelivery(ctx, ledger.NewID(), ledger.Delivery{State: ledger.DeliveryRefused}), ledger.ErrNotFound)
		file.MessageID = "<2@cellx>"
		second, earlier, err := w.RecordDelivery(ctx, file)
		must(t, err)
		if second.ID == first.ID || len(earlier) != 1 || earlier[0].ID != first.ID || earlier[0].Batch != "7" {
			t.Errorf("recorded %+v after %+v", second, earlier)
		}
		must(t, w.EndDelivery(ctx, second.ID, ledger.Delivery{State: ledger.DeliveryRefused, Reason: "loaded before"}))
		list, err := w.Deliveries(ctx, ledger.DeliveryFilter{States: []ledger.DeliveryState{ledger.DeliveryRefused}})
		must(t, err)
		if len(list) != 1 || list[0].ID != second.ID || list[0].Reason != "loaded before" {
			t.Errorf("listed %+v", list)
		}
		if _, _, err := w.RecordDelivery(ctx, ledger.Delivery{Source: "x", CiphertextHash: "short"}); err == nil {
			t.Error("a delivery without a hash")
		}
	})
}
