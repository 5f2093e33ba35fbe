package vending_test

import (
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	sim "github.com/vendswitch/vendswitch/conformance/sim/utility"
	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
	vending "github.com/vendswitch/vendswitch/switch"
	"github.com/vendswitch/vendswitch/upstream"
	"github.com/vendswitch/vendswitch/upstream/utility"
	"github.com/vendswitch/vendswitch/xmlvend"
)

func TestMain(m *testing.M) { os.Exit(ledgertest.Run(m)) }

// Who is who in the tests' world.
const (
	merchantCode = "M0001"
	clientID     = "6009990000018"
	terminalID   = "0000000000007"
	opName       = "THANDI"
	password     = "Sample123"
	tokenProduct = "TOWNELEC"
	airtime      = "CELLX10"
	deposit      = 100_000 // cents
	vouchersEach = 30
)

// world is a switch over a real ledger, and a real town's prepaid server.
type world struct {
	t       *testing.T
	keyFile string
	keys    *vault.Keyring
	driver  string
	dsn     string
	store   *ledger.Store
	town    *sim.Server
	townURL string
	sw      *vending.Switch
	caller  vending.Caller
	number  int
}

// onBoth runs a test on both databases.
func onBoth(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("SQLite", func(t *testing.T) { test(t, newWorld(t, ledger.SQLite, ledgertest.SQLite(t))) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, newWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))) })
}

