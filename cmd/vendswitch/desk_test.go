package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// desk is where an operator works: a database, its keys, and the verbs.
type desk struct {
	t           *testing.T
	driver, dsn string
	folder      string
	number      int    // of messages
	by          string // who works here, if not whoever may run the command
}

// atEachDesk runs a test at a desk with PostgreSQL and at one with SQLite.
func atEachDesk(t *testing.T, test func(*testing.T, *desk)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) { test(t, newDesk(t, ledger.Postgres, ledgertest.PostgreSQL(t))) })
	t.Run("sqlite", func(t *testing.T) { test(t, newDesk(t, ledger.SQLite, ledgertest.SQLite(t))) })
}

func newDesk(t *testing.T, driver, dsn string) *desk {
	d := &desk{t: t, driver: driver, dsn: dsn, folder: t.TempDir()}
	d.do("keys", "init")
	return d
}

// run runs a verb. Input follows the arguments after "<".
func (d *desk) run(args ...string) (code int, printed, failed string) {
	d.t.Helper()
	input := ""
	if n := len(args); n > 1 && args[n-2] == "<" {
		args, input = args[:n-2], args[n-1]
	}
	var out, errs textBuffer
	m := Main{Args: args, Stdin: strings.NewReader(input), Stdout: &out, Stderr: &errs, Environ: d.environ()}
	code = m.Run(d.t.Context())
	return code, string(out), string(errs)
}

// environ are the settings of the desk.
func (d *desk) environ() []string {
	vars := []string{"VENDSWITCH_NODE=desk", "VENDSWITCH_DATABASE_DRIVER=" + d.driver, "VENDSWITCH_DATABASE_DSN=" + d.dsn,
		"VENDSWITCH_KEYS_FILE=" + d.keys(), "VENDSWITCH_AUDIT_HEADS=" + filepath.Join(d.folder, "heads.jsonl")}
	if d.by != "" {
		vars = append(vars, "VENDSWITCH_BY="+d.by, "VENDSWITCH_CREDENTIAL="+d.credential(d.by))
	}
	return vars
}

