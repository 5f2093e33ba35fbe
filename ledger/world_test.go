package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vendswitch/vendswitch/ledger"
	"github.com/vendswitch/vendswitch/ledger/chart"
	"github.com/vendswitch/vendswitch/ledger/ledgertest"
	"github.com/vendswitch/vendswitch/ledger/vault"
)

// The parties of the test world.
const (
	merchant = "M0001"
	client   = "6001234567890"
	utility  = "CITYPOWER"
	operator = "MOBILE"
	airtime  = "AIR10"
	energy   = "ELEC"
	meter    = "07123456789"
	zar      = "ZAR"
)

// world is a ledger with one merchant, its client, a utility and an airtime
// operator.
type world struct {
	*ledger.Store
	options ledger.Options
	clock   *clock
	founded time.Time // by our clock
	numbers *atomic.Int64
}

// clock is set by the test.
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

// onEachStore runs a test on an empty ledger in PostgreSQL and in SQLite,
// beside other tests: most of the time they wait for disks.
func onEachStore(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Parallel()
	onEachStoreAlone(t, test)
}

// onEachStoreAlone is onEachStore without other tests at the same time.
func onEachStoreAlone(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	t.Run("postgres", func(t *testing.T) { test(t, openWorld(t, ledger.Postgres, ledgertest.PostgreSQL(t))) })
	t.Run("sqlite", func(t *testing.T) { test(t, openWorld(t, ledger.SQLite, ledgertest.SQLite(t))) })
}

func openWorld(t testing.TB, driver, dsn string) *world {
	t.Helper()
	return openWorldWith(t, driver, dsn, vault.Ephemeral())
}

