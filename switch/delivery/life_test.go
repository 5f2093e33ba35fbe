package delivery_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/switch/delivery"
)

// teller writes down what it is told, as a text and as JSON.
type teller struct {
	*world
	said strings.Builder
}

// tell writes down what came of something that must not fail.
func (w *teller) tell(what any, err error) {
	w.t.Helper()
	w.must(err)
	text, err := json.Marshal(what)
	w.must(err)
	fmt.Fprintf(&w.said, "%+v\n%s\n", what, text)
}

// live has stock go through all that it may: good and bad deliveries, approval, sales,
// quarantine, return, look-up, proof, and new seals under the other keys. It returns
// all that was said, errors included, but for what the merchant was told.
func (w *world) live(fresh *vault.Keyring) string {
	w.t.Helper()
	told := &teller{world: w}
	told.arrive()
	told.tell(w.store.ApproveStock(w.t.Context(), "ann", "ACME", "0000"))
	told.tell(w.store.ApproveStock(w.t.Context(), "ben", "ACME", "0000"))
	told.sell(3)
	told.keep()
	told.reseal(fresh)
	told.list()
	return told.said.String()
}

// arrive takes a good delivery, and bad ones of every kind.
func (w *teller) arrive() {
	w.t.Helper()
	good := w.file("0000", 24)
	w.tell(w.Take(w.t.Context(), w.mail(good)))
	again := good // under other serials and another number: its PINs alone are known
	again.File = bytes.ReplaceAll(bytes.ReplaceAll(good.File, []byte("|0000|"), []byte("|0900|")), []byte("|S"), []byte("|R"))
	w.refused(w.mail(again), "the PIN of serial")
	w.refused(w.mail(w.file("", 1, supplier.Repeat)), "this number was used before")
	for i, fault := range []supplier.Fault{supplier.BadLine, supplier.TenColumns, supplier.Expired, supplier.WrongCount, supplier.WrongSum} {
		w.refused(w.mail(w.file(fmt.Sprintf("01%02d", i), 24, fault)), "line")
	}
	for i, fault := range []supplier.Fault{supplier.Unsigned, supplier.WrongSigner, supplier.Truncated, supplier.Altered} {
		w.refused(w.mail(w.file(fmt.Sprintf("02%02d", i), 24), fault), "the delivery is")
	}
}

// refused takes a delivery that must be refused.
func (w *teller) refused(a delivery.Arrival, says string) {
	w.t.Helper()
	out, err := w.Take(w.t.Context(), a)
	if !errors.Is(err, delivery.ErrRefused) || !strings.Contains(err.Error(), says) {
		w.t.Fatalf("not refused with %q: %v", says, err)
	}
	fmt.Fprintln(&w.said, err)
	w.tell(out, nil)
}

// sell sells two vouchers at a time.
func (w *teller) sell(times int) {
	w.t.Helper()
	w.must(w.store.AddMerchant(w.t.Context(), "founder", ledger.Merchant{Code: "M0001", Name: "Shop", Currency: "ZAR", Status: ledger.Active}))
	_, err := w.store.Post(w.t.Context(), ledger.Entry{Kind: "deposit", Actor: "founder", Postings: chart.Deposit{Merchant: "M0001", Currency: "ZAR", Amount: 1000_00}.Postings()})
	w.must(err)
	for n := range times {
		_, err := w.store.Sell(w.t.Context(), ledger.Purchase{
			Order: ledger.Order{ID: ledger.NewID(), Message: ledger.MessageKey{Client: "c", DateTime: "20261125120000", Number: n + 1}, Channel: "pos", Operation: "voucherVend",
				Merchant: "M0001", Terminal: "1", Cashier: "x", Product: "CELLX10", Supplier: "ACME", Quantity: 2, Tender: 20_00, Currency: "ZAR", ReceiptNo: fmt.Sprintf("%012d", n+1)},
			Cutoff: time.Now(),
			Postings: func(v []ledger.Voucher) []ledger.Posting {
				return chart.StockSale{Merchant: "M0001", Supplier: "ACME", Currency: "ZAR", Tender: 20_00, Cost: v[0].Cost + v[1].Cost, VATBP: 1500}.Postings()
			},
			Deliver: func(s ledger.Settlement) ([]byte, error) { return []byte(s.Vouchers[0].PIN + s.Vouchers[1].PIN), nil },
		})
		w.must(err)
	}
	if got := w.stock(ledger.StockSold); got != 2*times {
		w.t.Fatalf("%d vouchers were sold", got)
	}
}