// credential is the file of an operator's password.
func (d *desk) credential(name string) string {
	d.t.Helper()
	file := filepath.Join(d.folder, name+".password")
	if err := os.WriteFile(file, []byte(name+"-password\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return file
}

// staff adds operators, and has the first work here.
func (d *desk) staff(names ...string) {
	d.t.Helper()
	for _, name := range names {
		d.do("operator", "add", name, "--password-file", d.credential(name))
		if d.by == "" {
			d.by = name
		}
	}
}

// as is the desk with another operator at it.
func (d *desk) as(name string) *desk {
	other := *d
	other.by = name
	return &other
}

func (d *desk) keys() string { return filepath.Join(d.folder, "keys.toml") }

// do runs a verb that must succeed.
func (d *desk) do(args ...string) string {
	d.t.Helper()
	code, out, failed := d.run(args...)
	if code != exitOK {
		d.t.Fatalf("%v: exit %d: %s\n%s", args, code, failed, out)
	}
	return out
}

// setUp puts one of everything into place.
func (d *desk) setUp() {
	d.t.Helper()
	d.staff("ANNA", "BEN")
	for _, verb := range [][]string{
		{"supplier", "add", "CELLX", "--kind", "stock", "--name", "Cell X"},
		{"supplier", "add", "TOWN", "--kind", "utility", "--name", "Town", "--url", "http://127.0.0.1:1/", "--client-id", "ours",
			"--op-name", "US", "--password-file", "-", "--declined", "BusinessRuleEx", "<", "Sample123"},
		{"supplier", "route", "TOWN", "01000000000", "01999999999"},
		{"product", "add", "CELLX10", "--supplier", "CELLX", "--kind", "voucher", "--face", "10", "--name", "Cell X R10"},
		{"product", "add", "TOWNELEC", "--supplier", "TOWN", "--kind", "electricity", "--min", "10", "--name", "Electricity"},
		{"merchant", "add", "M0001", "--name", "Corner Store"},
		{"merchant", "credit", "M0001", "500.00", "--reference", "BANK-1"},
		{"merchant", "credit", "M0001", "500.00", "--reference", "BANK-1", "--by", "BEN", "--credential", d.credential("BEN")},
		{"client", "add", "6009990000018", "--merchant", "M0001", "--rights", "creditVend"},
		{"terminal", "add", "6009990000018", "7"},
		{"cashier", "add", "6009990000018", "THANDI", "--password-file", "-", "<", "Sample123"},
		{"stock", "load", "-", "--supplier", "CELLX", "--batch", "1", "<", stockFile("S1,70011111")},
		{"stock", "approve", "CELLX", "1", "--by", "BEN", "--credential", d.credential("BEN")},
	} {
		d.do(verb...)
	}
}

// stockFile is a file of vouchers of R10, given by serial and PIN.
func stockFile(vouchers ...string) string {
	text := "product,serial,pin,face,cost,expires\n"
	for _, v := range vouchers {
		text += "CELLX10," + v + ",10.00,9.20,2099-12-31\n"
	}
	return text
}

// open opens the ledger as the switch does.
func (d *desk) open() *ledger.Store { return d.openAgo(0) }

// openAgo opens the ledger with a clock that is so far behind.
func (d *desk) openAgo(lag time.Duration) *ledger.Store {
	d.t.Helper()
	keyring, err := vault.Load(d.keys())
	if err != nil {
		d.t.Fatal(err)
	}
	store, err := ledger.Open(d.t.Context(), ledger.Options{Driver: d.driver, DSN: d.dsn, Node: "switch", Sealer: keyring,
		Now: func() time.Time { return time.Now().Add(-lag) },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { store.Close() })
	return store
}

// begin begins a sale of electricity.
func (d *desk) begin(store *ledger.Store) (ledger.Order, ledger.Call) {
	d.t.Helper()
	d.number++
	o := ledger.Order{
		ID: ledger.NewID(), Message: ledger.MessageKey{Client: "6009990000018", DateTime: "20261123120000", Number: d.number},
		Channel: "pos", Operation: "creditVend", Merchant: "M0001", Terminal: "1", Cashier: "THANDI", Product: "TOWNELEC",
		Supplier: "TOWN", Target: "01000001014", Quantity: 1, Tender: 5000, Currency: "ZAR", ReceiptNo: fmt.Sprintf("%012d", d.number),
	}
	c := ledger.Call{LegID: ledger.NewID(), Operation: o.Operation, Supplier: o.Supplier, DateTime: o.Message.DateTime, Number: d.number,
		Amount: o.Tender, Target: o.Target, Lease: time.Minute}
	if _, err := store.Begin(d.t.Context(), o, c); err != nil {
		d.t.Fatal(err)
	}
	return o, c
}

// sold is a sale that was delivered.
func (d *desk) sold(store *ledger.Store) ledger.ID {
	d.t.Helper()
	o, c := d.begin(store)
	d.settle(store, ledger.Closing{LegID: c.LegID, State: ledger.LegAccepted, Tokens: []string{fmt.Sprintf("%020d", d.number)},
		Postings: chart.OnlineSale{Merchant: o.Merchant, Supplier: o.Supplier, Currency: o.Currency, Tender: o.Tender, VATBP: 1500}.Postings(),
		Deliver:  func(ledger.Settlement) ([]byte, error) { return []byte("token"), nil }})
	return o.ID
}

// closed makes a day that is closed, with a deposit of its own.
func (d *desk) closed(store *ledger.Store) {
	d.t.Helper()
	past := d.openAgo(10 * time.Hour)
	_, err := past.Post(d.t.Context(), ledger.Entry{Kind: "deposit", Actor: "teller",
		Postings: chart.Deposit{Merchant: "M0001", Currency: "ZAR", Amount: 1}.Postings()})
	if err != nil {
		d.t.Fatal(err)
	}
	now := time.Now().UTC()
	zone := time.FixedZone("where it is eight o'clock", int((8*time.Hour - now.Sub(now.Truncate(24*time.Hour))).Seconds()))
	if days, err := store.CloseDays(d.t.Context(), zone); err != nil || len(days) == 0 {
		d.t.Fatalf("closed %v: %v", days, err)
	}
}

// unknown is a sale whose outcome nobody knows.
func (d *desk) unknown(store *ledger.Store) (saleID, legID ledger.ID) {
	d.t.Helper()
	o, c := d.begin(store)
	d.settle(store, ledger.Closing{LegID: c.LegID, State: ledger.LegUnknown, Code: "timeout", NextAt: time.Now().Add(time.Minute)})
	return o.ID, c.LegID
}

func (d *desk) settle(store *ledger.Store, c ledger.Closing) {
	d.t.Helper()
	if _, err := store.Settle(d.t.Context(), c); err != nil {
		d.t.Fatal(err)
	}
}

// raise opens an exception about a sale.
func (d *desk) raise(store *ledger.Store, kind string, saleID, legID ledger.ID) ledger.ID {
	d.t.Helper()
	e := ledger.Exception{ID: ledger.NewID(), Kind: kind, SaleID: saleID, LegID: legID, Note: "look at this"}
	if err := store.Raise(d.t.Context(), e); err != nil {
		d.t.Fatal(err)
	}
	return e.ID
}