func newWorld(t *testing.T, driver, dsn string) *world {
	t.Helper()
	w := &world{t: t, keyFile: filepath.Join(t.TempDir(), "keys"), driver: driver, dsn: dsn}
	w.readKeys()
	town, err := sim.New(sim.Config{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(town)
	t.Cleanup(func() { town.Close(); server.CloseClientConnections(); server.Close() })
	w.town, w.townURL = town, server.URL+"/xmlvend"
	w.store = w.openStore("a")
	w.furnish()
	w.sw = w.openSwitch(w.store, "a", nil)
	w.caller = w.authenticate(w.sw)
	return w
}

// readKeys reads the key file, after making it if there is none.
func (w *world) readKeys() {
	w.t.Helper()
	if _, err := os.Stat(w.keyFile); err != nil {
		if err := vault.Generate(w.keyFile); err != nil {
			w.t.Fatal(err)
		}
	}
	var err error
	if w.keys, err = vault.Load(w.keyFile); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) openStore(node string) *ledger.Store {
	w.t.Helper()
	store, err := ledger.Open(w.t.Context(), ledger.Options{
		Driver: w.driver, DSN: w.dsn, Node: node, Sealer: w.keys,
		Log: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { store.Close() })
	return store
}

// openSwitch starts a node. Its resolver sleeps, so that a test says when it
// asks; change may alter the settings.
func (w *world) openSwitch(store *ledger.Store, node string, change func(*vending.Settings)) *vending.Switch {
	w.t.Helper()
	settings := vending.Settings{
		Ledger:       store,
		Connect:      w.connect,
		Node:         node,
		Log:          slog.New(slog.NewTextHandler(w.t.Output(), nil)),
		AnswerBudget: 8 * time.Second,
		CatalogueAge: time.Nanosecond,
		ResolverTick: time.Hour,
		LeaseMargin:  100 * time.Millisecond,
		CommitBudget: time.Second,
		Schedule:     []time.Duration{time.Nanosecond},
	}
	if change != nil {
		change(&settings)
	}
	sw, err := vending.New(w.t.Context(), settings)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := sw.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return sw
}

func (w *world) connect(to ledger.Supplier, probe vending.Probe) (*upstream.Guard, error) {
	adapter, err := utility.New(utility.Config{
		Supplier: to.Code, URL: to.URL, ClientID: to.ClientID, TerminalID: to.TerminalID,
		OpName: to.OpName, Password: xmlvend.Secret(to.Password), Dialect: to.Dialect, Declined: to.Declined,
	}, utility.HTTP{})
	if err != nil {
		return nil, err
	}
	return upstream.NewGuard(adapter, upstream.Settings{Name: to.Code, Timeout: to.Timeout, Probe: probe}), nil
}

// furnish sets up parties, products, stock and a deposit.
func (w *world) furnish() {
	us := sim.DemoClient()
	hash, err := vending.HashPassword(password)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, s := w.t.Context(), w.store
	for _, err := range []error{
		s.AddSupplier(ctx, "test", ledger.Supplier{Code: "CELLX", Name: "Cell X", Address: "1 Mast Road", TaxRef: "4120000001", Kind: ledger.SupplierStock, VATBP: 1500, Status: ledger.Active}),
		s.AddSupplier(ctx, "test", w.supplier("TOWN", w.townURL, us)),
		s.AddProduct(ctx, "test", ledger.Product{Code: airtime, Name: "Cell X R10", Kind: ledger.KindVoucher, Supplier: "CELLX", Face: 1000, Currency: "ZAR", CommissionBP: 500, Instructions: "Dial *100*PIN#", Status: ledger.Active}),
		s.AddProduct(ctx, "test", ledger.Product{Code: tokenProduct, Name: "Town electricity", Kind: ledger.KindElectricity, Supplier: "TOWN", Min: 1000, Max: 500_000, Currency: "ZAR", CommissionBP: 150, Status: ledger.Active}),
		s.AddMerchant(ctx, "test", ledger.Merchant{Code: merchantCode, Name: "Corner Store", Address: "12 Main Road", Currency: "ZAR", Status: ledger.Active}),
		s.AddClient(ctx, "test", ledger.Client{ID: clientID, Merchant: merchantCode, Dialect: "strict", Status: ledger.Active, OnUnknown: ledger.AnswerFault, OnDuplicate: ledger.DuplicateReplay}),
		s.AddTerminal(ctx, "test", ledger.Terminal{Client: clientID, ID: terminalID, Status: ledger.Active}),
		s.AddCashier(ctx, "test", ledger.Cashier{Client: clientID, OpName: opName, PasswordHash: hash, Status: ledger.Active}),
	} {
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.deposit(deposit)
	if _, err := s.LoadStock(ctx, ledger.Batch{Supplier: "CELLX", Name: "0001", Actor: "test"}, stock(airtime, vouchersEach)); err != nil {
		w.t.Fatal(err)
	}
	if _, err := s.ApproveStock(ctx, "second", "CELLX", "0001"); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) supplier(code, url string, us sim.Client) ledger.Supplier {
	return ledger.Supplier{
		Code: code, Name: "Sandstone Municipality", Address: "1 Civic Square", TaxRef: "4120000002", Kind: ledger.SupplierUtility,
		VATBP: 1500, CommissionBP: 345, Status: ledger.Active, URL: url, ClientID: us.EAN, TerminalID: "1", OpName: us.Operator,
		Password: us.Password, Dialect: "strict", Timeout: 2 * time.Second, SettleAfter: 10 * time.Minute, UTCOffset: 2 * time.Hour,
	}
}

func stock(product string, n int) func(func(ledger.Voucher, error) bool) {
	return func(yield func(ledger.Voucher, error) bool) {
		for i := range n {
			v := ledger.Voucher{
				ID: ledger.NewID(), Supplier: "CELLX", Product: product, Batch: "0001", Serial: fmt.Sprintf("S%06d", i),
				PIN: fmt.Sprintf("%016d", 7_000_000_000_000_000+i), Face: 1000, Cost: 920, Currency: "ZAR",
			}
			if !yield(v, nil) {
				return
			}
		}
	}
}

func (w *world) deposit(cents int64) {
	w.t.Helper()
	lines := chart.Deposit{Merchant: merchantCode, Currency: "ZAR", Amount: cents}.Postings()
	if _, err := w.store.Post(w.t.Context(), ledger.Entry{ID: ledger.NewID(), Kind: "deposit", Actor: "test", Postings: lines}); err != nil {
		w.t.Fatal(err)
	}
}

func credentials() vending.Credentials {
	return vending.Credentials{Client: clientID, Terminal: terminalID, OpName: opName, Password: password}
}

func (w *world) authenticate(sw *vending.Switch) vending.Caller {
	w.t.Helper()
	caller, err := sw.Authenticate(w.t.Context(), credentials())
	if err != nil {
		w.t.Fatal(err)
	}
	return caller
}

// request makes a request with a new message id.
func (w *world) request(operation string) vending.Request {
	w.number++
	return request(operation, w.number)
}

func request(operation string, number int) vending.Request {
	return vending.Request{
		Channel:   "pos",
		Operation: operation,
		Message:   ledger.MessageKey{Client: clientID, DateTime: "20261123101500", Number: number},
		Digest:    sha256.Sum256(fmt.Appendf(nil, "%s %d", operation, number)),
	}
}

func meter(kind sim.Kind) upstream.Meter { return upstream.Meter{Number: sim.Numbers()[kind]} }

func vendOrder(kind sim.Kind, cents int64) upstream.VendOrder {
	return upstream.VendOrder{Meter: meter(kind), Amount: cents, Currency: "ZAR", Resource: upstream.Electricity}
}

// vend sells a token under a new message id.
func (w *world) vend(kind sim.Kind, cents int64) (*vending.Receipt, vending.Request, error) {
	r := w.request("creditVend")
	receipt, err := w.sw.Vend(w.t.Context(), w.caller, r, vendOrder(kind, cents))
	return receipt, r, err
}

func (w *world) sell(quantity int) (*vending.Receipt, vending.Request, error) {
	r := w.request("voucherVend")
	receipt, err := w.sw.SellVouchers(w.t.Context(), w.caller, r, vending.VoucherOrder{Product: airtime, Quantity: quantity})
	return receipt, r, err
}

// inject switches a fault of the town on.
func (w *world) inject(faults ...string) {
	w.t.Helper()
	for _, text := range faults {
		f, err := sim.ParseFault(text)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := w.town.Inject(f); err != nil {
			w.t.Fatal(err)
		}
	}
}

// wantFloat checks what the merchant may spend and what is held of it.
func (w *world) wantFloat(available, held int64) {
	w.t.Helper()
	f, err := w.store.Float(w.t.Context(), merchantCode)
	if err != nil {
		w.t.Fatal(err)
	}
	if f.Available() != available || f.Held != held {
		w.t.Errorf("available %d, held %d; want %d and %d", f.Available(), f.Held, available, held)
	}
}

// wantFault checks that err is a fault with this code.
func wantFault(t *testing.T, err error, code vending.Code) *vending.Fault {
	t.Helper()
	if err == nil {
		t.Fatalf("no fault, want %s", code)
	}
	f := vending.AsFault(err)
	if f.Code != code {
		t.Fatalf("fault %s (%v), want %s", f.Code, err, code)
	}
	return f
}

// wantSale finds the sale of a message id and checks its state.
func (w *world) wantSale(r vending.Request, state ledger.SaleState) ledger.Sale {
	w.t.Helper()
	m, err := w.store.Message(w.t.Context(), r.Message)
	if err != nil {
		w.t.Fatal(err)
	}
	sale, err := w.store.Sale(w.t.Context(), m.SaleID)
	if err != nil {
		w.t.Fatal(err)
	}
	if sale.State != state {
		w.t.Errorf("sale is %s (%s), want %s", sale.State, sale.Reason, state)
	}
	return sale
}

// awaitSale waits until the sale of a message id is in a state. A node's own
// resolver may be at it at the same time as the test.
func (w *world) awaitSale(r vending.Request, state ledger.SaleState) {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		m, err := w.store.Message(w.t.Context(), r.Message)
		if err != nil {
			w.t.Fatal(err)
		}
		sale, err := w.store.Sale(w.t.Context(), m.SaleID)
		if err != nil {
			w.t.Fatal(err)
		}
		if sale.State == state {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatalf("the sale stayed %s, want %s", sale.State, state)
		}
	}
}

// wantExceptions checks the kinds of the open exceptions.
func (w *world) wantExceptions(kinds ...string) {
	w.t.Helper()
	open, err := w.store.Exceptions(w.t.Context(), true)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, e := range open {
		got = append(got, e.Kind)
	}
	if fmt.Sprint(got) != fmt.Sprint(kinds) {
		w.t.Errorf("open exceptions %q, want %q", got, kinds)
	}
}

// audit checks every invariant of the ledger.
func (w *world) audit() {
	w.t.Helper()
	report, err := audit.Verify(w.t.Context(), w.store, audit.Options{Keys: w.keys})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range report.Findings() {
		w.t.Errorf("audit: %s", f)
	}
}

// tokens lists the credit tokens of a receipt.
func tokens(r *vending.Receipt) []string {
	if r == nil || r.Outcome.Vend == nil {
		return nil
	}
	return r.Outcome.Vend.CreditTokens()
}

// newSQLiteWorld is a world of a test that need not run on both databases.
func newSQLiteWorld(t *testing.T) *world {
	t.Helper()
	return newWorld(t, ledger.SQLite, ledgertest.SQLite(t))
}

// onPostgreSQL runs a test that needs several nodes.
func onPostgreSQL(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	test(t, newWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t)))
}
