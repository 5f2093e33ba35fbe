package delivery_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// forms are the ways in which a PIN could be written down.
func forms(pin string) []string {
	return []string{pin, hex.EncodeToString([]byte(pin)), base64.StdEncoding.EncodeToString([]byte(pin)), base64.RawURLEncoding.EncodeToString([]byte(pin))}
}

// search says where any of the PINs is: in the texts, by their names.
func search(pins []string, texts map[string]string) (found []string) {
	for where, text := range texts {
		for _, pin := range pins {
			for _, form := range forms(pin) {
				if strings.Contains(text, form) {
					found = append(found, where)
				}
			}
		}
	}
	return found
}

// dump is every table as text, by its name.
func dump(t *testing.T, driver, dsn string) map[string]string {
	t.Helper()
	name, list := "sqlite3", "SELECT name FROM sqlite_master WHERE type = 'table'"
	if driver == ledger.Postgres {
		name, list = "pgx", "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	db, err := sqlx.Open(name, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var tables []string
	if err := db.Select(&tables, list); err != nil {
		t.Fatal(err)
	}
	texts := make(map[string]string, len(tables))
	for _, table := range tables {
		rows, err := db.Queryx("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for rows.Next() {
			values, err := rows.SliceScan()
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if raw, ok := v.([]byte); ok {
					v = string(raw)
				}
				fmt.Fprintf(&b, "%v\n", v)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		rows.Close()
		texts["table "+table] = b.String()
	}
	return texts
}

// files are all below a folder, by their paths.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	texts := make(map[string]string)
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		texts["file "+path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestNoPINIsInAnyTableLogOrTemporaryFile(t *testing.T) {
	for _, driver := range []string{ledger.Postgres, ledger.SQLite} {
		t.Run(driver, func(t *testing.T) {
			dsn := map[string]func(testing.TB) string{ledger.Postgres: ledgertest.PostgreSQL, ledger.SQLite: ledgertest.SQLite}[driver](t)
			temporary := t.TempDir()
			t.Setenv("TMPDIR", temporary)
			w := newWorld(t, driver, dsn)
			said := w.live(t)

			pins := w.acme.PINs()
			if len(pins) < 100 {
				t.Fatalf("%d PINs were made", len(pins))
			}
			texts := dump(t, driver, dsn)
			if driver == ledger.SQLite {
				for _, suffix := range []string{"", "-wal"} {
					if raw, err := os.ReadFile(dsn + suffix); err == nil {
						texts["file "+dsn+suffix] = string(raw)
					}
				}
			}
			for where, text := range files(t, temporary) {
				texts[where] = text
			}
			texts["log"], texts["errors and listings"] = w.log.String(), said
			if len(texts["table voucher"]) == 0 || len(texts["log"]) == 0 || len(said) == 0 {
				t.Fatal("there is nothing to search in")
			}
			for _, where := range search(pins, texts) {
				t.Errorf("a PIN is in %s", where)
			}
		})
	}
}

// live has the stock go through all that it may: good and bad deliveries, approval,
// sales, quarantine, return, look-up, proof and new seals. It returns what was said.
func (w *world) live(t *testing.T) string {
	t.Helper()
	var said strings.Builder
	tell := func(what any, err error) { fmt.Fprintf(&said, "%+v %v\n", what, err) }
	for i, faults := range [][]supplier.Fault{{}, {supplier.BadLine}, {supplier.TenColumns}, {supplier.Expired}, {supplier.WrongCount}, {supplier.WrongSum}} {
		out, err := w.Take(t.Context(), w.mail(w.file(fmt.Sprintf("%04d", i), 24, faults...)))
		tell(out, err)
	}
	for _, fault := range []supplier.Fault{supplier.Unsigned, supplier.WrongSigner, supplier.Truncated, supplier.Altered} {
		out, err := w.Take(t.Context(), w.mail(w.file("0100", 24), fault))
		tell(out, err)
	}
	tell(w.store.ApproveStock(t.Context(), "ann", "ACME", "0000"))
	tell(w.store.ApproveStock(t.Context(), "ben", "ACME", "0000"))
	tell(nil, w.store.AddMerchant(t.Context(), "founder", ledger.Merchant{Code: "M0001", Name: "Shop", Currency: "ZAR", Status: ledger.Active}))
	_, err := w.store.Post(t.Context(), ledger.Entry{Kind: "deposit", Actor: "founder", Postings: chart.Deposit{Merchant: "M0001", Currency: "ZAR", Amount: 1000_00}.Postings()})
	tell(nil, err)
	for n := 1; n <= 3; n++ {
		_, err := w.store.Sell(t.Context(), ledger.Purchase{
			Order: ledger.Order{ID: ledger.NewID(), Message: ledger.MessageKey{Client: "c", DateTime: "20261125120000", Number: n}, Channel: "pos", Operation: "voucherVend",
				Merchant: "M0001", Terminal: "1", Cashier: "x", Product: "CELLX10", Supplier: "ACME", Quantity: 2, Tender: 20_00, Currency: "ZAR", ReceiptNo: fmt.Sprintf("%012d", n)},
			Cutoff: time.Now(),
			Postings: func(v []ledger.Voucher) []ledger.Posting {
				return chart.StockSale{Merchant: "M0001", Supplier: "ACME", Currency: "ZAR", Tender: 20_00, Cost: v[0].Cost + v[1].Cost, VATBP: 1500}.Postings()
			},
			Deliver: func(s ledger.Settlement) ([]byte, error) { return []byte(s.Vouchers[0].PIN + s.Vouchers[1].PIN), nil },
		})
		w.must(err)
	}
	levels, err := w.store.StockCount(t.Context(), ledger.StockStates...)
	tell(levels, err)
	sel := ledger.StockSelection{Actor: "ann", Supplier: "ACME", Batch: "0000", Reason: "asked"}
	tell(w.store.QuarantineStock(t.Context(), sel))
	tell(w.store.ReturnStock(t.Context(), sel))
	sel.Actor = "ben"
	tell(w.store.ReturnStock(t.Context(), sel))
	tell(audit.NewSealer(w.store, audit.SealerOptions{Signer: w.keys.SigningKey()}).Seal(t.Context()))
	report, err := audit.Verify(t.Context(), w.store, audit.Options{Keys: w.keys})
	tell(report, err)
	tell(w.deliveries(), nil)
	return said.String()
}

func TestTheSearchForPINsFindsThem(t *testing.T) {
	folder := t.TempDir()
	const pin = "2324859468145257"
	for i, form := range forms(pin) {
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprint(i)), []byte("before "+form+" after"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found := search([]string{pin}, files(t, folder)); len(found) < len(forms(pin)) {
		t.Errorf("found %v", found)
	}
	dsn := ledgertest.SQLite(t)
	w := newWorld(t, ledger.SQLite, dsn)
	w.must(w.store.AddMerchant(t.Context(), "founder", ledger.Merchant{Code: "M0009", Name: "planted " + pin, Currency: "ZAR", Status: ledger.Active}))
	found := search([]string{pin}, dump(t, ledger.SQLite, dsn))
	if len(found) == 0 || !strings.Contains(strings.Join(found, " "), "table merchant") {
		t.Errorf("in tables it found %v", found)
	}
}
