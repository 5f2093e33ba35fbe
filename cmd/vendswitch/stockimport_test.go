package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
)

// supplied is a supplier who sends CELLX10 by PGP mail, with whom all is agreed.
type supplied struct {
	*desk
	*supplier.Supplier
	public string
}

// supply sets up our key and the agreement with CELLX.
func (d *desk) supply() supplied {
	d.t.Helper()
	s, err := supplier.New(supplier.Config{Code: "CELLX", Name: "Cell X", Address: "stock@cellx.example"})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(d.folder, "private.asc")); err != nil {
		d.do("keys", "pgp", "--name", "Operator", "--email", "stock@operator.example", "--folder", d.folder, "--passphrase-file", "-", "<", "a long passphrase")
	}
	public, err := os.ReadFile(filepath.Join(d.folder, "public.asc"))
	if err != nil {
		d.t.Fatal(err)
	}
	d.write("pgp.passphrase", "a long passphrase\n")
	d.write("stock.toml", "[[stock.pgp]]\nkey_file = \""+filepath.Join(d.folder, "private.asc")+"\"\npassphrase_file = \""+filepath.Join(d.folder, "pgp.passphrase")+"\"\n")
	agreement := d.write("cellx.toml", cellxAgreement(s))
	d.do("supplier", "agree", "CELLX", agreement)
	d.as("BEN").do("supplier", "approve", "CELLX", "1")
	return supplied{d, s, string(public)}
}

func cellxAgreement(s *supplier.Supplier) string {
	return `code = "CELLX"
name = "Cell X"
vat = 15
mail = "` + s.Address() + `"
pgp_key = """
` + s.PublicKey() + `
"""
[[product]]
ours = "CELLX10"
theirs = "101"
face = "10.00"
cost = "8%"
currency = "ZAR"
commission = "5"
[file]
delimiter = "|"
[[file.header]]
columns = ["mark H", "ignore supplier", "batch", "ignore date"]
[[file.trailer]]
columns = ["mark T", "count", "total"]
[[layout]]
name = "airtime"
columns = ["mark D", "product", "face", "number days", "number value", "expires", "batch", "serial", "pin"]
date = "dd/mm/yyyy"
pin_length = "16"
serial_length = "4-20"
serial_characters = "letters and digits"
`
}

// write writes a file of the desk's that nobody else reads.
func (d *desk) write(name, text string) string {
	d.t.Helper()
	file := filepath.Join(d.folder, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return file
}

// mail is a delivery as a file.
func (s supplied) mail(batch string, faults ...supplier.Fault) string {
	s.t.Helper()
	d, err := s.Delivery(batch, []supplier.Product{{Code: "101", Face: 10_00}}, 20, faults...)
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := s.Mail(d, "stock@operator.example", s.public)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.write(batch+".eml", string(raw))
}

func (s supplied) settings() string { return filepath.Join(s.folder, "stock.toml") }

func TestAnEncryptedMailIsImportedByOneOperatorAndPutOnSaleByAnother(t *testing.T) {
	atEachDesk(t, func(t *testing.T, d *desk) {
		d.setUp()
		s := d.supply()
		out := d.do("-c", s.settings(), "stock", "import", s.mail("0042"))
		if !strings.Contains(out, `batch 0042 of CELLX is loaded: 20 CELLX10 of 200.00 ZAR. A second operator approves it with "vendswitch stock approve CELLX 0042"`) {
			t.Error(out)
		}
		if code, _, failed := d.run("stock", "approve", "CELLX", "0042"); code != exitFailed || !strings.Contains(failed, "second person") {
			t.Errorf("exit %d: %s", code, failed)
		}
		d.as("BEN").do("stock", "approve", "CELLX", "0042")
		levels, err := d.open().StockCount(t.Context(), ledger.StockActive)
		if err != nil || len(levels) != 2 {
			t.Errorf("%+v, %v", levels, err)
		}
	})
}

func TestABadDeliveryIsRefusedByNamingTheLineAndNoPIN(t *testing.T) {
	d := newDesk(t, ledger.SQLite, ledgertest.SQLite(t))
	d.setUp()
	s := d.supply()
	code, out, failed := d.run("-c", s.settings(), "stock", "import", s.mail("0042", supplier.BadLine))
	if code != exitFailed || !strings.Contains(failed, "0042.eml: nothing loaded: ") || !strings.Contains(failed, "line 12: PIN is not all digits") {
		t.Errorf("exit %d: %s", code, failed)
	}
	for _, pin := range s.PINs() {
		if strings.Contains(out+failed, pin) {
			t.Fatal("a PIN is shown")
		}
	}
	file, err := s.Delivery("0044", []supplier.Product{{Code: "101", Face: 10_00}}, 20)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := s.Seal(file.File, s.public)
	if err != nil {
		t.Fatal(err)
	}
	bare := s.write("0044.asc", sealed)
	if code, _, failed := d.run("-c", s.settings(), "stock", "import", bare); code != exitFailed || !strings.Contains(failed, "0044.asc: nothing loaded: it has no address of a sender, as a mail has: name its supplier with --supplier") {
		t.Errorf("a file without its supplier: exit %d: %s", code, failed)
	}
	if code, _, failed := d.run("-c", s.settings(), "stock", "import", bare, "--supplier", "CELLX", "--batch", "44"); code != exitFailed || !strings.Contains(failed, "line 1: batch: the file says 0044, and not 44") {
		t.Errorf("under another number: exit %d: %s", code, failed)
	}
	d.do("-c", s.settings(), "stock", "import", bare, "--supplier", "CELLX")
	// The time is the one that the listing has, in the operator's zone.
	loaded := regexp.MustCompile(`loaded on (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) \(awaiting\)`)
	_, _, again := d.run("-c", s.settings(), "stock", "import", bare, "--supplier", "CELLX")
	if at := loaded.FindStringSubmatch(again); at == nil || !strings.Contains(d.do("stock", "batches", "--supplier", "CELLX"), at[1]) {
		t.Errorf("when it was loaded before: %s", again)
	}
	if table := d.do("stock", "deliveries"); !strings.Contains(table, "DELIVERY") || strings.Count(table, " ANNA ") < 4 {
		t.Errorf("who brought in what is not shown: %s", table)
	}
	if code, _, failed := d.run("stock", "import", s.mail("0043")); code != exitFailed || !strings.Contains(failed, `make one with "vendswitch keys pgp"`) {
		t.Errorf("without a key: exit %d: %s", code, failed)
	}
	if code, _, failed := d.run("keys", "pgp", "--name", "Operator", "--email", "a@b.example", "--folder", d.folder, "--passphrase-file", "-", "<", "a long passphrase"); code != exitFailed || !strings.Contains(failed, "exists") {
		t.Errorf("over a key that is there: exit %d: %s", code, failed)
	}
}
