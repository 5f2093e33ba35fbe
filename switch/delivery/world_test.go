package delivery_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/conformance/sim/supplier"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
	"github.com/vendswitch/vendswitch/switch/delivery"
	"github.com/vendswitch/vendswitch/upstream/stockmail/envelope"
)

// world is an importer over a ledger, and two suppliers, with one of whom there is an
// agreement in force.
type world struct {
	*delivery.Importer
	t       *testing.T
	store   *ledger.Store
	keys    *vault.Keyring
	options ledger.Options
	set     delivery.Settings
	log     *logbook
	acme    *supplier.Supplier
	other   *supplier.Supplier
	public  string // our key, as suppliers have it
}

// logbook keeps all that the ledger and the importer log.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// logger logs into it at every level.
func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// sold is what the supplier sells us.
var sold = []supplier.Product{{Code: "101", Face: 10_00}, {Code: "105", Face: 50_00}}

// onEachStore runs a test on an empty ledger in PostgreSQL and in SQLite.
func onEachStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	t.Run("postgres", func(t *testing.T) { test(t, newWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))) })
	t.Run("sqlite", func(t *testing.T) { test(t, newWorld(t, ledger.SQLite, ledgertest.SQLite(t))) })
}

func newWorld(t *testing.T, driver, dsn string) *world {
	t.Helper()
	return newWorldWith(t, driver, dsn, vault.Ephemeral())
}

// newWorldWith is newWorld with a ledger that seals with the given keys.
func newWorldWith(t *testing.T, driver, dsn string, keys *vault.Keyring) *world {
	t.Helper()
	w := &world{t: t, keys: keys, log: new(logbook)}
	w.options = ledger.Options{Driver: driver, DSN: dsn, Node: "node-a", Sealer: w.keys, Log: w.log.logger()}
	var err error
	w.store, err = ledger.Open(t.Context(), w.options)
	w.must(err)
	t.Cleanup(func() { w.store.Close() })

	private, public, err := envelope.GenerateKey("EVD Operator", "stock@evd-operator.example", []byte("a passphrase"))
	w.must(err)
	ours, err := envelope.UnlockPrivateKey(private, []byte("a passphrase"))
	w.must(err)
	w.public = public
	w.acme = w.supplier("ACME", "vouchers@acme.example")
	w.other = w.supplier("OTHER", "vouchers@other.example")
	for _, code := range []string{"ACME", "OTHER"} {
		w.must(w.store.AddSupplier(t.Context(), "founder", ledger.Supplier{Code: code, Name: code, Kind: ledger.SupplierStock, VATBP: 1500, Status: ledger.Active}))
	}
	for code, face := range map[string]int64{"CELLX10": 10_00, "CELLX50": 50_00} {
		w.must(w.store.AddProduct(t.Context(), "founder", ledger.Product{Code: code, Name: code, Kind: ledger.KindVoucher, Supplier: "ACME", Face: face, Currency: "ZAR", Status: ledger.Active}))
	}
	w.agree("ACME", agreement("ACME", w.acme))
	w.set = delivery.Settings{Ledger: w.store, Keys: []*envelope.PrivateKey{ours}, Zone: time.UTC, Log: w.log.logger()}
	w.Importer = delivery.New(w.set)
	return w
}

func (w *world) supplier(code, address string) *supplier.Supplier {
	w.t.Helper()
	s, err := supplier.New(supplier.Config{Code: code, Name: code, Address: address})
	w.must(err)
	return s
}

// agreement is what is agreed with a supplier.
func agreement(code string, s *supplier.Supplier) string {
	return `code = "` + code + `"
name = "` + code + `"
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

[[product]]
ours = "CELLX50"
theirs = "105"
face = "50.00"
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

// agree puts an agreement in force.
func (w *world) agree(code, text string) {
	w.t.Helper()
	a, err := w.store.ProposeAgreement(w.t.Context(), "ann", code, text)
	w.must(err)
	_, err = w.store.ApproveAgreement(w.t.Context(), "ben", code, a.Version)
	w.must(err)
}

// file is a stock file of the supplier's.
func (w *world) file(batch string, count int, faults ...supplier.Fault) supplier.Delivery {
	w.t.Helper()
	d, err := w.acme.Delivery(batch, sold, count, faults...)
	w.must(err)
	return d
}

// mail is a delivery by mail.
func (w *world) mail(d supplier.Delivery, faults ...supplier.Fault) delivery.Arrival {
	w.t.Helper()
	raw, err := w.acme.Mail(d, "stock@evd-operator.example", w.public, faults...)
	w.must(err)
	return arrival(raw)
}

func arrival(raw []byte) delivery.Arrival {
	return delivery.Arrival{Source: "mailbox stock", Content: bytes.NewReader(raw), Actor: delivery.Actor, Mailed: true}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// stock counts the vouchers in a state.
func (w *world) stock(state ledger.StockState) int {
	w.t.Helper()
	levels, err := w.store.StockCount(w.t.Context(), state)
	w.must(err)
	n := 0
	for _, l := range levels {
		n += l.Count
	}
	return n
}

// deliveries are what is written down of what arrived, the latest first.
func (w *world) deliveries() []ledger.Delivery {
	w.t.Helper()
	list, err := w.store.Deliveries(w.t.Context(), ledger.DeliveryFilter{Limit: -1})
	w.must(err)
	return list
}

// books must be right, and tell no PIN; neither must the log.
func (w *world) books() {
	w.t.Helper()
	report, err := audit.Verify(w.t.Context(), w.store, audit.Options{Keys: w.keys})
	w.must(err)
	if !report.OK {
		w.t.Errorf("the books: %+v", report)
	}
	entries, err := w.store.Entries(w.t.Context(), ledger.EntryFilter{Limit: -1})
	w.must(err)
	text, err := json.Marshal([]any{entries, w.deliveries(), w.log.String()})
	w.must(err)
	for _, pin := range append(w.acme.PINs(), w.other.PINs()...) {
		if strings.Contains(string(text), pin) {
			w.t.Fatalf("a PIN is in the journal or the log")
		}
	}
}
