package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// orderRules is how orders are sent, encrypted.
const orderRules = `[order]
mail = "orders@cellx.example"
encrypt = true
`

// agreeOn puts an agreement with CELLX in force in which the quantities are agreed too.
func (s supplied) agreeOn(version, order string) {
	s.t.Helper()
	text := strings.Replace(cellxAgreement(s.Supplier), "commission = \"5\"\n", "commission = \"5\"\nlead_days = 2\nsafety_days = 3\norder_multiple = 100\norder_minimum = 500\n", 1)
	s.do("supplier", "agree", "CELLX", s.write("order.toml", text+order))
	s.as("BEN").do("supplier", "approve", "CELLX", version)
}

// buy sells the only voucher.
func (d *desk) buy(store *ledger.Store) {
	d.t.Helper()
	o := ledger.Order{ID: ledger.NewID(), Message: ledger.MessageKey{Client: "6009990000018", DateTime: "20261123120000", Number: 77},
		Channel: "pos", Operation: "voucherVend", Merchant: "M0001", Terminal: "1", Cashier: "THANDI", Product: "CELLX10", Supplier: "CELLX",
		Quantity: 1, Tender: 1000, Currency: "ZAR", ReceiptNo: "000000000077"}
	if _, err := store.Sell(d.t.Context(), ledger.Purchase{Order: o, Cutoff: time.Now(),
		Postings: func([]ledger.Voucher) []ledger.Posting {
			return chart.StockSale{Merchant: o.Merchant, Supplier: o.Supplier, Currency: o.Currency, Tender: o.Tender, Cost: 920, VATBP: 1500}.Postings()
		},
		Deliver: func(ledger.Settlement) ([]byte, error) { return []byte("a PIN"), nil }}); err != nil {
		d.t.Fatal(err)
	}
}

func TestWhatIsDueIsOrderedOnceByTheAgreedRules(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		s := d.supply()
		s.agreeOn("2", "[order]\nmail = \"orders@cellx.example\"\n")
		folder := t.TempDir()
		if code, _, failed := d.run("stock", "order", "CELLX", "--folder", folder); code != exitFailed || !strings.Contains(failed, `nothing of CELLX is due, as "vendswitch stock cover" shows`) {
			t.Errorf("where nothing is sold: exit %d: %s", code, failed)
		}
		d.buy(d.open())
		var cover []coverRecord
		if err := json.Unmarshal([]byte(d.do("stock", "cover", "--json")), &cover); err != nil || cover[0].Lead != 2 || cover[0].Safety != 3 || cover[0].Reorder != 500 {
			t.Errorf("cover: %+v, %v", cover, err)
		}
		if err := json.Unmarshal([]byte(d.do("stock", "cover", "--lead", "9", "--safety", "0", "--json")), &cover); err != nil || cover[0].Lead != 9 || cover[0].Safety != 0 {
			t.Errorf("cover by flags: %+v, %v", cover, err)
		}
		if out := d.do("stock", "order", "CELLX", "--dry-run", "--folder", folder); !strings.Contains(out, "an order from CELLX would be: 500 CELLX10 of 5000.00 ZAR, for 4600.00 ZAR") {
			t.Error(out)
		}
		out := d.do("stock", "order", "CELLX", "--folder", folder)
		file := filepath.Join(folder, "CELLX-order-1.txt")
		if !strings.Contains(out, "order 1 from CELLX: 500 CELLX10 of 5000.00 ZAR, for 4600.00 ZAR\n"+file+" is for orders@cellx.example") {
			t.Error(out)
		}
		text, err := os.ReadFile(file)
		if lines := strings.Split(string(text), "\n"); err != nil || len(lines) != 4 || !strings.HasPrefix(lines[0], "H|1|20") || lines[1] != "D|101|10.00|500" || lines[2] != "T|1|500" {
			t.Errorf("the file: %s, %v", text, err)
		}
		if code, _, failed := d.run("stock", "order", "CELLX", "--folder", folder); code != exitFailed || !strings.Contains(failed, "nothing of CELLX is due") {
			t.Errorf("a second time: exit %d: %s", code, failed)
		}
	})
}