func openWorldWith(t testing.TB, driver, dsn string, keys ledger.Sealer) *world {
	t.Helper()
	c := &clock{now: time.Now().UTC().Truncate(time.Microsecond)}
	w := &world{clock: c, founded: c.now, numbers: new(atomic.Int64), options: ledger.Options{
		Driver: driver, DSN: dsn, Node: "node-a", Sealer: keys, Now: c.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
	w.Store = w.open(t, "node-a")
	must(t, w.settleDown(t.Context()))
	return w
}

// open opens the ledger for another node.
func (w *world) open(t testing.TB, node string) *ledger.Store {
	t.Helper()
	s := w.openUnclosed(t, node)
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, ledger.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

// openUnclosed opens the ledger for another node, which the test closes.
func (w *world) openUnclosed(t testing.TB, node string) *ledger.Store {
	t.Helper()
	o := w.options
	o.Node = node
	s, err := ledger.Open(t.Context(), o)
	must(t, err)
	return s
}

// settleDown puts the parties into place.
func (w *world) settleDown(ctx context.Context) error {
	const actor = "founder"
	return errors.Join(
		w.AddMerchant(ctx, actor, ledger.Merchant{Code: merchant, Name: "Corner Shop", Address: "1 Main Rd", Currency: zar, Status: ledger.Active}),
		w.AddClient(ctx, actor, ledger.Client{ID: client, Merchant: merchant, Status: ledger.Active,
			OnUnknown: ledger.AnswerFault, OnDuplicate: ledger.DuplicateReplay}),
		w.AddSupplier(ctx, actor, ledger.Supplier{Code: utility, Name: "City Power", Kind: ledger.SupplierUtility,
			Status: ledger.Active, VATBP: 1500, CommissionBP: 345, Password: "s3cret"}),
		w.AddSupplier(ctx, actor, ledger.Supplier{Code: operator, Name: "Mobile", Kind: ledger.SupplierStock,
			Status: ledger.Active, VATBP: 1500}),
		w.AddProduct(ctx, actor, ledger.Product{Code: airtime, Name: "Airtime R10", Kind: ledger.KindVoucher,
			Supplier: operator, Face: 1000, Currency: zar, CommissionBP: 500, Status: ledger.Active}),
		w.AddProduct(ctx, actor, ledger.Product{Code: energy, Name: "Electricity", Kind: ledger.KindElectricity,
			Supplier: utility, Min: 100, Max: 1_000_000, Currency: zar, CommissionBP: 150, Status: ledger.Active}),
	)
}

// deposit puts money on the merchant's float.
func (w *world) deposit(t testing.TB, amount int64) {
	t.Helper()
	_, err := w.Post(t.Context(), ledger.Entry{Kind: "deposit", Actor: "teller",
		Postings: chart.Deposit{Merchant: merchant, Currency: zar, Amount: amount}.Postings()})
	must(t, err)
}

// level brings the merchant's float to an amount.
func (w *world) level(t testing.TB, amount int64) {
	t.Helper()
	f, err := w.Float(t.Context(), merchant)
	must(t, err)
	if missing := amount - f.Posted; missing != 0 {
		_, err = w.Post(t.Context(), ledger.Entry{Kind: "level", Actor: "teller", Postings: []ledger.Posting{
			{Account: chart.Bank, Amount: missing, Currency: zar}, {Account: chart.Float(merchant), Amount: -missing, Currency: zar}}})
		must(t, err)
	}
}

// next is a number no other call gets.
func (w *world) next() int { return int(w.numbers.Add(1)) }

// key is a message id no other call gets.
func (w *world) key() ledger.MessageKey {
	return ledger.MessageKey{Client: client, DateTime: "20261123120000", Number: w.next()}
}

// order is a sale of electricity that has not begun.
func (w *world) order(tender int64) (ledger.Order, ledger.Call) {
	o := ledger.Order{
		ID: ledger.NewID(), Message: w.key(), Digest: ledger.Digest{1}, Channel: "pos", Operation: "creditVend",
		Merchant: merchant, Terminal: "1", Cashier: "ann", Product: energy, Supplier: utility, Target: meter,
		Quantity: 1, Tender: tender, Commission: chart.Commission(tender, 150), Currency: zar,
		ReceiptNo: fmt.Sprintf("%012d", w.next()),
	}
	return o, w.call(utility, tender)
}

// call is a call to a supplier that has not been made.
func (w *world) call(supplier string, amount int64) ledger.Call {
	return ledger.Call{LegID: ledger.NewID(), Operation: "creditVend", Supplier: supplier, DateTime: "20261123120000",
		Number: w.next(), Amount: amount, Target: meter, Lease: time.Minute}
}

// accepted is the supplier's consent to a sale, with one token.
func accepted(o ledger.Order, c ledger.Call, token string) ledger.Closing {
	return ledger.Closing{
		LegID: c.LegID, State: ledger.LegAccepted, Evidence: []byte("<answer/>"), Tokens: []string{token},
		Postings: chart.OnlineSale{Merchant: o.Merchant, Supplier: c.Supplier, Currency: o.Currency, Tender: o.Tender,
			Earned: chart.Commission(o.Tender, 345), Commission: o.Commission, VATBP: 1500}.Postings(),
		Deliver: func(s ledger.Settlement) ([]byte, error) {
			return fmt.Appendf(nil, "token %s, %d left", token, s.Available), nil
		},
	}
}

// declined is the supplier's refusal.
func declined(c ledger.Call) ledger.Closing {
	return ledger.Closing{LegID: c.LegID, State: ledger.LegDeclined, Code: "UnknownMeterEx",
		Deliver: func(ledger.Settlement) ([]byte, error) { return []byte("fault UnknownMeterEx"), nil }}
}

// unknown is the supplier's silence.
func (w *world) unknown(c ledger.Call) ledger.Closing {
	return ledger.Closing{LegID: c.LegID, State: ledger.LegUnknown, Code: "timeout", NextAt: w.clock.Now().Add(time.Minute)}
}

// purchase is a sale of airtime that has not been made.
func (w *world) purchase(quantity int) ledger.Purchase {
	return w.purchaseOf(merchant, airtime, quantity)
}

func (w *world) purchaseOf(merchant, product string, quantity int) ledger.Purchase {
	tender := int64(1000 * quantity)
	o := ledger.Order{
		ID: ledger.NewID(), Message: w.key(), Digest: ledger.Digest{2}, Channel: "pos", Operation: "voucherVend",
		Merchant: merchant, Terminal: "1", Cashier: "ann", Product: product, Supplier: operator,
		Quantity: quantity, Tender: tender, Commission: chart.Commission(tender, 500), Currency: zar,
		ReceiptNo: fmt.Sprintf("%012d", w.next()),
	}
	return ledger.Purchase{
		Order: o, Cutoff: w.clock.Now(),
		Postings: func(vouchers []ledger.Voucher) []ledger.Posting {
			var cost int64
			for _, v := range vouchers {
				cost += v.Cost
			}
			return chart.StockSale{Merchant: merchant, Supplier: operator, Currency: zar, Tender: tender, Cost: cost,
				Commission: o.Commission, VATBP: 1500}.Postings()
		},
		Deliver: func(s ledger.Settlement) ([]byte, error) {
			return fmt.Appendf(nil, "%d vouchers, %d left", len(s.Vouchers), s.Available), nil
		},
	}
}

// vouchers are n pieces of airtime that nobody has seen before.
func (w *world) vouchers(n int, expiresOn string) []ledger.Voucher {
	list := make([]ledger.Voucher, n)
	for i := range list {
		number := w.next()
		list[i] = ledger.Voucher{Product: airtime, Serial: fmt.Sprintf("S%08d", number), PIN: fmt.Sprintf("PIN%012d", number),
			Face: 1000, Cost: 920, Currency: zar, ExpiresOn: expiresOn}
	}
	return list
}

// load puts vouchers on sale: one person loads them, another approves.
func (w *world) load(t testing.TB, vouchers []ledger.Voucher) ledger.Batch {
	t.Helper()
	b := w.batch()
	must(t, loadApproved(t.Context(), w.Store, b, vouchers))
	return b
}

func loadApproved(ctx context.Context, s *ledger.Store, b ledger.Batch, vouchers []ledger.Voucher) error {
	_, err := s.LoadStock(ctx, b, each(vouchers))
	if err == nil {
		_, err = s.ApproveStock(ctx, "approver", b.Supplier, b.Name)
	}
	return err
}

func (w *world) batch() ledger.Batch {
	return ledger.Batch{Supplier: operator, Name: fmt.Sprintf("B%d", w.next()), Actor: "stockist"}
}

// each gives a list as LoadStock takes it.
func each(vouchers []ledger.Voucher) iter.Seq2[ledger.Voucher, error] {
	return func(yield func(ledger.Voucher, error) bool) {
		for _, v := range vouchers {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

// token is the credit token with a number.
func token(n int) string { return fmt.Sprintf("%020d", n) }