// keep quarantines what was not sold, and gives it back.
func (w *teller) keep() {
	w.t.Helper()
	sel := ledger.StockSelection{Actor: "ann", Supplier: "ACME", Batch: "0000", Reason: "asked"}
	w.tell(w.store.QuarantineStock(w.t.Context(), sel))
	w.tell(w.store.ReturnStock(w.t.Context(), sel))
	sel.Actor = "ben"
	w.tell(w.store.ReturnStock(w.t.Context(), sel))
	if got := w.stock(ledger.StockReturned); got == 0 || got+w.stock(ledger.StockSold) != 24 {
		w.t.Fatalf("%d vouchers were returned", got)
	}
}

// reseal goes over to other keys, and seals every PIN anew.
func (w *teller) reseal(fresh *vault.Keyring) {
	w.t.Helper()
	w.must(w.store.Close())
	var err error
	w.keys, w.options.Sealer = fresh, fresh
	w.store, err = ledger.Open(w.t.Context(), w.options)
	w.must(err)
	done, err := w.store.ResealStock(w.t.Context(), 0, nil)
	w.tell(done, err)
	if done.Resealed != 24 {
		w.t.Fatalf("resealed: %+v", done)
	}
}

// list asks for every listing that stock is in, and for the proof of each voucher
// that was sold.
func (w *teller) list() {
	w.t.Helper()
	ctx := w.t.Context()
	w.tell(audit.NewSealer(w.store, audit.SealerOptions{Signer: w.keys.SigningKey()}).Seal(ctx))
	w.tell(audit.Verify(ctx, w.store, audit.Options{Keys: w.keys}))
	w.tell(w.store.StockCount(ctx, ledger.StockStates...))
	w.tell(w.store.StockCover(ctx, ledger.CoverRequest{Today: time.Now(), Days: 7, Lead: 1, Safety: 1, Order: 7}))
	w.tell(w.store.StockBatches(ctx, ledger.StockBatchFilter{Limit: -1}))
	w.tell(w.store.Agreements(ctx, ""))
	w.tell(w.store.Exceptions(ctx, false))
	w.tell(w.store.Entries(ctx, ledger.EntryFilter{Limit: -1}))
	w.tell(w.deliveries(), nil)
	sales, err := w.store.Sales(ctx, ledger.SaleFilter{Limit: -1})
	w.must(err)
	proofs := 0
	for _, sale := range sales {
		vouchers, err := w.store.Vouchers(ctx, sale.ID)
		w.must(err)
		for _, v := range vouchers {
			found, err := w.store.FindSerial(ctx, "ACME", v.Serial)
			w.tell(found, err)
			proof, err := audit.Prove(ctx, w.store, found[0], time.Now())
			w.tell(proof, err)
			proofs++
		}
	}
	if proofs != 6 {
		w.t.Fatalf("%d vouchers were proven", proofs)
	}
}

// rotated is a keyring, and the same one after its sealing key was changed.
func rotated(t *testing.T) (old, both *vault.Keyring) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(t.TempDir(), "keys.toml")
	must(vault.Generate(file))
	old, err := vault.Load(file)
	must(err)
	text, err := os.ReadFile(file)
	must(err)
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, vault.KeySize))
	changed := strings.Replace(string(text), "active = true\n", "", 1) + "\n[[sealing]]\nid = \"fresh\"\nactive = true\nkey = \"" + key + "\"\n"
	must(os.WriteFile(file, []byte(changed), 0o600))
	both, err = vault.Load(file)
	must(err)
	return old, both
}