func TestTheFileOfAnOrderIsWrittenAgainUnderItsNumberAndOverNothing(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	s := d.supply()
	s.agreeOn("2", "[order]\nmail = \"orders@cellx.example\"\nformat = \"csv\"\n")
	folder, other := t.TempDir(), t.TempDir()
	taken := filepath.Join(folder, "CELLX-order-1.csv")
	if err := os.WriteFile(taken, []byte("not ours"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, failed := d.run("stock", "order", "CELLX", "--product", "CELLX10", "--quantity", "600", "--folder", folder)
	if code != exitFailed || !strings.Contains(failed, "order 1 from CELLX is placed, but its file is not written: "+taken+` is there already; write it with "vendswitch stock order CELLX --number 1"`) {
		t.Errorf("exit %d: %s", code, failed)
	}
	if text, err := os.ReadFile(taken); err != nil || string(text) != "not ours" {
		t.Errorf("what was there is %s, %v", text, err)
	}
	if out := d.do("stock", "orders"); !strings.Contains(out, "600 CELLX10 of 6000.00 ZAR") {
		t.Errorf("the order is not there: %s", out)
	}
	s.agreeOn("3", orderRules) // in other terms; the order stays in its own
	d.as("BEN").do("-c", s.settings(), "stock", "order", "CELLX", "--number", "1", "--folder", other)
	sealed, err := os.ReadFile(filepath.Join(other, "CELLX-order-1.csv.asc"))
	if err != nil || !strings.HasPrefix(string(sealed), "-----BEGIN PGP MESSAGE-----") || strings.Contains(string(sealed), "101") {
		t.Errorf("encrypted: %.60s, %v", sealed, err)
	}
	left, err := os.ReadDir(other)
	if err != nil || len(left) != 1 {
		t.Errorf("%v is left, %v", left, err)
	}
	s.agreeOn("4", "[order]\nmail = \"orders@cellx.example\"\n")
	d.do("stock", "order", "CELLX", "--number", "1", "--folder", other)
	if text, err := os.ReadFile(filepath.Join(other, "CELLX-order-1.csv")); err != nil || !strings.HasPrefix(string(text), "order,date,product,face,quantity\n1,20") || !strings.HasSuffix(string(text), ",101,10.00,600\n") {
		t.Errorf("in the clear: %s, %v", text, err)
	}
	var orders []stockOrderRecord
	if err := json.Unmarshal([]byte(d.do("stock", "orders", "--json")), &orders); err != nil || len(orders) != 1 || orders[0].Number != 1 || orders[0].OrderedBy != "ANNA" {
		t.Errorf("orders: %+v, %v", orders, err)
	}
}

func TestAnOrderThatCannotBeWrittenIsNotPlaced(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	refused := func(says string, args ...string) {
		t.Helper()
		if code, _, failed := d.run(append([]string{"stock", "order", "CELLX"}, args...)...); code != exitFailed || !strings.Contains(failed, says) {
			t.Errorf("%v: exit %d: %s\nand not %s", args, code, failed, says)
		}
	}
	some := []string{"--product", "CELLX10", "--quantity", "600"}
	refused("there is no agreement in force with CELLX", some...)
	s := d.supply()
	refused("agreement 1 with CELLX has no [order]", some...)
	s.agreeOn("2", orderRules)
	refused(`no key of ours to sign the order with: make one with "vendswitch keys pgp"`, some...)
	s.agreeOn("3", "[order]\nmail = \"orders@cellx.example\"\n")
	refused("each --product needs one --quantity", "--product", "CELLX10")
	refused("nothing else can be asked for with it", append(some, "--number", "1")...)
	refused("is no folder", append(some, "--folder", filepath.Join(d.folder, "nowhere"))...)
	refused("product CELLX10: 550 is not a multiple of 100", "--product", "CELLX10", "--quantity", "550")
	refused("product CELLX10: 400 is less than the agreed 500", "--product", "CELLX10", "--quantity", "400")
	refused("product NONE: is not in the agreement", "--product", "NONE", "--quantity", "500")
	refused(`not written: order 7 from CELLX: not found; "vendswitch supplier list"`, "--number", "7")
	if out := d.do("stock", "orders", "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("an order was placed: %s", out)
	}
}
