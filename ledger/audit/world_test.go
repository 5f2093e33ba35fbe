package audit_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/audit"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

func TestMain(m *testing.M) { os.Exit(ledgertest.Run(m)) }

// The parties of the town that is audited.
const (
	shop    = "SHOP"
	kiosk   = "KIOSK"
	till    = "6009876543210"
	council = "COUNCIL"
	county  = "COUNTY"
	mobile  = "MOBILE"
	airtime = "AIR10"
	energy  = "ENERGY"
	zar     = "ZAR"
)

// town is a ledger with a shop, its till, two utilities and an airtime company,
// and everything that is needed to audit it and to tamper with it.
type town struct {
	t testing.TB
	*ledger.Store
	options ledger.Options
	keys    *vault.Keyring
	clock   *clock
	heads   string // path of the heads file
	last    int    // number given out
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// inEachTown runs a test on an empty ledger in PostgreSQL and in SQLite.
func inEachTown(t *testing.T, test func(*testing.T, *town)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) { test(t, found(t, ledger.Postgres, ledgertest.PostgreSQL(t))) })
	t.Run("sqlite", func(t *testing.T) { test(t, found(t, ledger.SQLite, ledgertest.SQLite(t))) })
}

func found(t testing.TB, driver, dsn string) *town {
	t.Helper()
	c := &clock{now: time.Now().UTC().Truncate(time.Microsecond)}
	w := &town{
		t: t, keys: vault.Ephemeral(), clock: c, heads: filepath.Join(t.TempDir(), "heads.jsonl"),
	}
	w.options = ledger.Options{
		Driver: driver, DSN: dsn, Node: "node-a", Sealer: w.keys, Now: c.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	w.Store = w.open("node-a")
	const mayor = "mayor"
	for _, code := range []string{shop, kiosk} {
		w.must(w.AddMerchant(t.Context(), mayor, ledger.Merchant{Code: code, Name: code, Currency: zar, Status: ledger.Active}))
	}
	w.must(w.AddClient(t.Context(), mayor, ledger.Client{ID: till, Merchant: shop, Status: ledger.Active,
		OnUnknown: ledger.AnswerFault, OnDuplicate: ledger.DuplicateReplay}))
	for code, kind := range map[string]ledger.SupplierKind{council: ledger.SupplierUtility, county: ledger.SupplierUtility, mobile: ledger.SupplierStock} {
		w.must(w.AddSupplier(t.Context(), mayor, ledger.Supplier{Code: code, Name: code, Kind: kind, Status: ledger.Active, VATBP: 1500}))
	}
	w.must(w.AddProduct(t.Context(), mayor, ledger.Product{Code: airtime, Name: "Airtime", Kind: ledger.KindVoucher,
		Supplier: mobile, Face: 1000, Currency: zar, CommissionBP: 500, Status: ledger.Active}))
	w.must(w.AddProduct(t.Context(), mayor, ledger.Product{Code: energy, Name: "Energy", Kind: ledger.KindElectricity,
		Supplier: council, Min: 100, Max: 1_000_000, Currency: zar, CommissionBP: 150, Status: ledger.Active}))
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// open opens the ledger for another node.
func (w *town) open(node string) *ledger.Store {
	w.t.Helper()
	o := w.options
	o.Node = node
	s, err := ledger.Open(w.t.Context(), o)
	w.must(err)
	w.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return s
}

// database opens the database behind the ledger's back.
func (w *town) database() *sqlx.DB {
	w.t.Helper()
	name, dsn := "sqlite3", w.options.DSN+"?_busy_timeout=5000&_foreign_keys=off"
	if w.options.Driver == ledger.Postgres {
		name, dsn = "postgres", w.options.DSN
	}
	db, err := sqlx.Open(name, dsn)
	w.must(err)
	db.SetMaxOpenConns(1)
	w.t.Cleanup(func() { db.Close() })
	return db
}

// sealer makes a sealer that publishes to the town's heads file.
func (w *town) sealer(store *ledger.Store) *audit.Sealer {
	w.t.Helper()
	return audit.NewSealer(store, audit.SealerOptions{
		Signer: w.keys.SigningKey(), Heads: w.publish(w.heads), Now: w.clock.Now, Log: w.options.Log,
	})
}

func (w *town) publish(path string) *audit.HeadsFile {
	w.t.Helper()
	h, err := audit.OpenHeadsFile(path)
	w.must(err)
	w.t.Cleanup(func() { h.Close() })
	return h
}

// seal seals all there is.
func (w *town) seal() {
	w.t.Helper()
	_, err := w.sealer(w.Store).Seal(w.t.Context())
	w.must(err)
}

// verify audits the town with its keys and published heads.
func (w *town) verify() *audit.Report {
	w.t.Helper()
	return w.verifyWith(audit.Options{Keys: w.keys, HeadsFile: w.heads})
}

func (w *town) verifyWith(o audit.Options) *audit.Report {
	w.t.Helper()
	o.Now = w.clock.Now
	r, err := audit.Verify(context.Background(), w.Store, o)
	w.must(err)
	return r
}

// wantClean fails the test if anything was found.
func wantClean(t testing.TB, r *audit.Report) {
	t.Helper()
	for _, f := range r.Findings() {
		t.Errorf("found: %s", f)
	}
	if !r.OK {
		t.Error("the report is not OK")
	}
}

func (w *town) next() int {
	w.last++
	return w.last
}

func (w *town) message() ledger.MessageKey {
	return ledger.MessageKey{Client: till, DateTime: "20261123080000", Number: w.next()}
}

// deposit puts money on a float.
func (w *town) deposit(merchant string, amount, fee int64) {
	w.t.Helper()
	w.post("deposit", chart.Deposit{Merchant: merchant, Currency: zar, Amount: amount, Fee: fee, VATBP: 1500}.Postings())
}

func (w *town) post(kind string, lines []ledger.Posting) {
	w.t.Helper()
	_, err := w.Post(w.t.Context(), ledger.Entry{Kind: kind, Actor: "teller", Note: "by hand", Postings: lines})
	w.must(err)
}

// order makes an order of the shop for energy of 10000 at a commission of 150.
func (w *town) order() (ledger.Order, ledger.Call) {
	o := ledger.Order{
		ID: ledger.NewID(), Message: w.message(), Digest: ledger.Digest{7}, Channel: "pos", Operation: "creditVend",
		Merchant: shop, Terminal: "1", Cashier: "zola", Product: energy, Supplier: council, Target: "01234567890",
		Quantity: 1, Tender: 10000, Commission: 150, Currency: zar, ReceiptNo: fmt.Sprint("R", w.next()),
	}
	return o, w.call(council)
}

func (w *town) call(supplier string) ledger.Call {
	return ledger.Call{LegID: ledger.NewID(), Operation: "creditVend", Supplier: supplier, DateTime: "20261123080000",
		Number: w.next(), Amount: 10000, Target: "01234567890", Lease: time.Minute}
}

// begin begins a sale of energy.
func (w *town) begin() (ledger.Order, ledger.Call) {
	w.t.Helper()
	o, c := w.order()
	_, err := w.Begin(w.t.Context(), o, c)
	w.must(err)
	return o, c
}

func outcome(text string) ledger.Deliver {
	return func(ledger.Settlement) ([]byte, error) { return []byte(text), nil }
}

func (w *town) settle(c ledger.Closing) {
	w.t.Helper()
	_, err := w.Settle(w.t.Context(), c)
	w.must(err)
}

// accepted closes a call with a token.
func (w *town) accepted(c ledger.Call) ledger.Closing {
	return ledger.Closing{LegID: c.LegID, State: ledger.LegAccepted, Evidence: []byte("<token/>"),
		Tokens: []string{fmt.Sprintf("%020d", w.next())}, Postings: saleLines(c.Supplier), Deliver: outcome("a token")}
}

func saleLines(supplier string) []ledger.Posting {
	return chart.OnlineSale{Merchant: shop, Supplier: supplier, Currency: zar, Tender: 10000, Earned: 345, Commission: 150, VATBP: 1500}.Postings()
}

// declined closes a call with a refusal.
func (w *town) declined(c ledger.Call) ledger.Closing {
	return ledger.Closing{LegID: c.LegID, State: ledger.LegDeclined, Code: "BlockedMeterEx", Note: "meter is blocked", Deliver: outcome("a fault")}
}

// unknown closes a call with silence.
func (w *town) unknown(c ledger.Call) ledger.Closing {
	return ledger.Closing{LegID: c.LegID, State: ledger.LegUnknown, Code: "timeout", NextAt: w.clock.Now().Add(time.Minute)}
}

// deliver sells energy.
func (w *town) deliver() ledger.Order {
	w.t.Helper()
	o, c := w.begin()
	w.settle(w.accepted(c))
	return o
}

// load puts n vouchers into stock.
func (w *town) load(n int) (batch ledger.Batch, last string) {
	w.t.Helper()
	batch = ledger.Batch{Supplier: mobile, Name: fmt.Sprint("batch ", w.next()), Actor: "stockist"}
	_, err := w.LoadStock(w.t.Context(), batch, func(yield func(ledger.Voucher, error) bool) {
		for range n {
			number := w.next()
			last = fmt.Sprint("S", number)
			v := ledger.Voucher{Product: airtime, Serial: last, PIN: fmt.Sprint("P", number), Face: 1000, Cost: 920, Currency: zar}
			if !yield(v, nil) {
				return
			}
		}
	})
	w.must(err)
	_, err = w.ApproveStock(w.t.Context(), "approver", batch.Supplier, batch.Name)
	w.must(err)
	return batch, last
}

// sell sells vouchers.
func (w *town) sell(quantity int) ledger.Order {
	w.t.Helper()
	o, _ := w.order()
	o.Operation, o.Product, o.Supplier = "voucherVend", airtime, mobile
	o.Quantity, o.Tender, o.Commission = quantity, int64(1000*quantity), int64(50*quantity)
	_, err := w.Sell(w.t.Context(), ledger.Purchase{
		Order: o, Cutoff: w.clock.Now(), Deliver: outcome("a PIN"),
		Postings: func([]ledger.Voucher) []ledger.Posting {
			return chart.StockSale{Merchant: shop, Supplier: mobile, Currency: zar, Tender: o.Tender,
				Cost: int64(920 * quantity), Commission: o.Commission, VATBP: 1500}.Postings()
		},
	})
	w.must(err)
	return o
}

// resolve lets two people decide a sale.
func (w *town) resolve(saleID ledger.ID, r ledger.ResolveRequest) {
	w.t.Helper()
	r.Note, r.Evidence = "seen on the supplier's statement", "letter 12"
	for _, actor := range []string{"anna", "ben"} {
		r.Actor = actor
		_, err := w.Resolve(w.t.Context(), saleID, r)
		w.must(err)
	}
}

// busyDay leaves something of every kind in the ledger.
type busyDay struct {
	delivered, declined, unknown, held, rerouted, refused, reversed, resolved, late, stock ledger.Order
	exception                                                                              ledger.ID
}

func (w *town) busyDay() busyDay {
	w.t.Helper()
	var d busyDay
	ctx := w.t.Context()
	tick := func() { w.clock.Advance(time.Second) }
	w.deposit(shop, 20_000_000, 500)
	w.deposit(kiosk, 1_000, 0)
	w.must(w.SetCreditLine(ctx, "mayor", shop, 5_000))
	batch, last := w.load(5)
	_, err := w.QuarantineStock(ctx, ledger.StockSelection{Actor: "stockist", Supplier: batch.Supplier, Batch: batch.Name,
		Serials: []string{last}, Reason: "complaint"})
	w.must(err)
	tick()

	d.delivered = w.deliver()
	d.stock = w.sell(2)
	tick()
	var c ledger.Call
	d.declined, c = w.begin()
	w.settle(w.declined(c))
	d.rerouted, c = w.begin()
	closing, next := w.declined(c), w.call(county)
	closing.Next = &next
	w.settle(closing)
	tick()
	w.settle(w.accepted(next))
	d.held, _ = w.begin()
	d.unknown, c = w.begin()
	w.settle(w.unknown(c))
	d.late, c = w.begin()
	w.settle(w.unknown(c))
	tick()
	w.settle(w.accepted(c))

	d.refused, _ = w.order()
	_, err = w.Refuse(ctx, ledger.Refusal{Order: d.refused, Code: "amount", Note: "too little", Deliver: outcome("a fault")})
	w.must(err)
	d.reversed = w.deliver()
	w.resolve(d.reversed.ID, ledger.ResolveRequest{State: ledger.SaleReversed, Code: "supplier", Postings: chart.Reversal(saleLines(council))})
	d.resolved, c = w.begin()
	w.settle(w.unknown(c))
	w.resolve(d.resolved.ID, ledger.ResolveRequest{State: ledger.SaleDelivered, Tokens: []string{fmt.Sprintf("%020d", w.next())},
		Postings: saleLines(council), Deliver: outcome("a token")})

	w.lookups(d)
	w.exceptions(&d)
	w.post("deposit.returned", chart.DepositReturned{Merchant: kiosk, Currency: zar, Amount: 2_500}.Postings())
	w.must(w.SetMerchantStatus(ctx, "mayor", kiosk, ledger.Blocked))
	w.must(w.Disclose(ctx, d.delivered.ID, "zola", "reprint"))
	tick()
	return d
}

// lookups asks and is asked.
func (w *town) lookups(d busyDay) {
	w.t.Helper()
	ctx := w.t.Context()
	l := ledger.Lookup{LegID: ledger.NewID(), Message: w.message(), Digest: ledger.Digest{8}, Operation: "confirmCustomer", Target: "01234567890"}
	_, err := w.Note(ctx, l)
	w.must(err)
	out := w.call(council)
	w.must(w.OpenLeg(ctx, ledger.ID{}, out))
	w.must(w.CloseLeg(ctx, ledger.Closing{LegID: out.LegID, State: ledger.LegAccepted, Evidence: []byte("<meter/>")}))
	w.must(w.End(ctx, l.LegID, ledger.LegAccepted, ""))
	advice := w.call(council)
	w.must(w.OpenLeg(ctx, d.unknown.ID, advice))
	w.must(w.CloseLeg(ctx, ledger.Closing{LegID: advice.LegID, State: ledger.LegDeclined, Code: "LastResponseEx"}))
	w.must(w.OpenLeg(ctx, ledger.ID{}, w.call(county)))
	l.LegID, l.Message = ledger.NewID(), d.delivered.Message
	w.must(w.TurnAway(ctx, l, "message taken", "of a sale"))
	_, err = w.Void(ctx, w.message(), "lastResponse")
	w.must(err)
}

// exceptions leaves one open with an owner and one closed.
func (w *town) exceptions(d *busyDay) {
	w.t.Helper()
	ctx := w.t.Context()
	legs, err := w.Legs(ctx, ledger.LegFilter{SaleID: d.delivered.ID, Direction: ledger.Outbound})
	w.must(err)
	second := ledger.Closing{LegID: legs[0].ID, State: ledger.LegDeclined, Code: "late", Evidence: []byte("<no/>"), Deliver: outcome("a fault")}
	if _, err := w.Settle(ctx, second); err == nil {
		w.t.Fatal("a second answer was taken")
	}
	d.exception = ledger.NewID()
	w.must(w.Raise(ctx, ledger.Exception{ID: d.exception, Kind: ledger.ExceptionUnresolved, SaleID: d.unknown.ID, Note: "nobody answers"}))
	w.must(w.TakeException(ctx, d.exception, "anna"))
	all, err := w.Exceptions(ctx, true)
	w.must(err)
	i := slices.IndexFunc(all, func(e ledger.Exception) bool { return e.Kind == ledger.ExceptionSecondAnswer })
	w.must(w.CloseException(ctx, all[i].ID, "ben", "asked the supplier"))
}

// manyPages fills every table with more rows than are read at a time.
func (w *town) manyPages() {
	w.t.Helper()
	const n = 520
	w.deposit(shop, 100_000_000, 0)
	w.load(n)
	for range n {
		w.sell(1)
		l := ledger.Lookup{LegID: ledger.NewID(), Message: w.message(), Digest: ledger.Digest{8}, Operation: "catalogue"}
		_, err := w.Note(w.t.Context(), l)
		w.must(err)
	}
	for range n {
		w.deliver()
	}
}
